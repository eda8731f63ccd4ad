"""Whose voice says the digits: eSpeak NG with a choice of speakers, or given recordings.

SyntheticVoice(speaker="low").say(7, np.random.default_rng(1))
RecordedVoice(directory=Path("digits/somebody")).say(7, np.random.default_rng(1))
"""

import subprocess
import sys
import wave
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np

from verification.errors import VerificationError
from verification.speech.contracts import DIGIT_WORDS
from verification.studio import synthesis
from verification.studio.footage import SOUND_RATE, Sound


class VoiceUnavailable(VerificationError):
    """The speaker is unknown, the synthesizer failed, or a recording is missing or unreadable."""

    code = "voice_unavailable"


class Voice(Protocol):
    """Something that says digits."""

    def say(self, digit: int, rng: np.random.Generator) -> Sound:
        """One take of `digit`, without silence around it; raise `VoiceUnavailable`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """An eSpeak NG voice: its variant, words per minute, pitch and pitch range (0 to 99)."""

    variant: str
    rate: int
    pitch: int
    range: int = 50


SPEAKERS = MappingProxyType(
    {
        "low": Speaker(variant="en-us+edward", rate=130, pitch=45),
        "deep": Speaker(variant="en-us+john", rate=125, pitch=30),
        "high": Speaker(variant="en-us+f2", rate=120, pitch=60),
        "bright": Speaker(variant="en-us+belinda", rate=130, pitch=55),
    }
)
"""The speakers whose digits PocketSphinx recognizes best, of all that eSpeak NG carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticVoice:
    """One of `SPEAKERS`, said by eSpeak NG."""

    speaker: str = "low"

    def say(self, digit: int, rng: np.random.Generator) -> Sound:
        """One take of `digit`, a little different in pace and pitch each time."""
        if self.speaker not in SPEAKERS:
            raise VoiceUnavailable(f"no speaker is called `{self.speaker}`")
        speaker = SPEAKERS[self.speaker]
        rate = round(speaker.rate * rng.uniform(0.94, 1.06))
        pitch = round(speaker.pitch + rng.uniform(-3, 3))
        return _synthesized(DIGIT_WORDS[digit], speaker.variant, rate, pitch, speaker.range)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedVoice:
    """Recordings `0_*.wav` to `9_*.wav` in one directory, mono, 16 bits, at any rate."""

    directory: Path

    def say(self, digit: int, rng: np.random.Generator) -> Sound:
        """One of the takes of `digit`."""
        takes = sorted(self.directory.glob(f"{digit}_*.wav"))
        if not takes:
            raise VoiceUnavailable(f"no `{digit}_*.wav` in `{self.directory.name}`")
        return _trimmed(_read(takes[int(rng.integers(len(takes)))]))


def _read(path: Path) -> Sound:
    try:
        with wave.open(str(path), "rb") as recording:
            shape = recording.getnchannels(), recording.getsampwidth()
            rate, content = recording.getframerate(), recording.readframes(recording.getnframes())
    except (OSError, wave.Error, EOFError) as error:
        raise VoiceUnavailable(f"`{path.name}` is not a WAV file") from error
    if shape != (1, 2):
        raise VoiceUnavailable(f"`{path.name}` is not mono with 16 bits")
    return resampled(np.frombuffer(content, "<i2").astype(np.float32) / np.float32(32_768), rate)


def resampled(samples: Sound, rate: int) -> Sound:
    """`samples` of `rate` at `SOUND_RATE`, by its spectrum; for short sounds.

    >>> resampled(np.ones(8, np.float32), 24_000).size
    16
    """
    size = round(samples.size * SOUND_RATE / rate)
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(size // 2 + 1, complex)
    common = min(spectrum.size, kept.size)
    kept[:common] = spectrum[:common]
    return (np.fft.irfft(kept, size) * (size / samples.size)).astype(np.float32)


def _trimmed(sound: Sound) -> Sound:
    """Without the silence at both ends, 10 ms aside."""
    loud = np.flatnonzero(np.abs(sound) > 0.03 * np.abs(sound).max())
    edge = SOUND_RATE // 100
    return sound[max(0, int(loud[0]) - edge) : int(loud[-1]) + edge]


@lru_cache(maxsize=256)
def _synthesized(word: str, variant: str, rate: int, pitch: int, span: int) -> Sound:
    """The word at `SOUND_RATE`, always the same samples for the same arguments."""
    import espeakng_loader

    arguments = [
        *(espeakng_loader.get_library_path(), espeakng_loader.get_data_path()),
        *(word, variant, str(rate), str(pitch), str(span)),
    ]
    done = subprocess.run(  # noqa: S603 (our own program, no shell)
        [sys.executable, "-I", "-S", synthesis.__file__, *arguments],
        capture_output=True,
        timeout=30,
        check=False,
    )
    if done.returncode != 0:
        raise VoiceUnavailable(f"the speech synthesizer failed: {done.stderr.decode()[-200:]}")
    sample_rate, _, content = done.stdout.partition(b"\n")
    samples = np.frombuffer(content, np.int16).astype(np.float32) / np.float32(32_768)
    said = _trimmed(resampled(samples, int(sample_rate)))
    said.setflags(write=False)
    return said
