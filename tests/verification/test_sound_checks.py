"""The checks on what is heard, on synthetic sound and scores."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from verification.challenge import Challenge, SpokenDigit
from verification.liveness.digits import (
    Heard,
    check_digits,
    hear,
    in_spreads,
    margin_of,
    shortfall_of,
    window_of,
    windows_of,
)
from verification.liveness.speech import check_sound
from verification.liveness.voice import check_one_voice, compare_parts
from verification.matching import farthest_apart, mean_direction, similarity
from verification.report import Outcome
from verification.speech.contracts import ACTIVITY_HOP
from verification.speech.segments import seconds, spans, speech_of, within
from verification.tolerances import Tolerances
from verification.voices.contracts import SAMPLE_RATE, Embedding, Samples

TOLERANCES = Tolerances()
CHALLENGE = Challenge(
    steps=tuple(
        SpokenDigit(digit=digit, start_ms=1_000 + 1_100 * index, duration_ms=1_000)
        for index, digit in enumerate((2, 7, 1, 8))
    ),
    duration_ms=6_000,
)
NOTHING = np.zeros((0, 2), np.int64)


class ScorerOfPitch:
    """Hears a tone of d x 100 Hz as the digit d: a real measurement, on a toy language."""

    def scores(self, windows: Sequence[Samples]) -> np.ndarray:
        spectra = [np.abs(np.fft.rfft(samples, SAMPLE_RATE)) for samples in windows]
        found = [
            [spectrum[100 * digit + 100] / 1_000 for digit in range(10)] for spectrum in spectra
        ]
        return np.asarray(found, np.float32).reshape(-1, 10)


class VoiceOfPitch:
    """Tells speakers by whether their tone lies above 500 Hz."""

    name, sha256 = "pitch", "0" * 64

    def embed(self, samples: Samples) -> Embedding:
        spectrum = np.abs(np.fft.rfft(samples, SAMPLE_RATE))
        found = np.array([spectrum[:500].sum(), spectrum[500:1_200].sum()], np.float32)
        return np.asarray(found / np.linalg.norm(found), np.float32)


def sound_of(digits: tuple[int | None, ...]) -> tuple[Samples, np.ndarray]:
    """Tones in the windows of the challenge, None for silence, and where they are."""
    samples = np.zeros(6 * SAMPLE_RATE, np.float32)
    where = []
    for step, digit in zip(CHALLENGE.digits, digits, strict=True):
        if digit is None:
            continue
        start = (step.start_ms + 300) * 16
        at = np.arange(8_000) / SAMPLE_RATE
        samples[start : start + 8_000] = 0.2 * np.sin(2 * np.pi * (100 * digit + 100) * at)
        where.append((start, start + 8_000))
    return samples, np.array(where, np.int64).reshape(-1, 2)


def code_of(heard: list[Heard]) -> str | None:
    return check_digits(heard, clear=0.4, most=3.0, tolerances=TOLERANCES.digits).code


def heard_code(digits: tuple[int | None, ...], faint: np.ndarray = NOTHING) -> str | None:
    samples, speech = sound_of(digits)
    windows = windows_of(speech, faint, CHALLENGE, TOLERANCES.digits)
    return code_of(hear(samples, windows, CHALLENGE, ScorerOfPitch(), TOLERANCES.digits))


def test_digits_are_judged_in_their_windows() -> None:
    assert heard_code((2, 7, 1, 8)) is None
    assert heard_code((2, 7, 1, 9)) == "digits_unclear"
    assert heard_code((2, 7, 3, 9)) == "digits_not_spoken"
    assert heard_code((7, 2, 8, 1)) == "digits_not_spoken"
    assert heard_code((3, 3, 3, 3)) == "digits_not_spoken"
    assert heard_code((2, None, 1, 8)) == "digit_missing"
    assert heard_code((None, None, None, None)) == "digit_missing"


def test_what_digits_fall_short_is_added_up() -> None:
    def string(*margins: float) -> list[Heard]:
        return [Heard(digit=1, speech_s=0.4, margin=margin) for margin in margins]

    assert code_of(string(0.4, 0.5, 0.4, 0.4, 0.0, 0.0)) is None
    assert code_of(string(0.4, 0.4, 0.4, 0.4, 0.4, -0.8)) is None
    assert code_of(string(0.4, 0.4, 0.4, 0.4, -0.4, -0.4)) == "digits_unclear"
    assert code_of(string(0.4, 0.4, 0.4, 0.4, -0.8, -1.2)) == "digits_not_spoken"
    assert code_of(string(0.4, *[-math.inf] * 5)) == "digits_not_spoken"


def test_excellent_digits_make_up_for_nothing() -> None:
    wrong = [Heard(digit=1, speech_s=0.4, margin=-1.0)] * 2
    fine = [Heard(digit=1, speech_s=0.4, margin=1e6)] * 20
    assert code_of(fine + wrong) == code_of(wrong) == "digits_not_spoken"


def test_a_digit_falls_short_by_so_much_at_most() -> None:
    found = [shortfall_of(margin, clear=2.0, worst=7.0) for margin in (9.0, 2.0, 0.0, -2.0, -99.0)]
    assert found == [0.0, 0.0, 1.0, 2.0, 7.0]
    assert shortfall_of(-math.inf, clear=2.0, worst=7.0) == 7.0


def test_a_reviewer_sees_what_each_digit_lacks() -> None:
    heard = [Heard(digit=2, speech_s=0.4, margin=margin) for margin in (0.8, 0.2)]
    check = check_digits(heard, clear=0.4, most=3.0, tolerances=TOLERANCES.digits)
    assert check.evidence == {"shortfall": [0.0, 0.5], "seconds": [0.4, 0.4]}
    assert check.score == 0.5


def test_faint_speech_fills_a_window_that_would_be_silent() -> None:
    samples, speech = sound_of((2, 7, 1, 8))
    without = np.delete(speech, 1, axis=0)
    windows = windows_of(without, speech, CHALLENGE, TOLERANCES.digits)
    assert np.concatenate(windows).tolist() == speech.tolist()
    assert code_of(hear(samples, windows, CHALLENGE, ScorerOfPitch(), TOLERANCES.digits)) is None
    silent = windows_of(without, without, CHALLENGE, TOLERANCES.digits)
    assert silent[1].shape == (0, 2)


def test_the_tail_of_the_digit_before_is_not_heard_again() -> None:
    step = CHALLENGE.digits[1]
    start = step.start_ms * 16
    tail, own = [start - 6_000, start + 2_000], [start + 5_000, start + 9_000]
    both = np.array([tail, own], np.int64)
    assert window_of(both, step, TOLERANCES.digits).tolist() == [own]
    assert window_of(both[:1], step, TOLERANCES.digits).shape == (0, 2)
    early = np.array([[start - 1_000, start + 7_000]], np.int64)
    assert window_of(early, step, TOLERANCES.digits).tolist() == [[start, start + 7_000]]


def test_speech_may_run_a_little_over_the_end_of_its_window() -> None:
    step = CHALLENGE.digits[-1]
    end = step.end_ms * 16
    over = np.array([[end - 3_000, end + 8_000]], np.int64)
    found = window_of(over, step, TOLERANCES.digits)
    assert found.tolist() == [[end - 3_000, end + 4_800]]


def test_margins_survive_what_is_not_finite() -> None:
    scores = np.full(10, -5.0, np.float32)
    assert margin_of(3, scores) == 0.0
    scores[3] = -np.inf
    assert margin_of(3, scores) == -math.inf
    assert margin_of(3, np.full(10, np.nan, np.float32)) == -math.inf
    assert margin_of(3, np.full(10, -np.inf, np.float32)) == -math.inf
    alone = np.full(10, -np.inf, np.float32)
    alone[3] = -1.0
    assert margin_of(3, alone) == math.inf
    alone[4] = np.nan
    assert margin_of(3, alone) == -math.inf


def test_a_string_is_its_own_measure() -> None:
    rows = np.random.default_rng(1).normal(-900, 40, (6, 10)).astype(np.float32)
    found = in_spreads(rows)
    assert found.max(axis=1).tolist() == [0.0] * 6
    assert found.mean() == pytest.approx(-1.0)
    # one whom the recognizer knows less well, and sound that it likes better altogether
    assert in_spreads(0.25 * rows + 500) == pytest.approx(found, abs=1e-3)
    assert in_spreads(rows[:0]).shape == (0, 10)


def test_sound_in_which_no_digit_is_told_from_another_is_none_of_them() -> None:
    tied = in_spreads(np.full((4, 10), -70.0, np.float32))
    assert [margin_of(digit, tied[0]) for digit in range(10)] == [-math.inf] * 10
    heard = [Heard(digit=2, speech_s=0.4, margin=margin_of(2, row)) for row in tied]
    assert code_of(heard) == "digits_not_spoken"


def test_digits_that_cannot_be_in_the_sound_count_for_no_spread() -> None:
    rows = np.full((2, 10), -np.inf, np.float32)
    rows[0, :2] = -5.0, -9.0
    found = in_spreads(rows)
    assert found[0, :2].tolist() == [0.0, -2.0]
    assert margin_of(3, found[0]) == -math.inf
    assert np.isnan(found[1]).all()


def test_no_digits_at_all_fail() -> None:
    assert code_of([]) == "digit_missing"


def test_spans_follow_the_probabilities() -> None:
    probabilities = np.array([0.9, 0.9, 0.1, 0.9], np.float32)
    found = spans(probabilities, 0.5)
    assert (found / ACTIVITY_HOP).tolist() == [[0, 2], [3, 4]]
    assert spans(np.zeros(0, np.float32), 0.5).shape == (0, 2)
    assert seconds(within(found, 0.02, 0.1)) == pytest.approx(0.048)
    assert within(NOTHING, 0, 1).shape == (0, 2)
    assert speech_of(np.ones(99, np.float32), NOTHING).size == 0


def test_silence_and_noise_are_not_speech() -> None:
    samples, speech = sound_of((2, 7, 1, 8))
    assert check_sound(samples, speech, TOLERANCES.speech).outcome is Outcome.PASS
    assert check_sound(samples, speech[:1], TOLERANCES.speech).code == "no_speech"
    assert check_sound(samples, NOTHING, TOLERANCES.speech).code == "no_speech"
    assert check_sound(samples * 1e-4, speech, TOLERANCES.speech).code == "no_sound"
    assert check_sound(samples * 0, NOTHING, TOLERANCES.speech).code == "no_sound"
    assert check_sound(samples[:0], NOTHING, TOLERANCES.speech).code == "no_sound"


def parts_of(tones: tuple[int | None, ...], least_digits: int = 2) -> dict[int, float]:
    """Half a second of a tone for each digit, None for silence."""
    at = np.arange(8_000) / SAMPLE_RATE
    said = [0 * at if tone is None else np.sin(2 * np.pi * 100 * (tone + 1) * at) for tone in tones]
    windows = [
        NOTHING if tone is None else np.array([[8_000 * index, 8_000 * (index + 1)]])
        for index, tone in enumerate(tones)
    ]
    samples = np.concatenate(said).astype(np.float32)
    return compare_parts(samples, windows, VoiceOfPitch(), least_digits=least_digits)


def test_every_moment_with_two_digits_on_either_side_is_compared() -> None:
    assert sorted(parts_of((1, 2, 1, 2, 1, 2))) == [2, 3, 4]
    assert sorted(parts_of((1, 2, 1, 2, 1, 2), least_digits=1)) == [1, 2, 3, 4, 5]
    assert sorted(parts_of((1, 2, 1, 2))) == [2]
    assert parts_of((1, 2, 1)) == {}
    assert parts_of((1, None, None, None)) == {}


def test_a_change_of_voice_shows_wherever_it_is() -> None:
    one = check_one_voice(parts_of((1, 2, 1, 2, 1, 2)), least=0.65, doubtful_share=0.92)
    assert one.outcome is Outcome.PASS
    scores = []
    for digits in ((1, 2, 8, 7, 8, 7), (1, 2, 1, 8, 7, 8), (1, 2, 1, 2, 8, 7)):
        found = parts_of(digits)
        check = check_one_voice(found, least=0.65, doubtful_share=0.92)
        assert check.score is not None
        scores.append(check.score)
        # the evidence says after which digit the voices differ most
        changed = sum(digit < 5 for digit in digits)
        assert min(found, key=lambda before: found[before]) == changed
        assert check.evidence[f"after_{changed}_digits"] == found[changed]
    assert one.score is not None
    assert max(scores) < one.score


def test_doubt_about_the_voice_is_for_a_person() -> None:
    def of(*found: float) -> tuple[Outcome, str | None]:
        parts = dict(enumerate(found, start=2))
        check = check_one_voice(parts, least=0.6, doubtful_share=0.9)
        return check.outcome, check.code

    assert of(0.5, 0.7) == (Outcome.PASS, None)
    assert of(0.5, 0.6) == (Outcome.INCONCLUSIVE, "voice_uncertain")
    assert of() == (Outcome.INCONCLUSIVE, "voice_uncertain")
    assert of(0.5, 0.57) == (Outcome.FAIL, "voice_changed")


def test_the_middle_of_the_string_weighs_most() -> None:
    def score(*found: float) -> float | None:
        return check_one_voice(dict(enumerate(found, start=2)), least=0.6, doubtful_share=0.9).score

    assert score(0.8, 0.4, 0.8) == pytest.approx((0.8 + 2 * 0.4 + 0.8) / 4)
    assert score(0.8, 0.4, 0.4, 0.8) == pytest.approx((0.8 + 2 * 0.4 + 2 * 0.4 + 0.8) / 6)
    assert score(0.5) == pytest.approx(0.5)


def test_directions_are_compared_not_lengths() -> None:
    one = np.array([3.0, 0.0], np.float32)
    assert similarity(one, one * 7) == pytest.approx(1.0)
    assert np.allclose(mean_direction([one, np.array([0.0, 1.0], np.float32)]), np.sqrt(0.5))
    with pytest.raises(ValueError, match="without direction"):
        similarity(one, one * 0)
    with pytest.raises(ValueError, match="without direction"):
        similarity(one, one * np.nan)
    with pytest.raises(ValueError, match="no embeddings"):
        mean_direction([])
    with pytest.raises(ValueError, match="nothing to compare"):
        farthest_apart([one])
