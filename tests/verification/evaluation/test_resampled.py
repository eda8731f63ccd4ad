import numpy as np
import pytest

from verification.evaluation.comparisons import compare
from verification.evaluation.proportions import exact_interval
from verification.evaluation.resampled import bootstrap, bootstrap_equal_error


def people(
    count: int, samples: int, spread: float, seed: int
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], list[str]]:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((count, 8))
    vectors = np.repeat(centres, samples, axis=0)
    vectors += spread * rng.standard_normal(vectors.shape)
    return vectors, [f"p{number}" for number in range(count) for _ in range(samples)]


def test_every_pair_is_compared_once_and_knows_whose_it_is() -> None:
    vectors, subjects = people(4, 3, 0.1, seed=1)
    found = compare(vectors, subjects)
    assert (found.genuine.scores.size, found.impostor.scores.size) == (4 * 3, 6 * 9)
    assert (found.people_pairs, found.people_again) == (6, 4)
    assert found.genuine.scores.mean() > found.impostor.scores.mean()
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert found.genuine.scores[0] == pytest.approx(unit[0] @ unit[1])
    with pytest.raises(ValueError, match="not one subject an embedding"):
        compare(vectors, subjects[1:])


def test_intervals_hold_the_rate_and_repeat_under_a_seed() -> None:
    compared = compare(*people(12, 4, 0.8, seed=2))
    found = bootstrap(compared, threshold=0.6, seed=3)
    rate = float((compared.genuine.scores < 0.6).mean())
    assert found.false_non_match.low < rate < found.false_non_match.high
    assert bootstrap(compared, threshold=0.6, seed=3) == found
    assert bootstrap(compared, threshold=0.6, seed=4) != found


def test_pairs_of_few_people_are_not_taken_for_independent() -> None:
    """Where errors are one person's, the interval over people is much wider than over pairs."""
    vectors, subjects = people(10, 8, 0.05, seed=4)
    vectors[:8] = np.random.default_rng(5).standard_normal((8, 8))
    compared = compare(vectors, subjects)
    errors = int((compared.genuine.scores < 0.8).sum())
    naive = exact_interval(errors, compared.genuine.scores.size)
    found = bootstrap(compared, threshold=0.8, seed=1).false_non_match
    assert found.high - found.low > 2 * (naive.high - naive.low)


def test_no_error_among_few_people_shows_little() -> None:
    compared = compare(*people(5, 6, 0.001, seed=6))
    found = bootstrap(compared, threshold=0.99, seed=1)
    assert found.false_non_match == exact_interval(0, 5)
    assert found.false_match == exact_interval(0, 10)
    assert bootstrap_equal_error(compared, seed=1) == exact_interval(0, 5)


def test_the_equal_error_rate_has_an_interval_around_it() -> None:
    compared = compare(*people(12, 4, 0.9, seed=7))
    found = bootstrap_equal_error(compared, seed=1, draws=100)
    assert 0 <= found.low < found.high < 0.5
