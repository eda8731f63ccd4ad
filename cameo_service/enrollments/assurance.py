"""How well an enrollment proves whose a likeness is: three levels, by a written rule.

    level_of(report, accommodations=["no_speech"], reviewed=False)

>>> level_of({"checks": []}, accommodations=[], reviewed=True)
<Assurance.REDUCED: 'reduced'>
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

PASSIVE = "passive"
"""The check that needs a model which not every pack has."""

SEEN = frozenset({"depth", "blink", "lips"})
"""The checks that need landmarks, which not every pack finds: what tells a head from its picture,
and whose voice is heard. They are asked of everybody whose challenge is not eased."""


class Assurance(StrEnum):
    """From the most to the least."""

    HIGH = "high"
    STANDARD = "standard"
    REDUCED = "reduced"


def level_of(
    report: Mapping[str, Any], *, accommodations: Collection[str], reviewed: bool
) -> Assurance:
    """The level of a verified enrollment.

    1. `reduced` where something else was asked of the person than of everybody, where software
       left a doubt that a person decided: who looks can be deceived, and by other means; and where
       the pack finds no landmarks, so that `SEEN` was not looked at.
    2. `high` where every check passed and a passive one was among them: the picture was looked at
       for what it is as well as for what it does.
    3. `standard` where every check but a passive one passed.
    """
    outcomes = {check["name"]: check["outcome"] for check in report.get("checks", [])}
    if accommodations or reviewed or set(outcomes.values()) != {"pass"}:
        return Assurance.REDUCED
    if SEEN - set(outcomes):
        return Assurance.REDUCED
    return Assurance.HIGH if PASSIVE in outcomes else Assurance.STANDARD
