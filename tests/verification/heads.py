"""Landmarks of a head and of pictures of it, before a camera in perspective.

A head of a few curves whose figures are those of the studio's relief (`studio.relief`): in eye
distances, x to the image's right, y down, z towards the camera.
"""

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Challenge, Direction
from verification.studio.footage import Pose
from verification.studio.turning import rotation
from verification.track import Track

Shape = NDArray[np.float64]
CAMERA = 12.0
PIXELS = 60.0
TURNS = {
    Direction.LEFT: (1, 0),
    Direction.RIGHT: (-1, 0),
    Direction.UP: (0, 1),
    Direction.DOWN: (0, -1),
}


def head() -> Shape:
    """68 x 3: a jaw on an arc that runs back to the ears, a nose that stands out."""
    points = np.zeros((68, 3))
    arc = np.linspace(-1, 1, 17)
    points[:17] = np.stack(
        [1.05 * np.sin(arc * 1.45), 0.15 + 1.6 * np.cos(arc * 1.5), -1.0 * np.abs(arc) ** 1.5], 1
    )
    for start, side in ((17, -1), (22, 1)):
        x = side * np.linspace(0.85, 0.2, 5)[:: 1 if side < 0 else -1]
        points[start : start + 5] = np.stack([x, np.full(5, -0.35), 0.1 - 0.3 * x**2], 1)
    points[27:31] = np.stack([np.zeros(4), np.linspace(0, 0.5, 4), np.linspace(0.15, 0.6, 4)], 1)
    points[31:36] = [(x, 0.65, 0.35 - abs(x)) for x in np.linspace(-0.2, 0.2, 5)]
    lid = 0.07
    eye = [(-0.2, 0), (-0.08, -lid), (0.08, -lid), (0.2, 0), (0.08, lid), (-0.08, lid)]
    for start, middle in ((36, -0.5), (42, 0.5)):
        points[start : start + 6, :2] = np.add(eye, (middle, 0))
    around = np.linspace(np.pi, 3 * np.pi, 12, endpoint=False)
    points[48:60] = np.stack(
        [0.4 * np.cos(around), 1.05 + 0.15 * np.sin(around), 0.25 - 0.2 * np.cos(around) ** 2], 1
    )
    inner = np.linspace(np.pi, 3 * np.pi, 8, endpoint=False)
    points[60:68] = np.stack(
        [0.3 * np.cos(inner), 1.05 + 0.02 * np.sin(inner), 0.25 - 0.1 * np.cos(inner) ** 2], 1
    )
    return points


def flat(shape: Shape) -> Shape:
    """Its picture on a plane."""
    return np.asarray(shape * (1, 1, 0))


def bent(shape: Shape, radius: float, *, lying: bool = False) -> Shape:
    """Its picture on paper round a cylinder; where that is `lying`, round the face's middle."""
    across, middle = (1, 0.5) if lying else (0, 0.0)
    angle = (shape[:, across] - middle) / radius
    paper = flat(shape)
    paper[:, across] = middle + radius * np.sin(angle)
    paper[:, 2] = radius * (np.cos(angle) - 1)
    return paper


def blinking(shape: Shape, closed: float) -> Shape:
    """The shape with its eyes `closed`: 0 open, 1 shut but for what landmarks leave of it."""
    other = shape.copy()
    for start in (36, 42):
        middle = shape[start : start + 6, 1].mean()
        other[start : start + 6, 1] = middle + (other[start : start + 6, 1] - middle) * (
            1 - 0.55 * closed
        )
    return other


def seen(shape: Shape, pose: Pose) -> NDArray[np.float64]:
    """68 x 2 pixels of the shape in `pose`."""
    turned = shape @ rotation(pose).T
    near = CAMERA / (CAMERA - turned[:, 2:])
    return np.asarray(turned[:, :2] * near * PIXELS + 200.0, np.float64)


def track_of(shape_at: "list[Shape]", poses: "list[Pose]", *, seed: int = 0) -> Track:
    """A track at ten frames a second, with the noise of a landmark detector."""
    rng = np.random.default_rng(seed)
    points = np.stack([seen(shape, pose) for shape, pose in zip(shape_at, poses, strict=True)])
    points += rng.normal(0, 0.35, points.shape)
    count = len(poses)
    ones = np.ones(count)
    return Track(
        times=np.arange(count) / 10,
        yaw=ones * 0,
        pitch=ones * 0.5,
        height=ones * 0.4,
        rival=ones * 0,
        light=ones * 130,
        sharpness=ones * 150,
        thumbnails=np.zeros((count, 36, 64), np.float32),
        landmarks=points.astype(np.float32),
        stills=(),
    )


def turning(challenge: Challenge, *, yaw: float = 24.0, pitch: float = 17.0) -> list[Pose]:
    """Ten poses a second of something that is turned as the challenge says."""
    times = np.arange(0, challenge.duration_ms / 1000, 0.1)
    aside, up = np.zeros_like(times), np.zeros_like(times)
    for turn in challenge.turns:
        phase = np.clip((times - turn.start_ms / 1000 - 0.3) / 1.2, 0, 1)
        bump = np.minimum(1.0, 1.3 * np.sin(np.pi * phase) ** 2)
        across, upwards = TURNS[turn.direction]
        aside += bump * across * yaw
        up += bump * upwards * pitch
    return [Pose(yaw=a, pitch=b) for a, b in zip(aside.tolist(), up.tolist(), strict=True)]
