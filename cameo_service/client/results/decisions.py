"""The answer to a consent question.

decision = client.check(request)
if decision and not decision.unmet(executes={"watermark"}):
    ...
"""

from collections.abc import Collection
from dataclasses import dataclass

from cameo_service.client.documents import Moment
from cameo_service.client.forms.obligations import Obligation, unmet
from cameo_service.client.results.explanations import Explanation
from cameo_service.client.results.grants import GrantReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: a stable code, the step of the decision procedure, and a sentence.

    `aspects` are what the request left undeclared.
    """

    code: str
    step: int
    message: str
    aspects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalNeeded:
    """Who must approve first: `owner`, `licensor` or `deployment`. An access request asks them."""

    cameo_id: str
    capacity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The answer for one likeness. `could_change` says what could turn it into a yes."""

    cameo_id: str
    effect: str
    reason: Reason
    grants: tuple[GrantReference, ...]
    expires_at: Moment | None
    could_change: str | None
    obligations: tuple[Obligation, ...]
    approvals_needed: tuple[ApprovalNeeded, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer. It is true in a condition exactly when it is a yes.

    `effect` is `permit`, `needs_approval` or `deny`. A yes asks for its `obligations` in return.
    `explanation` is there where it was asked for.
    """

    effect: str
    permitted: bool
    reasons: tuple[Reason, ...]
    parties: tuple[Party, ...]
    revision: int
    expires_at: Moment | None
    obligations: tuple[Obligation, ...]
    could_change: tuple[str, ...]
    explanation: Explanation | None = None

    def __post_init__(self) -> None:
        """Refuse a yes that contradicts itself."""
        agreed = bool(self.parties) and all(party.effect == "permit" for party in self.parties)
        if self.permitted is not (self.effect == "permit") or (self.permitted and not agreed):
            raise ValueError("the decision contradicts itself")

    def __bool__(self) -> bool:
        """`permitted`: an object that is always true would make every answer a yes."""
        return self.permitted

    def unmet(self, *, executes: Collection[str]) -> tuple[Obligation, ...]:
        """The obligations of kinds that a caller who `executes` only these kinds cannot do.

        Unless there are none, the yes is a no for that caller.
        """
        return unmet(self.obligations, executes=executes)

    @property
    def approvals_needed(self) -> tuple[ApprovalNeeded, ...]:
        """Whom an access request would ask, for all likenesses."""
        return tuple(each for party in self.parties for each in party.approvals_needed)
