"""The face and the voice of an earlier enrollment, compared by the model that made the template."""

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from tests.verification.test_templates import DIGIT, TURN, FakeModel, face, sharp_image, still
from verification.challenge import Accommodation, Challenge, SpokenDigit
from verification.evidence import EmbeddedStill, Evidence
from verification.faces.contracts import Embedding, Face, FaceTemplate, Image
from verification.liveness.earlier import (
    FACE,
    VOICE,
    Earlier,
    EarlierFace,
    EarlierVoice,
    check_as_before,
    judge_face,
    judge_voice,
)
from verification.report import Check, Outcome, Verdict
from verification.sampling import decode_still, encode_still, face_from, samples_of, voice_from
from verification.tolerances import Tolerances
from verification.verdict import RULES, verdict_of
from verification.voices.contracts import SAMPLE_RATE, VoiceTemplate

PASS, DOUBT, FAIL = Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL


@pytest.mark.parametrize(
    ("name", "found", "outcome", "code"),
    [
        (FACE, 0.91, PASS, None),
        (FACE, 0.90, PASS, None),
        (FACE, 0.89, DOUBT, "face_unsure"),
        (FACE, 0.79, FAIL, "face_differs_from_before"),
        (FACE, None, DOUBT, "face_not_compared"),
        (VOICE, 0.85, DOUBT, "voice_unsure"),
        (VOICE, 0.10, FAIL, "voice_differs_from_before"),
        (VOICE, None, DOUBT, "voice_not_compared"),
    ],
)
def test_short_of_the_bound_there_is_a_band_of_doubt(
    name: str, found: float | None, outcome: Outcome, code: str | None
) -> None:
    check = check_as_before(name, found, bound=0.9, doubt=0.1)
    assert (check.name, check.outcome, check.code) == (name, outcome, code)


CHALLENGE = Challenge(steps=(SpokenDigit(digit=3, start_ms=0, duration_ms=900),), duration_ms=1_000)


@pytest.mark.parametrize("name", [FACE, VOICE])
def test_a_difference_rejects_a_doubt_is_for_a_person_and_without_renewal_nothing_is_missing(
    name: str,
) -> None:
    rest = tuple(Check(name=known, outcome=PASS) for known, rule in RULES.items() if rule.required)
    assert verdict_of(rest, CHALLENGE) is Verdict.VERIFIED
    for outcome, verdict in ((FAIL, Verdict.REJECTED), (DOUBT, Verdict.NEEDS_REVIEW)):
        checks = (*rest, Check(name=name, outcome=outcome, code="x"))
        assert verdict_of(checks, CHALLENGE) is verdict


class FakeFaces:
    """Finds one face where the still has it, and embeds it as `vector`."""

    def __init__(self, sha256: str, vector: tuple[float, ...], *, blind: bool = False) -> None:
        self.name, self.sha256, self._vector, self._blind = "fake", sha256, vector, blind

    def detect(self, image: Image) -> list[Face]:
        del image
        elsewhere = Face(box=(0, 0, 20, 20), score=1, five=face().five, landmarks=None)
        return [elsewhere] if self._blind else [elsewhere, face()]

    def embed(self, image: Image, face: Face) -> Embedding:
        del image
        assert face.box[0] > 20
        return np.array(self._vector, np.float32)


@dataclass(frozen=True, kw_only=True)
class FakeModels:
    faces: Any
    voice: Any = field(default_factory=FakeModel)


@dataclass(frozen=True, kw_only=True)
class FakeEvidence:
    earlier: Earlier | None
    models: Any
    every_face: tuple[EmbeddedStill, ...]
    challenge: Any
    speech: Any
    sound: Any
    tolerances: Tolerances = field(default_factory=Tolerances)

    @property
    def said(self) -> Any:
        """As real evidence cuts it out."""
        return Evidence.__dict__["said"].func(cast("Evidence", self))


NEW = FakeFaces("11", (1.0, 0.0))
TEMPLATE = FaceTemplate(model="fake", model_sha256="00", vector=(0.0, 1.0))
WORDS = VoiceTemplate(model="fake", model_sha256="0" * 64, vector=(1.0, 0.0))


