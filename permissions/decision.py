"""What a decision says: effect, outcome per party, reasons, what it rests on, until when.

A decision holds everything, for owners, operators and the audit: `explain` is this same object.
What the requester may see of it is `disclosure.requester_view`.

>>> Effect.DENY.value
'deny'
>>> least((Effect.PERMIT, Effect.NEEDS_APPROVAL))
<Effect.NEEDS_APPROVAL: 'needs_approval'>
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from permissions.obligations import Obligation
from permissions.vocabulary import Principal


class Effect(StrEnum):
    """The answer, from the least to the most permissive. Only `permit` is a yes."""

    DENY = "deny"
    NEEDS_APPROVAL = "needs_approval"
    PERMIT = "permit"


def least(effects: Collection[Effect]) -> Effect:
    """Return the least permissive of the effects; of none, `deny`."""
    if not effects or Effect.DENY in effects:
        return Effect.DENY
    return Effect.NEEDS_APPROVAL if Effect.NEEDS_APPROVAL in effects else Effect.PERMIT


class ReasonCode(StrEnum):
    """Why. Stable: callers may branch on these."""

    # denials, by step
    REQUEST_MALFORMED = "request_malformed"  # 1
    CONTEXT_UNDECLARED = "context_undeclared"  # 1, found where it was needed
    REQUESTER_UNKNOWN = "requester_unknown"  # 2
    REQUESTER_SUSPENDED = "requester_suspended"
    REQUESTER_BLOCKED = "requester_blocked"
    CAMEO_UNKNOWN = "cameo_unknown"  # 3
    CAMEO_NOT_ACTIVE = "cameo_not_active"
    CREDENTIAL_EXPIRED = "credential_expired"
    FACET_NOT_ENROLLED = "facet_not_enrolled"
    OUTSIDE_TERRITORIES = "outside_territories"
    PERSON_PROTECTED = "person_protected"  # 4
    DEPLOYMENT_RULE = "deployment_rule"
    MINORITY_ENDED = "minority_ended"
    MINORITY_UNPROVEN = "minority_unproven"
    MINOR_CEILING = "minor_ceiling"
    GUARDIAN_NEEDED = "guardian_needed"
    ESTATE_NEEDED = "estate_needed"
    RESTRICTED = "restricted"  # 5
    RULE_UNREADABLE = "rule_unreadable"
    NO_BASIS = "no_basis"  # 6
    UNDERLYING_UNRESOLVED = "underlying_unresolved"  # 7
    ANCESTOR_UNKNOWN = "ancestor_unknown"  # 8
    ANCESTOR_REMOVED = "ancestor_removed"
    ANCESTOR_TERMS = "ancestor_terms"
    ANCESTRY_UNRESOLVED = "ancestry_unresolved"
    # not yet
    APPROVAL_NEEDED = "approval_needed"  # 9
    # bases
    IS_OWNER = "is_owner"
    IS_REPRESENTATIVE = "is_representative"
    IN_AUDIENCE = "in_audience"
    ALLOWED_BY_POLICY = "allowed_by_policy"
    COVERED_BY_GRANT = "covered_by_grant"
    APPROVED_ONCE = "approved_once"
    # what a requester is told instead of a denial's private reason
    NOT_PERMITTED = "not_permitted"
    UNAVAILABLE = "unavailable"


class CouldChange(StrEnum):
    """What could turn a denial around. Stable: callers may branch on these."""

    ASK_OWNER = "ask_owner"
    ASK_APPROVAL = "ask_approval"
    DECLARE_CONTEXT = "declare_context"
    CORRECT_REQUEST = "correct_request"
    ENROLL_AGAIN = "enroll_again"
    APPOINT_REPRESENTATIVE = "appoint_representative"
    MEND_RULE = "mend_rule"


COULD_CHANGE: Mapping[ReasonCode, CouldChange] = MappingProxyType(
    {
        ReasonCode.REQUEST_MALFORMED: CouldChange.CORRECT_REQUEST,
        ReasonCode.ANCESTOR_UNKNOWN: CouldChange.CORRECT_REQUEST,
        ReasonCode.CONTEXT_UNDECLARED: CouldChange.DECLARE_CONTEXT,
        ReasonCode.CREDENTIAL_EXPIRED: CouldChange.ENROLL_AGAIN,
        ReasonCode.FACET_NOT_ENROLLED: CouldChange.ENROLL_AGAIN,
        ReasonCode.MINORITY_ENDED: CouldChange.ENROLL_AGAIN,
        ReasonCode.GUARDIAN_NEEDED: CouldChange.APPOINT_REPRESENTATIVE,
        ReasonCode.ESTATE_NEEDED: CouldChange.APPOINT_REPRESENTATIVE,
        ReasonCode.RULE_UNREADABLE: CouldChange.MEND_RULE,
        ReasonCode.RESTRICTED: CouldChange.ASK_OWNER,
        ReasonCode.NO_BASIS: CouldChange.ASK_OWNER,
        ReasonCode.NOT_PERMITTED: CouldChange.ASK_OWNER,
        ReasonCode.APPROVAL_NEEDED: CouldChange.ASK_APPROVAL,
    }
)


class Reason(Struct, frozen=True, kw_only=True, gc=False):
    """One reason: the numbered step it comes from, and a sentence that gives nothing away.

    `rules` and `grants` are the ids behind it, for owners and operators. `aspects` are what was
    left undeclared, or what the nearest grants do not cover.
    """

    code: ReasonCode
    step: int
    message: str
    rules: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    aspects: tuple[str, ...] = ()


def undeclared(step: int, aspects: tuple[str, ...]) -> Reason:
    """Return the reason that these aspects must be declared before anybody can say yes."""
    message = f"the request must declare more: {', '.join(aspects)}"
    return Reason(code=ReasonCode.CONTEXT_UNDECLARED, step=step, message=message, aspects=aspects)


class GrantReference(Struct, frozen=True, kw_only=True, gc=False):
    """A grant that a yes rests on, in the version that was read."""

    id: str
    version: int


class Approver(StrEnum):
    """Who is to be asked."""

    OWNER = "owner"
    LICENSOR = "licensor"
    DEPLOYMENT = "deployment"


class ApprovalNeeded(Struct, frozen=True, kw_only=True, gc=False):
    """Whom to ask before this goes ahead. The answer is bound to the request's `reference`."""

    cameo_id: str
    ask: Approver
    principal: Principal | None
    rules: tuple[str, ...] = ()


