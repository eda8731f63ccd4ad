"""What a decision rests on, for who may read that.

decision = client.check(request, explain=True)
[party.reason.rules for party in decision.explanation.parties]
"""

from dataclasses import dataclass

from cameo_service.client.documents import Moment
from cameo_service.client.forms.obligations import Obligation
from cameo_service.client.results.grants import GrantReference


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedReason:
    """A reason with the ids of the rules and grants behind it."""

    code: str
    step: int
    message: str
    rules: tuple[str, ...]
    grants: tuple[str, ...]
    aspects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedApproval:
    """Who must approve first, and the rules that ask for it."""

    cameo_id: str
    capacity: str
    principal: str | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedParty:
    """The whole answer for one likeness.

    `underlies` is the character that it is part of; `told` what the requester is told instead,
    where that is another reason.
    """

    cameo_id: str
    underlies: str | None
    effect: str
    reason: ExplainedReason
    told: ExplainedReason | None
    grants: tuple[GrantReference, ...]
    approvals: tuple[str, ...]
    approvals_needed: tuple[ExplainedApproval, ...]
    obligations: tuple[Obligation, ...]
    expires_at: Moment | None
    could_change: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The parties that the caller may read about.

    `reasons` and `inherited`, the grants under which earlier uses were made, are None for who may
    not read all of it.
    """

    parties: tuple[ExplainedParty, ...]
    reasons: tuple[ExplainedReason, ...] | None = None
    inherited: tuple[GrantReference, ...] | None = None
