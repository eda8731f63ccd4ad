"""Whether stills are portraits: on measures, and on a portrait that is spoiled."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.verification.test_appearance import half_lit, lit, portrait
from verification.faces.appearance import NOTHING, Appearance, appearance_of, upright
from verification.faces.contracts import Image
from verification.portrait import PortraitTolerances, check_portrait
from verification.report import Outcome

GOOD = appearance_of(*portrait())


def codes(*seen: Appearance) -> list[str]:
    return [check.code for check in check_portrait(seen, PortraitTolerances()) if check.code]


def covered(corners: list[tuple[int, int]], colour: tuple[int, int, int]) -> Image:
    """The portrait with a patch over part of the upright face."""
    image, face = portrait()
    back = cv2.invertAffineTransform(upright(face.five))
    patch = np.array(corners, np.float64) @ back[:, :2].T + back[:, 2]
    cv2.fillPoly(image, [np.round(patch).astype(np.int32)], colour)
    return image


GLASSES = [(28, 40), (100, 40), (100, 62), (28, 62)]
MASK = [(30, 78), (64, 70), (98, 78), (96, 112), (64, 130), (32, 112)]


def test_a_portrait_passes() -> None:
    checks = check_portrait([GOOD] * 6, PortraitTolerances())
    assert [check.name for check in checks] == [
        "exposure", "framing", "facing", "eyes_visible", "mouth_visible",
    ]  # fmt: skip
    assert all(check.outcome is Outcome.PASS and check.code is None for check in checks)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"dark": 0.5}, "light_clipped"),
        ({"bright": 0.3, "dark": 0.2}, "light_clipped"),
        ({"imbalance": 0.6}, "light_uneven"),
        ({"contrast": 12.0}, "too_flat"),
        ({"inside": 0.6}, "face_cut_off"),
        ({"yaw": 0.5}, "not_facing"),
        ({"yaw": -0.5}, "not_facing"),
        ({"eye_detail": 4.0}, "eyes_hidden"),
        ({"mouth_detail": 2.0}, "mouth_hidden"),
        ({"redness": -6.0}, "mouth_hidden"),
    ],
)
def test_what_is_wrong_is_named_and_one_still_does_not_decide(
    changed: dict[str, float], code: str
) -> None:
    bad = replace(GOOD, **changed)
    assert codes(bad, bad, bad) == [code]
    assert codes(GOOD, GOOD, bad) == []


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (lit(0.08), "light_clipped"),
        (lit(4.0), "light_clipped"),
        (half_lit(portrait()[0]), "light_uneven"),
        (np.asarray(portrait()[0] // 16 + 110, np.uint8), "too_flat"),
        (covered(GLASSES, (15, 15, 18)), "eyes_hidden"),
        (covered(MASK, (180, 205, 225)), "mouth_hidden"),
        (covered(MASK, (25, 25, 28)), "mouth_hidden"),
    ],
    ids=["dark", "glaring", "from one side", "flat", "dark glasses", "blue mask", "black mask"],
)
def test_spoiled_portraits_are_told(image: Image, code: str) -> None:
    assert code in codes(appearance_of(image, portrait()[1]))


def test_a_grey_picture_hides_nothing() -> None:
    image, face = portrait()
    grey = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    assert codes(appearance_of(grey, face)) == []


def test_covers_leave_a_doubt_and_the_rest_fails() -> None:
    for check in check_portrait([NOTHING], PortraitTolerances()):
        doubtful = check.name in ("eyes_visible", "mouth_visible")
        assert check.outcome is (Outcome.INCONCLUSIVE if doubtful else Outcome.FAIL)
        assert check.score is None
