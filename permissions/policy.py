"""The owner's standing rules for a cameo.

>>> Policy().audience_for(Action.GENERATE)
<Audience.ONLY_ME: 'only_me'>
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from permissions.obligations import Obligation
from permissions.rules import Rule, RuleEffect, UnreadableRule
from permissions.vocabulary import Action, Audience, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An audience per action; an action without one is for the owner alone.

    `restrictions` bind everybody but the owner, whatever the basis. `review` are the actions for
    which the owner approves every single use first. `obligations` hold the owner's preferences
    and limits too. `remix_depth` is how far from an original the audience of `remix` reaches.
    `set_by` is who signed this policy; for a minor only a guardian's signature counts.
    """

    audience: Mapping[Action, Audience] = field(default_factory=lambda: MappingProxyType({}))
    approved: frozenset[Principal] = frozenset()
    blocked: frozenset[Principal] = frozenset()
    restrictions: tuple[Rule | UnreadableRule, ...] = ()
    review: frozenset[Action] = frozenset()
    obligations: tuple[Obligation, ...] = ()
    remix_depth: int = 1
    set_by: Principal | None = None

    def __post_init__(self) -> None:
        for rule in self.restrictions:
            if isinstance(rule, Rule) and rule.effect is RuleEffect.ALLOW:
                raise ValueError(f"restriction `{rule.id}` allows instead of restricting")

    def audience_for(self, action: Action) -> Audience:
        """The audience of `action`, `only_me` where the owner has not set one."""
        return self.audience.get(action, Audience.ONLY_ME)
