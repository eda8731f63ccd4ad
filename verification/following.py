"""Follow one face through the frames of a recording, and keep the few worth recognizing.

track = Following(models.faces, challenge)
for frame in frames:
    track.see(frame)
track.finish()                               # -> verification.track.Track
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Challenge, Step, Turn
from verification.faces.contracts import Box, Face, FaceModel, Image, Points
from verification.faces.geometry import NO_POSE, Pose, five_of, pose_of
from verification.media import Frame
from verification.track import Still, Track

THUMBNAIL = (64, 36)
FACE_SIDE = 112
NO_LANDMARKS = np.full((68, 2), np.nan, np.float32)
COMPARABLE = 0.6
"""A face this large against the largest one may go on being the followed one."""
ALL_ROUND = 5
"""Every so many-th frame is searched whole: half a second apart at ten frames a second."""
PARTS = 2
"""Of each step that faces the camera, in which the best frame is kept."""

HALFWAY_YAW = 0.15
"""In a turn, the recognizer sees the head about this far from straight: on its way, known still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    time_s: float
    pose: Pose
    height: float
    rival: float
    light: float
    sharpness: float
    landmarks: Points


class Following:
    """Looks at one frame at a time, so that no more than `PARTS` stills a step stay in memory.

    A face is first looked for where it was a moment ago. Every `ALL_ROUND`-th frame is searched
    whole, and so is each one in which it is not there. A rival that was seen then counts until the
    next such look.
    """

    def __init__(self, faces: FaceModel, challenge: Challenge) -> None:
        self._faces = faces
        self._challenge = challenge
        self._seen: list[_Seen] = []
        self._thumbnails: list[NDArray[np.float32]] = []
        self._last: Face | None = None
        self._near: Box | None = None
        self._rival = 0.0
        self._kept: dict[tuple[int, int], tuple[float, Still]] = {}

    def see(self, frame: Frame) -> None:
        """Find the face in the next frame."""
        face, rival = self._find(frame.image)
        self._thumbnails.append(_thumbnail(frame.image))
        self._near = None if face is None else face.box
        if face is None:
            self._seen.append(_nothing(frame.time_s))
            return
        self._last = face
        seen = _look_at(frame, face, rival)
        self._seen.append(seen)
        self._keep(frame, face, seen)

    def _find(self, image: Image) -> tuple[Face | None, float]:
        """The followed face, and how tall the tallest other one is against it."""
        if self._near is not None and len(self._seen) % ALL_ROUND:
            faces = self._faces.detect(image, self._near)
            face = self._same_as_before(faces)
            if face is not None and _overlap(face.box, self._near) > 0:
                return face, max(self._rival, _rival_of(face, faces))
        faces = self._faces.detect(image)
        face = self._same_as_before(faces)
        self._rival = 0.0 if face is None else _rival_of(face, faces)
        return face, self._rival

    def finish(self) -> Track:
        """Everything that was seen."""
        if not self._seen:
            return Track.empty()
        best, kept = self._best(), [still for _, (_, still) in sorted(self._kept.items())]
        return Track(
            times=np.array([seen.time_s for seen in self._seen]),
            yaw=np.array([seen.pose.yaw for seen in self._seen]),
            pitch=np.array([seen.pose.pitch for seen in self._seen]),
            height=np.array([seen.height for seen in self._seen]),
            rival=np.array([seen.rival for seen in self._seen]),
            light=np.array([seen.light for seen in self._seen]),
            sharpness=np.array([seen.sharpness for seen in self._seen]),
            thumbnails=np.stack(self._thumbnails),
            landmarks=np.stack([seen.landmarks for seen in self._seen]),
            stills=best,
            more=tuple(still for still in kept if still not in best),
        )

    def _same_as_before(self, faces: list[Face]) -> Face | None:
        """The face that overlaps the last one most, among those large enough to be it."""
        if not faces:
            return None
        likely = [face for face in faces if face.height >= COMPARABLE * faces[0].height]
        last = self._last
        if last is None:
            return likely[0]
        return max(likely, key=lambda face: _overlap(face.box, last.box))

    def _keep(self, frame: Frame, face: Face, seen: _Seen) -> None:
        """Keep this frame if it shows its part of its step better than the one kept so far."""
        index, step = self._step_at(frame.time_s)
        if step is None or not math.isfinite(seen.pose.yaw):
            return
        merit, place = _merit(step, seen), (index, _part_of(step, frame.time_s))
        if place not in self._kept or merit > self._kept[place][0]:
            still = Still(step=step, time_s=frame.time_s, image=frame.image, face=face)
            self._kept[place] = (merit, still)

    def _best(self) -> tuple[Still, ...]:
        """The best still of each step, in the order of the steps."""
        best: dict[int, tuple[float, Still]] = {}
        for (index, _), (merit, still) in sorted(self._kept.items()):
            if index not in best or merit > best[index][0]:
                best[index] = (merit, still)
        return tuple(still for _, still in best.values())

    def _step_at(self, time_s: float) -> tuple[int, Step | None]:
        for index, step in enumerate(self._challenge.steps):
            if step.start_ms <= time_s * 1000 < step.end_ms:
                return index, step
        return -1, None


