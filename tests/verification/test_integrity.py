"""Whether a file is one recording, on facts as the decoder reports them and on files."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.verification.conftest import RATE
from verification.facts import MediaFacts
from verification.limits import Limits
from verification.liveness.integrity import check_integrity
from verification.media import decode
from verification.report import Check, Outcome

FACTS = MediaFacts.regular(seconds=12.0, frames_per_s=25)
Spoil = Callable[[MediaFacts], MediaFacts]


def judged(facts: MediaFacts) -> tuple[Outcome, str | None]:
    check: Check = check_integrity(facts)
    return check.outcome, check.code


def without(first: int, last: int) -> MediaFacts:
    """The facts with frames left out, and the times of the others as they were."""
    kept = np.r_[0:first, last : FACTS.times.size]
    return replace(
        FACTS, times=FACTS.times[kept], changes=FACTS.changes[kept], echoes=FACTS.echoes[kept]
    )


def changed(at: int, to: float, count: int = 1) -> MediaFacts:
    changes = FACTS.changes.copy()
    changes[at : at + count] = to
    return replace(FACTS, changes=changes)


def held(*places: int, seconds: float, jump: float = 1.0) -> MediaFacts:
    changes = FACTS.changes.copy()
    count = round(seconds * 25)
    for at in places:
        changes[at : at + count] = 0.01
        changes[at + count] = jump
    return replace(FACTS, changes=changes)


def test_even_and_uneven_times_are_a_recorders() -> None:
    assert judged(FACTS) == (Outcome.PASS, None)
    jitter = np.random.default_rng(0).uniform(-0.015, 0.015, FACTS.times.size)
    browser = replace(FACTS, times=FACTS.times + 0.02 + jitter, sound_from_s=0.08)
    assert judged(browser) == (Outcome.PASS, None)


def test_a_busy_phone_that_drops_half_its_frames_passes() -> None:
    kept = np.flatnonzero(np.random.default_rng(1).random(FACTS.times.size) < 0.5)
    busy = replace(
        FACTS,
        times=FACTS.times[kept],
        changes=FACTS.changes[kept] * np.diff(kept, prepend=-1),
        echoes=FACTS.echoes[kept],
    )
    assert judged(busy) == (Outcome.PASS, None)


@pytest.mark.parametrize(
    ("facts", "outcome", "code"),
    [
        (without(100, 140), Outcome.FAIL, "media_frames_missing"),
        (without(100, 120), Outcome.INCONCLUSIVE, "media_frames_missing"),
        (
            MediaFacts.regular(seconds=12.0, frames_per_s=4),
            Outcome.INCONCLUSIVE,
            "media_frames_missing",
        ),
        (
            replace(FACTS, times=np.r_[FACTS.times[:150], FACTS.times[140:290]]),
            Outcome.FAIL,
            "media_times_disordered",
        ),
        (
            replace(FACTS, times=np.r_[FACTS.times[:1], FACTS.times[:-1]]),
            Outcome.FAIL,
            "media_times_disordered",
        ),
        (held(100, seconds=1.4), Outcome.FAIL, "media_frames_repeated"),
        (held(100, seconds=0.8), Outcome.INCONCLUSIVE, "media_frames_repeated"),
        (held(20, 80, 140, 200, 260, seconds=0.45), Outcome.FAIL, "media_frames_repeated"),
        (
            replace(FACTS, echoes=np.r_[np.full(290, np.nan), np.full(10, 2.0)]),
            Outcome.FAIL,
            "media_frames_repeated",
        ),
        (changed(150, 12.0), Outcome.FAIL, "media_edited"),
        (changed(150, 3.0), Outcome.INCONCLUSIVE, "media_edited"),
        (replace(FACTS, resized=1), Outcome.INCONCLUSIVE, "media_resized"),
        (replace(FACTS, longest_gap_s=1.0), Outcome.FAIL, "media_sound_gaps"),
        (replace(FACTS, longest_gap_s=0.3), Outcome.INCONCLUSIVE, "media_sound_gaps"),
        (replace(FACTS, overlap_s=0.4), Outcome.FAIL, "media_sound_gaps"),
        (replace(FACTS, sound_from_s=2.0), Outcome.FAIL, "media_sound_apart"),
        (replace(FACTS, sound_until_s=11.2), Outcome.INCONCLUSIVE, "media_sound_apart"),
    ],
)
def test_what_no_recorder_makes(facts: MediaFacts, outcome: Outcome, code: str) -> None:
    assert judged(facts) == (outcome, code)


def refined(at: int, *, jump: float, seconds: float = 0.7, same: int = 2) -> MediaFacts:
    """A picture held for `seconds` that an encoder goes on refining, but for a few frames."""
    changes = FACTS.changes.copy()
    count = round(seconds * 25)
    changes[at : at + count] = 0.2
    changes[at + count - 1 - 2 * np.arange(same)] = 0.01
    changes[at + count] = jump
    return replace(FACTS, changes=changes)


def test_a_picture_held_and_refined_is_for_a_person() -> None:
    facts = refined(100, jump=6.0)
    assert judged(facts) == (Outcome.INCONCLUSIVE, "media_frames_repeated")
    check = check_integrity(facts)
    assert check.score == check.evidence["largest_resumption"]
    assert check.score == pytest.approx(6.0 / facts.changes[119:122].max())


@pytest.mark.parametrize(
    "facts",
    [
        refined(100, jump=1.2),
        refined(100, jump=6.0, same=1),
        refined(100, jump=3.0, seconds=0.3),
        refined(2, jump=6.0, seconds=0.4),
        replace(FACTS, changes=FACTS.changes * (np.arange(FACTS.times.size) % 2)),
    ],
    ids=["goes-on", "no-halt", "short", "at-the-start", "every-frame-twice"],
)
def test_what_does_not_look_held(facts: MediaFacts) -> None:
    assert check_integrity(facts).code != "media_frames_repeated"


def test_a_late_frame_ends_no_halt() -> None:
    facts = refined(100, jump=6.0)
    late = replace(facts, times=facts.times + np.where(np.arange(300) >= 118, 0.2, 0.0))
    whole = check_integrity(facts).evidence["largest_resumption"]
    assert isinstance(whole, float)
    assert check_integrity(late).evidence["largest_resumption"] == pytest.approx(whole / 6)
    assert judged(late) == (Outcome.PASS, None)


def test_a_failure_comes_before_a_doubt() -> None:
    facts = replace(without(100, 120), overlap_s=0.4)
    assert judged(facts) == (Outcome.FAIL, "media_sound_gaps")


@pytest.mark.parametrize(
    "facts",
    [
        changed(150, 8.0, count=6),
        changed(150, 1.4),
        changed(0, 40.0),
        held(100, seconds=0.4, jump=6.0),
        replace(FACTS, echoes=np.r_[np.full(298, np.nan), 0.04, 0.04]),
        replace(FACTS, echoes=np.r_[np.full(298, np.nan), 2.0, 2.0]),
    ],
    ids=["moving-fast", "small", "first-frame", "stalled", "slow-camera", "two-by-chance"],
)
def test_what_a_camera_may_do_does_not_fail(facts: MediaFacts) -> None:
    assert check_integrity(facts).outcome is not Outcome.FAIL


def test_a_late_frame_may_have_changed_in_proportion() -> None:
    late = without(100, 110)
    changes = late.changes.copy()
    changes[100] = 9.0
    assert judged(replace(late, changes=changes)) == (Outcome.PASS, None)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_frames_are_no_recording(count: int) -> None:
    facts = MediaFacts.regular(seconds=count / 25, frames_per_s=25)
    assert judged(facts) == (Outcome.FAIL, "media_frames_missing")


def facts_of(path: Path) -> MediaFacts:
    with path.open("rb") as file:
        parts = list(decode(file, Limits(shortest_s=0.5)))
    (facts,) = (part for part in parts if isinstance(part, MediaFacts))
    return facts


@pytest.mark.parametrize("name", ["webm", "mp4"])
def test_the_facts_of_a_whole_file(name: str, request: pytest.FixtureRequest) -> None:
    facts = facts_of(request.getfixturevalue(name))
    assert facts.times == pytest.approx(np.arange(80) / 20, abs=0.002)
    assert facts.changes[0] == 0.0
    # a bar of full brightness walks on over grey, faster than the eye
    assert facts.changes[5:70].min() > 0.1
    assert not np.isfinite(facts.echoes).any()
    assert (facts.sound_rate, facts.sound_channels, facts.resized) == (RATE, 1, 0)
    assert facts.longest_gap_s < 0.05
    assert facts.sound_until_s == pytest.approx(4.0, abs=0.05)


def copied_twice(path: Path) -> bytes:
    """The recording, and its frames once more behind it, without encoding anything anew."""
    file = io.BytesIO()
    made: list[Any] = []
    with av.open(file, "w", format="webm") as target:
        for turn in range(2):
            with av.open(str(path)) as source:
                if not turn:
                    made = [target.add_stream_from_template(one) for one in source.streams]
                for packet in source.demux():
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue
                    shift = round(4.5 / packet.time_base) * turn
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = made[packet.stream.index]
                    target.mux(packet)
    return file.getvalue()


def test_frames_copied_without_encoding_are_echoes(webm: Path, tmp_path: Path) -> None:
    path = tmp_path / "twice.webm"
    path.write_bytes(copied_twice(webm))
    facts = facts_of(path)
    assert facts.times.size == 160
    assert facts.echoes[80:] == pytest.approx(4.5, abs=0.01)
    assert judged(facts) == (Outcome.FAIL, "media_frames_repeated")


def test_sound_that_begins_late_is_seen(make_clip: Callable[..., Path], tmp_path: Path) -> None:
    facts = facts_of(make_clip(tmp_path / "late.webm", sound_starts_s=1.0))
    assert facts.sound_from_s == pytest.approx(1.0, abs=0.05)
    assert judged(facts)[1] == "media_sound_apart"
