"""What no owner can open: the rules of whoever runs the service.

>>> DeploymentRules().ceiling_for(AgeBand.CHILD) is None
True
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from permissions.obligations import Obligation
from permissions.representation import AgeBand
from permissions.rules import Rule, RuleEffect, UnreadableRule
from permissions.terms import Terms
from permissions.vocabulary import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The most that anybody may do with the likeness of a minor, and the widest audience."""

    terms: Terms
    audience: Audience = Audience.ONLY_ME


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRules:
    """Rules that bind everybody, owners too. An age band without a ceiling permits nothing.

    `protected` are the cameos of people who must not be depicted at all, by order or by request.
    """

    rules: tuple[Rule | UnreadableRule, ...] = ()
    protected: frozenset[str] = frozenset()
    ceilings: Mapping[AgeBand, Ceiling] = field(default_factory=lambda: MappingProxyType({}))
    obligations: tuple[Obligation, ...] = ()

    def __post_init__(self) -> None:
        for rule in self.rules:
            if isinstance(rule, Rule) and rule.effect is RuleEffect.ALLOW:
                raise ValueError(f"deployment rule `{rule.id}` allows instead of restricting")

    def ceiling_for(self, band: AgeBand) -> Ceiling | None:
        """The ceiling of an age band, or None where nothing is permitted."""
        return self.ceilings.get(band)
