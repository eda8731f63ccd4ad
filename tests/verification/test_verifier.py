"""The whole procedure on studio recordings, with the real models of the `open` pack."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from verification.challenge import Blink, Challenge, Direction, SpokenDigit, Step, Turn
from verification.evidence import Progress
from verification.liveness.earlier import Earlier, EarlierFace, EarlierVoice
from verification.matching import similarity
from verification.packs.loading import Models
from verification.report import Outcome, Verdict, Verification
from verification.sampling import face_from, voice_from
from verification.studio.attacks import ATTACKS
from verification.studio.recording import record
from verification.studio.take import Format, Take
from verification.verifier import verify as verify_file

SIZE, FPS = (480, 270), 15
EXPECTED = {
    "flat_photo": {"turns_not_followed"},
    "bent_photo": {"turns_not_followed"},
    "photo_with_eyes_cut": {"turns_not_followed"},
    "paper_mask": {"turns_not_followed", "face_flat"},
    "still_screen": {"turns_not_followed"},
    "replay": {"turns_not_followed", "digits_not_spoken", "digit_missing"},
    "person_swap": {"person_changed"},
    "two_faces": {"several_faces"},
    "no_face": {"no_face"},
    "wrong_order": {"turns_not_followed", "digits_not_spoken", "digit_missing"},
    "wrong_digits": {"digits_not_spoken"},
    "other_voice": {"voice_changed"},
    "no_sound": {"no_sound"},
    "no_audio_track": {"media_no_audio"},
    "frozen_frame": {"picture_frozen"},
    "looped_clip": {"picture_looped"},
    "noisy_loop": {"picture_looped"},
    "dubbed_shift": {"digits_not_spoken", "digit_missing", "lips_out_of_step", "lips_still"},
    "early_sound": {"digits_not_spoken", "digit_missing", "lips_out_of_step", "lips_still"},
    "muted_lips": {"lips_still"},
    "spliced": {"media_edited"},
    "dropped_frames": {"media_frames_missing"},
}
LEFT_FOR_LATER = {"held_frames", "resampled_sound"}
SELDOM_RUN = {"noisy_loop", "early_sound", "dropped_frames"}
"""Those that a quicker test of their check stands for in every run."""


def short_challenge(*tasks: int | Direction | None) -> Challenge:
    """Digits, turns, and None for a blink."""
    steps: list[Step] = []
    at = 1_000
    for task in tasks:
        if isinstance(task, Direction):
            steps.append(Turn(direction=task, start_ms=at, duration_ms=1_700))
        elif task is None:
            steps.append(Blink(start_ms=at, duration_ms=1_400))
        else:
            steps.append(SpokenDigit(digit=task, start_ms=at, duration_ms=1_100))
        at = steps[-1].end_ms + 50
    return Challenge(steps=tuple(steps), duration_ms=at + 600)


CHALLENGE = short_challenge(3, Direction.LEFT, 0, None, 7, Direction.UP, 5)

Recordings = Callable[..., Path]


def verify(
    path: Path,
    challenge: Challenge,
    models: Models,
    *,
    progress: Progress | None = None,
    stop_early: bool = False,
) -> Verification:
    with path.open("rb") as recording:
        return verify_file(recording, challenge, models, progress=progress, stop_early=stop_early)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    """Recordings of the challenge, each made once."""
    folder = tmp_path_factory.mktemp("studio")

    @cache
    def make(attack: str | None = None, format: Format = Format.WEBM) -> Path:
        path = folder / f"{attack}.{format.value}"
        take = Take(size=SIZE, fps=FPS, format=format, attack=attack)
        record(CHALLENGE, path, take=take, seed=1)
        return path

    return make


@pytest.fixture(scope="module")
def genuine(recorded: Recordings, open_models: Models) -> Verification:
    return verify(recorded(), CHALLENGE, open_models)


def test_a_genuine_recording_is_verified(genuine: Verification) -> None:
    assert genuine.report.verdict is Verdict.VERIFIED
    assert [check.name for check in genuine.report.checks] == [
        "media", "one_face", "same_person", "face_size", "light", "sharpness",
        "exposure", "framing", "facing", "eyes_visible", "mouth_visible",
        "picture_goes_on", "media_integrity", "turns", "depth", "blink",
        "sound_present", "sound_quality", "digits", "lips", "one_voice",
    ]  # fmt: skip
    assert all(check.outcome is Outcome.PASS for check in genuine.report.checks)
    assert genuine.report.pack == "open"


def test_templates_are_of_unit_length_and_name_their_model(
    genuine: Verification, open_models: Models
) -> None:
    for template, model in ((genuine.face, open_models.faces), (genuine.voice, open_models.voice)):
        assert template is not None
        assert (template.model, template.model_sha256) == (model.name, model.sha256)
        assert np.linalg.norm(template.vector) == pytest.approx(1.0, abs=1e-4)


def test_an_mp4_is_verified_to_the_same_person(
    genuine: Verification, recorded: Recordings, open_models: Models
) -> None:
    again = verify(recorded(format=Format.MP4), CHALLENGE, open_models)
    assert again.report.verdict is Verdict.VERIFIED
    assert genuine.face is not None
    assert again.face is not None
    both = [np.array(one.face.vector, np.float32) for one in (genuine, again) if one.face]
    assert similarity(*both) > 0.98


def test_on_a_renewal_face_and_voice_are_compared_with_those_of_before(
    genuine: Verification, recorded: Recordings, open_models: Models
) -> None:
    """By an MP4 of the same session, against the own face and somebody else's voice."""
    assert genuine.face is not None
    assert genuine.voice is not None
    thresholds, stranger = open_models.thresholds, tuple(reversed(genuine.voice.vector))
    earlier = Earlier(
        face=EarlierFace(
            template=genuine.face, model=open_models.faces, at_most=thresholds.face_match.value
        ),
        voice=EarlierVoice(
            template=replace(genuine.voice, vector=stranger),
            model=open_models.voice,
            at_least=thresholds.voice_match.value,
        ),
    )
    with recorded(format=Format.MP4).open("rb") as recording:
        judged = verify_file(recording, CHALLENGE, open_models, earlier=earlier)
    face, voice = judged.report.checks[-2:]
    assert (face.name, face.outcome) == ("face_as_before", Outcome.PASS)
    assert (voice.name, voice.code) == ("voice_as_before", "voice_differs_from_before")
    assert judged.report.verdict is Verdict.REJECTED
    assert (judged.face, judged.samples) == (None, ())


