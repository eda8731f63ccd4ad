"""Who is before the camera.

actor = astronaut()
mine = actor_from(image, landmarks)
found = actor_found_by(model, image)
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from verification.errors import VerificationError
from verification.faces.contracts import FaceModel, Image, Points
from verification.studio.astronaut import LANDMARKS
from verification.studio.matting import Mask, person
from verification.studio.relief import frame_of

WIDEST = 130.0


class NoFaceInStill(VerificationError):
    """The still shows no face, or its landmarks are unknown."""

    code = "no_face_in_still"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Actor:
    """A still of one person and the 68 iBUG landmarks of the face in it.

    `matte` says where the person is; None is to be found from the still when it is needed.
    """

    image: Image
    landmarks: Points
    matte: Mask | None = None


@lru_cache(maxsize=8)
def matte_of(actor: Actor) -> Mask:
    """Where the person is. To find it takes a second, so that of the last few actors is kept."""
    return person(actor.image, actor.landmarks) if actor.matte is None else actor.matte


@cache
def astronaut() -> Actor:
    """Eileen Collins, by NASA, in the public domain; carried by scikit-image."""
    from skimage import data

    image = np.asarray(data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]  # no types
    return Actor(image=image, landmarks=np.array(LANDMARKS, np.float32))


def actor_from(image: Image, landmarks: Points) -> Actor:
    """An actor from any still; raise `NoFaceInStill` unless there are 68 points inside it."""
    height, width = image.shape[:2]
    inside = landmarks.shape == (68, 2) and bool(
        np.all((landmarks >= 0) & (landmarks < (width, height)))
    )
    if not inside:
        raise NoFaceInStill(f"not 68 landmarks inside the still: `{landmarks.shape}`")
    return _reduced(Actor(image=image, landmarks=landmarks.astype(np.float32)))


def _reduced(actor: Actor) -> Actor:
    """A large still made smaller: no frame needs more than `WIDEST` pixels from eye to eye."""
    import cv2

    zoom = WIDEST / frame_of(actor.landmarks).unit
    if zoom >= 1:
        return actor
    image = cv2.resize(actor.image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    return Actor(image=np.asarray(image, np.uint8), landmarks=actor.landmarks * np.float32(zoom))


def actor_found_by(model: FaceModel, image: Image) -> Actor:
    """An actor whose landmarks `model` finds; raise `NoFaceInStill` where it finds none."""
    faces = model.detect(image)
    if not faces or faces[0].landmarks is None:
        raise NoFaceInStill("no face with 68 landmarks found in the still")
    return actor_from(image, faces[0].landmarks)
