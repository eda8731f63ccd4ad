"""Cameos, their policies, and who asked about them.

cameo = client.get_cameo("cam_…")
cameo.policy.audience
"""

from dataclasses import dataclass
from datetime import date

from cameo_service.client.documents import Moment
from cameo_service.client.forms.policies import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion(Policy):
    """One version of a policy. `set_by` is the owner, or who represents them."""

    cameo_id: str
    version: int
    set_by: str | None
    created_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Cameo:
    """A likeness that can be used. `kind` is `person` or `character`.

    A person has an identity credential (a JWS), the facets that it covers (`enrolled`) and how
    well they were proven (`assurance`); a character has a handle and a name.
    """

    id: str
    kind: str
    owner: str
    status: str
    policy: PolicyVersion
    created_at: Moment
    enrollment_id: str | None = None
    credential: str | None = None
    credential_expires_at: Moment | None = None
    enrolled: tuple[str, ...] = ()
    assurance: str | None = None
    handle: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameoStatus:
    """A cameo, as the deployment sees it when it suspends or reinstates it."""

    id: str
    kind: str
    status: str
    updated_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """How often one caller asked for one requester on one day (UTC), and what it was told."""

    day: date
    requester: str
    caller: str
    action: str
    permitted: int
    refused: int
    last_at: Moment
