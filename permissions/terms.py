"""What a grant covers. What the terms do not say, they do not license.

>>> terms = Terms.without_limits(
...     actions=frozenset({Action.GENERATE}), facets=frozenset({Facet.FACE})
... )
>>> Action.PUBLISH in terms.actions
False
>>> narrow = Terms(actions=terms.actions, facets=terms.facets)
>>> narrow.within(Terms(actions=terms.actions, facets=terms.facets, sublicence_depth=1))
True
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple, Self

from permissions.obligations import Obligation, ObligationKind
from permissions.request import Question
from permissions.scope import ALL, NOTHING, Scope
from permissions.vocabulary import Action, AppearanceChange, Facet, OnRevocation


class Shortfall(NamedTuple):
    """One aspect in which terms fall short of a question; `undeclared` when it was left open."""

    aspect: str
    undeclared: bool = False


Limit = Callable[[Question], Shortfall | None]
"""One aspect of terms, compiled: what a question lacks in it, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The scope of a licence. An empty scope covers nothing; a limit of None is not set.

    `not_before` is inclusive and `not_after` exclusive; both are aware datetimes. `categories`
    limits what a request declares: content that falls under no category passes any scope, content
    whose categories are undeclared passes only the full one. `remix_depth` is how many remixes
    away from the licensed use a work may be, `sublicence_depth` how many links may hang below the
    grant. `intended_use` is the description that several laws ask a licence to carry. `owed` is
    everything that the holder owes: the obligations, those in words among them.
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
    owed: tuple[Obligation, ...] = field(init=False, repr=False, compare=False)
    _limits: tuple[Limit, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "owed", self.obligations + _obligations_in_words(self))
        object.__setattr__(self, "_limits", tuple(_limits(self)))

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
        return not self.shortfalls(question)

    def shortfalls(self, question: Question) -> tuple[Shortfall, ...]:
        """Return every aspect in which these terms do not cover `question`."""
        missing: tuple[Shortfall, ...] = ()
        if not _is_open(self.not_before, self.not_after, question.now):
            missing += (Shortfall("time"),)
        if question.request.action not in self.actions:
            missing += (Shortfall("action"),)
        return missing + self.shortfalls_of_content(question)

    def shortfalls_of_content(self, question: Question) -> tuple[Shortfall, ...]:
        """Return the shortfalls of what is made, whoever makes it and whenever."""
        missing: tuple[Shortfall, ...] = ()
        facets = question.likeness.facets
        if not facets or not facets <= self.facets:  # no facets at all is not a use
            missing += (Shortfall("facets"),)
        if question.depth > self.remix_depth:
            missing += (Shortfall("remix_depth"),)
        for limit in self._limits:
            found = limit(question)
            if found is not None:
                missing += (found,)
        return missing

    def is_open_at(self, now: datetime) -> bool:
        """Whether `now` lies in the time window."""
        return _is_open(self.not_before, self.not_after, now)

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


def _obligations_in_words(terms: Terms) -> tuple[Obligation, ...]:
    said = (
        (ObligationKind.COMPENSATION, terms.compensation),
        (ObligationKind.USE_AS_DESCRIBED, terms.intended_use),
    )
    return tuple([Obligation(kind=kind, text=text) for kind, text in said if text])


def _limits(terms: Terms) -> Iterator[Limit]:
    """Yield a test for every aspect that terms can leave open and these do not."""
    # The tests hold values and never the terms: a million grants should not be a million cycles.
    categories, territories = terms.categories, terms.territories
    if not terms.purposes.is_everything:
        yield partial(_purpose, terms.purposes)
    if not categories.is_everything:
        yield lambda q: _outside("categories", categories, q.request.categories)
    if not territories.is_everything:
        yield lambda q: _outside("territories", territories, q.request.territories)
    if not terms.co_appearance.is_everything:
        yield partial(_company, terms.co_appearance)
    if terms.appearance_change is not AppearanceChange.COMPLETE:
        yield partial(_appearance, terms.appearance_change)


def _is_open(first: datetime | None, last: datetime | None, now: datetime) -> bool:
    return (first is None or first <= now) and (last is None or now < last)


def _purpose(scope: Scope, question: Question) -> Shortfall | None:
    purpose = question.request.purpose
    if purpose is None:
        return Shortfall("purpose", undeclared=True)
    return None if scope.covers(purpose) else Shortfall("purpose")


def _company(scope: Scope, question: Question) -> Shortfall | None:
    if not scope.covers_each(question.beside):
        return Shortfall("co_appearing")
    return _outside("co_appearing", scope, question.request.co_appearing)


def _appearance(most: AppearanceChange, question: Question) -> Shortfall | None:
    change = question.likeness.appearance_change
    if change is None:
        return Shortfall("appearance_change", undeclared=True)
    return Shortfall("appearance_change") if change.exceeds(most) else None


def _outside(aspect: str, scope: Scope, declared: frozenset[str] | None) -> Shortfall | None:
    if declared is None:
        return Shortfall(aspect, undeclared=True)
    return None if scope.covers_each(declared) else Shortfall(aspect)
