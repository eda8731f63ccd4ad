"""What a template is made of, and what is left out of it."""

from dataclasses import dataclass, field
from typing import Any, cast

import cv2
import numpy as np
import pytest

from verification.challenge import Blink, Challenge, Direction, SpokenDigit, Step, Turn
from verification.evidence import EmbeddedStill, Evidence
from verification.faces.contracts import Embedding, Face, Image
from verification.matching import Embedding as Vector
from verification.matching import cosine_distance, mean_direction, weighted_direction
from verification.media import Sound
from verification.templates import face_template, facing_stills, voice_template
from verification.tolerances import Tolerances
from verification.track import Still
from verification.voices.contracts import SAMPLE_RATE, Samples

DIGIT = SpokenDigit(digit=3, start_ms=0, duration_ms=1_000)
TURN = Turn(direction=Direction.LEFT, start_ms=1_000, duration_ms=1_000)
BLINK = Blink(start_ms=2_000, duration_ms=1_000)


def around(seed: int, *, spread: float, size: int = 16) -> list[Vector]:
    """Ten vectors near the first axis."""
    rng = np.random.default_rng(seed)
    middle = np.eye(size)[0]
    return [np.asarray(middle + rng.normal(0, spread, size), np.float32) for _ in range(10)]


def test_the_mean_of_equal_weights_is_the_plain_mean() -> None:
    vectors = around(1, spread=0.05)
    plain = mean_direction(vectors)
    assert cosine_distance(weighted_direction(vectors, [0.5] * 10), plain) < 1e-6


def test_a_heavier_vector_pulls_and_a_weightless_one_does_not() -> None:
    one, other = (np.asarray(axis, np.float32) for axis in np.eye(4)[:2])
    assert weighted_direction([one, other], [1.0, 0.0]).tolist() == one.tolist()
    pulled = weighted_direction([one, other], [3.0, 1.0])
    assert pulled[0] > pulled[1] > 0.0


def test_what_stands_apart_is_left_out_however_heavy() -> None:
    vectors = around(2, spread=0.05)
    stranger = np.asarray(np.eye(16)[5], np.float32)
    without = weighted_direction(vectors, [0.5] * 10)
    with_it = weighted_direction([*vectors, stranger], [*([0.5] * 10), 1.0])
    assert cosine_distance(without, with_it) < 1e-6
    assert cosine_distance(mean_direction([*vectors, stranger]), without) > 1e-3


def test_without_any_weight_all_count_the_same() -> None:
    vectors = around(3, spread=0.05)
    found = weighted_direction(vectors, [0.0] * 10)
    assert cosine_distance(found, weighted_direction(vectors, [1.0] * 10)) < 1e-6


def test_no_embeddings_have_no_mean() -> None:
    with pytest.raises(ValueError, match="no embeddings"):
        weighted_direction([], [])


def sharp_image() -> Image:
    rng = np.random.default_rng(4)
    coarse = rng.integers(60, 200, (30, 40, 3))
    return np.asarray(cv2.resize(coarse.astype(np.uint8), (320, 240)), np.uint8)


def face() -> Face:
    five = np.array([[130, 90], [190, 90], [160, 125], [137, 155], [183, 155]], np.float32)
    return Face(box=(100, 40, 220, 190), score=1.0, five=five, landmarks=None)


def still(step: Step, *, image: Image | None = None, time_s: float = 0.1) -> Still:
    return Still(
        step=step, time_s=time_s, image=sharp_image() if image is None else image, face=face()
    )


class FakeModel:
    """Knows a voice by its loudness alone."""

    name, sha256 = "fake", "0" * 64

    def embed(self, samples: Samples) -> Embedding:
        self.heard = samples
        return np.asarray([1.0, 0.0] if samples.mean() > 0.2 else [0.0, 1.0], np.float32)


def test_a_blurred_still_weighs_less_than_a_sharp_one() -> None:
    sharp, blurred = sharp_image(), np.asarray(cv2.GaussianBlur(sharp_image(), (0, 0), 9), np.uint8)
    one, other = (np.asarray(axis, np.float32) for axis in np.eye(2))
    made = face_template(
        cast("Any", FakeModel()),
        [
            EmbeddedStill(still=still(DIGIT, image=sharp), embedding=one),
            EmbeddedStill(still=still(DIGIT, image=blurred), embedding=other),
        ],
    )
    assert (made.model, made.model_sha256) == ("fake", "0" * 64)
    assert made.vector[0] > made.vector[1]


@dataclass(frozen=True, kw_only=True)
class FakeEvidence:
    """What the templates look at, given instead of worked out."""

    every_face: tuple[EmbeddedStill, ...] = ()
    speech: Any = None
    sound: Sound | None = None
    challenge: Challenge | None = None
    models: Any = None
    tolerances: Tolerances = field(default_factory=Tolerances)

    @property
    def said(self) -> Samples:
        """As real evidence cuts it out."""
        found: Samples = Evidence.__dict__["said"].func(self())
        return found

    def __call__(self) -> Evidence:
        return cast("Evidence", self)


@pytest.mark.parametrize(("awake", "used"), [(3, 3), (2, 4)])
def test_turned_faces_never_count_and_blinking_ones_only_where_there_are_few(
    awake: int, used: int
) -> None:
    vector = np.asarray([1.0, 0.0], np.float32)
    steps: list[Step] = [*([DIGIT] * awake), TURN, BLINK, BLINK]
    stills = tuple(EmbeddedStill(still=still(step), embedding=vector) for step in steps)
    chosen = facing_stills(FakeEvidence(every_face=stills)())
    assert len(chosen) == used
    assert all(one.still.step is not TURN for one in chosen)


@pytest.mark.parametrize("digits", [1, 3])
def test_a_voice_is_what_was_said_in_the_windows_and_nothing_beside_them(digits: int) -> None:
    """A second of other speech, then 0.6 s in each window.

    Or who says the digits in their own voice would enroll one that plays between them.
    """
    steps = tuple(
        SpokenDigit(digit=1, start_ms=2_000 + 2_000 * index, duration_ms=1_000)
        for index in range(digits)
    )
    spans = np.array([[0, 1.0], [2.2, 2.8], [4.2, 4.8], [6.2, 6.8]]) * SAMPLE_RATE
    evidence = FakeEvidence(
        speech=spans.astype(np.int64),
        sound=Sound(samples=np.ones(8 * SAMPLE_RATE, np.float32), duration_s=8.0),
        challenge=Challenge(steps=steps, duration_ms=8_000),
    )()
    model = FakeModel()
    made = voice_template(model, evidence.said)
    assert model.heard.size == pytest.approx(0.6 * digits * SAMPLE_RATE)
    assert made.vector == (1.0, 0.0)
