"""Grants and sublicences.

>>> GrantReference(id="gra_1", version=1).id
'gra_1'
"""

from dataclasses import dataclass

from cameo_service.client.documents import Moment
from cameo_service.client.forms.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantReference:
    """A grant that a yes rests on, in the version that was read."""

    id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something about a grant that its parties should know."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A licence. `signed` is the grant as it was made, a JWS; `parent` what it is a sublicence of.

    `status` is `active`, `ended` or `revoked`. `remaining` is what is left of a counted grant,
    less what live permits reserve.
    """

    id: str
    version: int
    status: str
    cameo_id: str
    grantor: str
    grantee: str
    parent: str | None
    terms: Terms
    remaining: int | None
    notices: tuple[Notice, ...]
    signed: str
    created_at: Moment
    revoked_at: Moment | None
    revocation_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedGrant(Grant):
    """A revoked grant, and how many live permits and uses ended with it and below it."""

    permits_revoked: int
    uses_recalled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantVersion:
    """One version of a grant. Its terms never change: what changes is that it ends."""

    id: str
    version: int
    terms: Terms
    created_at: Moment
    revoked_at: Moment | None
    revocation_reason: str | None