def _part_of(step: Step, time_s: float) -> int:
    """Which part of a facing step a moment lies in; a turn has only one."""
    if isinstance(step, Turn):
        return 0
    return int((time_s * 1000 - step.start_ms) / step.duration_ms * PARTS)


def _merit(step: Step, seen: _Seen) -> float:
    """Straight and sharp while speaking; partly turned, as far as is still known, in a turn."""
    if isinstance(step, Turn):
        return -abs(abs(seen.pose.yaw) - HALFWAY_YAW)
    return seen.sharpness - 1_000 * max(0.0, abs(seen.pose.yaw) - HALFWAY_YAW)


def _look_at(frame: Frame, face: Face, rival: float) -> _Seen:
    light, sharpness = _light_and_sharpness(frame.image, face)
    return _Seen(
        time_s=frame.time_s,
        pose=pose_of(face.five if face.landmarks is None else five_of(face.landmarks)),
        height=face.height / min(frame.image.shape[:2]),
        rival=rival,
        light=light,
        sharpness=sharpness,
        landmarks=NO_LANDMARKS if face.landmarks is None else face.landmarks,
    )


def _nothing(time_s: float) -> _Seen:
    nan = math.nan
    return _Seen(
        time_s=time_s,
        pose=NO_POSE,
        height=nan,
        rival=0.0,
        light=nan,
        sharpness=nan,
        landmarks=NO_LANDMARKS,
    )


def _rival_of(face: Face, faces: list[Face]) -> float:
    """The tallest other face over this one, not counting a second find of the same face."""
    others = [other for other in faces if _overlap(other.box, face.box) < 0.3]
    return max((other.height for other in others), default=0.0) / max(face.height, 1.0)


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (areas - shared) if areas > shared else 0.0


def _thumbnail(image: Image) -> NDArray[np.float32]:
    """Grey levels of the frame, averaged down; as floats, because tiny changes matter."""
    import cv2

    small = cv2.resize(image, (THUMBNAIL[0] * 2, THUMBNAIL[1] * 2), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    blocks = grey.reshape(THUMBNAIL[1], 2, THUMBNAIL[0], 2)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)


def _light_and_sharpness(image: Image, face: Face) -> tuple[float, float]:
    """Mean luma of the face, and the variance of its Laplacian at `FACE_SIDE` pixels."""
    import cv2

    height, width = image.shape[:2]
    left, top = max(0, round(face.box[0])), max(0, round(face.box[1]))
    right, bottom = min(width, round(face.box[2])), min(height, round(face.box[3]))
    if right - left < 2 or bottom - top < 2:
        return math.nan, math.nan
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    scaled = cv2.resize(grey, (FACE_SIDE, FACE_SIDE), interpolation=cv2.INTER_AREA)
    return float(grey.mean()), float(cv2.Laplacian(scaled, cv2.CV_64F).var())
