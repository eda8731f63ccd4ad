"""People, whom they block, and who represents them.

person = client.get_person("user:ann")
person.minor
"""

from dataclasses import dataclass

from cameo_service.client.documents import Moment
from cameo_service.client.forms.people import Minor
from cameo_service.client.forms.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known of a person's age and life. Version 0: nothing was ever reported."""

    principal: str
    version: int
    minor: Minor | None
    deceased_at: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Somebody whom an owner wants nothing to do with."""

    owner: str
    blocked: str
    created_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipsChanged:
    """How many pairs were new, and how many were there and are gone."""

    added: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A guardian's, an estate's or an agent's. An active one counts within its scope's time."""

    id: str
    version: int
    kind: str
    status: str
    represented: str
    representative: str
    scope: Terms
    evidence: str
    created_at: Moment
    revoked_at: Moment | None
