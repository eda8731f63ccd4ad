"""Whether the stills that look ahead are portraits: lit, whole, facing, with eyes and mouth to see.

    >>> [check.code for check in check_portrait([], PortraitTolerances())]
    ['light_clipped', 'face_cut_off', 'not_facing', 'eyes_hidden', 'mouth_hidden']

What `verification.quality` asks of every frame, by its median, this asks of the stills that become
the template. The components of ISO/IEC 29794-5 say what to look at; the measures are our own
(`verification.faces.appearance`). Noise is measured for a still's weight, but no check: recognizers
bear more of it than cameras make.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verification.faces.appearance import Appearance, appearance_of
from verification.report import Check, Outcome

if TYPE_CHECKING:
    from verification.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitTolerances:
    """Bounds on medians over the stills that look ahead, in the units of `Appearance`.

    At most `clipped` of the skin may be black or white, at most `imbalance` may one half be
    brighter than the other, and the luma must span `contrast`. `inside` of the upright face must
    lie in the picture, and the nose within `yaw` eye distances of the middle. Below `eye_detail`
    or `mouth_detail` something plain covers eyes or mouth, below `redness` something bluer or
    greener than skin covers the mouth.

    Measured on 179 frames of 5 people: clipped at most 0.14, imbalance at most 0.21, contrast
    from 89, all inside, eye detail from 28, mouth detail from 17, redness from 6 (a grey picture
    has 0). Covers painted on those: detail 0, and a redness of -4 to -16 for a blue mask.
    """

    clipped: float = 0.4
    imbalance: float = 0.5
    contrast: float = 25.0
    inside: float = 0.75
    yaw: float = 0.4
    eye_detail: float = 8.0
    mouth_detail: float = 5.0
    redness: float = -3.0


def judge(evidence: "Evidence") -> tuple[Check, ...]:
    """Measure every still that looks ahead, and judge them together."""
    ahead = [still for still in evidence.track.stills if still.step in evidence.challenge.facing]
    seen = [appearance_of(still.image, still.face) for still in ahead]
    return check_portrait(seen, evidence.tolerances.portrait)


def check_portrait(seen: Sequence[Appearance], tolerances: PortraitTolerances) -> tuple[Check, ...]:
    """Exposure, framing and facing, which fail, and eyes and mouth, which leave a doubt.

    A cover is told from a face only by what cameras show of either, and nobody has measured that
    on real masks and glasses: a person looks. What could not be measured never passes.
    """
    inside, yaw = _median(seen, "inside"), abs(_median(seen, "yaw"))
    return (
        _exposure(seen, tolerances),
        _check(
            "framing", "face_cut_off", inside, tolerances.inside, good=inside >= tolerances.inside
        ),
        _check("facing", "not_facing", yaw, tolerances.yaw, good=yaw <= tolerances.yaw),
        _eyes(seen, tolerances),
        _mouth(seen, tolerances),
    )


def _exposure(seen: Sequence[Appearance], tolerances: PortraitTolerances) -> Check:
    clipped = _median(seen, "dark") + _median(seen, "bright")
    uneven, contrast = _median(seen, "imbalance"), _median(seen, "contrast")
    evidence = {"clipped": clipped, "imbalance": uneven, "contrast": contrast}
    for code, value, bound, good in (
        ("light_clipped", clipped, tolerances.clipped, clipped <= tolerances.clipped),
        ("light_uneven", uneven, tolerances.imbalance, uneven <= tolerances.imbalance),
        ("too_flat", contrast, tolerances.contrast, contrast >= tolerances.contrast),
    ):
        if not good:
            return _check("exposure", code, value, bound, good=False, evidence=evidence)
    return _check(
        "exposure", "light_clipped", clipped, tolerances.clipped, good=True, evidence=evidence
    )


def _eyes(seen: Sequence[Appearance], tolerances: PortraitTolerances) -> Check:
    detail = _median(seen, "eye_detail")
    return _check(
        "eyes_visible",
        "eyes_hidden",
        detail,
        tolerances.eye_detail,
        good=detail >= tolerances.eye_detail,
        otherwise=Outcome.INCONCLUSIVE,
    )


def _mouth(seen: Sequence[Appearance], tolerances: PortraitTolerances) -> Check:
    detail, redness = _median(seen, "mouth_detail"), _median(seen, "redness")
    plain = not detail >= tolerances.mouth_detail
    value, bound = (detail, tolerances.mouth_detail) if plain else (redness, tolerances.redness)
    return _check(
        "mouth_visible",
        "mouth_hidden",
        value,
        bound,
        good=not plain and redness >= tolerances.redness,
        otherwise=Outcome.INCONCLUSIVE,
        evidence={"detail": detail, "redness": redness},
    )


def _median(seen: Sequence[Appearance], name: str) -> float:
    """The median of what was measured; NaN, which meets no bound, where nothing was."""
    values = np.array([getattr(one, name) for one in seen], np.float64)
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _check(
    name: str,
    code: str,
    value: float,
    bound: float,
    *,
    good: bool,
    otherwise: Outcome = Outcome.FAIL,
    evidence: dict[str, float] | None = None,
) -> Check:
    measured = {key: number for key, number in (evidence or {}).items() if np.isfinite(number)}
    return Check(
        name=name,
        outcome=Outcome.PASS if good else otherwise,
        code=None if good else code,
        score=value if np.isfinite(value) else None,
        threshold=bound,
        evidence={**measured},
    )
