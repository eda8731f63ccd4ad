"""Whether the picture is good enough to recognize a person by, and to recognize them later.

>>> from verification.tolerances import Tolerances
>>> from verification.track import Track
>>> [check.code for check in check_quality(Track.empty(), Tolerances())]
['face_too_small', 'too_dark', 'too_blurred']
"""

import numpy as np

from verification.report import Check, Outcome
from verification.tolerances import Tolerances
from verification.track import Curve, Track


def check_quality(track: Track, tolerances: Tolerances) -> tuple[Check, ...]:
    """Size, light and sharpness of the face, each judged by its median over the recording."""
    return (
        _at_least("face_size", "face_too_small", track.height, tolerances.face_height),
        _check_light(track.light, tolerances),
        _at_least("sharpness", "too_blurred", track.sharpness, tolerances.sharpest_least),
    )


def _check_light(light: Curve, tolerances: Tolerances) -> Check:
    if _median(light) > tolerances.brightest:
        return Check(
            name="light",
            outcome=Outcome.FAIL,
            code="too_bright",
            score=_median(light),
            threshold=tolerances.brightest,
        )
    return _at_least("light", "too_dark", light, tolerances.darkest)


def _at_least(name: str, code: str, values: Curve, least: float) -> Check:
    median = _median(values)
    enough = median >= least
    return Check(
        name=name,
        outcome=Outcome.PASS if enough else Outcome.FAIL,
        code=None if enough else code,
        score=median,
        threshold=least,
    )


def _median(values: Curve) -> float:
    """The median of what was measured; nothing measured counts as zero."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else 0.0
