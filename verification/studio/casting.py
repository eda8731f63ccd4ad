"""Who plays in a series: the faces of a directory of stills, found once.

cast = cast_from(Path("stills"), faces, enlarge=3.0, margin=0.5)
actor = cast[0].actor()
"""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from verification.evaluation.samples import STILLS
from verification.evaluation.stills import read_still
from verification.faces.contracts import FaceModel
from verification.studio.actors import Actor, NoFaceInStill, actor_from, astronaut, matte_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A still with a face in it, and where its 68 landmarks are: small enough to send about.

    The landmarks are x and y in pixels of the still once it is `enlarge` times as large, with a
    `margin` around it of so much of its own size.
    """

    path: Path
    landmarks: tuple[tuple[float, float], ...]
    enlarge: float = 1.0
    margin: float = 0.0

    def actor(self) -> Actor:
        """The person in the still, cut out of it once in a process.

        Raises `NoFaceInStill` where the still is not what it was.
        """
        return _actor(self)


@lru_cache(maxsize=64)
def _actor(part: Part) -> Actor:
    image = read_still(part.path, enlarge=part.enlarge, margin=part.margin)
    if image is None:
        raise NoFaceInStill(f"`{part.path.name}` is not a picture")
    return _cut_out(actor_from(image, np.array(part.landmarks, np.float32)))


@lru_cache(maxsize=1)
def usual_actor() -> Actor:
    """The astronaut, cut out of her still once in a process."""
    return _cut_out(astronaut())


def _cut_out(actor: Actor) -> Actor:
    return replace(actor, matte=matte_of(actor))


def cast_from(
    directory: Path, faces: FaceModel, *, enlarge: float = 1.0, margin: float = 0.0
) -> list[Part]:
    """Every still below `directory` with one clear face. Raises `NoFaceInStill` for none."""
    found: list[Part] = []
    for path in sorted(directory.rglob("*")):
        if path.suffix.lower() not in STILLS:
            continue
        image = read_still(path, enlarge=enlarge, margin=margin)
        seen = [] if image is None else faces.detect(image)
        if image is None or len(seen) != 1 or seen[0].landmarks is None:
            continue
        try:
            actor_from(image, seen[0].landmarks)
        except NoFaceInStill:
            # it reaches beyond the still
            continue
        points = tuple((float(x), float(y)) for x, y in seen[0].landmarks)
        found.append(Part(path=path, landmarks=points, enlarge=enlarge, margin=margin))
    if not found:
        raise NoFaceInStill(f"no still in `{directory}` shows one face with 68 landmarks")
    return found


def write_cast(path: Path, cast: list[Part]) -> None:
    """Keep a cast, so that a series that goes on needs no models."""
    document = [
        {
            "path": str(part.path),
            "landmarks": part.landmarks,
            "enlarge": part.enlarge,
            "margin": part.margin,
        }
        for part in cast
    ]
    path.write_text(json.dumps(document))


def read_cast(path: Path) -> list[Part]:
    """What `write_cast` kept."""
    return [
        Part(
            path=Path(entry["path"]),
            landmarks=tuple((x, y) for x, y in entry["landmarks"]),
            enlarge=entry["enlarge"],
            margin=entry["margin"],
        )
        for entry in json.loads(path.read_text())
    ]
