"""Voice activity and digits with the real models, on sound made here and on the shared data."""

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from verification.packs.loading import Models
from verification.speech.contracts import UnusableSound
from verification.speech.pocketsphinx_digits import PocketSphinxDigits

Samples = NDArray[np.float32]


def spoken(shared: Path, digit: int, speaker: str, take: int) -> Samples:
    """A recording at 8 kHz, brought to 16 kHz in a window of 1.1 s."""
    path = shared / "data" / "speech" / "digits" / speaker / f"{digit}_{speaker}_{take}.wav"
    if not path.is_file():
        pytest.skip(f"no recording {path.name}")
    with wave.open(str(path)) as recording:
        frames = recording.readframes(recording.getnframes())
    narrow = np.frombuffer(frames, dtype="<i2").astype(np.float32) / 32_768
    at = np.arange(2 * narrow.size) / 2
    wide = np.interp(at, np.arange(narrow.size), narrow).astype(np.float32)
    window = np.zeros(17_600, dtype=np.float32)
    start = (window.size - wide.size) // 2
    window[start : start + wide.size] = wide
    return window


def test_activity_is_low_in_silence_and_noise_and_has_one_value_per_hop(
    open_models: Models,
) -> None:
    noise = np.random.default_rng(1).normal(scale=0.01, size=16_001).astype(np.float32)
    for samples in (np.zeros(16_001, dtype=np.float32), noise):
        found = open_models.activity.probabilities(samples)
        assert found.shape == (32,)
        assert found.max() < 0.3
    assert open_models.activity.probabilities(np.zeros(0, dtype=np.float32)).shape == (0,)


def test_activity_follows_speech(open_models: Models, shared: Path) -> None:
    window = spoken(shared, 3, "jackson", 8)
    found = open_models.activity.probabilities(np.concatenate([window, np.zeros_like(window)]))
    half = found.size // 2
    assert found[:half].max() > open_models.thresholds.speech.value
    assert found[half + 10 :].max() < open_models.thresholds.speech.value


@pytest.mark.parametrize("digit", [1, 2, 4, 9])
def test_the_digit_that_was_said_scores_best(open_models: Models, shared: Path, digit: int) -> None:
    takes = [
        path.stem.rpartition("_")[2]
        for path in sorted((shared / "data/speech/digits/theo").glob(f"{digit}_theo_*.wav"))
    ]
    scores = open_models.digits.scores([spoken(shared, digit, "theo", int(one)) for one in takes])
    assert scores.shape == (len(takes), 10)
    assert (scores.argmax(axis=1) == digit).mean() >= 0.8


def test_scores_depend_on_nothing_heard_before(shared: Path) -> None:
    one, other = spoken(shared, 7, "theo", 0), spoken(shared, 2, "theo", 0)
    fresh = PocketSphinxDigits().scores([one, other])
    used = PocketSphinxDigits()
    used.scores([np.random.default_rng(0).normal(scale=0.3, size=17_600).astype(np.float32)])
    np.testing.assert_array_equal(used.scores([one, other]), fresh)
    assert used.scores([]).shape == (0, 10)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, dtype=np.float32),
        np.ones(3_199, dtype=np.float32),
        np.zeros(17_600, dtype=np.float32),
        np.full(17_600, np.nan, dtype=np.float32),
    ],
    ids=["empty", "short", "silent", "not numbers"],
)
def test_sound_that_can_hold_no_digit_is_refused(open_models: Models, samples: Samples) -> None:
    with pytest.raises(UnusableSound):
        open_models.digits.scores([samples])
