"""The written rule that turns outcomes into a verdict, with the reason for each.

Nothing is summed: a good score in one place never makes up for a failure in another.

    >>> from verification.report import Check
    >>> challenge = Challenge(steps=(), duration_ms=0)
    >>> verdict_of((Check(name="one_face", outcome=Outcome.FAIL, code="no_face"),), challenge)
    <Verdict.REJECTED: 'rejected'>
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from verification.challenge import (
    Challenge,
    always,
    asks_blinks,
    asks_digits,
    asks_turns,
    leaves_turns_out,
)
from verification.report import Check, Outcome, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What follows from a check. Its failure always rejects, `because` of what it would let pass.

    `doubt` is the verdict on an inconclusive outcome. Without a `required` check nobody is
    verified, if it `applies` to the challenge: it is then missing only where an earlier one failed.
    """

    because: str
    doubt: Verdict = Verdict.NEEDS_REVIEW
    required: bool = True
    applies: Callable[[Challenge], bool] = always


RULES: Mapping[str, Ruling] = MappingProxyType(
    {
        "media": Ruling(because="what cannot be read proves nothing"),
        "one_face": Ruling(because="nobody else may stand in for the person, for a moment"),
        "same_person": Ruling(because="whoever turns must be whoever speaks"),
        "face_size": Ruling(because="a small face cannot be recognized later"),
        "light": Ruling(because="a face in the dark cannot be recognized later"),
        "sharpness": Ruling(because="a blurred face cannot be recognized later"),
        "exposure": Ruling(because="what the light hides cannot be recognized later"),
        "framing": Ruling(because="a face that is cut off cannot be compared with a whole one"),
        "facing": Ruling(because="templates are made of what looks into the camera"),
        "eyes_visible": Ruling(because="eyes behind dark glasses may be anybody's"),
        "mouth_visible": Ruling(because="half a face may be anybody's"),
        "picture_goes_on": Ruling(because="a still or a loop shows nobody who is there"),
        "media_integrity": Ruling(because="what was cut together was not done in one go"),
        "turns": Ruling(
            because="only who sees the prompts can follow their order", applies=asks_turns
        ),
        # not required: a pack without landmarks has neither, and the list of checks says so
        "depth": Ruling(
            because="a picture can be turned as the prompts say, and has no depth",
            required=False,
            applies=asks_turns,
        ),
        "blink": Ruling(
            because="a still never blinks, whatever is done with it",
            required=False,
            applies=asks_blinks,
        ),
        "passive": Ruling(
            because="what looks like a print or a screen is one, or a person should see it",
            required=False,
        ),
        "sound_present": Ruling(
            because="without speech there is no voice to know", applies=asks_digits
        ),
        "sound_quality": Ruling(
            because="a voice in noise cannot be recognized later", applies=asks_digits
        ),
        "digits": Ruling(
            because="only who sees the prompts can say these digits in time", applies=asks_digits
        ),
        "lips": Ruling(
            because="the voice must come from the mouth that is seen",
            # a pack without landmarks sees no lips
            required=False,
            applies=asks_digits,
        ),
        "one_voice": Ruling(
            because="a second voice would be enrolled as the person's own", applies=asks_digits
        ),
        "unique_face": Ruling(
            # the service adds it: the verifier does not know who is enrolled
            because="one person must not be enrolled under two names",
            required=False,
        ),
        "head_still": Ruling(
            because="a head that does not turn is not told from its picture",
            applies=leaves_turns_out,
        ),
        # only where a cameo is renewed
        "face_as_before": Ruling(because="nobody else may take a cameo over", required=False),
        "voice_as_before": Ruling(because="nobody else may take a cameo over", required=False),
    }
)


def verdict_of(checks: tuple[Check, ...], challenge: Challenge) -> Verdict:
    """Any failure rejects, any doubt is for a person, and what was not checked is no proof.

    Nor is what was not measured, whatever the check says.

    Raises `KeyError` for a check that no rule is written for.
    """
    outcomes = {check.name: check.outcome for check in checks}
    rulings = {name: RULES[name] for name in outcomes}
    if required_for(challenge) - set(outcomes) or Outcome.FAIL in outcomes.values():
        return Verdict.REJECTED
    if any(_unmeasured(check) for check in checks):
        return Verdict.REJECTED
    doubts = {
        rulings[name].doubt for name, outcome in outcomes.items() if outcome is Outcome.INCONCLUSIVE
    }
    for verdict in (Verdict.REJECTED, Verdict.NEEDS_REVIEW):
        if verdict in doubts:
            return verdict
    return Verdict.VERIFIED


def _unmeasured(check: Check) -> bool:
    """Whether a pass has a score that is not a number: neither above nor below any bound."""
    score = 0.0 if check.score is None else check.score
    return check.outcome is Outcome.PASS and math.isnan(score)


def required_for(challenge: Challenge) -> set[str]:
    """The names of the checks without which nobody is verified on this challenge."""
    return {name for name, rule in RULES.items() if rule.required and rule.applies(challenge)}
