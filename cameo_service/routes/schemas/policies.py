"""Policies: the owner's standing rules for a cameo.

>>> PolicyIn(audience={}).to_policy().remix_depth
1
"""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from cameo_service.documents import policy_from
from cameo_service.routes.schemas.common import Incoming, Outgoing, PrincipalText
from cameo_service.routes.schemas.rules import RuleIn, RulesIn, rules_from
from cameo_service.routes.schemas.terms import ObligationIn, Obligations, obligations_of
from permissions.policy import Policy
from permissions.rules import Rule
from permissions.vocabulary import Action, Audience, Principal
from storage.records import PolicyRecord

MOST_APPROVED = 10_000


class PolicyIn(Incoming):
    """The owner's standing rules, all of them: what is left out is not in force any more."""

    audience: dict[Action, Audience] = Field(
        examples=[{"tag": "everyone", "generate": "mutuals"}],
        description="Who may do what without a grant. An action that is not named is for the "
        "owner alone.",
    )
    approved: Annotated[list[PrincipalText], Field(max_length=MOST_APPROVED)] = Field(
        default=[], description="Whom the owner approves of: in every audience but `only_me`."
    )
    restrictions: RulesIn = Field(
        default=[],
        description="Rules that deny or ask for review. They bind everybody but the owner, "
        "whoever holds a grant too.",
    )
    review: list[Action] = Field(
        default=[], description="The actions of which the owner approves every single use first."
    )
    obligations: Obligations = Field(
        default=[],
        description="What every use owes. The owner's wishes and limits in words are of the kinds "
        "`preference` and `limit`.",
    )
    remix_depth: int = Field(
        default=1,
        strict=True,
        ge=0,
        le=1_000,
        description="How many remixes away from an original the audiences reach.",
    )
    policies: RulesIn = Field(
        default=[],
        description="For characters: named if-then rules that deny, ask for review, or allow with "
        "obligations. The most restrictive of those that apply wins.",
    )
    acting_as: PrincipalText | None = Field(
        default=None,
        description="Who sets this for the owner, under a mandate. Left out: the owner.",
    )

    def to_policy(self) -> Policy:
        """As `permissions` decides over it; raise `Invalid` for a rule that cannot be read."""
        return Policy(
            audience=MappingProxyType(dict(self.audience)),
            approved=frozenset(Principal(name) for name in self.approved),
            restrictions=rules_from(self.restrictions, what="restrictions", may_allow=False),
            review=frozenset(self.review),
            obligations=obligations_of(self.obligations),
            remix_depth=self.remix_depth,
        )

    def to_policies(self) -> tuple[Rule, ...]:
        """A character's rules; raise `Invalid` for one that cannot be read."""
        return rules_from(self.policies, what="policies", may_allow=True)


class PolicyOut(Outgoing):
    """One version of a policy."""

    object: Literal["policy"] = "policy"
    cameo_id: str
    version: int
    audience: dict[Action, Audience]
    approved: list[str]
    restrictions: list[RuleIn]
    review: list[Action]
    obligations: list[ObligationIn]
    remix_depth: int
    policies: list[RuleIn]
    set_by: str | None = Field(
        description="The owner, or who represents them. None: the owner, in the first release."
    )
    created_at: datetime

    @classmethod
    def of(cls, record: PolicyRecord) -> Self:
        """The view of `record`. Rules are shown as they are stored, readable or not."""
        policy = policy_from(record.document)
        return cls(
            cameo_id=record.cameo_id,
            version=record.version,
            audience=dict(policy.audience),
            approved=sorted(policy.approved),
            restrictions=_stored_rules(record, "restrictions"),
            review=sorted(policy.review),
            obligations=[
                ObligationIn(kind=each.kind, text=each.text) for each in policy.obligations
            ],
            remix_depth=policy.remix_depth,
            policies=_stored_rules(record, "policies"),
            set_by=policy.set_by,
            created_at=record.created_at,
        )


def _stored_rules(record: PolicyRecord, key: str) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = record.document.get(key, [])
    return rules
