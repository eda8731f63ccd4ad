"""Errors in independent trials, and how sure their rate is.

The interval is that of Clopper and Pearson (1934): exact, so never narrower than it claims.

>>> Proportion(errors=0, trials=50).interval().high < 0.072
True
>>> rule_of_three(50)
0.06
"""

from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Between `low` and `high` lies the true rate, with the confidence that was asked for."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """`errors` of `trials` that do not depend on one another."""

    errors: int
    trials: int

    def __post_init__(self) -> None:
        if not 0 <= self.errors <= self.trials:
            raise ValueError(f"not errors of trials: `{self.errors}` of `{self.trials}`")

    @property
    def rate(self) -> float | None:
        """The share of errors; None where nothing was tried."""
        return self.errors / self.trials if self.trials else None

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """The Clopper-Pearson interval; everything from 0 to 1 where nothing was tried."""
        return exact_interval(self.errors, self.trials, confidence)


def exact_interval(errors: float, trials: float, confidence: float = CONFIDENCE) -> Interval:
    """The Clopper-Pearson interval, also for a share of an effective number of trials."""
    from scipy.special import betaincinv

    aside = (1 - confidence) / 2
    low, high = 0.0, 1.0
    if errors > 0:
        low = float(betaincinv(errors, trials - errors + 1, aside))
    if errors < trials:
        high = float(betaincinv(errors + 1, trials - errors, 1 - aside))
    return Interval(low=low, high=high)


def rule_of_three(trials: int) -> float:
    """The smallest rate that `trials` without an error support at 95 % confidence."""
    return min(1.0, 3 / trials) if trials else 1.0
