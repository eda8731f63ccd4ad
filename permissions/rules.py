"""If-then rules: an owner's restrictions, a character's policies, the deployment's own rules.

>>> no_politics = Rule(
...     id="r1", effect=RuleEffect.DENY, when=Condition(categories=frozenset({"politics"}))
... )
>>> no_politics.when.categories
frozenset({'politics'})
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from permissions.moments import earliest
from permissions.obligations import Obligation
from permissions.request import Question
from permissions.scope import above
from permissions.taxonomy import EVERYTHING, lineage
from permissions.vocabulary import Action, AppearanceChange, Facet, Principal

Undeclared = tuple[str, ...]
"""The aspects that a condition would need to know. Empty when it surely applies."""

SURELY: Undeclared = ()
Conjunct = Callable[[Question], Undeclared | None]


class RuleEffect(StrEnum):
    """What a rule does where it applies, from the most restrictive to the least."""

    DENY = "deny"
    REVIEW = "review"
    ALLOW = "allow"  # with the rule's obligations, if it has any


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a rule applies: in all of the aspects that are set, in any of the values of each.

    A condition with nothing set applies always. `appearance_change_above` applies to any change
    that exceeds it. `except_requesters` are never touched by the rule.
    """

    actions: frozenset[Action] = frozenset()
    facets: frozenset[Facet] = frozenset()
    purposes: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    territories: frozenset[str] = frozenset()
    co_appearing: frozenset[str] = frozenset()
    requesters: frozenset[Principal] = frozenset()
    except_requesters: frozenset[Principal] = frozenset()
    appearance_change_above: AppearanceChange | None = None
    _conjuncts: tuple[Conjunct, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_conjuncts", tuple(_compile(self)))

    def judge(self, question: Question) -> Undeclared | None:
        """Return None where the condition does not apply, else what is undeclared and decides it.

        One aspect that surely does not apply settles it, whatever else is undeclared.
        """
        undeclared = SURELY
        for conjunct in self._conjuncts:
            found = conjunct(question)
            if found is None:
                return None
            undeclared += found
        return undeclared


def _compile(condition: Condition) -> Iterable[Conjunct]:
    """Yield a test for every aspect that the condition sets, the cheap and sure ones first."""
    requesters, excepted = condition.requesters, condition.except_requesters
    actions, facets = condition.actions, condition.facets
    if requesters:
        yield lambda q: SURELY if q.requester in requesters else None
    if excepted:
        yield lambda q: None if q.requester in excepted else SURELY
    if actions:
        yield lambda q: SURELY if q.request.action in actions else None
    if facets:
        yield lambda q: None if facets.isdisjoint(q.likeness.facets) else SURELY
    if condition.purposes:
        kinds = _Kinds(condition.purposes, "purpose")
        yield lambda q: kinds.judge(None if (p := q.request.purpose) is None else (p,))
    if condition.categories:
        categories = _Kinds(condition.categories, "categories")
        yield lambda q: categories.judge(q.request.categories)
    if condition.territories:
        yield _territories(condition.territories)
    if condition.co_appearing:
        companions = _Kinds(condition.co_appearing, "co_appearing")
        yield lambda q: companions.judge(q.request.co_appearing, q.beside)
    if condition.appearance_change_above is not None:
        yield _appearance(condition.appearance_change_above)


class _Kinds:
    """Codes of a taxonomy that a rule is about."""

    def __init__(self, wanted: frozenset[str], aspect: str) -> None:
        self._wanted = wanted
        self._above = above(wanted) - {EVERYTHING}
        self._undeclared = (aspect,)

    def judge(
        self, declared: Iterable[str] | None, known: frozenset[str] = frozenset()
    ) -> Undeclared | None:
        """Judge what is `declared` and what is `known` without being declared."""
        codes = (*known, *(declared or ()))
        if any(not self._wanted.isdisjoint(lineage(code)) for code in codes):
            return SURELY
        too_broad = any(code in self._above for code in codes)
        return self._undeclared if declared is None or too_broad else None


def _territories(wanted: frozenset[str]) -> Conjunct:
    """A use in a country is a use in each of its parts: what overlaps, applies."""
    containing = above(wanted)

    def judge(question: Question) -> Undeclared | None:
        declared = question.request.territories
        if declared is None:
            return ("territories",)
        touched = any(
            code in containing or not wanted.isdisjoint(lineage(code)) for code in declared
        )
        return SURELY if touched else None

    return judge


def _appearance(limit: AppearanceChange) -> Conjunct:
    def judge(question: Question) -> Undeclared | None:
        change = question.likeness.appearance_change
        if change is None:
            return ("appearance_change",)
        return SURELY if change.exceeds(limit) else None

    return judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One named rule. It can be scheduled: `not_before` inclusive, `not_after` exclusive."""

    id: str
    effect: RuleEffect
    when: Condition
    name: str = ""
    obligations: tuple[Obligation, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None

    def __post_init__(self) -> None:
        if self.effect is RuleEffect.ALLOW and self.when.co_appearing:
            # More likenesses in a request must never open what fewer do not.
            raise ValueError(f"rule `{self.id}` allows because of a co-appearance")
        if self.effect is not RuleEffect.ALLOW and self.obligations:
            raise ValueError(f"rule `{self.id}` has obligations but does not allow")

    def has_begun(self, now: datetime) -> bool:
        """Whether the rule is in force at `now`, or was before."""
        return self.not_before is None or now >= self.not_before

    def is_over(self, now: datetime) -> bool:
        """Whether the rule is in force no more."""
        return self.not_after is not None and now >= self.not_after


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableRule:
    """A rule that could not be parsed. It denies until it is mended."""

    id: str
    problem: str


class Ruling(Struct, frozen=True, kw_only=True, gc=False):
    """What a set of rules says to one question, each rule by its id.

    `undecided` are rules that deny or ask for review if they apply, which nobody can tell before
    the aspects in `undeclared` are declared; `unsure` are rules that would allow. `ends` is the
    first moment at which another rule may say otherwise.
    """

    denying: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    undeclared: Undeclared = ()
    reviewing: tuple[str, ...] = ()
    allowing: tuple[Rule, ...] = ()
    unsure: Undeclared = ()
    ends: datetime | None = None


SILENCE = Ruling()


def judge_rules(rules: tuple[Rule | UnreadableRule, ...], question: Question) -> Ruling:
    """Judge every rule that is not over; the result does not depend on their order."""
    if not rules:
        return SILENCE
    unreadable: list[str] = []
    applying: list[tuple[Rule, Undeclared]] = []
    for rule in rules:
        if isinstance(rule, UnreadableRule):
            unreadable.append(rule.id)
        elif (missing := rule.when.judge(question)) is not None and not rule.is_over(question.now):
            applying.append((rule, missing))
    if not applying and not unreadable:
        return SILENCE
    return _ruling(sorted(unreadable), sorted(applying, key=lambda each: each[0].id), question.now)


def _ruling(
    unreadable: list[str], applying: list[tuple[Rule, Undeclared]], now: datetime
) -> Ruling:
    """Sort the rules that apply, or might, by what they say."""
    binding = [each for each in applying if each[0].effect is not RuleEffect.ALLOW]
    allowing = [each for each in applying if each[0].effect is RuleEffect.ALLOW]
    begun = [each for each in binding if each[0].has_begun(now)]
    sure = [rule for rule, missing in begun if not missing]
    starts = [rule.not_before for rule, _ in binding if not rule.has_begun(now)]
    doubtful = [(rule, missing) for rule, missing in begun if missing]
    opening = [each for each in allowing if each[0].has_begun(now)]
    return Ruling(
        denying=tuple([rule.id for rule in sure if rule.effect is RuleEffect.DENY]),
        unreadable=tuple(unreadable),
        undecided=tuple([rule.id for rule, _ in doubtful]),
        undeclared=_united(doubtful),
        reviewing=tuple([rule.id for rule in sure if rule.effect is RuleEffect.REVIEW]),
        allowing=tuple([rule for rule, missing in opening if not missing]),
        unsure=_united(opening),
        ends=earliest(starts),
    )


def _united(rules: list[tuple[Rule, Undeclared]]) -> Undeclared:
    """Every aspect that one of these rules misses."""
    return tuple(sorted({aspect for _, missing in rules for aspect in missing}))
