"""The child that decodes: the same parts, and every way in which it can go wrong."""

import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from verification import cage
from verification.cage import decode_in_cage
from verification.limits import Limits
from verification.media import Frame, MediaError, Sound, decode

LIMITS = Limits(longest_s=8.0)


def code_of(parts: Iterator[object]) -> str:
    with pytest.raises(MediaError) as caught:
        list(parts)
    return caught.value.code


def test_the_child_yields_what_decoding_here_yields(webm: Path) -> None:
    with webm.open("rb") as file:
        here = list(decode(file, LIMITS))
    there = list(decode_in_cage(webm, LIMITS))
    assert len(here) == len(there)
    for one, other in zip(here, there, strict=True):
        if isinstance(one, Frame):
            assert isinstance(other, Frame)
            assert one.time_s == other.time_s
            assert np.array_equal(one.image, other.image)
        else:
            assert isinstance(one, Sound)
            assert isinstance(other, Sound)
            assert np.array_equal(one.samples, other.samples)
            assert one.duration_s == other.duration_s


def test_errors_cross_the_pipe(tmp_path: Path) -> None:
    path = tmp_path / "playlist.webm"
    path.write_text("#EXTM3U\nhttp://127.0.0.1:9/a.ts\n")
    assert code_of(decode_in_cage(path, LIMITS)) == "media_not_video"


def test_a_slow_child_is_killed(webm: Path) -> None:
    assert code_of(decode_in_cage(webm, replace(LIMITS, decode_s=0.01))) == "media_timeout"


def test_memory_is_bounded(webm: Path) -> None:
    tight = replace(LIMITS, address_space_bytes=1_000_000)
    assert code_of(decode_in_cage(webm, tight)).startswith("media_")


def test_stopping_early_leaves_no_child_behind(webm: Path) -> None:
    parts = decode_in_cage(webm, LIMITS)
    next(parts)
    parts.close()  # type: ignore[attr-defined]  # a generator, which waits for its child


def test_the_child_can_open_nothing() -> None:
    attempts = """
import socket
from verification.cage import _confine
from verification.limits import Limits
_confine(Limits())
for attempt in (lambda: open("/etc/passwd"), socket.socket, lambda: open("/tmp/new", "w")):
    try:
        attempt()
    except OSError as error:
        print(error.errno)
"""
    done = subprocess.run(  # noqa: S603 (our own script)
        [sys.executable, "-c", attempts],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.split() == ["24", "24", "24"]


def answer(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let the child be a script that answers as a taken-over decoder might."""

    def spawn(_file: object, _limits: Limits, _task: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", script]
        return subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 (our own script)

    monkeypatch.setattr(cage, "_spawn", spawn)


def test_processor_time_used_up_is_a_timeout(webm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)")
    assert code_of(decode_in_cage(webm, LIMITS)) == "media_timeout"


def packed(kind: bytes, number: float, first: int, second: int, body: bytes = b"") -> str:
    return f"import os; os.write(1, {struct.pack('<cdII', kind, number, first, second) + body!r})"


@pytest.mark.parametrize(
    "script",
    [
        packed(b"F", 0.0, 1_000_000, 1_000_000),
        packed(b"F", float("nan"), 4, 4, bytes(48)),
        packed(b"F", 99.0, 4, 4, bytes(48)),
        packed(b"S", 1.0, 4_000_000_000, 0),
        packed(b"S", -1.0, 1, 0, bytes(4)),
        packed(b"S", 1.0, 1, 0, struct.pack("<f", float("inf"))),
        packed(b"E", 0.0, 4_000_000_000, 0),
        packed(b"E", 0.0, 2, 0, b"{]"),
        packed(b"E", 0.0, 12, 0, b'["forged",1]'),
        packed(b"?", 0.0, 0, 0),
        "raise SystemExit(3)",
        "import os; os.abort()",
        packed(b"F", 0.0, 4, 4, bytes(20)),
    ],
)
def test_a_child_that_misbehaves_is_a_finding_about_the_file(
    script: str, webm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, script)
    assert code_of(decode_in_cage(webm, LIMITS)) == "media_unreadable"