class PartyOutcome(Struct, frozen=True, kw_only=True, gc=False):
    """The answer for one likeness. `expires_at` is set when the yes ends by itself.

    `grants` begins with the requester's own grant and goes up its chain. `underlies` is the
    character that this likeness is part of. `seen_as` is set where the requester must be told
    the answer that anybody without a basis would get.
    """

    cameo_id: str
    effect: Effect
    reason: Reason
    grants: tuple[GrantReference, ...] = ()
    expires_at: datetime | None = None
    could_change: str | None = None
    obligations: tuple[Obligation, ...] = ()
    approvals_needed: tuple[ApprovalNeeded, ...] = ()
    approvals: tuple[str, ...] = ()
    underlies: str | None = None
    seen_as: Reason | None = None


class Decision(Struct, frozen=True, kw_only=True, gc=False):
    """The answer for the whole request: yes only when every party says yes.

    `inherited` are the grants under which the ancestors of a remix were made.
    """

    effect: Effect
    parties: tuple[PartyOutcome, ...]
    reasons: tuple[Reason, ...]
    revision: int
    expires_at: datetime | None = None
    obligations: tuple[Obligation, ...] = ()
    inherited: tuple[GrantReference, ...] = ()

    @property
    def permitted(self) -> bool:
        """Whether the effect is `permit`."""
        return self.effect is Effect.PERMIT

    @property
    def grants(self) -> tuple[GrantReference, ...]:
        """Every grant that the answer rests on, each once, in order of id."""
        unique = {grant.id: grant for party in self.parties for grant in party.grants}
        unique.update((grant.id, grant) for grant in self.inherited)
        return tuple(unique[key] for key in sorted(unique))

    @property
    def approvals(self) -> tuple[str, ...]:
        """Every one-off approval that the answer rests on, by id: spent once it is used."""
        return tuple(sorted({each for party in self.parties for each in party.approvals}))

    @property
    def approvals_needed(self) -> tuple[ApprovalNeeded, ...]:
        """Everybody who is to be asked; empty unless the effect is `needs_approval`."""
        if self.effect is not Effect.NEEDS_APPROVAL:
            return ()
        return tuple(needed for party in self.parties for needed in party.approvals_needed)

    @property
    def could_change(self) -> tuple[str, ...]:
        """What could turn a denial around, each once, in a stable order."""
        remedies = [COULD_CHANGE.get(reason.code) for reason in self.reasons]
        return tuple(sorted({remedy for remedy in remedies if remedy is not None}))
