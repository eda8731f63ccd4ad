"""The file is one recording from its first frame to its last, as a camera and a recorder make it.

Looks at every decoded frame, not only the sampled ones, and at the seams of the sound. What no
recorder makes fails. What a busy phone may make, which leaves frames out when it cannot keep up, is
for a person to decide. Browsers' recordings have uneven times, no stated length, a sound that
begins up to a tenth of a second after the picture, and gaps of up to half a second on a busy
machine: all of that passes.

>>> check_integrity(MediaFacts.regular(seconds=12.0, frames_per_s=25)).outcome
<Outcome.PASS: 'pass'>
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verification.facts import MediaFacts, Values
from verification.report import Check, Outcome
from verification.track import Mask

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "media_integrity"
STEADY = 0.25
"""Grey levels that neighbouring frames differ by at least, where a jump is weighed."""
NEIGHBOURS = 4
"""Frames on either side that a jump is weighed against."""
ECHO_S = 0.5
"""A frame that comes again after this long comes from a copy, not from a slow camera."""
KEEPS_UP = 1.5
"""Frames this much further apart than usual may differ more, because something was left out."""
HALTED = 2
"""Frames that show the same picture as the one before, in the time before a change, at least."""
SETTLED = 3
"""Frames after a change that ends a halt that it is weighed against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityTolerances:
    """Times are in seconds, differences mean absolute grey levels of frames scaled to 64 x 36.

    `disordered`: frames that come no later than the one before. `missing_s`, `stalled_s`: without
    a frame for so long it fails, or a person decides; so do fewer frames a second than `fewest`.
    `same`: frames that differ by no more show the same picture; `held_s` in one piece, or
    `held_doubt_s`, or `held_in_all_s` in pieces of `held_piece_s`. Encoders go on refining a
    picture that is held, which breaks it into pieces: `resumed` is how many times as large as
    anything within `held_doubt_s` before and right after it a change is that ends a halt.
    `echoes`: frames that repeat one of longer ago bit by bit. `cut` and `cut_doubt`: how many times
    as large as its largest neighbour a change is, and `cut_least` how large at least; frames that
    differ by no more than `still` may be a camera that stood still before it went on, which is for
    a person to decide.
    `gap_s`, `gap_doubt_s`: sound missing in one piece. `overlap_s`: sound put where there was
    sound already. `apart_s`, `apart_doubt_s`: between the beginnings, or the ends, of both.

    Measured: 14 recordings of Chromium, one with half its frames missing on a busy machine, have
    steps up to 0.40 s, sound up to 0.08 s apart and no gap; 14 clips of real people jump by at
    most 2.2; studio sessions by 1.2, and where two are cut together by 7.2 and more. Where a frame
    was held for 0.7 s four times, the largest change that ends a halt is 3.2 and more in 16 of 16;
    no recording or clip above has a halt, and 30 genuine studio sessions reach 1.1.
    """

    disordered: int = 0
    missing_s: float = 1.2
    stalled_s: float = 0.6
    fewest: float = 6.0
    same: float = 0.03
    held_s: float = 1.2
    held_doubt_s: float = 0.5
    held_piece_s: float = 0.3
    held_in_all_s: float = 2.0
    resumed: float = 3.0
    echoes: int = 3
    still: float = 0.12
    cut: float = 4.5
    cut_doubt: float = 3.0
    cut_least: float = 1.5
    gap_s: float = 1.0
    gap_doubt_s: float = 0.25
    overlap_s: float = 0.25
    apart_s: float = 1.5
    apart_doubt_s: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as a recorder makes it."""

    outcome: Outcome
    code: str
    score: float
    threshold: float


def judge(evidence: "Evidence") -> Check:
    """Whether the file is one recording, whole and unedited."""
    return check_integrity(evidence.facts, evidence.tolerances.integrity)


def check_integrity(facts: MediaFacts, tolerances: IntegrityTolerances | None = None) -> Check:
    """`media_times_disordered`, `media_frames_missing`, `media_frames_repeated`, `media_edited`,
    `media_sound_gaps`, `media_sound_apart`, `media_resized`, or a pass.

    The first that fails, or else the first that a person has to decide about. The score is in
    the unit of the threshold that it stands beside.
    """
    bounds = tolerances or IntegrityTolerances()
    findings = [*_times(facts, bounds), *_pictures(facts, bounds), *_sound(facts, bounds)]
    worst = sorted(findings, key=lambda one: one.outcome is not Outcome.FAIL)
    measures = measures_of(facts, bounds)
    if not worst:
        return Check(name=NAME, outcome=Outcome.PASS, evidence=measures)
    found = worst[0]
    return Check(
        name=NAME,
        outcome=found.outcome,
        code=found.code,
        score=found.score,
        threshold=found.threshold,
        evidence=measures,
    )


def measures_of(facts: MediaFacts, bounds: IntegrityTolerances) -> dict[str, float | list[float]]:
    """What an operator may want to see of the file, whatever the outcome."""
    steps = np.diff(facts.times)
    jumps = jumps_of(facts, bounds.same, bounds.cut_least)
    return {
        "frames": float(facts.times.size),
        "frames_per_s": frames_per_s(facts),
        "jitter_ms": float(np.std(steps) * 1000) if steps.size else 0.0,
        "longest_step_s": float(steps.max()) if steps.size else 0.0,
        "longest_held_s": max(_held(facts, bounds), default=0.0),
        "largest_jump": float(jumps.max()) if jumps.size else 0.0,
        "largest_resumption": resumption_of(facts, bounds),
        "sound_rate": float(facts.sound_rate),
        "sound_channels": float(facts.sound_channels),
        "sound_from_s": facts.sound_from_s,
        "sound_gaps_s": facts.sound_gaps_s,
    }


def frames_per_s(facts: MediaFacts) -> float:
    """The mean rate of the frames; 0 for fewer than two."""
    span = float(np.ptp(facts.times)) if facts.times.size else 0.0
    return (facts.times.size - 1) / span if span > 0 else 0.0


def jumps_of(facts: MediaFacts, same: float, least: float) -> Values:
    """How many times as large as the changes around it each change of at least `least` is.

    Frames that differ from the one before by no more than `same` are left out, and a frame that
    comes late may have changed in proportion: a camera that stalls is not an edit.
    """
    fresh = facts.changes > same
    changes, times = facts.changes[fresh], facts.times[fresh]
    if changes.size < 2 * NEIGHBOURS:
        return np.zeros(changes.size)
    steps = np.diff(times, prepend=times[0])
    usual = max(float(np.median(steps[1:])), 1e-3)
    lateness = np.maximum(1.0, np.where(steps > KEEPS_UP * usual, steps / usual, 1.0))
    around = np.full((2 * NEIGHBOURS, changes.size), STEADY)
    for place in range(1, NEIGHBOURS + 1):
        around[place - 1, place:] = changes[:-place]
        around[NEIGHBOURS + place - 1, :-place] = changes[place:]
    weighed = changes / lateness / np.maximum(around.max(axis=0), STEADY)
    # the first and the last frames have neighbours on one side only
    weighed[:NEIGHBOURS] = weighed[-NEIGHBOURS:] = 0.0
    return np.asarray(np.where(changes >= least, weighed, 0.0), np.float64)


def resumption_of(facts: MediaFacts, bounds: IntegrityTolerances) -> float:
    """How many times as large as what is around it the largest change is that ends a halt.

    Around it are the `held_doubt_s` before it, in which at least `HALTED` frames are the same as
    the one before, and `SETTLED` frames after it. A frame that comes late may have changed in
    proportion. 0 where nothing halts.
    """
    changes, times = facts.changes, facts.times
    largest = 0.0
    usual = max(float(np.median(np.diff(times))), 1e-3) if times.size > 1 else np.inf
    for at in np.flatnonzero(changes > STEADY).tolist():
        if times[at] - times[0] < bounds.held_doubt_s:
            continue
        # the first frame's change is from nothing
        begin = max(1, int(np.searchsorted(times[:at], times[at] - bounds.held_doubt_s)))
        before, after = changes[begin:at], changes[at + 1 : at + 1 + SETTLED]
        if (before <= bounds.same).sum() < HALTED:
            continue
        around = max(STEADY, before.max(), after.max(initial=0.0))
        step = (times[at] - times[at - 1]) / usual
        lateness = step if step > KEEPS_UP else 1.0
        largest = max(largest, float(changes[at] / lateness / around))
    return largest


def _times(facts: MediaFacts, bounds: IntegrityTolerances) -> Iterator[Finding]:
    steps = np.diff(facts.times)
    disordered = int((steps <= 0).sum())
    if disordered > bounds.disordered:
        yield _failed("media_times_disordered", disordered, bounds.disordered)
    longest = float(steps.max()) if steps.size else np.inf
    yield from _graded("media_frames_missing", longest, bounds.missing_s, bounds.stalled_s)
    rate = frames_per_s(facts)
    if rate < bounds.fewest:
        yield _doubtful("media_frames_missing", rate, bounds.fewest)


def _pictures(facts: MediaFacts, bounds: IntegrityTolerances) -> Iterator[Finding]:
    echoes = int((np.abs(np.nan_to_num(facts.echoes)) >= ECHO_S).sum())
    if echoes >= bounds.echoes:
        yield _failed("media_frames_repeated", echoes, bounds.echoes)
    held = _held(facts, bounds)
    in_all = sum(one for one in held if one >= bounds.held_piece_s)
    if in_all >= bounds.held_in_all_s:
        yield _failed("media_frames_repeated", in_all, bounds.held_in_all_s)
    longest = max(held, default=0.0)
    yield from _graded("media_frames_repeated", longest, bounds.held_s, bounds.held_doubt_s)
    resumed = resumption_of(facts, bounds)
    if resumed >= bounds.resumed:
        yield _doubtful("media_frames_repeated", resumed, bounds.resumed)
    sure, likely = (
        float(jumps_of(facts, same, bounds.cut_least).max(initial=0.0))
        for same in (bounds.still, bounds.same)
    )
    if sure >= bounds.cut:
        yield _failed("media_edited", sure, bounds.cut)
    elif max(sure, likely) >= bounds.cut_doubt:
        yield _doubtful("media_edited", max(sure, likely), bounds.cut_doubt)
    if facts.resized:
        yield _doubtful("media_resized", facts.resized, 0)


def _sound(facts: MediaFacts, bounds: IntegrityTolerances) -> Iterator[Finding]:
    yield from _graded("media_sound_gaps", facts.longest_gap_s, bounds.gap_s, bounds.gap_doubt_s)
    if facts.overlap_s >= bounds.overlap_s:
        yield _failed("media_sound_gaps", facts.overlap_s, bounds.overlap_s)
    if facts.times.size:
        starts = abs(facts.sound_from_s - float(facts.times.min()))
        ends = abs(facts.sound_until_s - float(facts.times.max()))
        apart = max(starts, ends)
        yield from _graded("media_sound_apart", apart, bounds.apart_s, bounds.apart_doubt_s)


def _held(facts: MediaFacts, bounds: IntegrityTolerances) -> list[float]:
    """Seconds of each stretch in which the same picture is shown again and again."""
    same: Mask = facts.changes <= bounds.same
    same[:1] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    return [
        float(facts.times[end - 1] - facts.times[start - 1])
        for start, end in edges.reshape(-1, 2).tolist()
    ]


def _graded(code: str, score: float, fails: float, doubtful: float) -> Iterator[Finding]:
    if score >= fails:
        yield _failed(code, score, fails)
    elif score >= doubtful:
        yield _doubtful(code, score, doubtful)


def _failed(code: str, score: float, threshold: float) -> Finding:
    return Finding(outcome=Outcome.FAIL, code=code, score=score, threshold=threshold)


def _doubtful(code: str, score: float, threshold: float) -> Finding:
    return Finding(outcome=Outcome.INCONCLUSIVE, code=code, score=score, threshold=threshold)