def evidence(earlier: Earlier | None, *, seconds: float = 2.0, mute: bool = False) -> Evidence:
    """Three facing stills and a turned one, all embedded by the new model, and some speech."""
    digits = SpokenDigit(digit=3, start_ms=0, duration_ms=4_000)
    excuse = frozenset({Accommodation.NO_SPEECH}) if mute else frozenset()
    vector = np.array([1.0, 0.0], np.float32)
    stills = [EmbeddedStill(still=still(DIGIT), embedding=vector) for _ in range(3)]
    turned = EmbeddedStill(still=still(TURN), embedding=-vector)
    given = FakeEvidence(
        earlier=earlier,
        models=FakeModels(faces=NEW),
        every_face=(*stills, turned),
        challenge=Challenge(
            steps=(TURN,) if mute else (digits,), duration_ms=5_000, accommodations=excuse
        ),
        speech=np.array([[0, round(seconds * SAMPLE_RATE)]]),
        sound=type("S", (), {"samples": np.full(5 * SAMPLE_RATE, 0.25, np.float32)}),
    )
    return cast("Evidence", given)


def of_face(vector: tuple[float, ...], model: Any) -> Earlier:
    template = FaceTemplate(model="fake", model_sha256="00", vector=vector)
    return Earlier(face=EarlierFace(template=template, model=model, at_most=0.1))


def one(found: Check | tuple[Check, ...]) -> Check:
    assert isinstance(found, Check)
    return found


def test_without_an_earlier_enrollment_nothing_is_compared() -> None:
    assert judge_face(evidence(None)) == judge_voice(evidence(None)) == ()
    assert judge_voice(evidence(of_face((1.0, 0.0), NEW))) == ()


def test_the_model_at_hand_compares_what_it_embedded_already() -> None:
    same, other = (one(judge_face(evidence(of_face(v, NEW)))) for v in ((1.0, 0.0), (0.0, 1.0)))
    assert (same.outcome, same.score) == (PASS, 1.0)
    assert other.code == "face_differs_from_before"


def test_a_template_of_another_model_is_compared_by_that_model() -> None:
    """By the new model the vectors are equal, and that must not count."""
    old = FakeFaces("00", (0.0, 1.0))
    assert one(judge_face(evidence(of_face((0.0, 1.0), old)))).outcome is PASS
    assert one(judge_face(evidence(of_face((1.0, 0.0), old)))).outcome is FAIL


@pytest.mark.parametrize("model", [None, FakeFaces("00", (1.0, 0.0), blind=True)])
def test_where_no_model_can_compare_a_person_has_to(model: Any) -> None:
    assert one(judge_face(evidence(of_face((1.0, 0.0), model)))).code == "face_not_compared"


def of_voice(model: Any, vector: tuple[float, ...] = (1.0, 0.0)) -> Earlier:
    template = VoiceTemplate(model="fake", model_sha256="0" * 64, vector=vector)
    voice = EarlierVoice(template=template, model=model, at_least=0.7)
    return Earlier(face=of_face((1.0, 0.0), NEW).face, voice=voice)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (evidence(of_voice(FakeModel())), None),
        (evidence(of_voice(FakeModel(), (0.0, 1.0))), "voice_differs_from_before"),
        (evidence(of_voice(None)), "voice_not_compared"),
        (evidence(of_voice(FakeModel()), seconds=0.5), "voice_not_compared"),
        (evidence(of_voice(FakeModel()), mute=True), "voice_not_compared"),
    ],
)
def test_voices_are_compared_where_both_spoke(given: Evidence, code: str | None) -> None:
    assert one(judge_voice(given)).code == code


def test_samples_are_the_part_around_the_face_and_what_was_said() -> None:
    kept = samples_of(evidence(None))
    assert [sample.modality for sample in kept] == ["face"] * 3 + ["voice"]
    picture = decode_still(kept[0].content)
    # the face is 150 pixels high, of a picture of 240 by 320 that has less room than the margin
    assert picture.shape == (240, 300, 3)
    whole = sharp_image()[:, 10:310]
    assert np.array_equal(picture, whole)
    voice = voice_from(kept, FakeModel())
    assert voice is not None
    assert voice.vector == (1.0, 0.0)


def test_who_did_not_speak_leaves_no_voice() -> None:
    kept = samples_of(evidence(None, mute=True))
    assert {sample.modality for sample in kept} == {"face"}
    assert voice_from(kept, FakeModel()) is None


def test_a_large_still_is_kept_small() -> None:
    large = still(DIGIT, image=np.zeros((2_000, 3_000, 3), np.uint8))
    wide = Face(box=(500, 300, 1_500, 1_300), score=1, five=face().five, landmarks=None)
    shape = decode_still(
        encode_still(type(large)(step=DIGIT, time_s=0, image=large.image, face=wide))
    ).shape
    assert max(shape) == 512


def test_what_is_no_picture_makes_no_template() -> None:
    with pytest.raises(ValueError, match="no picture"):
        decode_still(b"not a picture")
    assert face_from([], cast("Any", NEW)) is None
