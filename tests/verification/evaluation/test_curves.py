import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from verification.evaluation.curves import (
    det_curve,
    equal_error_rate,
    equal_error_threshold,
    thinned,
    threshold_at,
)

SCORES = arrays(
    np.float64, st.integers(1, 40), elements=st.sampled_from(np.linspace(-1, 1, 17).tolist())
)


def test_a_constructed_equal_error_rate() -> None:
    genuine, impostor = np.arange(10, 110) / 100, np.arange(100) / 100
    curve = det_curve(genuine, impostor)
    # 45 impostors lie at 0.55 and above, 45 genuine ones below
    assert equal_error_rate(curve) == pytest.approx(0.45)
    assert equal_error_threshold(curve) == pytest.approx(0.55)


def test_between_two_points_the_rate_is_on_the_line() -> None:
    curve = det_curve(np.array([0.2, 0.6, 0.8]), np.array([0.1, 0.4]))
    # FMR falls from 1/2 to 0 where FNMR stays at 1/3
    assert equal_error_rate(curve) == pytest.approx(1 / 3)


def test_what_cannot_be_told_apart_has_an_even_chance() -> None:
    same = np.array([0.1, 0.2, 0.3, 0.4])
    assert equal_error_rate(det_curve(same, same)) == pytest.approx(0.5)


def test_the_threshold_for_a_rate_is_the_lowest_that_keeps_to_it() -> None:
    impostor = np.arange(1000) / 1000
    curve = det_curve(np.array([2.0]), impostor)
    threshold = threshold_at(curve, 0.01)
    assert (impostor >= threshold).mean() == pytest.approx(0.01)
    assert threshold_at(curve, 0.0) == 2.0
    assert threshold_at(det_curve(np.array([0.1]), np.array([0.5])), 0.0) == np.inf


def test_weights_count_as_often_as_they_say() -> None:
    genuine, impostor = np.array([0.3, 0.9]), np.array([0.1, 0.5])
    weighted = det_curve(
        genuine,
        impostor,
        genuine_weights=np.array([2.0, 1.0]),
        impostor_weights=np.array([0.0, 3.0]),
    )
    repeated = det_curve(np.array([0.3, 0.3, 0.9]), np.array([0.5, 0.5, 0.5]))
    for threshold, match, miss in zip(
        repeated.thresholds, repeated.false_match, repeated.false_non_match, strict=True
    ):
        at = int(np.searchsorted(weighted.thresholds, threshold))
        assert (weighted.false_match[at], weighted.false_non_match[at]) == pytest.approx(
            (match, miss)
        )


def test_no_pairs_have_no_rate() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        det_curve(np.zeros(0), np.ones(1))


@settings(deadline=None, max_examples=60)
@given(genuine=SCORES, impostor=SCORES)
def test_a_det_curve_is_monotone_and_counts_right(
    genuine: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    impostor: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> None:
    curve = det_curve(genuine, impostor)
    assert (np.diff(curve.false_match) <= 0).all()
    assert (np.diff(curve.false_non_match) >= 0).all()
    assert (curve.false_match[0], curve.false_non_match[0]) == (1.0, 0.0)
    assert (curve.false_match[-1], curve.false_non_match[-1]) == (0.0, 1.0)
    for threshold, match, miss in zip(
        curve.thresholds, curve.false_match, curve.false_non_match, strict=True
    ):
        assert match == pytest.approx((impostor >= threshold).mean())
        assert miss == pytest.approx((genuine < threshold).mean())
    low = np.maximum(curve.false_match, curve.false_non_match).min()
    assert equal_error_rate(curve) <= low + 1e-12


def test_thinning_keeps_both_ends_and_little_else() -> None:
    rng = np.random.default_rng(1)
    curve = det_curve(rng.normal(1, 1, 5_000), rng.normal(-1, 1, 5_000))
    kept = thinned(curve, 200)
    assert kept[0] == 0
    assert kept[-1] == curve.thresholds.size - 1
    assert 50 < kept.size <= 220
