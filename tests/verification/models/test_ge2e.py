"""The converted speaker encoder against an LSTM written out by hand."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from verification.packs.loading import Models
from verification.sessions import open_session
from verification.voices import ge2e, mel
from verification.voices.contracts import UnusableVoice
from verification.voices.legacy_torch import RefusedCheckpoint, Tensors, read_tensors

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def reference_embedding(tensors: Tensors, frames: Array) -> Array:
    """The encoder as its paper and torch's documentation define it, one step at a time."""
    sequence = frames
    for layer in range(3):
        w_in, w_state, b_in, b_state = (
            tensors[f"lstm.{name}_l{layer}"].astype(np.float64)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        state, cell, states = np.zeros(256), np.zeros(256), []
        for frame in sequence:
            gates = w_in @ frame + b_in + w_state @ state + b_state
            enter, forget, candidate, leave = np.split(gates, 4)
            cell = sigmoid(forget) * cell + sigmoid(enter) * np.tanh(candidate)
            state = sigmoid(leave) * np.tanh(cell)
            states.append(state)
        sequence = np.array(states)
    raw = np.maximum(0, tensors["linear.weight"] @ sequence[-1] + tensors["linear.bias"])
    return np.asarray(raw / np.linalg.norm(raw))


@pytest.fixture(scope="module")
def tensors(open_pack: Path) -> Tensors:
    return read_tensors((open_pack / "ge2e.pt").read_bytes(), under="model_state")


def test_the_conversion_computes_what_the_checkpoint_means(
    open_pack: Path, tensors: Tensors
) -> None:
    frames = np.random.default_rng(1).gamma(0.3, 0.2, (2, 60, 40)).astype(np.float32)
    converted = open_session(open_pack / "ge2e.onnx").run(None, {"mels": frames})[0]
    expected = [reference_embedding(tensors, one.astype(np.float64)) for one in frames]
    np.testing.assert_allclose(converted, expected, atol=2e-6)


def test_the_conversion_is_deterministic(open_pack: Path) -> None:
    content = (open_pack / "ge2e.pt").read_bytes()
    assert ge2e.convert(content) == (open_pack / "ge2e.onnx").read_bytes()


def test_another_networks_checkpoint_is_refused(tensors: Tensors) -> None:
    assert set(tensors) >= {"lstm.weight_ih_l0", "linear.bias", "similarity_weight"}
    with pytest.raises(RefusedCheckpoint, match="weight_hh_l2"):
        ge2e._require_shapes({k: v for k, v in tensors.items() if k != "lstm.weight_hh_l2"})


def tone(hz: float, seconds: float, *, level: float = 0.05) -> NDArray[np.float32]:
    at = np.arange(int(seconds * 16_000)) / 16_000
    buzz = sum(np.sin(2 * np.pi * hz * k * at) / k for k in range(1, 20))
    return np.asarray(level * buzz, dtype=np.float32)


def test_an_embedding_has_unit_length_and_ignores_the_level_of_quiet_sound(
    open_models: Models,
) -> None:
    one = open_models.voice.embed(tone(120, 2.0, level=0.002))
    same = open_models.voice.embed(tone(120, 2.0, level=0.004))
    other = open_models.voice.embed(tone(320, 2.0, level=0.004))
    assert one.shape == (256,)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    assert one @ same > 0.9999
    assert one @ other < 0.95


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, dtype=np.float32),
        np.ones(7_999, dtype=np.float32),
        np.zeros(16_000, dtype=np.float32),
        np.full(16_000, np.nan, dtype=np.float32),
        np.ones((16_000, 2), dtype=np.float32),
    ],
    ids=["empty", "short", "silent", "not numbers", "stereo"],
)
def test_sound_without_a_voice_is_refused(
    open_models: Models, samples: NDArray[np.float32]
) -> None:
    with pytest.raises(UnusableVoice):
        open_models.voice.embed(samples)


def test_mel_filters_have_slaneys_area_and_cover_the_band() -> None:
    filters = mel.mel_filters()
    assert filters.shape == (40, 201)
    # a triangle of unit area over Hz, sampled every 40 Hz
    assert np.allclose(filters.sum(axis=1)[10:] * 40, 1, atol=0.05)
    centres = filters.argmax(axis=1) * 40
    assert list(centres) == sorted(centres)
    assert 7_000 < centres[-1] < 8_000


def test_a_pure_tone_lands_in_its_band() -> None:
    at = np.arange(16_000) / 16_000
    frames = mel.mel_spectrogram(np.sin(2 * np.pi * 1_000 * at).astype(np.float32))
    assert frames.shape == (101, 40)
    peak = int(frames[50].argmax())
    assert abs(int(mel.mel_filters()[peak].argmax()) * 40 - 1_000) <= 80


@pytest.mark.parametrize(("seconds", "count"), [(0.5, 1), (1.6, 1), (2.4, 2), (3.2, 3), (8.0, 9)])
def test_partial_utterances_cover_the_sound(seconds: float, count: int) -> None:
    parts = ge2e.partial_spectrograms(tone(150, seconds))
    assert parts.shape == (count, 160, 40)