def test_templates_can_be_made_again_of_the_samples(
    genuine: Verification, open_models: Models
) -> None:
    assert sum(len(sample.content) for sample in genuine.samples) < 2_000_000
    face = face_from(genuine.samples, open_models.faces)
    voice = voice_from(genuine.samples, open_models.voice)
    for made, first in ((face, genuine.face), (voice, genuine.voice)):
        assert made is not None
        assert first is not None
        assert similarity(np.array(made.vector), np.array(first.vector)) > 0.97


def test_every_attack_of_the_studio_is_accounted_for() -> None:
    assert set(EXPECTED) | LEFT_FOR_LATER == set(ATTACKS)
    assert set(EXPECTED) >= SELDOM_RUN


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in SELDOM_RUN else [])
        for name in sorted(EXPECTED)
    ],
)
def test_attacks_are_rejected_for_what_they_are(
    attack: str, recorded: Recordings, open_models: Models
) -> None:
    judged = verify(recorded(attack), CHALLENGE, open_models)
    assert judged.report.verdict is Verdict.REJECTED
    assert judged.report.failure is not None
    assert judged.report.failure.code in EXPECTED[attack]
    assert judged.face is None
    assert judged.voice is None


@pytest.mark.parametrize(
    ("attack", "unmade", "untold"),
    [
        ("flat_photo", {"same_person"}, {"faces", "templates"}),
        ("wrong_digits", {"same_person", "one_face", "turns", "lips"}, {"picture", "faces"}),
    ],
)
def test_what_failed_already_is_not_looked_at_longer_when_stopped_early(
    attack: str,
    unmade: set[str],
    untold: set[str],
    recorded: Recordings,
    open_models: Models,
) -> None:
    told: set[str] = set()
    path = recorded(attack)
    stopped = verify(
        path, CHALLENGE, open_models, progress=lambda phase, _: told.add(phase), stop_early=True
    )
    whole = verify(path, CHALLENGE, open_models)
    assert stopped.report.verdict is whole.report.verdict is Verdict.REJECTED
    made = [check for check in whole.report.checks if check in stopped.report.checks]
    assert list(stopped.report.checks) == made
    assert not unmade & {check.name for check in made}
    assert unmade <= {check.name for check in whole.report.checks}
    assert not untold & told


def test_whoever_stops_early_sees_all_of_a_genuine_recording(
    genuine: Verification, recorded: Recordings, open_models: Models
) -> None:
    stopped = verify(recorded(), CHALLENGE, open_models, stop_early=True)
    assert stopped.report == genuine.report


def test_a_recording_is_good_for_its_own_challenge_only(
    recorded: Recordings, open_models: Models
) -> None:
    other = short_challenge(9, Direction.RIGHT, 1, None, 8, Direction.UP, 4)
    report = verify(recorded(), other, open_models).report
    assert report.verdict is Verdict.REJECTED
    assert {check.code for check in report.checks if check.code} == {
        "turns_not_followed",
        "face_flat",
        "digits_not_spoken",
    }


def test_a_file_that_is_no_video_is_one_failed_check(tmp_path: Path, open_models: Models) -> None:
    path = tmp_path / "words.webm"
    path.write_text("just some words")
    report = verify(path, CHALLENGE, open_models).report
    assert report.verdict is Verdict.REJECTED
    assert [(check.name, check.code) for check in report.checks] == [("media", "media_not_video")]


def test_a_recording_cut_short_is_refused(recorded: Recordings, open_models: Models) -> None:
    longer = short_challenge(3, Direction.LEFT, 0, None, 7, Direction.UP, 5, 1, 2)
    report = verify(recorded(), longer, open_models).report
    assert [check.code for check in report.checks] == ["media_too_short"]


def test_progress_is_told(recorded: Recordings, open_models: Models) -> None:
    told: dict[str, list[float]] = {}
    verify(
        recorded(),
        CHALLENGE,
        open_models,
        progress=lambda phase, share: told.setdefault(phase, []).append(share),
    )
    assert set(told) == {"picture", "faces", "digits", "templates"}
    for shares in told.values():
        assert shares == sorted(shares)
        assert 0.9 < shares[-1] <= 1.0
