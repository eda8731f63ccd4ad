"""What a grant covers.

>>> terms = Terms(actions=frozenset({Action.GENERATE}), facets=frozenset({Facet.FACE}))
>>> terms.covers_action(Action.PUBLISH)
False
"""

from dataclasses import dataclass
from datetime import datetime

from permissions.vocabulary import Action, Facet


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The scope of a licence. Empty sets cover nothing.

    `not_before` is inclusive and `not_after` exclusive; both are aware datetimes, and `None`
    leaves that side open.
    """

    actions: frozenset[Action]
    facets: frozenset[Facet]
    not_before: datetime | None = None
    not_after: datetime | None = None

    def covers_action(self, action: Action) -> bool:
        """Whether `action` is among the licensed actions."""
        return action in self.actions

    def covers_facets(self, facets: frozenset[Facet]) -> bool:
        """Whether every one of `facets` is licensed. No facets at all is not a use: not covered."""
        return bool(facets) and facets <= self.facets

    def is_open_at(self, now: datetime) -> bool:
        """Whether `now` lies in the time window."""
        started = self.not_before is None or self.not_before <= now
        return started and not self.is_past_at(now)

    def is_past_at(self, now: datetime) -> bool:
        """Whether the time window has closed for good."""
        return self.not_after is not None and now >= self.not_after
