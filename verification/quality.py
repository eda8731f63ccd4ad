"""Whether the picture is good enough to recognize a person by, and to recognize them later.

`judge` has the checks; `quality_of` is one number for one still, by which a template weighs it.

>>> from verification.track import Track
>>> [check.code for check in check_quality(Track.empty(), QualityTolerances())]
['face_too_small', 'too_dark', 'too_blurred']
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verification.faces.appearance import Appearance, appearance_of
from verification.faces.contracts import Face, Image
from verification.report import Check, Outcome
from verification.track import Curve, Track

if TYPE_CHECKING:
    from verification.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityTolerances:
    """`face_height` is the least median height of the face box over the frame's shorter side.

    `darkest` and `brightest` bound the median of the face's mean luma (0 to 255), `sharpest_least`
    the median of the variance of the Laplacian on the face scaled to 112 pixels.
    """

    face_height: float = 0.16
    darkest: float = 40.0
    brightest: float = 230.0
    sharpest_least: float = 30.0


def judge(evidence: "Evidence") -> tuple[Check, ...]:
    """Whether the face is large, light and sharp enough."""
    return check_quality(evidence.track, evidence.tolerances.quality)


def check_quality(track: Track, tolerances: QualityTolerances) -> tuple[Check, ...]:
    """Size, light and sharpness of the face, each judged by its median over the recording."""
    return (
        _at_least("face_size", "face_too_small", track.height, tolerances.face_height),
        _check_light(track.light, tolerances),
        _at_least("sharpness", "too_blurred", track.sharpness, tolerances.sharpest_least),
    )


def _check_light(light: Curve, tolerances: QualityTolerances) -> Check:
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


RAMPS: tuple[tuple[str, float, float], ...] = (
    ("eye_distance", 12.0, 40.0),
    ("sharpness", 5.0, 60.0),
    ("contrast", 10.0, 45.0),
    ("dark", 0.6, 0.15),
    ("bright", 0.5, 0.1),
    ("imbalance", 0.6, 0.2),
    ("noise", 25.0, 8.0),
    ("inside", 0.5, 0.9),
    ("yaw", 0.5, 0.15),
    ("roll", 60.0, 25.0),
)
"""Measures of `Appearance` with the value at which each is worth nothing, and all it can be."""


def quality_of(image: Image, face: Face) -> float:
    """How good a still is to recognize `face` by: 0 (not at all) to 1.

    The product of `RAMPS`: one thing that is bad enough makes a still worthless, whatever else is
    good. It says nothing about whether the face is alive, or whose it is.
    """
    return quality_from(appearance_of(image, face))


def quality_from(seen: Appearance) -> float:
    """The quality of a face that was measured already; 0 where nothing could be."""
    quality = 1.0
    for name, worthless, full in RAMPS:
        value = abs(getattr(seen, name))
        share = (value - worthless) / (full - worthless)
        quality *= min(1.0, max(0.0, share)) if np.isfinite(share) else 0.0
    return quality
