"""Thousands of spoilt files through the child that decodes: each ends in a clear code, in time.

By hand, with a table of what came of them: `pytest -m slow -s tests/verification/test_fuzz.py`.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import pytest

from verification.cage import decode_in_cage, survey_in_cage
from verification.limits import Limits
from verification.media import MediaError, decode
from verification.remedies import REMEDIES
from verification.studio.fuzzing import ENCODINGS, WAYS, encoded_originals, spoil

LIMITS = Limits(shortest_s=0.5, decode_s=20.0, survey_s=20.0)
MANY, FEW = 2_000, 30
START_S = 30.0
"""What a child may take to start on a busy machine, beyond its limit."""
FAULTS = {"media_unreadable", "media_timeout"}
"""What a child that dies or hangs is called: right for the service, but a fault to look into."""

Look = Callable[[BinaryIO, Limits], None]


def decode_all(file: BinaryIO, limits: Limits) -> None:
    for _ in decode_in_cage(file, limits):
        pass


LOOKS: Mapping[str, tuple[Look, float]] = {
    "survey": (survey_in_cage, LIMITS.survey_s),
    "decode": (decode_all, LIMITS.decode_s),
}


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return encoded_originals(tmp_path_factory.mktemp("originals"))


@pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() != 0, reason="the encoder asks for real time as root only"
)
def test_making_them_leaves_the_process_its_scheduling(tmp_path: Path) -> None:
    before = os.sched_getscheduler(0)
    encoded_originals(tmp_path)
    assert os.sched_getscheduler(0) == before
    assert before not in (os.SCHED_FIFO, os.SCHED_RR)


def outcome(path: Path, look: Look, limit_s: float) -> str:
    """The code that the file ends in, or `fine`; anything else that is raised is a failure."""
    started = time.monotonic()
    with path.open("rb") as file:
        try:
            look(file, LIMITS)
        except MediaError as error:
            code = error.code
        else:
            code = "fine"
    assert time.monotonic() - started < limit_s + START_S
    assert code == "fine" or code in REMEDIES
    return code


def try_out(numbers: range, originals: Mapping[str, bytes], folder: Path, looks: str) -> None:
    path = folder / "spoilt"
    found: dict[str, Counter[str]] = {name: Counter() for name in looks.split()}
    faults = []
    for number in numbers:
        spoilt = spoil(originals, number)
        path.write_bytes(spoilt.content)
        for name, counter in found.items():
            code = outcome(path, *LOOKS[name])
            counter[code] += 1
            faults += [(spoilt.name, name, code)] if code in FAULTS else []
    for name, counter in found.items():
        print(name, counter.most_common())  # noqa: T201 (the table that the docstring promises)
        assert len(counter) > 3
    assert faults == []


@pytest.mark.parametrize("name", sorted(ENCODINGS))
def test_the_originals_are_fine(name: str, originals: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(originals[name])
    with path.open("rb") as file:
        assert len(list(decode(file, LIMITS))) == 21


def test_spoilt_files_are_the_same_each_time_and_none_is_whole(
    originals: dict[str, bytes],
) -> None:
    first = [spoil(originals, number) for number in range(60)]
    assert first == [spoil(originals, number) for number in range(60)]
    assert all(one.content not in originals.values() for one in first)
    ways = " ".join(spoil(originals, number).name for number in range(300))
    assert all(way.__name__ in ways for way in WAYS)


def test_a_few_spoilt_files_end_in_a_code(originals: dict[str, bytes], tmp_path: Path) -> None:
    try_out(range(FEW), originals, tmp_path, "decode")
    try_out(range(FEW, 2 * FEW), originals, tmp_path, "survey")


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_thousands_of_spoilt_files_end_in_a_code(
    originals: dict[str, bytes], tmp_path: Path
) -> None:
    try_out(range(MANY), originals, tmp_path, "survey decode")
