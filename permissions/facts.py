"""Everything that a decision may look at, frozen at one revision of the store.

>>> Facts(revision=7, cameos={}, grants=()).revision
7
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from permissions.characters import CharacterFacts
from permissions.deployment import DeploymentRules
from permissions.policy import Policy
from permissions.representation import Minor, Representation
from permissions.request import Likeness
from permissions.terms import Terms
from permissions.vocabulary import Action, Facet, Principal, Standing


class CameoStatus(StrEnum):
    """Where a cameo is in its life. Only an active one can be used."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ERASED = "erased"

    @property
    def is_ended(self) -> bool:
        """Whether the cameo can never be used again."""
        return self in (self.REVOKED, self.ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameoFacts:
    """One cameo as a decision sees it.

    `character` is set for characters, which need no identity credential; a person without
    `credential_expires_at` has none. `minor` must be set for whoever enrolled under 18, also
    after that birthday: the cameo ends with it. `deceased` leaves the word to the estate.
    `enrolled` are the facets that a person has proven, without which neither face nor voice is
    used; of a character they say nothing.
    """

    id: str
    owner: Principal
    status: CameoStatus
    credential_expires_at: datetime | None
    policy: Policy
    character: CharacterFacts | None = None
    minor: Minor | None = None
    deceased: bool = False
    representations: tuple[Representation, ...] = ()
    enrolled: frozenset[Facet] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantFacts:
    """One grant as a decision sees it. A sublicence names its `parent`.

    `remaining` is what is left of `terms.count`, less what is reserved; a counted grant whose
    remainder is unknown has none.
    """

    id: str
    version: int
    cameo_id: str
    grantor: Principal
    grantee: Principal
    terms: Terms
    revoked: bool
    parent: str | None = None
    remaining: int | None = None

    @property
    def is_exhausted(self) -> bool:
        """Whether no use is left."""
        if self.remaining is None:
            return self.terms.count is not None
        return self.remaining <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFacts:
    """A one-off yes of `approver` to exactly the request with this `reference`."""

    id: str
    cameo_id: str
    approver: Principal
    requester: Principal
    action: Action
    facets: frozenset[Facet]
    reference: str
    not_after: datetime
    revoked: bool = False
    spent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UseFacts:
    """An earlier use, as the ancestor of a remix: what is in it and the grants it was made under.

    `remix_of` are its own ancestors, by id.
    """

    id: str
    likenesses: tuple[Likeness, ...]
    grants: tuple[str, ...] = ()
    remix_of: tuple[str, ...] = ()
    removed: bool = False


class GrantLookup(Protocol):
    """Where grants are found: an index over all of them, or whatever keeps one."""

    def between(self, cameo_id: str, grantee: Principal) -> Sequence[GrantFacts]:
        """Every grant on this cameo to this grantee, in any order."""

    def find(self, id: str) -> GrantFacts | None:
        """The grant with this id, or None."""


class GrantIndex:
    """Grants by id and by who may rely on them: finding one takes as long among a million."""

    __slots__ = ("_by_id", "_on")

    def __init__(self, grants: Iterable[GrantFacts]) -> None:
        self._by_id: dict[str, GrantFacts] = {}
        for grant in grants:
            known = self._by_id.get(grant.id)
            if known is None or _supersedes(grant, known):
                self._by_id[grant.id] = grant
        self._on: dict[str, dict[Principal, tuple[GrantFacts, ...]]] = {}
        for grant in self._by_id.values():
            held = self._on.setdefault(grant.cameo_id, {})
            held[grant.grantee] = (*held.get(grant.grantee, ()), grant)

    def between(self, cameo_id: str, grantee: Principal) -> Sequence[GrantFacts]:
        """Every grant on this cameo to this grantee."""
        held = self._on.get(cameo_id)
        return () if held is None else held.get(grantee, ())

    def find(self, id: str) -> GrantFacts | None:
        """The grant with this id, or None."""
        return self._by_id.get(id)


def _supersedes(grant: GrantFacts, known: GrantFacts) -> bool:
    """Whether `grant` is the newer version, or, of the same, the one that was revoked."""
    return (grant.version, grant.revoked) > (known.version, known.revoked)


_NONE: Mapping[Any, Any] = MappingProxyType({})
_NO_RULES = DeploymentRules()


def _none() -> Mapping[Any, Any]:
    return _NONE


def _no_rules() -> DeploymentRules:
    return _NO_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known at `revision`: the cameos, grants, approvals and uses that requests may touch.

    Every mapping may be a view that loads what it is asked for: a decision only ever calls `get`
    on it, and `in` on what `mutuals` holds for an owner: who the platform says is mutual with
    them. `grants` is an index or any tuple of grants, `approvals` are the requester's at least. A
    principal without a `standing` is active: the platform vouches for whom it names.
    """

    revision: int
    cameos: Mapping[str, CameoFacts]
    grants: tuple[GrantFacts, ...] | GrantLookup
    mutuals: Mapping[Principal, Container[Principal]] = field(default_factory=_none)
    standings: Mapping[Principal, Standing] = field(default_factory=_none)
    deployment: DeploymentRules = field(default_factory=_no_rules)
    approvals: tuple[ApprovalFacts, ...] = ()
    uses: Mapping[str, UseFacts] = field(default_factory=_none)
    index: GrantLookup = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        grants = self.grants
        index = GrantIndex(grants) if isinstance(grants, tuple) else grants
        object.__setattr__(self, "index", index)

    def standing_of(self, principal: Principal) -> Standing:
        """What the deployment says of a principal."""
        return self.standings.get(principal) or Standing.ACTIVE

    def is_active(self, principal: Principal) -> bool:
        """Whether the deployment has nothing against a principal."""
        standing = self.standings.get(principal)
        return standing is None or standing is Standing.ACTIVE
