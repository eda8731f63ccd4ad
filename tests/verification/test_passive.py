"""The passive check: how scores of stills become an outcome."""

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from verification.challenge import Challenge, Direction, SpokenDigit, Step, Turn
from verification.evidence import Evidence
from verification.faces.contracts import Face, Image
from verification.facts import MediaFacts
from verification.liveness import passive
from verification.liveness.passive import PassiveTolerances, check_passive
from verification.media import Sound
from verification.packs.loading import Models, Thresholds
from verification.packs.manifest import Threshold
from verification.report import Check, Outcome, Verdict
from verification.tolerances import Tolerances
from verification.track import Still, Track
from verification.verdict import RULES, verdict_of

FACE = Face(box=(0, 0, 9, 9), score=1.0, five=np.zeros((5, 2), np.float32), landmarks=None)


def judged(*scores: float) -> Check:
    return check_passive(scores, live=0.7, attack=0.5, tolerances=PassiveTolerances())


@pytest.mark.parametrize(
    ("scores", "code"),
    [
        ((0.99,) * 6, None),
        ((0.99, 0.98, 0.6, 0.95, 0.97, 0.1), None),
        ((0.99, 0.98, 0.6, 0.95, 0.2, 0.1), "face_perhaps_not_alive"),
        ((0.6,) * 6, "face_perhaps_not_alive"),
        ((0.5,) * 6, "face_perhaps_not_alive"),
        ((0.49,) * 6, "face_not_alive"),
        ((0.01, 0.02, 0.99, 0.03), "face_not_alive"),
        ((), "face_perhaps_not_alive"),
        ((0.99, 0.99), "face_perhaps_not_alive"),
        ((0.99, 0.99, math.nan, math.nan), "face_perhaps_not_alive"),
        ((math.nan, 0.01, 0.02, 0.03), "face_not_alive"),
        ((0.7,) * 3, None),
    ],
)
def test_the_median_decides_and_one_still_does_not(
    scores: tuple[float, ...], code: str | None
) -> None:
    check = judged(*scores)
    assert check.code == code
    expected = {
        None: Outcome.PASS,
        "face_not_alive": Outcome.FAIL,
        "face_perhaps_not_alive": Outcome.INCONCLUSIVE,
    }
    assert check.outcome is expected[code]


def test_the_evidence_has_every_score_that_counted() -> None:
    assert judged(0.9, math.nan, 0.8, 0.7).evidence["stills"] == [0.9, 0.8, 0.7]


@dataclass
class ByLevel:
    """A passive model that reads the score from the picture's level."""

    name: str = "by-level"
    sha256: str = "0" * 64

    def score(self, image: Image, face: Face) -> float:
        assert face is FACE
        return float(image[0, 0, 0]) / 100


class NotAsked:
    """Stands where a model is needed and must not be used."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"`{name}` was asked for")


def still(step: Step, level: int) -> Still:
    return Still(step=step, time_s=0.0, image=np.full((4, 4, 3), level, np.uint8), face=FACE)


def evidence(model: ByLevel | None, *levels: int) -> Evidence:
    """Digits at these levels, and a turn that would fail."""
    turn = Turn(direction=Direction.LEFT, start_ms=0, duration_ms=500)
    digits = [
        SpokenDigit(digit=n, start_ms=500 * (n + 1), duration_ms=500) for n in range(len(levels))
    ]
    point = Threshold(value=0.0, unit="-", calibrated_on="-")
    bounds = Thresholds(
        face_match=point,
        face_search=point,
        voice_match=point,
        voice_part=point,
        digit_clear=point,
        digit_shortfall=point,
        speech=point,
        live=replace(point, value=0.7) if model else None,
        attack=replace(point, value=0.5) if model else None,
    )
    unused: Any = NotAsked()
    models = Models(
        pack="test",
        faces=unused,
        voice=unused,
        digits=unused,
        activity=unused,
        thresholds=bounds,
        hashes=MappingProxyType({}),
        passive=model,
    )
    stills = tuple(still(step, level) for step, level in zip(digits, levels, strict=True))
    return Evidence(
        challenge=Challenge(steps=(turn, *digits), duration_ms=500 * (len(levels) + 1)),
        models=models,
        tolerances=Tolerances(),
        track=replace(Track.empty(), stills=(still(turn, 0), *stills)),
        sound=Sound(samples=np.zeros(0, np.float32), duration_s=0.0),
        facts=MediaFacts.regular(seconds=1.0, frames_per_s=25),
        progress=lambda *_: None,
    )


def test_only_stills_that_look_ahead_are_judged() -> None:
    check = passive.judge(evidence(ByLevel(), 90, 95, 99))
    assert isinstance(check, Check)
    assert check.outcome is Outcome.PASS
    assert check.evidence["stills"] == [0.9, 0.95, 0.99]
    failed = passive.judge(evidence(ByLevel(), 10, 20, 30))
    assert isinstance(failed, Check)
    assert failed.code == "face_not_alive"


def test_without_a_model_there_is_no_check_and_nobody_is_worse_off() -> None:
    assert passive.judge(evidence(None, 10, 20, 30)) == ()
    others = tuple(
        Check(name=name, outcome=Outcome.PASS) for name, rule in RULES.items() if rule.required
    )
    assert verdict_of(others, CHALLENGE) is Verdict.VERIFIED


CHALLENGE = Challenge(
    steps=(
        Turn(direction=Direction.UP, start_ms=0, duration_ms=900),
        SpokenDigit(digit=3, start_ms=900, duration_ms=900),
    ),
    duration_ms=2_000,
)


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Outcome.PASS, Verdict.VERIFIED),
        (Outcome.INCONCLUSIVE, Verdict.NEEDS_REVIEW),
        (Outcome.FAIL, Verdict.REJECTED),
    ],
)
def test_what_follows_from_it(outcome: Outcome, verdict: Verdict) -> None:
    others = tuple(
        Check(name=name, outcome=Outcome.PASS) for name, rule in RULES.items() if rule.required
    )
    checks = (*others, Check(name="passive", outcome=outcome, code="x"))
    assert verdict_of(checks, CHALLENGE) is verdict
