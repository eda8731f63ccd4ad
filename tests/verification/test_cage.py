"""The child that decodes: the same parts, and every way in which it can go wrong."""

import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from verification import cage
from verification.cage import confinement, decode_in_cage, survey_in_cage
from verification.confinement import WHOLE
from verification.errors import CageUnavailable
from verification.facts import MediaFacts
from verification.limits import Limits
from verification.media import Frame, MediaError, Part, Sound, decode

LIMITS = Limits(longest_s=8.0)


def in_cage(path: Path, limits: Limits = LIMITS) -> list[Part]:
    with path.open("rb") as file:
        return list(decode_in_cage(file, limits))


def code_of(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(MediaError) as caught:
        in_cage(path, limits)
    return caught.value.code


@pytest.mark.parametrize("name", ["webm", "mp4"])
def test_the_child_yields_what_decoding_here_yields(
    name: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(name)
    with path.open("rb") as file:
        here = list(decode(file, LIMITS))
    there = in_cage(path)
    assert len(here) == len(there)
    for one, other in zip(here, there, strict=True):
        if isinstance(one, Frame):
            assert isinstance(other, Frame)
            assert one.time_s == other.time_s
            assert np.array_equal(one.image, other.image)
        elif isinstance(one, MediaFacts):
            assert isinstance(other, MediaFacts)
            for field in fields(MediaFacts):
                mine, theirs = (getattr(facts, field.name) for facts in (one, other))
                assert np.array_equal(mine, theirs, equal_nan=True)
        else:
            assert isinstance(one, Sound)
            assert isinstance(other, Sound)
            assert np.array_equal(one.samples, other.samples)
            assert one.duration_s == other.duration_s


def test_errors_cross_the_pipe(tmp_path: Path) -> None:
    path = tmp_path / "playlist.webm"
    path.write_text("#EXTM3U\nhttp://127.0.0.1:9/a.ts\n")
    assert code_of(path) == "media_not_video"


def test_a_slow_child_is_killed(webm: Path) -> None:
    assert code_of(webm, replace(LIMITS, decode_s=0.01)) == "media_timeout"


def test_memory_is_bounded(webm: Path) -> None:
    tight = replace(LIMITS, address_space_bytes=1_000_000)
    assert code_of(webm, tight).startswith("media_")


def test_stopping_early_leaves_no_child_behind(webm: Path) -> None:
    with webm.open("rb") as file:
        parts = decode_in_cage(file, LIMITS)
        next(parts)
        parts.close()  # type: ignore[attr-defined]  # a generator, which waits for its child


def test_a_file_without_a_name_is_read_from_its_start_and_left_where_it_was(webm: Path) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(webm.read_bytes())
        survey_in_cage(file, LIMITS)
        assert file.tell() == webm.stat().st_size
        assert isinstance(list(decode_in_cage(file, LIMITS))[-1], Sound)
        file.seek(0)
        assert file.read() == webm.read_bytes()


def test_every_guard_is_in_force_and_said_to_be() -> None:
    assert confinement() == WHOLE


READY = struct.pack("<cdII", b"R", 0.0, WHOLE.value, 0)


def answer(monkeypatch: pytest.MonkeyPatch, script: str, *, first: bytes = READY) -> None:
    """Let the child be a script that answers as a taken-over decoder might."""
    separator = "" if script.startswith("\n") else "; "
    script = f"import os; os.write(1, {first!r}){separator}{script}"

    def spawn(_file: object, _limits: Limits, _task: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", script]
        return subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 (our own script)

    monkeypatch.setattr(cage, "_spawn", spawn)


def test_processor_time_used_up_is_a_timeout(webm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "import signal; os.kill(os.getpid(), signal.SIGXCPU)")
    assert code_of(webm) == "media_timeout"


def packed(kind: bytes, number: float, first: int, second: int, body: bytes = b"") -> str:
    return f"os.write(1, {struct.pack('<cdII', kind, number, first, second) + body!r})"


def error(document: bytes) -> str:
    return packed(b"E", 0.0, len(document), 0, document)


def told(*, count: int = 1, time_s: float = 0.0, until_s: float = 1.0, change: float = 0.0) -> str:
    """Facts about so many frames, as the child tells them before the sound."""
    body = cage.FACTS.pack(0, 48_000, 1, 0.0, until_s, 0.0, 0.0, 0.0)
    body += np.array([[time_s] * count, [change] * count, [np.nan] * count]).tobytes()
    return packed(b"T", 0.0, count, 0, body)


BABBLE = """
import json
import os
import struct
for number in range(200):
    os.write(1, struct.pack('<cdII', b'F', number / 1e4, 1, 1) + bytes(3))
"""
SOUND = packed(b"S", 1.0, 1, 0, bytes(4))


def test_facts_and_sound_in_bounds_are_believed(
    webm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, f"{told(count=2)}; {SOUND}")
    facts, sound = in_cage(webm)
    assert isinstance(facts, MediaFacts)
    assert isinstance(sound, Sound)
    assert facts.times.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "script",
    [
        SOUND,
        f"{told()}; {told()}; {SOUND}",
        f"{told(count=0)}; {SOUND}",
        f"{told(count=700)}; {SOUND}",
        f"{told(time_s=99.0)}; {SOUND}",
        f"{told(time_s=float('nan'))}; {SOUND}",
        f"{told(until_s=float('inf'))}; {SOUND}",
        f"{told(change=-1.0)}; {SOUND}",
        f"{told()}; {packed(b'F', 0.0, 4, 4, bytes(48))}; {SOUND}",
        f"{told()}; {packed(b'S', 1.0, 4_000_000_000, 0)}",
        f"{told()}; {packed(b'S', -1.0, 1, 0, bytes(4))}",
        f"{told()}; {packed(b'S', 1.0, 1, 0, struct.pack('<f', float('inf')))}",
        BABBLE,
        packed(b"F", 0.0, 1_000_000, 1_000_000),
        packed(b"F", float("nan"), 4, 4, bytes(48)),
        packed(b"F", 99.0, 4, 4, bytes(48)),
        packed(b"E", 0.0, 4_000_000_000, 0),
        *(error(b"{]"), error(b"5"), error(b"null"), error(b"[]"), error(b"{}"), error(b'""')),
        *(error(b'["forged",""]'), error(b'["media_empty",1]'), error(b'["media_empty"]')),
        *(error(b"\xff"), error(b"[" * 4_000), error(b'[["media_empty"],"",1]')),
        packed(b"?", 0.0, 0, 0),
        "raise SystemExit(3)",
        "os.abort()",
        packed(b"F", 0.0, 4, 4, bytes(20)),
    ],
)
def test_a_child_that_misbehaves_is_a_finding_about_the_file(
    script: str, webm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, script)
    assert code_of(webm) == "media_unreadable"


@pytest.mark.parametrize(
    "look", [survey_in_cage, lambda file, limits: list(decode_in_cage(file, limits))]
)
@pytest.mark.parametrize(
    "first",
    [
        b"",
        READY[:5],
        struct.pack("<cdII", b"D", 0.0, 0, 0),
        struct.pack("<cdII", b"R", 0.0, 1 << 30, 0),
    ],
    ids=["dies", "stops", "other-word", "unknown-guard"],
)
def test_a_child_that_is_never_ready_says_nothing_about_the_file(
    look: Callable[[BinaryIO, Limits], object],
    first: bytes,
    webm: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer(monkeypatch, "raise SystemExit(1)", first=first)
    with webm.open("rb") as file, pytest.raises(CageUnavailable) as caught:
        look(file, LIMITS)
    assert caught.value.code == "cage_unavailable"


def test_a_broken_installation_is_not_a_broken_file(
    webm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "av.py").write_text("raise ImportError('libavcodec.so is missing')")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(cage, "__file__", str(tmp_path / "verification" / "cage.py"))
    with pytest.raises(CageUnavailable, match="status 1"):
        in_cage(webm)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(CageUnavailable, match="cannot be started"):
        in_cage(webm)


def test_a_child_that_hangs_as_it_starts_is_given_up(
    webm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cage, "START_S", 0.05)
    answer(monkeypatch, "import time; time.sleep(60)", first=b"")
    with pytest.raises(CageUnavailable):
        in_cage(webm)


def test_the_survey_has_a_budget_of_its_own(webm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "import time; time.sleep(60)")
    with webm.open("rb") as file, pytest.raises(MediaError) as caught:
        survey_in_cage(file, replace(LIMITS, survey_s=0.05))
    assert caught.value.code == "media_timeout"


def said_by_child(*words: bytes, read: Callable[[cage._Pipe], Iterable[object]]) -> list[object]:
    """What the parent makes of these words of a child."""
    out, into = os.pipe()
    try:
        os.write(into, b"".join(words))
        os.close(into)
        return list(read(cage._Pipe(out, 60.0, time.monotonic)))
    finally:
        os.close(out)


def word(kind: bytes, number: float = 0.0, first: int = 0, second: int = 0) -> bytes:
    return cage.HEADER.pack(kind, number, first, second)


def a_frame(time_s: float) -> bytes:
    return word(cage.FRAME, time_s, 2, 2) + bytes(12)


def test_pictures_end_with_a_word_of_their_own() -> None:
    def pictures(pipe: cage._Pipe) -> Iterable[object]:
        return cage._Frames(pipe, Limits()).until(cage.DONE)

    assert len(said_by_child(a_frame(0.0), a_frame(0.5), word(cage.DONE), read=pictures)) == 2
    for end in (cage.SOUND, cage.TALLY, cage.READY):
        with pytest.raises(MediaError, match="out of bounds"):
            said_by_child(a_frame(0.0), word(end), read=pictures)
    with pytest.raises(EOFError):
        said_by_child(a_frame(0.0), read=pictures)


def test_a_recording_is_frames_then_facts_then_sound() -> None:
    def parts(pipe: cage._Pipe) -> Iterable[object]:
        return cage._parts_from(pipe, Limits())

    facts = word(cage.TALLY, 0.0, 1) + cage.FACTS.pack(0, 0, 0, *5 * [0.0]) + bytes(24)
    sound = word(cage.SOUND, 1.0)
    assert len(said_by_child(a_frame(0.0), facts, sound, read=parts)) == 3
    for lie in (
        (a_frame(0.0), sound),
        (a_frame(0.0), a_frame(0.0), facts, sound),
        (a_frame(float("nan")), facts, sound),
        (facts, a_frame(0.0), sound),
        (facts, facts, sound),
        (a_frame(0.0), word(cage.DONE)),
    ):
        with pytest.raises(MediaError, match="out of bounds"):
            said_by_child(*lie, read=parts)


@pytest.mark.parametrize("code", ["media_", "media_x\n", "media_" + "x" * 99, "verified"])
def test_a_child_makes_up_no_codes(code: str) -> None:
    message = json.dumps([code, "a text"]).encode()
    with pytest.raises(MediaError) as caught:
        said_by_child(
            word(cage.ERROR, 0.0, len(message)),
            message,
            read=lambda pipe: cage._parts_from(pipe, Limits()),
        )
    assert caught.value.code == "media_unreadable"
