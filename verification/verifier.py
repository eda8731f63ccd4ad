"""Judge a recording against its challenge: a numbered procedure, from the file to the templates.

    with Path("recording.webm").open("rb") as recording:
        verification = verify(recording, challenge, load_models(pack_dir))
    verification.report.verdict

`STEPS` is the procedure: every check a module of its own that looks at the same evidence. A check
that needs what an earlier one found missing is not run: with no face there is nobody to recognize.
Everything else runs, so that the report says all that is wrong. `verification.verdict` has the rule
that makes one verdict of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

from verification import portrait, quality
from verification.cage import decode_in_cage
from verification.challenge import (
    Challenge,
    always,
    asks_blinks,
    asks_digits,
    asks_turns,
    leaves_turns_out,
)
from verification.evidence import Evidence, Progress
from verification.facts import MediaFacts
from verification.following import Following
from verification.limits import Limits
from verification.liveness import (
    blink,
    depth,
    digits,
    head_still,
    integrity,
    lips,
    passive,
    person,
    presence,
    sound_quality,
    speech,
    stillness,
    turns,
    voice,
)
from verification.liveness import earlier as earlier_person
from verification.media import Frame, MediaError, Part, Sound
from verification.report import Check, Outcome, Report, Verdict, Verification
from verification.sampling import samples_of
from verification.templates import face_template, facing_stills, voice_template
from verification.tolerances import Tolerances
from verification.track import Track
from verification.verdict import verdict_of

if TYPE_CHECKING:
    from verification.packs.loading import Models


class Cost(IntEnum):
    """What has to be done before a check can be made, from the least to the most.

    Nothing that takes time; following the face through the picture; embedding it in every still.
    """

    LISTENING = 0
    LOOKING = 1
    RECOGNIZING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A check, and the names of those that must not have failed for it to have a meaning.

    It is left out where it `applies` to nothing that the challenge asks. What may be left out is
    not decided here: a check that `verification.verdict` requires all the same is missed there.
    Whoever stops early makes checks in the order of their `cost`.
    """

    judge: Callable[[Evidence], Check | tuple[Check, ...]]
    after: tuple[str, ...] = ()
    applies: Callable[[Challenge], bool] = always
    cost: Cost = Cost.LOOKING


Found = dict[int, tuple[Check, ...]]
"""What checks found, by their place in the procedure."""

FACE = presence.NAME
SOUND = speech.NAME

# 1, 2. the file is a recording within the limits, and the face is followed as it is decoded
STEPS: tuple[Step, ...] = (
    # 3. one face, all along
    Step(judge=presence.judge),
    # 4. the same person in every phase
    Step(judge=person.judge, after=(FACE,), cost=Cost.RECOGNIZING),
    # 5. the picture is good enough
    Step(judge=quality.judge, after=(FACE,)),
    # 6. the stills that look ahead are portraits
    Step(judge=portrait.judge, after=(FACE,)),
    # 7. the picture goes on
    Step(judge=stillness.judge),
    # 8. the file is one recording, neither cut nor mended
    Step(judge=integrity.judge, cost=Cost.LISTENING),
    # 9. the head was turned as asked, in order and in time
    Step(judge=turns.judge, after=(FACE,), applies=asks_turns),
    # 10. it was a head that turned, not its picture
    Step(judge=depth.judge, after=(FACE,), applies=asks_turns),
    # 11. the eyes closed and opened as asked
    Step(judge=blink.judge, after=(FACE,), applies=asks_blinks),
    # 12. the face looks alive, where the pack has a model that can tell
    Step(judge=passive.judge, after=(FACE,)),
    # 13. somebody speaks
    Step(judge=speech.judge, applies=asks_digits, cost=Cost.LISTENING),
    # 14. the sound is good enough
    Step(judge=sound_quality.judge, after=(SOUND,), applies=asks_digits, cost=Cost.LISTENING),
    # 15. the digits were said, each in its window
    Step(judge=digits.judge, after=(SOUND,), applies=asks_digits, cost=Cost.LISTENING),
    # 16. the lips say them
    Step(judge=lips.judge, after=(FACE, SOUND), applies=asks_digits),
    # 17. one voice says them all
    Step(judge=voice.judge, after=(SOUND,), applies=asks_digits, cost=Cost.LISTENING),
    # 18. where no turns were asked, a person has to look
    Step(judge=head_still.judge, applies=leaves_turns_out),
    # 19. on a renewal, it is who enrolled before
    Step(judge=earlier_person.judge_face, after=(FACE,), cost=Cost.RECOGNIZING),
    Step(judge=earlier_person.judge_voice, after=(SOUND,)),
)


