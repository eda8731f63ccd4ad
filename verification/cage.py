"""Decode in a child process that can do nothing else, so that a bad file harms only the child.

The child inherits the recording as its standard input and a pipe to answer on, says that it is
ready, and gives up the right to anything more before it touches the file; `verification.
confinement` says how. It has none of the parent's environment. What it says is checked, not
trusted. A child that crashes or hangs on the file is a finding about the file
(`media_unreadable`, `media_timeout`); one that does not get that far is `CageUnavailable`.

    for part in decode_in_cage(file, Limits()):
        ...                                  # as from `verification.media.decode`
"""

import json
import math
import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, Never

import numpy as np

from verification.confinement import Confinement, confine
from verification.errors import CageUnavailable
from verification.facts import MediaFacts
from verification.limits import Limits
from verification.media import SLACK_S, Frame, MediaError, Part, Sound, decode, survey
from verification.pictures import pictures
from verification.voices.contracts import SAMPLE_RATE

HEADER = struct.Struct("<cdII")
FACTS = struct.Struct("<3I5d")
"""Of `MediaFacts`, all but the three arrays, in the order of its fields."""
READY, FRAME, TALLY, SOUND, ERROR, DONE = b"R", b"F", b"T", b"S", b"E", b"D"
DECODE, SURVEY, PICTURES, REHEARSE = "decode", "survey", "pictures", "rehearse"
LONGEST_MESSAGE = 4_096
CODE = re.compile(r"media_[a-z_]{1,40}")
KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TZ")
START_S = 30.0
"""Seconds that the child may take until it is ready, on a machine that is busy."""

Clock = Callable[[], float]


def decode_in_cage(
    file: BinaryIO, limits: Limits, *, clock: Clock = time.monotonic
) -> Iterator[Part]:
    """What `decode` yields for `file`, read from its start by a child process.

    `file` has a descriptor; nobody else may use it meanwhile, and its position is kept. Raises
    `MediaError`, also for a child that dies or takes longer than `limits.decode_s`; the time that
    the caller takes between two parts does not count. Raises `CageUnavailable`.
    """
    with _answers(file, limits, DECODE, limits.decode_s, clock) as pipe:
        yield from _parts_from(pipe, limits)


def survey_in_cage(file: BinaryIO, limits: Limits, *, clock: Clock = time.monotonic) -> None:
    """What `survey` raises about `file`, found by a child process; else as `decode_in_cage`."""
    with _answers(file, limits, SURVEY, limits.survey_s, clock) as pipe:
        kind, _, length, _ = HEADER.unpack(pipe.read(HEADER.size))
        if kind == ERROR and length <= LONGEST_MESSAGE:
            raise _error_from(pipe.read(length))
        if kind != DONE:
            _distrust()


def pictures_in_cage(
    file: BinaryIO, limits: Limits, *, clock: Clock = time.monotonic
) -> Iterator[Frame]:
    """What `verification.pictures.pictures` yields, from a child; else as `decode_in_cage`."""
    with _answers(file, limits, PICTURES, limits.decode_s, clock) as pipe:
        yield from _Frames(pipe, limits).until(DONE)


def confinement() -> Confinement:
    """What is in force here for a child that decodes, as one says that does nothing else.

    Raises `CageUnavailable`.
    """
    with Path(os.devnull).open("rb") as nothing, _spawn(nothing, Limits(), REHEARSE) as child:
        try:
            return _await_ready(child)
        finally:
            child.kill()


@contextmanager
def _answers(
    file: BinaryIO, limits: Limits, task: str, budget_s: float, clock: Clock
) -> Iterator["_Pipe"]:
    """What a child says about `file`, once it is ready; there is no child left at the end."""
    with _rewound(file), _spawn(file, limits, task) as child:
        try:
            _await_ready(child)
            yield _Pipe(_output_of(child), budget_s, clock)
        except EOFError:
            raise _death_of(child) from None
        finally:
            child.kill()


@contextmanager
def _rewound(file: BinaryIO) -> Iterator[None]:
    """The descriptor at its start, since the child shares its position, and then as it was."""
    file.flush()
    before = os.lseek(file.fileno(), 0, os.SEEK_CUR)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    try:
        yield
    finally:
        os.lseek(file.fileno(), before, os.SEEK_SET)


def _spawn(file: BinaryIO, limits: Limits, task: str) -> "subprocess.Popen[bytes]":
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    root = str(Path(__file__).parent.parent)
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        return subprocess.Popen(  # noqa: S603 (our own interpreter and module; limits are numbers)
            [
                *(sys.executable, "-P", "-B", "-m", "verification.cage"),
                *(task, json.dumps(asdict(limits))),
            ],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, **threads, "PYTHONPATH": os.pathsep.join([root, *filter(None, sys.path)])},
            cwd="/",
        )
    except OSError as error:
        raise CageUnavailable(f"the decoder cannot be started: {error}") from error


