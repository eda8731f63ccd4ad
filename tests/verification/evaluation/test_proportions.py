import pytest

from verification.evaluation.proportions import Proportion, exact_interval, rule_of_three


@pytest.mark.parametrize(
    ("errors", "trials", "low", "high"),
    [
        # from the relation of the binomial to the F distribution, as in printed tables
        (0, 10, 0.0, 0.308497),
        (1, 10, 0.002529, 0.445016),
        (5, 100, 0.016432, 0.112835),
        (10, 10, 0.691503, 1.0),
        (0, 50, 0.0, 0.071122),
    ],
)
def test_the_exact_interval_has_its_printed_values(
    errors: int, trials: int, low: float, high: float
) -> None:
    found = Proportion(errors=errors, trials=trials).interval()
    assert (found.low, found.high) == pytest.approx((low, high), abs=2e-6)


def test_the_ends_are_where_the_binomial_says_they_are() -> None:
    from scipy.stats import binom

    found = exact_interval(7, 40)
    assert binom.sf(6, 40, found.low) == pytest.approx(0.025)
    assert binom.cdf(7, 40, found.high) == pytest.approx(0.025)


def test_nothing_tried_is_nothing_known() -> None:
    nothing = Proportion(errors=0, trials=0)
    assert nothing.rate is None
    assert (nothing.interval().low, nothing.interval().high) == (0.0, 1.0)
    assert rule_of_three(0) == 1.0


def test_more_errors_than_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="`4` of `3`"):
        Proportion(errors=4, trials=3)


def test_the_rule_of_three_is_near_the_exact_end_on_one_side() -> None:
    assert rule_of_three(300) == pytest.approx(exact_interval(0, 300, 0.90).high, rel=0.01)
