"""Blinks and an opening mouth, drawn on the still before it is turned.

Only two small patches of the texture change, and they are kept for the few levels that occur.

    face = ExpressiveFace(texture, frame, face)
    texture = face.with_expression(eyes=1.0, mouth=0.4)
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Image
from verification.studio.pixels import Grid, sampled
from verification.studio.relief import FaceFrame, Patch, patch_of

LEVELS = 24
"""Steps from closed to open; finer ones cannot be seen."""

JAW_DROP = 0.30
"""How far the lower lip falls at the widest, in eye distances."""

FOLD, LID_EDGE = 0.2, 0.05
"""In eye distances above the open eye: skin up to the fold is drawn over a closing one, and the
lid's edge with its lashes moves as a whole."""

SMOOTHED, CREASE, BELOW = 0.9, 0.06, 0.12
"""A lid that comes down draws its crease out: its skin takes on so much of the colour that it has
`BELOW` the eye, within `CREASE` of its edges less, both in eye distances."""

LASH_DARK, LASH_WIDE = 0.6, 0.035
"""How much the lashes of a closed eye darken the skin, and half how wide, in eye distances."""

MOUTH_DARK = (58, 24, 24)
"""The colour inside an open mouth, RGB."""

EYES = ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47))
"""Landmarks of each eye: outer or inner corner, upper lid, other corner, lower lid."""