def verify(
    recording: BinaryIO,
    challenge: Challenge,
    models: "Models",
    *,
    limits: Limits | None = None,
    tolerances: Tolerances | None = None,
    progress: Progress | None = None,
    earlier: earlier_person.Earlier | None = None,
    stop_early: bool = False,
) -> Verification:
    """The report on the recording, with templates and samples unless it is rejected.

    The voice has a template exactly when the challenge asks for digits.

    `recording` is a file with a descriptor, read from its start. Whatever is wrong with it or
    with what it shows is a failed check. An exception means that the verifier itself could not
    work (`CageUnavailable` where nothing can be decoded), and says nothing about the recording.
    `earlier` is the person whose cameo is renewed: nobody else is verified then. With `stop_early`
    checks that take longer are not made once one failed: the verdict is the same, since any failure
    rejects, and the report names fewer checks. All frames are in memory then.
    """
    progress = progress or _silently
    bounds = (limits or Limits()).for_challenge(challenge.duration_ms)
    scene = partial(
        Evidence,
        challenge=challenge,
        models=models,
        tolerances=tolerances or Tolerances(),
        progress=progress,
        earlier=earlier,
    )
    found: Found = {}
    try:
        parts: Iterable[Part] = decode_in_cage(recording, bounds)
        if stop_early:
            parts = list(parts)
            found = _examine(scene(track=Track.empty(), **_heard(parts)), upto=Cost.LISTENING)
            if _failed(found):
                return _rejected(_in_order(found), models)
        track, facts, sound = _watch(parts, challenge, models, progress)
    except MediaError as error:
        refused = Check(name="media", outcome=Outcome.FAIL, code=error.code)
        return _rejected((refused,), models)
    evidence = scene(track=track, facts=facts, sound=sound)
    if stop_early:
        found = _examine(evidence, upto=Cost.LOOKING, known=found)
        if _failed(found):
            return _rejected(_in_order(found), models)
    return _concluded(evidence, _in_order(_examine(evidence, known=found)))


def _concluded(evidence: Evidence, checks: tuple[Check, ...]) -> Verification:
    """The verdict over `checks`, with templates and samples unless it is a rejection."""
    challenge, models = evidence.challenge, evidence.models
    verdict = verdict_of(checks, challenge)
    if verdict is Verdict.REJECTED:
        return _rejected(checks, models)
    evidence.progress("templates", 1.0)
    return Verification(
        report=Report(verdict=verdict, checks=checks, pack=models.pack),
        face=face_template(models.faces, facing_stills(evidence)),
        voice=voice_template(models.voice, evidence.said) if asks_digits(challenge) else None,
        samples=samples_of(evidence),
    )


def _silently(phase: str, share: float) -> None:
    del phase, share


def _rejected(checks: tuple[Check, ...], models: "Models") -> Verification:
    report = Report(verdict=Verdict.REJECTED, checks=checks, pack=models.pack)
    return Verification(report=report, face=None, voice=None)


def _watch(
    parts: Iterable[Part], challenge: Challenge, models: "Models", progress: Progress
) -> tuple[Track, MediaFacts, Sound]:
    """Follow the face while the frames come, and end with the facts and the sound."""
    following = Following(models.faces, challenge)
    facts: MediaFacts | None = None
    length_s = challenge.duration_ms / 1000
    for part in parts:
        if isinstance(part, Frame):
            following.see(part)
            progress("picture", min(1.0, part.time_s / length_s))
        elif isinstance(part, MediaFacts):
            facts = part
        elif facts is not None:
            return following.finish(), facts, part
    raise MediaError("media_unreadable", "the decoder ended without a word")


def _heard(parts: Iterable[Part]) -> dict[str, Any]:
    """The facts and the sound, which come last."""
    *_, facts, sound = parts
    return {"facts": facts, "sound": sound}


def _examine(
    evidence: Evidence, *, upto: Cost = Cost.RECOGNIZING, known: Found | None = None
) -> Found:
    """Every check of such a cost whose ground holds, by its place in the procedure.

    Those that are `known` already are not made again.
    """
    done: Found = {}
    failed: set[str] = set()
    for place, step in enumerate(STEPS):
        if failed.intersection(step.after) or not step.applies(evidence.challenge):
            continue
        if step.cost > upto:
            continue
        done[place] = known[place] if known and place in known else _judged(step, evidence)
        failed |= {check.name for check in done[place] if check.outcome is Outcome.FAIL}
    return done


def _judged(step: Step, evidence: Evidence) -> tuple[Check, ...]:
    found = step.judge(evidence)
    return (found,) if isinstance(found, Check) else found


def _in_order(found: Found) -> tuple[Check, ...]:
    """The checks that were made, after that of the file, which could be read."""
    media = Check(name="media", outcome=Outcome.PASS)
    return (media, *chain.from_iterable(found.values()))


def _failed(found: Found) -> bool:
    return any(check.outcome is Outcome.FAIL for check in _in_order(found))
