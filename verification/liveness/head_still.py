"""Where no turns were asked, nothing shows that the head is solid: a person has to look.

This is no judgement on the recording. It is what the challenge leaves open by design, for people
who cannot turn their head, and it stands in the report so that the one who looks knows why.

>>> check_head_still(Challenge(steps=(), duration_ms=0)).code
'blinks_alone_asked'
"""

from typing import TYPE_CHECKING

from verification.challenge import Challenge
from verification.report import Check, Outcome

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "head_still"


def judge(evidence: "Evidence") -> Check:
    """What is left to a person."""
    return check_head_still(evidence.challenge)


def check_head_still(challenge: Challenge) -> Check:
    """Inconclusive: `turns_not_asked`, or `blinks_alone_asked` where no digits were either."""
    code = "turns_not_asked" if challenge.digits else "blinks_alone_asked"
    return Check(name=NAME, outcome=Outcome.INCONCLUSIVE, code=code)
