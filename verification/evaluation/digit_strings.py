"""Which strings the check of digits accepts, put together from recorded digits of one speaker.

    outcomes = simulate(takes, Asking(strings=1_000), judge, seed=1)
    outcomes["right"].accepted

Strings of few recordings are not independent of one another: their intervals are too narrow by as
much as recordings repeat, which is why the number of recordings stands beside them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from verification.evaluation.digit_takes import Take
from verification.evaluation.errors import NothingToEvaluate
from verification.report import Outcome

Judge = Callable[[Sequence[int], Sequence[Take]], Outcome]
"""The outcome of the check where these digits were asked and those were said."""

KINDS = ("right", "one_off", "two_off", "unrelated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How many strings of each kind are drawn for each speaker, and how long one is."""

    strings: int = 1_000
    length: int = 6


@dataclass(slots=True, kw_only=True)
class Outcomes:
    """How many strings of one kind had which outcome."""

    accepted: int = 0
    review: int = 0
    rejected: int = 0

    @property
    def strings(self) -> int:
        """All of them."""
        return self.accepted + self.review + self.rejected

    def count(self, outcome: Outcome) -> None:
        """One more."""
        self.accepted += outcome is Outcome.PASS
        self.review += outcome is Outcome.INCONCLUSIVE
        self.rejected += outcome is Outcome.FAIL


def simulate(
    takes: Sequence[Take], asking: Asking, judge: Judge, *, seed: int
) -> dict[str, Outcomes]:
    """The outcomes of each of `KINDS`. Raises `NothingToEvaluate` for too few takes."""
    rng = np.random.default_rng(seed)
    outcomes = {kind: Outcomes() for kind in KINDS}
    for said in _strings(takes, asking, rng):
        right = [take.digit for take in said]
        for kind in KINDS:
            outcomes[kind].count(judge(asked_instead(right, kind, rng), said))
    return outcomes


def _strings(
    takes: Sequence[Take], asking: Asking, rng: np.random.Generator
) -> Iterator[list[Take]]:
    for speaker in sorted({take.speaker for take in takes}):
        own = [take for take in takes if take.speaker == speaker]
        if len(own) < asking.length:
            raise NothingToEvaluate(f"`{speaker}` said {len(own)} digits, not {asking.length}")
        for _ in range(asking.strings):
            yield [own[index] for index in rng.permutation(len(own))[: asking.length]]


def asked_instead(said: Sequence[int], kind: str, rng: np.random.Generator) -> list[int]:
    """What was asked where `said` was said: the same, one or two others, or any other string.

    >>> asked_instead([1, 2, 3], "right", np.random.default_rng(0))
    [1, 2, 3]
    """
    asked = list(said)
    if kind == "unrelated":
        while asked == list(said):
            asked = [int(digit) for digit in rng.integers(10, size=len(asked))]
        return asked
    wrong = {"right": 0, "one_off": 1, "two_off": 2}[kind]
    for place in rng.permutation(len(asked))[:wrong]:
        asked[place] = (asked[place] + int(rng.integers(1, 10))) % 10
    return asked
