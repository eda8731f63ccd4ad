"""What became of genuine recordings and of attacks, as ISO/IEC 30107-3 counts it.

APCER of a species: the share of its presentations classified as bona fide, here verified. BPCER:
the share of bona fide presentations classified as attacks, here rejected. What goes to a person is
neither, and counted apart.

>>> seen = [Judged(name="a", species="replay", verdict="verified", stopped_by=(), seconds=1.0),
...         Judged(name="b", species="replay", verdict="rejected", stopped_by=("turns",),
...                seconds=1.0)]
>>> species_of(seen)["replay"].classification_error.rate
0.5
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from verification.evaluation.proportions import Proportion


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One recording and its verdict; `species` is None for a bona fide one.

    `stopped_by` names the checks that failed or were in doubt, as `check:code`.
    """

    name: str
    species: str | None
    verdict: str
    stopped_by: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many recordings of one kind got which verdict, and what stopped them."""

    verified: int
    needs_review: int
    rejected: int
    stopped_by: Mapping[str, int]

    @property
    def presentations(self) -> int:
        """All of them."""
        return self.verified + self.needs_review + self.rejected

    @property
    def classification_error(self) -> Proportion:
        """For attacks: those verified (APCER)."""
        return Proportion(errors=self.verified, trials=self.presentations)

    @property
    def rejection(self) -> Proportion:
        """For bona fide recordings: those rejected (BPCER)."""
        return Proportion(errors=self.rejected, trials=self.presentations)

    @property
    def review(self) -> Proportion:
        """Those that a person has to look at."""
        return Proportion(errors=self.needs_review, trials=self.presentations)


def tally(judged: Iterable[Judged]) -> Tally:
    """Count verdicts. Every check that stopped a recording counts once for it."""
    verdicts: Counter[str] = Counter()
    stops: Counter[str] = Counter()
    for one in judged:
        verdicts[one.verdict] += 1
        stops.update(set(one.stopped_by))
    return Tally(
        verified=verdicts["verified"],
        needs_review=verdicts["needs_review"],
        rejected=verdicts["rejected"],
        stopped_by=dict(sorted(stops.items(), key=lambda item: (-item[1], item[0]))),
    )


def species_of(judged: Iterable[Judged]) -> dict[str, Tally]:
    """The tally of each species of attack, in the order of their names."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        if one.species is not None:
            groups.setdefault(one.species, []).append(one)
    return {species: tally(groups[species]) for species in sorted(groups)}


def worst_of(species: Mapping[str, Tally]) -> str | None:
    """The species with the highest APCER; of equals the one that went to a person most often."""
    if not species:
        return None
    return max(species, key=lambda name: _danger(species[name]))


def _danger(found: Tally) -> tuple[float, float]:
    return found.classification_error.rate or 0.0, found.review.rate or 0.0
