"""Sound files of an evaluation: read, joined, and mixed with noise.

These are the operator's own files, read in this process: recordings of strangers go through the
cage.

>>> quiet = mixed(np.ones(4, np.float32), np.ones(2, np.float32), snr_db=20.0, at=0)
>>> [round(float(x), 2) for x in quiet]
[1.1, 1.1, 1.1, 1.1]
"""

from collections.abc import Sequence
from itertools import chain, repeat
from pathlib import Path

import numpy as np

from verification.evaluation.errors import NothingToEvaluate
from verification.evaluation.samples import SOUNDS
from verification.resampling import Resampler
from verification.voices.contracts import SAMPLE_RATE, Samples

PAUSE_S = 0.25
"""Between two files that are joined."""


def read_sound(path: Path) -> Samples | None:
    """Mono samples at `SAMPLE_RATE`; None for what is no sound."""
    import av
    import av.error

    pieces: list[Samples] = []
    resampler: Resampler | None = None
    try:
        with av.open(str(path), mode="r") as container:
            if not container.streams.audio:
                return None
            for frame in container.decode(audio=0):
                resampler = resampler or Resampler(frame)
                pieces.append(resampler.take(frame))
    except (av.error.FFmpegError, ValueError):
        return None
    if resampler is None:
        return None
    return np.concatenate([*pieces, resampler.take(None)])


def joined(sounds: Sequence[Samples]) -> Samples:
    """One after another, a pause between two."""
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.float32)
    parts = list(chain.from_iterable(zip(sounds, repeat(pause), strict=False)))
    return np.concatenate(parts[:-1])


def mixed(samples: Samples, noise: Samples, *, snr_db: float, at: int) -> Samples:
    """`samples` with `noise` from position `at` on, again and again, `snr_db` below them.

    Both are measured by their mean square over the whole.
    """
    part = looped(noise, samples.size, at=at)
    signal, beside = loudness(samples), loudness(part)
    if not signal or not beside:
        return samples
    gain = signal / beside * 10 ** (-snr_db / 20)
    return np.asarray(samples + part * np.float32(gain), np.float32)


def looped(noise: Samples, size: int, *, at: int) -> Samples:
    """`size` samples of `noise` from position `at` on, again and again."""
    return np.resize(np.roll(noise, -at), size)


def loudness(samples: Samples) -> float:
    """The root mean square, 0 for none."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def noises_in(directory: Path) -> list[Samples]:
    """Every noise of a directory; room responses (`rir*`) are none.

    Raises `NothingToEvaluate` where there is no noise.
    """
    paths = sorted(directory.iterdir()) if directory.is_dir() else []
    wanted = [
        path
        for path in paths
        if path.suffix.lower() in SOUNDS and not path.name.lower().startswith("rir")
    ]
    found = [sound for path in wanted if (sound := read_sound(path)) is not None and sound.any()]
    if not found:
        raise NothingToEvaluate(f"no noise in `{directory}`")
    return found
