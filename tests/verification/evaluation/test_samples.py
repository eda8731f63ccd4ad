import wave
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.verification.evaluation.fakes import FakeFaces
from verification.evaluation.embedded import compared, failures
from verification.evaluation.errors import NothingToEvaluate
from verification.evaluation.samples import SOUNDS, STILLS, samples_in
from verification.evaluation.sounds import joined, mixed, noises_in, read_sound
from verification.evaluation.stills import embed_stills, read_still
from verification.evaluation.utterances import utterances_of


def write_still(path: Path, colour: tuple[int, int, int]) -> None:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), np.full((12, 10, 3), colour, np.uint8))


def write_wav(path: Path, samples: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())


def test_stills_are_enrolled_or_say_why_not(tmp_path: Path) -> None:
    write_still(tmp_path / "ann" / "1.png", (200, 10, 10))
    write_still(tmp_path / "ann" / "2.PNG", (210, 12, 10))
    write_still(tmp_path / "ben" / "1.bmp", (10, 200, 10))
    write_still(tmp_path / "ben" / "dark.png", (0, 0, 0))
    (tmp_path / "ben" / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "ben" / "empty.jpg").write_bytes(b"")
    (tmp_path / "ben" / "notes.txt").write_text("no sample")
    samples = samples_in(tmp_path, STILLS, limit=None)
    attempts = list(embed_stills(samples, FakeFaces()))
    assert failures(attempts) == {"no_face": 1, "picture_unreadable": 2}
    pairs = compared(attempts)
    assert (pairs.genuine.scores.size, pairs.impostor.scores.size) == (1, 2)
    assert pairs.genuine.scores[0] > 0.99


def test_a_still_is_zoomed_and_given_room(tmp_path: Path) -> None:
    write_still(tmp_path / "a.png", (200, 10, 30))
    image = read_still(tmp_path / "a.png", enlarge=3.0, margin=0.5)
    assert image is not None
    assert image.shape == (72, 60, 3)
    assert image[0, 0].tolist() == [30, 10, 200]


def test_too_little_to_compare_is_said(tmp_path: Path) -> None:
    with pytest.raises(NothingToEvaluate, match="no directory"):
        samples_in(tmp_path / "absent", STILLS, limit=None)
    write_still(tmp_path / "ann" / "1.png", (200, 10, 10))
    with pytest.raises(NothingToEvaluate, match=r"1 subject\(s\), two at least"):
        samples_in(tmp_path, STILLS, limit=None)
    write_still(tmp_path / "ben" / "1.png", (0, 0, 0))
    attempts = list(embed_stills(samples_in(tmp_path, STILLS, limit=None), FakeFaces()))
    with pytest.raises(NothingToEvaluate, match="of `2` samples `1`"):
        compared(attempts)


def test_a_limit_is_of_each_subject(tmp_path: Path) -> None:
    for subject in ("ann", "ben"):
        for number in range(4):
            write_still(tmp_path / subject / f"{number}.png", (9, 9, 9))
    assert len(samples_in(tmp_path, STILLS, limit=3)) == 6


def test_sounds_are_read_at_the_models_rate_and_joined(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.full(8_000, 0.25, np.float32))
    sound = read_sound(tmp_path / "a.wav")
    assert sound is not None
    assert abs(sound.size - 16_000) < 50
    assert joined([sound, sound]).size == 2 * sound.size + 4_000
    (tmp_path / "b.wav").write_bytes(b"no sound")
    assert read_sound(tmp_path / "b.wav") is None


def test_noise_is_as_much_quieter_as_asked(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    speech = rng.standard_normal(8_000).astype(np.float32)
    noise = rng.standard_normal(3_000).astype(np.float32) * np.float32(0.01)
    found = mixed(speech, noise, snr_db=10.0, at=100) - speech
    assert 10 * np.log10(np.mean(speech**2) / np.mean(found**2)) == pytest.approx(10.0, abs=0.01)
    silent = np.zeros(10, np.float32)
    assert not mixed(silent, noise, snr_db=10.0, at=0).any()
    write_wav(tmp_path / "rir1.wav", np.full(800, 0.5, np.float32))
    with pytest.raises(NothingToEvaluate, match="no noise"):
        noises_in(tmp_path)
    write_wav(tmp_path / "hum.wav", np.full(800, 0.5, np.float32))
    assert len(noises_in(tmp_path)) == 1


def test_joined_files_are_of_one_speaker_and_used_once(tmp_path: Path) -> None:
    for speaker, count in (("ann", 7), ("ben", 6)):
        for number in range(count):
            write_wav(tmp_path / speaker / f"{number}.wav", np.full(80, 0.5, np.float32))
    samples = samples_in(tmp_path, SOUNDS, limit=None)
    found = utterances_of(samples, join=3, seed=1)
    assert [utterance.subject for utterance in found] == ["ann", "ann", "ben", "ben"]
    files = [file.path for utterance in found for file in utterance.files]
    assert len(set(files)) == len(files) == 12
    assert all(len({file.subject for file in utterance.files}) == 1 for utterance in found)
    assert utterances_of(samples, join=3, seed=1) == found