class ExpressiveFace:
    """A texture whose eyes and mouth move: `face` are the 68 landmarks in `frame`.

    Not safe for use by several threads at once.
    """

    def __init__(self, texture: Image, frame: FaceFrame, face: NDArray[np.floating]) -> None:
        self._still = texture
        self._texture = texture.copy()
        self._frame, self._points = frame, face
        self._eyes = [self._eye_patch(eye) for eye in EYES]
        self._jaw = self._jaw_patch()
        self._blinked = lru_cache(None)(self._blink)
        self._spoken = lru_cache(None)(self._open)

    def with_expression(self, *, eyes: float, mouth: float) -> Image:
        """The texture at `eyes` (0 open, 1 closed) and `mouth` (0 at rest, 1 wide open).

        The array is reused by the next call.
        """
        closed, opened = round(eyes * LEVELS), round(mouth * LEVELS)
        for eye, patch in enumerate(self._eyes):
            self._texture[patch.rows, patch.columns] = self._blinked(eye, closed)
        self._texture[self._jaw.rows, self._jaw.columns] = self._spoken(opened)
        return self._texture

    def _eye_patch(self, eye: tuple[int, ...]) -> Patch:
        points = self._points[list(eye)]
        low = points.min(axis=0) - np.array([0.1, 0.4])
        return self._patch(low, points.max(axis=0) + np.array([0.1, 0.15]))

    def _jaw_patch(self) -> Patch:
        """From the inner corners of the mouth down to the neck, clear of the eyes."""
        lips, chin = self._points[60:68], self._points[8]
        middle = float(lips[:, 0].mean())
        low = (middle + 1.9, float(chin[1]) + 0.9)
        return self._patch(np.array([middle - 1.9, lips[:, 1].min() - 0.1]), np.array(low))

    def _patch(self, low: NDArray[np.floating], high: NDArray[np.floating]) -> Patch:
        corners = np.array([low, high, (low[0], high[1]), (high[0], low[1])])
        pixels = self._frame.to_pixels(corners)
        limit = np.array(self._still.shape[1::-1])
        left, top = np.clip(np.floor(pixels.min(axis=0)), 0, limit).astype(int)
        right, bottom = np.clip(np.ceil(pixels.max(axis=0)), 0, limit).astype(int)
        return patch_of(self._frame, (top, bottom), (left, right))

    def _blink(self, eye: int, level: int) -> Image:
        """The upper lid drawn down to where it meets the lower one."""
        patch = self._eyes[eye]
        corner, up, top, other, low, down = (self._points[index] for index in EYES[eye])
        upper = _curve(patch.x, (corner, up, top, other))
        lower = _curve(patch.x, (corner, down, low, other))
        lid = upper + (lower - upper) * level / LEVELS
        fold, edge = upper - FOLD, lid - LID_EDGE
        stretched = fold + (patch.y - fold) * (upper - LID_EDGE - fold) / (edge - fold)
        lowered = np.where(patch.y > edge, patch.y - (lid - upper), stretched)
        source = np.where((patch.y > fold) & (patch.y < lid), lowered, patch.y)
        curves = np.stack([fold, lid, lower]).astype(np.float32)
        drawn = self._drawn_out(patch, self._sample(patch, source), curves, level)
        closing = np.clip((lower - upper) / 0.1, 0, 1) * level / LEVELS
        lash = 1.0 - LASH_DARK * closing * np.exp(-(((patch.y - lid) / LASH_WIDE) ** 2))
        return np.asarray(np.clip(drawn * lash[..., None], 0, 255), np.uint8)

    def _drawn_out(self, patch: Patch, drawn: Image, curves: Grid, level: int) -> Image:
        """`drawn` with the skin between the fold and the lid as smooth as that of a lid stretched.

        `curves` are the fold, the lid and the lower lid. Its colour is that of the skin below the
        eye: above it there may be a brow.
        """
        fold, lid, lower = curves
        skin = self._sample(patch, lower + BELOW)
        above = _smooth((patch.y - fold) / CREASE) * _smooth((lid - patch.y) / CREASE)
        share = (SMOOTHED * level / LEVELS * above)[..., None]
        return np.asarray(drawn * (1 - share) + skin * share, np.uint8)

    def _open(self, level: int) -> Image:
        """The lower lip and the jaw moved down, the gap between the lips dark."""
        patch, lips = self._jaw, self._points
        split = _curve(patch.x, tuple(lips[index] for index in (60, 67, 66, 65, 64)))
        amount = JAW_DROP * level / LEVELS
        source = patch.y
        for _ in range(12):
            source = np.maximum(patch.y - amount * self._give(patch.x, source, split), split)
        source = np.where(patch.y < split, patch.y, source)
        gap = amount * self._give(patch.x, split, split)
        inside = np.minimum(patch.y - split, split + gap - patch.y) / 0.03
        dark = np.clip(inside, 0, 1)[..., None]
        drawn = self._sample(patch, source)
        return np.asarray(drawn * (1 - dark) + dark * np.array(MOUTH_DARK), np.uint8)

    def _give(self, x: Grid, y: Grid, split: Grid) -> Grid:
        """How much each point follows the jaw: nothing at the mouth's corners and on the neck."""
        left, right, chin = self._points[60, 0], self._points[64, 0], self._points[8, 1]
        across = (x - (left + right) / 2) / ((right - left) / 2)
        lip = np.clip(1.0 - across**2, 0, 1)
        jaw = np.exp(-0.5 * (across / 1.1) ** 2)
        lower = _smooth((y - split) / 0.4)
        neck = 1.0 - _smooth((y - chin) / 0.8)
        edge = 1.0 - _smooth((np.abs(across) - 2.0) / 1.0)
        return np.asarray(((1 - lower) * lip + lower * jaw) * neck * edge, np.float32)

    def _sample(self, patch: Patch, y: Grid) -> Image:
        """The still at face coordinates `patch.x` and `y`."""
        points = np.stack([patch.x.ravel(), y.ravel()], axis=1)
        pixels = self._frame.to_pixels(points).astype(np.float32).reshape(*y.shape, 2)
        return sampled(self._still, pixels)


def _curve(x: Grid, points: tuple[NDArray[np.floating], ...]) -> Grid:
    """A line through `points`, level beyond the first and the last."""
    across, down = np.array(points).T
    return np.asarray(np.interp(x, across, down), np.float32)


def _smooth(value: Grid) -> Grid:
    clipped = np.clip(value, 0.0, 1.0)
    return np.asarray(clipped**2 * (3 - 2 * clipped), np.float32)