def _output_of(child: "subprocess.Popen[bytes]") -> int:
    assert child.stdout is not None  # noqa: S101 (Popen was given a pipe)
    return child.stdout.fileno()


def _await_ready(child: "subprocess.Popen[bytes]") -> Confinement:
    """What the child has given up; raise `CageUnavailable` where it does not come that far."""
    pipe = _Pipe(_output_of(child), START_S, time.monotonic)
    try:
        kind, _, in_force, _ = HEADER.unpack(pipe.read(HEADER.size))
        if kind == READY:
            return Confinement(in_force)
    except EOFError:
        status = child.wait()
        raise CageUnavailable(f"the decoder ended with status {status} as it started") from None
    except (MediaError, ValueError) as error:
        raise CageUnavailable(f"the decoder did not start: {error}") from error
    raise CageUnavailable("the decoder did not say that it is ready")


def _death_of(child: "subprocess.Popen[bytes]") -> MediaError:
    """What it means about the file that the child is gone before its last word."""
    status = child.wait()
    if status == -signal.SIGXCPU:
        return MediaError("media_timeout", "decoding used up its processor time")
    return MediaError("media_unreadable", f"the decoder died on the file with status {status}")


class _Pipe:
    """Exact reads with a budget of seconds for all the waiting together."""

    def __init__(self, descriptor: int, budget_s: float, clock: Callable[[], float]) -> None:
        self._descriptor = descriptor
        self._left_s = budget_s
        self._clock = clock

    def read(self, count: int) -> bytearray:
        """Exactly `count` bytes; raise `EOFError` where the child ended first."""
        data = bytearray(count)
        view, at = memoryview(data), 0
        while at < count:
            self._wait()
            got = os.readv(self._descriptor, [view[at:]])
            if not got:
                raise EOFError
            at += got
        return data

    def _wait(self) -> None:
        before = self._clock()
        ready, _, _ = select.select([self._descriptor], [], [], max(0.0, self._left_s))
        self._left_s -= self._clock() - before
        if not ready:
            raise MediaError("media_timeout", "decoding took too long")


def _parts_from(pipe: _Pipe, limits: Limits) -> Iterator[Part]:
    """Read the frames, the facts and the sound; refuse whatever the limits do not allow."""
    frames = _Frames(pipe, limits)
    yield from frames.until(TALLY)
    yield _facts_from(pipe, frames.count, limits)
    yield from frames.until(SOUND, most=0)
    yield _sound_from(pipe, frames.number, frames.count, limits)


class _Frames:
    """Frames in the order of time, up to a word of another kind, with its `number` and `count`."""

    def __init__(self, pipe: _Pipe, limits: Limits) -> None:
        self._pipe = pipe
        self._limits = limits
        self.number, self.count = 0.0, 0

    def until(self, end: bytes, *, most: float | None = None) -> Iterator[Frame]:
        """Yield `most` frames at most, all that the limits allow for None. Nothing but `end` may
        follow them, and it must follow."""
        left = self._limits.sampled_per_s * self._limits.longest_s + 2 if most is None else most
        last_s = -1.0
        while True:
            kind, number, first, second = HEADER.unpack(self._pipe.read(HEADER.size))
            if kind == end:
                self.number, self.count = number, first
                return
            if kind == ERROR and first <= LONGEST_MESSAGE:
                raise _error_from(self._pipe.read(first))
            if kind != FRAME or left <= 0:
                _distrust()
            left -= 1
            frame = _frame_from(self._pipe, number, (first, second), self._limits)
            if not last_s < frame.time_s <= self._limits.longest_s:
                _distrust()
            last_s = frame.time_s
            yield frame


def _frame_from(pipe: _Pipe, time_s: float, size: tuple[int, int], limits: Limits) -> Frame:
    height, width = size
    shortest_allowed = 1 <= min(size) <= limits.sampled_side_px
    if not shortest_allowed or max(size) > limits.longest_side_px or not math.isfinite(time_s):
        _distrust()
    pixels = np.frombuffer(pipe.read(height * width * 3), dtype=np.uint8)
    return Frame(time_s=time_s, image=pixels.reshape(height, width, 3))


