"""Judge a recording against its challenge: a numbered procedure, from the file to the templates.

    with Path("recording.webm").open("rb") as recording:
        verification = verify(recording, challenge, load_models(pack_dir))
    verification.report.verdict

Steps that the design lists and this version does not have yet: depth as a check of its own (the
turns are a first test of it), passive attack detection where the pack has a model, and whether
lips and sound agree. Nothing stands in for them: a report names the checks that ran, and what they
leave open is listed in `verification.report` and `docs/verification.md`.

A check that needs what an earlier one found missing is not run: with no face there is nobody to
recognize. Everything else runs, so that the report says all that is wrong.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from verification.cage import decode_in_cage
from verification.challenge import Challenge, SpokenDigit
from verification.faces.contracts import Embedding
from verification.following import Following
from verification.limits import Limits
from verification.liveness.digits import check_digits, hear, window_of
from verification.liveness.person import check_same_person
from verification.liveness.presence import check_one_face
from verification.liveness.speech import check_sound
from verification.liveness.stillness import check_picture_goes_on
from verification.liveness.turns import check_turns
from verification.liveness.voice import check_one_voice, compare_halves
from verification.media import Frame, MediaError, Part, Sound
from verification.quality import check_quality
from verification.report import Check, Outcome, Report, Verdict, Verification, verdict_of
from verification.speech.segments import Spans, spans, speech_of
from verification.templates import face_template, voice_template
from verification.tolerances import Tolerances
from verification.track import Track

if TYPE_CHECKING:
    from verification.packs.loading import Models

Progress = Callable[[str, float], None]
"""Called with the name of a phase and how much of it is done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Judging:
    """What every step of one verification looks at."""

    challenge: Challenge
    models: "Models"
    tolerances: Tolerances
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Faces:
    """Embeddings of the kept stills: `straight` while speaking, `turned` in turns."""

    straight: list[Embedding]
    turned: list[Embedding]


def verify(
    recording: BinaryIO,
    challenge: Challenge,
    models: "Models",
    *,
    limits: Limits | None = None,
    tolerances: Tolerances | None = None,
    progress: Progress | None = None,
) -> Verification:
    """The report on the recording, with templates unless it is rejected.

    `recording` is a file with a descriptor, read from its start. Whatever is wrong with it or
    with what it shows is a failed check. An exception means that the verifier itself could not
    work (`CageUnavailable` where nothing can be decoded), and says nothing about the recording.
    """
    judging = _Judging(
        challenge=challenge,
        models=models,
        tolerances=tolerances or Tolerances(),
        progress=progress or _silently,
    )
    bounds = (limits or Limits()).for_challenge(challenge.duration_ms)
    # 1, 2. the file is a recording within the limits; the face is followed as it is decoded
    try:
        track, sound = _watch(decode_in_cage(recording, bounds), judging)
    except MediaError as error:
        refused = Check(name="media", outcome=Outcome.FAIL, code=error.code)
        return _rejected((refused,), models)
    accepted = Check(name="media", outcome=Outcome.PASS)
    # 3 to 7. what is seen
    seen, faces = _check_picture(track, judging)
    # 8 to 10. what is heard
    speech = _speech_in(sound, judging)
    heard = _check_sound(sound, speech, judging)
    # 11. the verdict, and the templates of one who is not rejected
    checks = (accepted, *seen, *heard)
    if verdict_of(checks) is Verdict.REJECTED:
        return _rejected(checks, models)
    report = Report(verdict=verdict_of(checks), checks=checks, pack=models.pack)
    judging.progress("templates", 1.0)
    return Verification(
        report=report,
        face=face_template(models.faces, faces.straight),
        voice=voice_template(models.voice, speech_of(sound.samples, speech)),
    )


def _silently(phase: str, share: float) -> None:
    del phase, share


def _rejected(checks: tuple[Check, ...], models: "Models") -> Verification:
    report = Report(verdict=Verdict.REJECTED, checks=checks, pack=models.pack)
    return Verification(report=report, face=None, voice=None)


def _watch(parts: Iterable[Part], judging: _Judging) -> tuple[Track, Sound]:
    """Follow the face while the frames come, and end with the sound."""
    following = Following(judging.models.faces, judging.challenge)
    length_s = judging.challenge.duration_ms / 1000
    for part in parts:
        if isinstance(part, Frame):
            following.see(part)
            judging.progress("picture", min(1.0, part.time_s / length_s))
        else:
            return following.finish(), part
    raise MediaError("media_unreadable", "the decoder ended without a word")


def _check_picture(track: Track, judging: _Judging) -> tuple[tuple[Check, ...], _Faces]:
    challenge, tolerances = judging.challenge, judging.tolerances
    # 3. one face, all along
    present = check_one_face(track, challenge, tolerances)
    if present.code == "no_face":
        return (present,), _Faces(straight=[], turned=[])
    # 4. the same person in every phase
    faces = _recognize(track, judging)
    same = check_same_person(
        faces.straight,
        faces.turned,
        at_most=judging.models.thresholds.face_match.value,
        turned_factor=tolerances.turned_factor,
    )
    # 5. the picture is good enough
    quality = check_quality(track, tolerances)
    # 6. the picture goes on
    moving = check_picture_goes_on(track, tolerances)
    # 7. the head was turned as asked, in order and in time
    turns = check_turns(track, challenge, tolerances)
    return (present, same, *quality, moving, turns), faces


def _recognize(track: Track, judging: _Judging) -> _Faces:
    faces = _Faces(straight=[], turned=[])
    for done, still in enumerate(track.stills, start=1):
        group = faces.straight if isinstance(still.step, SpokenDigit) else faces.turned
        group.append(judging.models.faces.embed(still.image, still.face))
        judging.progress("faces", done / len(track.stills))
    return faces


def _speech_in(sound: Sound, judging: _Judging) -> Spans:
    probabilities = judging.models.activity.probabilities(sound.samples)
    return spans(probabilities, judging.models.thresholds.speech.value)


def _check_sound(sound: Sound, speech: Spans, judging: _Judging) -> tuple[Check, ...]:
    models, tolerances = judging.models, judging.tolerances
    # 8. somebody speaks
    present = check_sound(sound.samples, speech, tolerances)
    if present.outcome is Outcome.FAIL:
        return (present,)
    # 9. the digits were said, each in its window
    heard = []
    for one in hear(sound.samples, speech, judging.challenge, models.digits, tolerances):
        heard.append(one)
        judging.progress("digits", len(heard) / len(judging.challenge.digits))
    digits = check_digits(
        heard,
        least_margin=models.thresholds.digit_margin.value,
        enough=tolerances.digits_enough,
        doubtful=tolerances.digits_doubtful,
    )
    # 10. one voice says them all
    windows = [window_of(speech, step, tolerances) for step in judging.challenge.digits]
    voice = check_one_voice(
        compare_halves(sound.samples, windows, models.voice),
        least_similarity=models.thresholds.voice_match.value - tolerances.voice_allowance,
        doubt=tolerances.voice_doubt,
    )
    return present, digits, voice
