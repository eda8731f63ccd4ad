"""Decode in a child process that can do nothing else, so that a bad file harms only the child.

The child inherits the recording as its standard input and a pipe to answer on, and then gives up
the right to open anything more: no file, no socket, no writing, bounded memory and processor
time. It has none of the parent's environment. What it says is checked, not trusted. A child that
crashes or hangs is a finding about the file (`media_unreadable`, `media_timeout`).

    for part in decode_in_cage(path, Limits()):
        ...                                  # as from `verification.media.decode`
"""

import json
import math
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, Never

import numpy as np

from verification.limits import Limits
from verification.media import SLACK_S, Frame, MediaError, Part, Sound, decode, survey
from verification.voices.contracts import SAMPLE_RATE

HEADER = struct.Struct("<cdII")
FRAME, SOUND, ERROR, DONE = b"F", b"S", b"E", b"D"
DECODE, SURVEY = "decode", "survey"
LONGEST_MESSAGE = 4_096
KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TZ")
STANDARD_STREAMS = 3


def decode_in_cage(
    path: Path, limits: Limits, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[Part]:
    """What `decode` yields for the file at `path`, decoded by a child process.

    Raises `MediaError`, also for a child that dies or takes longer than `limits.decode_s`; the
    time that the caller takes between two parts does not count.
    """
    with path.open("rb") as file, _spawn(file, limits, DECODE) as child:
        try:
            assert child.stdout is not None  # noqa: S101 (Popen was given a pipe)
            yield from _parts_from(_Pipe(child.stdout.fileno(), limits.decode_s, clock), limits)
        except EOFError:
            raise _death_of(child) from None
        finally:
            child.kill()


def survey_in_cage(
    path: Path, limits: Limits, *, clock: Callable[[], float] = time.monotonic
) -> None:
    """What `survey` raises about the file at `path`, found by a child process."""
    with path.open("rb") as file, _spawn(file, limits, SURVEY) as child:
        try:
            assert child.stdout is not None  # noqa: S101 (Popen was given a pipe)
            pipe = _Pipe(child.stdout.fileno(), limits.decode_s, clock)
            kind, _, length, _ = HEADER.unpack(pipe.read(HEADER.size))
            if kind == ERROR and length <= LONGEST_MESSAGE:
                raise _error_from(pipe.read(length))
            if kind != DONE:
                _distrust()
        except EOFError:
            raise _death_of(child) from None
        finally:
            child.kill()


def _spawn(file: BinaryIO, limits: Limits, task: str) -> "subprocess.Popen[bytes]":
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    root = str(Path(__file__).parent.parent)
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
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
    """Read parts up to the sound; refuse whatever the limits do not allow."""
    last_s = -1.0
    while True:
        kind, number, first, second = HEADER.unpack(pipe.read(HEADER.size))
        if kind == FRAME:
            frame = _frame_from(pipe, number, (first, second), limits)
            if not last_s < frame.time_s <= limits.longest_s:
                _distrust()
            last_s = frame.time_s
            yield frame
        elif kind == SOUND:
            yield _sound_from(pipe, number, first, limits)
            return
        elif kind == ERROR and first <= LONGEST_MESSAGE:
            raise _error_from(pipe.read(first))
        else:
            _distrust()


def _frame_from(pipe: _Pipe, time_s: float, size: tuple[int, int], limits: Limits) -> Frame:
    height, width = size
    shortest_allowed = 1 <= min(size) <= limits.sampled_side_px
    if not shortest_allowed or max(size) > limits.longest_side_px or not math.isfinite(time_s):
        _distrust()
    pixels = np.frombuffer(pipe.read(height * width * 3), dtype=np.uint8)
    return Frame(time_s=time_s, image=pixels.reshape(height, width, 3))


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
        code, text = json.loads(message)
    except ValueError:
        _distrust()
    if not isinstance(code, str) or not code.startswith("media_"):
        _distrust()
    return MediaError(code, str(text))


def _distrust() -> Never:
    raise MediaError("media_unreadable", "the decoder answered out of bounds")


def main() -> None:
    """The child: give up every right, decode standard input, answer on standard output."""
    task, limits = sys.argv[1], Limits(**json.loads(sys.argv[2]))
    out = sys.stdout.buffer
    _confine(limits)
    try:
        if task == SURVEY:
            survey(sys.stdin.buffer, limits)
            out.write(HEADER.pack(DONE, 0.0, 0, 0))
        else:
            for part in decode(sys.stdin.buffer, limits):
                _send(out, part)
    except MediaError as error:
        _send_error(out, error.code, str(error))
    except MemoryError:
        _send_error(out, "media_unreadable", "decoding needs more memory than is allowed")
    out.flush()


def _confine(limits: Limits) -> None:
    """Load what decoding needs, then forbid to open, to write files, and to grow."""
    # nothing can be loaded once the doors are shut, and PyAV loads this one late by itself
    import av.subtitles.stream  # noqa: F401

    cpu_s, memory = limits.cpu_s, limits.address_space_bytes
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (STANDARD_STREAMS, STANDARD_STREAMS))


def _send(out: BinaryIO, part: Part) -> None:
    if isinstance(part, Frame):
        height, width = part.image.shape[:2]
        out.write(HEADER.pack(FRAME, part.time_s, height, width))
        out.write(part.image.data)
    else:
        out.write(HEADER.pack(SOUND, part.duration_s, part.samples.size, 0))
        out.write(np.ascontiguousarray(part.samples).data)


def _send_error(out: BinaryIO, code: str, message: str) -> None:
    document = json.dumps([code, message[:1_000]]).encode()
    out.write(HEADER.pack(ERROR, 0.0, len(document), 0))
    out.write(document)


if __name__ == "__main__":
    main()