def _facts_from(pipe: _Pipe, count: int, limits: Limits) -> MediaFacts:
    longest_s = limits.longest_s + SLACK_S
    if not 1 <= count <= limits.frames_per_s * (longest_s + SLACK_S):
        _distrust()
    resized, rate, channels, *seconds = FACTS.unpack(pipe.read(FACTS.size))
    times, changes, echoes = np.frombuffer(pipe.read(3 * 8 * count), np.float64).reshape(3, count)
    plausible = (
        all(0 <= one <= longest_s for one in (*seconds[:2], *seconds[3:])),
        0 <= seconds[2] <= limits.packets_per_s * longest_s * longest_s,
        bool(np.all((times >= 0) & (times <= longest_s))),
        bool(np.all((changes >= 0) & (changes <= 255))),
        bool(np.all(np.isnan(echoes) | (np.abs(echoes) <= longest_s))),
    )
    if not all(plausible):
        _distrust()
    start_s, end_s, gaps_s, longest_gap_s, overlap_s = seconds
    return MediaFacts(
        times=times,
        changes=changes,
        echoes=echoes,
        resized=resized,
        sound_rate=rate,
        sound_channels=channels,
        sound_from_s=start_s,
        sound_until_s=end_s,
        sound_gaps_s=gaps_s,
        longest_gap_s=longest_gap_s,
        overlap_s=overlap_s,
    )


def _sound_from(pipe: _Pipe, duration_s: float, count: int, limits: Limits) -> Sound:
    longest_s = limits.longest_s + SLACK_S
    if count > longest_s * SAMPLE_RATE or not 0 <= duration_s <= longest_s:
        _distrust()
    samples = np.frombuffer(pipe.read(count * 4), dtype=np.float32)
    if not np.isfinite(samples).all():
        _distrust()
    return Sound(samples=samples, duration_s=duration_s)


def _error_from(message: bytearray) -> MediaError:
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        _distrust()
    match document:
        case [str(code), str(text)] if CODE.fullmatch(code):
            return MediaError(code, text)
        case _:
            return _distrust()


def _distrust() -> Never:
    raise MediaError("media_unreadable", "the decoder answered out of bounds")


def main() -> None:
    """The child: give up every right, decode standard input, answer on standard output."""
    task, limits = sys.argv[1], Limits(**json.loads(sys.argv[2]))
    out = sys.stdout.buffer
    in_force = _confine(limits, limits.survey_s if task == SURVEY else limits.cpu_s)
    out.write(HEADER.pack(READY, 0.0, in_force.value, 0))
    out.flush()
    try:
        _do(task, limits, out)
    except MediaError as error:
        _send_error(out, error.code, str(error))
    except MemoryError:
        _send_error(out, "media_unreadable", "decoding needs more memory than is allowed")
    out.flush()


def _do(task: str, limits: Limits, out: BinaryIO) -> None:
    if task == SURVEY:
        survey(sys.stdin.buffer, limits)
        out.write(HEADER.pack(DONE, 0.0, 0, 0))
    elif task == PICTURES:
        for frame in pictures(sys.stdin.buffer, limits):
            _send(out, frame)
        out.write(HEADER.pack(DONE, 0.0, 0, 0))
    elif task == DECODE:
        for part in decode(sys.stdin.buffer, limits):
            _send(out, part)


def _confine(limits: Limits, cpu_s: float) -> Confinement:
    """Load what decoding needs, then give up the rest."""
    # nothing can be loaded once the doors are shut, and PyAV loads these late by itself
    import av.filter
    import av.subtitles.stream  # noqa: F401

    return confine(cpu_s=cpu_s, address_space_bytes=limits.address_space_bytes)


def _send(out: BinaryIO, part: Part) -> None:
    if isinstance(part, Frame):
        height, width = part.image.shape[:2]
        out.write(HEADER.pack(FRAME, part.time_s, height, width))
        out.write(part.image.data)
    elif isinstance(part, MediaFacts):
        out.write(HEADER.pack(TALLY, 0.0, part.times.size, 0))
        _send_facts(out, part)
    else:
        out.write(HEADER.pack(SOUND, part.duration_s, part.samples.size, 0))
        out.write(np.ascontiguousarray(part.samples).data)


def _send_facts(out: BinaryIO, facts: MediaFacts) -> None:
    counts = (facts.resized, facts.sound_rate, facts.sound_channels)
    gaps = (facts.sound_gaps_s, facts.longest_gap_s, facts.overlap_s)
    out.write(FACTS.pack(*counts, facts.sound_from_s, facts.sound_until_s, *gaps))
    out.write(np.stack([facts.times, facts.changes, facts.echoes]).data)


def _send_error(out: BinaryIO, code: str, message: str) -> None:
    document = json.dumps([code, message[:1_000]]).encode()
    out.write(HEADER.pack(ERROR, 0.0, len(document), 0))
    out.write(document)


if __name__ == "__main__":
    main()
