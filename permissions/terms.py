"""What a grant covers. What the terms do not say, they do not license.

>>> terms = Terms.without_limits(
...     actions=frozenset({Action.GENERATE}), facets=frozenset({Facet.FACE})
... )
>>> terms.covers_action(Action.PUBLISH)
False
>>> narrow = Terms(actions=terms.actions, facets=terms.facets)
>>> narrow.within(Terms(actions=terms.actions, facets=terms.facets, sublicence_depth=1))
True
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from permissions.obligations import Obligation
from permissions.request import Question
from permissions.scope import ALL, NOTHING, Scope
from permissions.vocabulary import Action, AppearanceChange, Facet, OnRevocation


class Shortfall(NamedTuple):
    """One aspect in which terms fall short of a question; `undeclared` when it was left open."""

    aspect: str
    undeclared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The scope of a licence. An empty scope covers nothing; a limit of None is not set.

    `not_before` is inclusive and `not_after` exclusive; both are aware datetimes. `categories`
    limits what a request declares: content that falls under no category passes any scope, content
    whose categories are undeclared passes only the full one. `remix_depth` is how many remixes
    away from the licensed use a work may be, `sublicence_depth` how many links may hang below the
    grant. `intended_use` is the description that several laws ask a licence to carry.
    """

    actions: frozenset[Action]
    facets: frozenset[Facet]
    not_before: datetime | None = None
    not_after: datetime | None = None
    purposes: Scope = NOTHING
    categories: Scope = NOTHING
    territories: Scope = NOTHING
    co_appearance: Scope = NOTHING
    appearance_change: AppearanceChange = AppearanceChange.NONE
    count: int | None = None
    remix_depth: int = 0
    sublicence_depth: int = 0
    approval_before_publishing: bool = True
    obligations: tuple[Obligation, ...] = ()
    intended_use: str = ""
    on_revocation: OnRevocation = OnRevocation.ASK_REMOVAL
    compensation: str = ""

    @classmethod
    def without_limits(
        cls,
        *,
        actions: frozenset[Action],
        facets: frozenset[Facet],
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Self:
        """Return terms for any purpose, category, place and company, published unseen.

        Remixing and sublicensing stay out: they reach people whom the owner does not know.
        """
        return cls(
            actions=actions,
            facets=facets,
            not_before=not_before,
            not_after=not_after,
            purposes=ALL,
            categories=ALL,
            territories=ALL,
            co_appearance=ALL,
            appearance_change=AppearanceChange.COMPLETE,
            approval_before_publishing=False,
        )

    def covers(self, question: Question) -> bool:
        """Whether the question lies in these terms in every aspect, at its time."""
        return next(self.shortfalls(question), None) is None

    def shortfalls(self, question: Question) -> Iterator[Shortfall]:
        """Yield every aspect in which these terms do not cover `question`."""
        if not self.is_open_at(question.now):
            yield Shortfall("time")
        if not self.covers_action(question.request.action):
            yield Shortfall("action")
        yield from self.shortfalls_of_content(question)

    def shortfalls_of_content(self, question: Question) -> Iterator[Shortfall]:
        """Yield the shortfalls of what is made, whoever makes it and whenever."""
        request = question.request
        if not self.covers_facets(question.likeness.facets):
            yield Shortfall("facets")
        if question.depth > self.remix_depth:
            yield Shortfall("remix_depth")
        if not self.purposes.is_everything:
            if request.purpose is None:
                yield Shortfall("purpose", undeclared=True)
            elif not self.purposes.covers(request.purpose):
                yield Shortfall("purpose")
        yield from _outside("categories", self.categories, request.categories)
        yield from _outside("territories", self.territories, request.territories)
        yield from self._shortfalls_of_appearance(question)

    def _shortfalls_of_appearance(self, question: Question) -> Iterator[Shortfall]:
        if self.appearance_change is not AppearanceChange.COMPLETE:
            change = question.likeness.appearance_change
            if change is None:
                yield Shortfall("appearance_change", undeclared=True)
            elif change.exceeds(self.appearance_change):
                yield Shortfall("appearance_change")
        if not self.co_appearance.covers_each(question.beside):
            yield Shortfall("co_appearing")
        else:
            yield from _outside("co_appearing", self.co_appearance, question.request.co_appearing)

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

    def within(self, parent: "Terms") -> bool:
        """Whether a sublicence on these terms gives nothing that `parent` does not give.

        Then every question that these terms cover is covered by `parent`, and whoever holds them
        owes at least what the holder of `parent` owes.
        """
        return (
            self.actions <= parent.actions
            and self.facets <= parent.facets
            and self._lasts_within(parent)
            and self._content_is_within(parent)
            and self._numbers_are_within(parent)
            and (self.approval_before_publishing or not parent.approval_before_publishing)
            and set(parent.obligations) <= set(self.obligations)
            and self.on_revocation.is_as_strict_as(parent.on_revocation)
        )

    def _lasts_within(self, parent: "Terms") -> bool:
        starts = parent.not_before is None or (
            self.not_before is not None and self.not_before >= parent.not_before
        )
        ends = parent.not_after is None or (
            self.not_after is not None and self.not_after <= parent.not_after
        )
        return starts and ends

    def _content_is_within(self, parent: "Terms") -> bool:
        return (
            self.purposes.is_within(parent.purposes)
            and self.categories.is_within(parent.categories)
            and self.territories.is_within(parent.territories)
            and self.co_appearance.is_within(parent.co_appearance)
            and not self.appearance_change.exceeds(parent.appearance_change)
        )

    def _numbers_are_within(self, parent: "Terms") -> bool:
        counted = parent.count is None or (self.count is not None and self.count <= parent.count)
        return (
            counted
            and self.remix_depth <= parent.remix_depth
            and self.sublicence_depth < parent.sublicence_depth
        )


def _outside(aspect: str, scope: Scope, declared: frozenset[str] | None) -> Iterator[Shortfall]:
    if scope.is_everything:
        return
    if declared is None:
        yield Shortfall(aspect, undeclared=True)
    elif not scope.covers_each(declared):
        yield Shortfall(aspect)
