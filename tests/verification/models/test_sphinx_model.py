"""PocketSphinx's acoustic model, read as numbers: against what its own decoder says."""

from pathlib import Path

import numpy as np
import pocketsphinx
import pytest

from verification.sessions import UnreadableModel
from verification.speech.alignment import Words
from verification.speech.cepstra import (
    CEPSTRA,
    WINDOW,
    cepstra,
    mel_bands,
    mel_filters,
    without_bands,
)
from verification.speech.pocketsphinx_digits import rise_above
from verification.speech.sphinx_model import SphinxModel, read_model

DIRECTORY = Path(pocketsphinx.get_model_path("en-us/en-us"))


@pytest.fixture(scope="module")
def model() -> SphinxModel:
    return read_model(DIRECTORY)


def chirp() -> np.ndarray:
    at = np.arange(16_000) / 16_000
    noise = np.random.default_rng(1).normal(scale=0.01, size=at.size)
    return np.asarray(0.2 * np.sin(2 * np.pi * (200 + 1_500 * at) * at) + noise, np.float32)


def test_the_model_is_whole(model: SphinxModel) -> None:
    assert model.means.shape == model.variances.shape == (42, 3, 128, 13)
    assert np.allclose(np.exp(model.log_weights).sum(axis=1), 1.0, atol=0.15)
    assert np.allclose(model.transitions.sum(axis=2), 1.0)
    assert model.names[32] == "SIL"
    assert (model.variances > 0).all()


def test_a_word_is_a_chain_of_its_own_phones(model: SphinxModel) -> None:
    states = model.states("S IH K S")
    assert len(states) == 12
    books = [model.names[state.codebook] for state in states[::3]]
    assert books == ["S", "IH", "K", "S"]
    assert states[0].senone != states[9].senone
    for state in (*states, *model.silence()):
        reached = np.exp([state.stay, state.go, state.skip]).sum()
        assert reached == pytest.approx(1.0, abs=1e-3)


def test_the_front_end_is_the_decoders(tmp_path: Path) -> None:
    samples = chirp()
    decoder = pocketsphinx.Decoder(
        hmm=str(DIRECTORY), dict=None, lm=None, samprate=16_000.0, loglevel="FATAL",
        mfclogdir=str(tmp_path),
    )  # fmt: skip
    decoder.add_word("word", "AH", update=True)
    decoder.add_jsgf_string("words", "#JSGF V1.0;\ngrammar words;\npublic <word> = word;\n")
    decoder.activate_search("words")
    decoder.start_utt()
    decoder.process_raw(np.asarray(samples * 32_768, "<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    (written,) = tmp_path.iterdir()
    theirs = np.frombuffer(written.read_bytes()[4:], ">f4").reshape(-1, CEPSTRA)
    ours = cepstra(mel_bands(samples))
    assert abs(len(theirs) - len(ours)) <= 1
    # the decoder takes an estimate of the noise out of later frames, the first is as it is
    np.testing.assert_allclose(theirs[0, 1:], ours[0, 1:], atol=0.05)
    assert np.corrcoef(theirs[: len(ours)].ravel(), ours.ravel())[0, 1] > 0.98


def test_bands_that_are_taken_out_say_nothing_any_more() -> None:
    bands = mel_bands(chirp())
    bands -= bands.mean(axis=0)
    changed = bands.copy()
    changed[:, 19:] = 0.0
    without = without_bands(19)
    again = without @ without
    assert mel_filters().shape == (25, 257)
    assert np.abs(again - without).max() < np.abs(without - np.eye(CEPSTRA)).max()
    assert not np.allclose(cepstra(bands), cepstra(changed))


def test_words_that_differ_score_differently(model: SphinxModel) -> None:
    bands = mel_bands(chirp())
    vocabulary = (("T UW",), ("S IH K S", "S IY K S"), ("T UW", "T UW"))
    found = Words(model, vocabulary, bands=19).scores(bands - bands.mean(axis=0))
    assert np.isfinite(found).all()
    assert found[0] == found[2] != found[1]


def test_sound_below_4_khz_is_told_from_wide_sound() -> None:
    samples = chirp()
    quiet = samples * 0.01
    hiss = np.random.default_rng(2).normal(scale=0.2, size=3_200).astype(np.float32)
    wide = np.concatenate([quiet, samples, hiss])
    assert rise_above(mel_bands(wide)) > 4.0
    assert rise_above(mel_bands(np.concatenate([quiet[:WINDOW], quiet]))) < 2.0


@pytest.mark.parametrize("name", ["means", "mdef", "sendump", "transition_matrices"])
def test_a_broken_model_is_refused(tmp_path: Path, name: str) -> None:
    for path in DIRECTORY.iterdir():
        content = path.read_bytes()
        (tmp_path / path.name).write_bytes(content[:90] if path.name == name else content)
    with pytest.raises(UnreadableModel):
        read_model(tmp_path)
