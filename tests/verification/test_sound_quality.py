"""Whether the sound is good enough, on tones and noise."""

import numpy as np
import pytest

from verification.liveness.sound_quality import check_sound_quality, highest_hz, hum_of, pauses_of
from verification.report import Outcome
from verification.voices.contracts import SAMPLE_RATE, Samples

SECONDS = 9
SPEECH = np.array([[start * SAMPLE_RATE, (start + 1) * SAMPLE_RATE] for start in (1, 3, 5, 7)])


def talk(*, loud: float = 0.1, noise_db: float = 40.0, gain: float = 1.0) -> Samples:
    """Four bursts, and noise so many decibels below them throughout."""
    rng = np.random.default_rng(0)
    samples = rng.normal(0, loud * 10 ** (-noise_db / 20), SECONDS * SAMPLE_RATE)
    for start, end in SPEECH.tolist():
        samples[start:end] += rng.normal(0, loud, end - start)
    return np.asarray(np.clip(gain * samples, -1, 1), np.float32)


def test_clean_sound_passes_and_says_how_clean() -> None:
    check = check_sound_quality(talk(), SPEECH)
    assert check.outcome is Outcome.PASS
    assert check.score == pytest.approx(40.0, abs=0.5)
    assert check.evidence["clipped"] == 0.0


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        (talk(gain=8.0), "sound_clipped"),
        (talk(noise_db=1.0), "sound_too_noisy"),
        (talk(noise_db=-6.0), "sound_too_noisy"),
    ],
    ids=["overdriven", "noisy", "lost"],
)
def test_bad_sound_fails(samples: Samples, code: str) -> None:
    check = check_sound_quality(samples, SPEECH)
    assert (check.outcome, check.code) == (Outcome.FAIL, code)


@pytest.mark.parametrize("noise_db", [5.0, 10.0, 20.0])
def test_a_room_that_digits_are_understood_in_is_quiet_enough(noise_db: float) -> None:
    assert check_sound_quality(talk(noise_db=noise_db), SPEECH).outcome is Outcome.PASS


def test_digital_silence_and_no_pauses_at_all_are_no_noise() -> None:
    silent = talk()
    silent[: SPEECH[0, 0]] = 0.0
    assert check_sound_quality(silent, SPEECH).outcome is Outcome.PASS
    everything = np.array([[0, SECONDS * SAMPLE_RATE]])
    assert pauses_of(silent, everything).size == 0
    assert check_sound_quality(silent, everything).outcome is Outcome.PASS


def test_band_and_hum_are_measured() -> None:
    at = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    tone = np.sin(2 * np.pi * 3_000 * at).astype(np.float32)
    hum = np.sin(2 * np.pi * 50 * at).astype(np.float32)
    assert highest_hz(tone) == pytest.approx(3_000, abs=5)
    assert (hum_of(hum), hum_of(tone)) == pytest.approx((1.0, 0.0), abs=0.01)
    nothing = np.zeros(0, np.float32)
    assert (highest_hz(nothing), hum_of(nothing)) == (0.0, 0.0)
