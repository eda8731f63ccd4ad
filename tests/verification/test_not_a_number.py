"""What is not a number passes no check, whichever side of a bound the check looks from."""

import math
from dataclasses import replace

import numpy as np
import pytest

from verification.challenge import Challenge, Direction, Turn
from verification.liveness import depth, sound_quality
from verification.liveness.depth import Depth, DepthTolerances
from verification.liveness.digits import DigitTolerances, Heard, check_digits
from verification.liveness.earlier import FACE, VOICE, check_as_before
from verification.liveness.passive import PassiveTolerances, check_passive
from verification.liveness.person import check_same_person
from verification.liveness.presence import PresenceTolerances, check_one_face
from verification.liveness.sound_quality import check_sound_quality
from verification.liveness.speech import SpeechTolerances, check_sound
from verification.liveness.stillness import StillnessTolerances, check_picture_goes_on
from verification.liveness.turns import TurnTolerances, check_turns
from verification.liveness.voice import check_one_voice
from verification.packs import documents
from verification.packs.catalogue import recipe
from verification.packs.errors import MalformedPack
from verification.portrait import PortraitTolerances, check_portrait
from verification.quality import QualityTolerances, check_quality
from verification.report import Check, Outcome, Verdict
from verification.track import Track
from verification.verdict import required_for, verdict_of

NAN, INF = math.nan, math.inf
TURN = Turn(direction=Direction.LEFT, start_ms=0, duration_ms=1_000)
NOTHING = Challenge(steps=(TURN,), duration_ms=2_000)
SPEECH = np.array([[0, 16_000], [32_000, 48_000]])
SOUND = np.full(64_000, 0.1, np.float32)


def shallow(nose: float) -> Check:
    seen = Depth(turn=TURN, nose=nose, jaw=1.0, tangent=0.4)
    return depth._judged([seen], 1, DepthTolerances())


JUDGED = {
    "depth": lambda: shallow(NAN),
    "one_voice": lambda: check_one_voice({3: NAN}, least=0.6, doubtful_share=0.9),
    "one_voice without a bound": lambda: check_one_voice({3: 0.1}, least=NAN, doubtful_share=0.9),
    "face_as_before": lambda: check_as_before(FACE, NAN, bound=0.9, doubt=0.1),
    "voice_as_before": lambda: check_as_before(VOICE, 0.1, bound=NAN, doubt=0.1),
    "digits": lambda: check_digits(
        [Heard(digit=1, speech_s=0.4, margin=NAN)],
        clear=40.0,
        most=4.0,
        tolerances=DigitTolerances(),
    ),
    "digits without a bound": lambda: check_digits(
        [Heard(digit=1, speech_s=0.4, margin=-99.0)],
        clear=40.0,
        most=NAN,
        tolerances=DigitTolerances(),
    ),
    "passive": lambda: check_passive(
        [0.1] * 6, live=NAN, attack=NAN, tolerances=PassiveTolerances()
    ),
    "passive unsure": lambda: check_passive(
        [NAN] * 6, live=0.7, attack=0.5, tolerances=PassiveTolerances()
    ),
    "same_person": lambda: check_same_person(
        [np.array([1.0, 0.0], np.float32)] * 3,
        [np.array([0.0, 1.0], np.float32)],
        at_most=NAN,
        turned_factor=1.4,
    ),
    "sound_present": lambda: check_sound(NAN * SOUND, SPEECH, SpeechTolerances()),
    "sound_quality": lambda: check_sound_quality(NAN * SOUND, SPEECH),
    "one_face": lambda: check_one_face(Track.empty(), NOTHING, PresenceTolerances()),
    "picture_goes_on": lambda: check_picture_goes_on(Track.empty(), StillnessTolerances()),
    "turns": lambda: check_turns(Track.empty(), NOTHING, TurnTolerances()),
}


@pytest.mark.parametrize("judged", JUDGED.values(), ids=JUDGED)
def test_no_check_passes_what_is_not_a_number(judged: object) -> None:
    assert callable(judged)
    check = judged()
    assert check.outcome is not Outcome.PASS
    assert check.code is not None


def test_what_was_never_measured_is_no_quality() -> None:
    checks = (
        *check_quality(Track.empty(), QualityTolerances()),
        *check_portrait([], PortraitTolerances()),
    )
    assert {check.outcome for check in checks} <= {Outcome.FAIL, Outcome.INCONCLUSIVE}


def test_loudness_of_nothing_measured_is_no_quality(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_quality, "signal_to_noise_db", lambda *_: NAN)
    assert check_sound_quality(SOUND, SPEECH).code == "sound_too_noisy"


@pytest.mark.parametrize("score", [NAN, -NAN])
def test_a_pass_without_a_measure_verifies_nobody(score: float) -> None:
    checks = {name: Check(name=name, outcome=Outcome.PASS) for name in required_for(NOTHING)}
    assert verdict_of(tuple(checks.values()), NOTHING) is Verdict.VERIFIED
    for name, check in checks.items():
        unmeasured = {**checks, name: replace(check, score=score)}
        assert verdict_of(tuple(unmeasured.values()), NOTHING) is Verdict.REJECTED


@pytest.mark.parametrize("value", ["nan", "-nan", "inf", "-inf", '"0.3"', "true", "[0.3]"])
def test_a_pack_has_numbers_for_thresholds(value: str) -> None:
    text = documents.to_toml(recipe("open"))
    before = '[components.recognizer.thresholds."match"]\nvalue = '
    assert before in text
    start = text.index(before) + len(before)
    end = text.index("\n", start)
    with pytest.raises(MalformedPack, match="no number as threshold `match`"):
        documents.from_toml(text[:start] + value + text[end:])
    assert documents.from_toml(text).name == "open"
