"""The owner's standing rules for a cameo.

>>> Policy().audience_for(Action.GENERATE)
<Audience.ONLY_ME: 'only_me'>
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from permissions.vocabulary import Action, Audience, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An audience per action; an action without one is for the owner alone."""

    audience: Mapping[Action, Audience] = field(default_factory=lambda: MappingProxyType({}))
    approved: frozenset[Principal] = frozenset()

    def audience_for(self, action: Action) -> Audience:
        """The audience of `action`, `only_me` where the owner has not set one."""
        return self.audience.get(action, Audience.ONLY_ME)
