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
    if condition.requesters:
        yield lambda q: SURELY if q.requester in condition.requesters else None
    if condition.except_requesters:
        yield lambda q: None if q.requester in condition.except_requesters else SURELY
    if condition.actions:
        yield lambda q: SURELY if q.request.action in condition.actions else None
    if condition.facets:
        yield lambda q: None if condition.facets.isdisjoint(q.likeness.facets) else SURELY
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


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableRule:
    """A rule that could not be parsed. It denies until it is mended."""

    id: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
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
    """Judge every rule that is in force; the result does not depend on their order."""
    if not rules:
        return SILENCE
    found = _Findings()
    for rule in rules:
        if isinstance(rule, UnreadableRule):
            found.unreadable.append(rule.id)
        elif rule.not_after is None or question.now < rule.not_after:
            found.add(rule, question)
    return found.ruling()


class _Findings:
    """Collects what rules say."""

    def __init__(self) -> None:
        self.unreadable: list[str] = []
        self.by_effect: dict[RuleEffect, list[Rule]] = {effect: [] for effect in RuleEffect}
        self.undecided: list[str] = []
        self.undeclared: set[str] = set()
        self.unsure: set[str] = set()
        self.ends: list[datetime] = []

    def add(self, rule: Rule, question: Question) -> None:
        missing = rule.when.judge(question)
        if missing is None:
            return
        allows = rule.effect is RuleEffect.ALLOW
        if rule.not_before is not None and question.now < rule.not_before:
            if not allows:
                self.ends.append(rule.not_before)
        elif missing and allows:
            self.unsure.update(missing)
        elif missing:
            self.undecided.append(rule.id)
            self.undeclared.update(missing)
        else:
            self.by_effect[rule.effect].append(rule)

    def ruling(self) -> Ruling:
        allowing = sorted(self.by_effect[RuleEffect.ALLOW], key=lambda rule: rule.id)
        return Ruling(
            denying=tuple(sorted(rule.id for rule in self.by_effect[RuleEffect.DENY])),
            unreadable=tuple(sorted(self.unreadable)),
            undecided=tuple(sorted(self.undecided)),
            undeclared=tuple(sorted(self.undeclared)),
            reviewing=tuple(sorted(rule.id for rule in self.by_effect[RuleEffect.REVIEW])),
            allowing=tuple(allowing),
            unsure=tuple(sorted(self.unsure)),
            ends=min(self.ends, default=None),
        )
