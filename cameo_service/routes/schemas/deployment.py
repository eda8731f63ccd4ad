"""The deployment's rules, and the standing of principals.

>>> DeploymentIn(rules=[], protected=[], ceilings={}, obligations=[]).to_rules().protected
frozenset()
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from cameo_service.documents import deployment_document
from cameo_service.routes.schemas.common import Incoming, Outgoing, ShortText
from cameo_service.routes.schemas.rules import RulesIn, rules_from
from cameo_service.routes.schemas.terms import Obligations, TermsIn, obligations_of
from permissions.deployment import Ceiling, DeploymentRules
from permissions.representation import AgeBand
from permissions.vocabulary import Audience, Standing
from storage.records import DeploymentRecord, PrincipalRecord

OPENING = (
    "The most that may be done with the likeness of a minor, by age band: `child` under 13, "
    "`teen` 13 to 15, `older_teen` 16 and 17. A band without a ceiling permits nothing, not even "
    "to its owner or guardian, and a new deployment has none: to open a band, name it here with "
    "the terms that its uses must lie in and the widest audience that a guardian may choose. "
    "Minors need a guardian besides."
)


class CeilingIn(Incoming):
    """The most that anybody may do with the likeness of a minor, and the widest audience."""

    terms: TermsIn
    audience: Audience = Audience.ONLY_ME

    def to_ceiling(self) -> Ceiling:
        """As `permissions` decides over it."""
        return Ceiling(terms=self.terms.to_terms(), audience=self.audience)


class DeploymentIn(Incoming):
    """All rules that hold from now on. Nothing can be left out, so that nothing opens unsaid."""

    rules: RulesIn = Field(description="Rules that deny or ask for review, whatever owners say.")
    protected: Annotated[list[ShortText], Field(max_length=10_000)] = Field(
        description="Cameos of people who must not be depicted, by order or by request."
    )
    ceilings: dict[AgeBand, CeilingIn] = Field(description=OPENING)
    obligations: Obligations = Field(description="What every yes asks in return.")

    def to_rules(self) -> DeploymentRules:
        """As `permissions` decides over it. Raises `Invalid` for a rule that cannot be read."""
        ceilings: Mapping[AgeBand, Ceiling] = {
            band: ceiling.to_ceiling() for band, ceiling in self.ceilings.items()
        }
        return DeploymentRules(
            rules=rules_from(self.rules, what="rules", may_allow=False),
            protected=frozenset(self.protected),
            ceilings=MappingProxyType(ceilings),
            obligations=obligations_of(self.obligations),
        )


class DeploymentOut(Outgoing):
    """One version of the deployment's rules."""

    object: Literal["deployment_rules"] = "deployment_rules"
    version: int = Field(description="0 where the deployment has set none.")
    rules: list[dict[str, Any]]
    protected: list[str]
    ceilings: dict[AgeBand, dict[str, Any]] = Field(description=OPENING)
    obligations: list[dict[str, Any]]
    created_at: datetime | None

    @classmethod
    def of(cls, record: DeploymentRecord | None) -> Self:
        """The view of `record`, or of what holds where there is none."""
        document = deployment_document(DeploymentRules()) if record is None else record.document
        return cls(
            version=0 if record is None else record.version,
            rules=document["rules"],
            protected=document["protected"],
            ceilings=document["ceilings"],
            obligations=document["obligations"],
            created_at=None if record is None else record.created_at,
        )


class StandingIn(Incoming):
    """What a principal may count as from now on."""

    standing: Standing = Field(
        description="`suspended` and `unknown` ask in vain. `active` is everybody else."
    )
    reason: ShortText | None = None


class StandingOut(Outgoing):
    """What a principal counts as, to the deployment."""

    object: Literal["standing"] = "standing"
    principal: str
    standing: Standing
    reason: str | None

    @classmethod
    def of(cls, record: PrincipalRecord) -> Self:
        """The view of `record`."""
        return cls(principal=record.id, standing=record.standing, reason=record.standing_reason)
