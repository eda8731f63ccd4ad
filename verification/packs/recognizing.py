"""Tell ONNX files apart by the shapes of their tensors, and make components of them.

    found = components_in(Path("models/buffalo_l"), licence=None, commercial=False)
    found[Role.RECOGNIZER].dimension

InsightFace tells its own models apart in the same way. MiniFASNet's files carry their scale in
their names, as their publisher gives them (`2.7_80x80_MiniFASNetV2.onnx`): nothing inside has it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from verification.packs.errors import MalformedPack
from verification.packs.integrity import sha256_of
from verification.packs.manifest import Component, Piece, PinnedFile, Role, Threshold
from verification.packs.operating_points import attack_of, live_of, match_of
from verification.sessions import open_session

INSIGHTFACE = "InsightFace: non-commercial research"
MINIFASNET = "Apache-2.0"
LANDMARK_NUMBERS = 3_309
"""1,103 points in three dimensions, the last 68 of them iBUG's: `landmark_3d_68`."""
SCALE = re.compile(r"(\d+(?:\.\d+)?)_")
"""At the start of the name of a MiniFASNet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognized:
    """What a file is for, and which adapter runs it."""

    path: Path
    role: Role
    adapter: str
    dimension: int | None = None

    @property
    def piece(self) -> Piece:
        """The file, under the folder of its role."""
        folder = "passive" if self.role is Role.PASSIVE else "faces"
        size = self.path.stat().st_size
        pinned = PinnedFile(
            path=f"{folder}/{self.path.name}", sha256=sha256_of(self.path), size=size
        )
        return Piece(file=pinned, source=f"file:{self.path.resolve()}")


def components_in(
    directory: Path, *, licence: str | None, commercial: bool
) -> dict[Role, Component]:
    """The components that the ONNX files of `directory` make; files that are none are passed over.

    `licence` None means the publisher's own: InsightFace's, which is not commercial, and
    MiniFASNet's, which is Apache-2.0. Raises `MalformedPack` for two models of one role, a
    MiniFASNet without a scale in its name, or landmarks without their detector and recognizer.
    """
    found: dict[Role, Component] = {}
    several: dict[str, Recognized] = {}
    for one in _recognized(directory):
        if one.adapter == "minifasnet":
            several[_scale_of(one.path, several)] = one
        elif one.role in found:
            raise MalformedPack(f"`{one.path.name}` is a second `{one.role}` in `{directory}`")
        else:
            found[one.role] = _single(one, licence or INSIGHTFACE, commercial=commercial)
    if several and Role.PASSIVE in found:
        raise MalformedPack(f"there are two `{Role.PASSIVE}` models in `{directory}`")
    if several:
        found[Role.PASSIVE] = _joined(several, licence, commercial=commercial)
    return found


def _recognized(directory: Path) -> Iterator[Recognized]:
    for path in sorted(directory.glob("*.onnx")):
        if one := recognize(path):
            yield one


def recognize(path: Path) -> Recognized | None:
    """What a model is for; None for one that no adapter runs. Raises `UnreadableModel`."""
    session = open_session(path)
    taken, given = session.get_inputs()[0].shape, session.get_outputs()
    last = given[0].shape[-1]
    if len(given) >= 5:
        return Recognized(path=path, role=Role.DETECTOR, adapter="insightface")
    if taken[2:] == [192, 192] and last == LANDMARK_NUMBERS:
        return Recognized(path=path, role=Role.LANDMARKS, adapter="insightface")
    if taken[2:] == [112, 112] and isinstance(last, int):
        return Recognized(path=path, role=Role.RECOGNIZER, adapter="insightface", dimension=last)
    if taken[1:] != [3, 80, 80]:
        return None
    if len(given[0].shape) == 1:
        return Recognized(path=path, role=Role.PASSIVE, adapter="insightface-liveness")
    return Recognized(path=path, role=Role.PASSIVE, adapter="minifasnet") if last == 3 else None


def _scale_of(path: Path, taken: dict[str, Recognized]) -> str:
    named = SCALE.match(path.name)
    if named is None:
        raise MalformedPack(
            f"`{path.name}` has no scale in its name: a MiniFASNet is called like "
            "`2.7_80x80_MiniFASNetV2.onnx`"
        )
    scale = str(float(named[1]))
    if scale in taken:
        raise MalformedPack(f"`{path.name}` is a second MiniFASNet of scale {scale}")
    return scale


def _single(one: Recognized, licence: str, *, commercial: bool) -> Component:
    piece = one.piece
    return Component(
        role=one.role,
        adapter=one.adapter,
        licence=licence,
        commercial=commercial,
        file=piece.file,
        source=piece.source,
        dimension=one.dimension,
        thresholds=_thresholds(one, piece.file.sha256),
    )


def _joined(several: dict[str, Recognized], licence: str | None, *, commercial: bool) -> Component:
    return Component(
        role=Role.PASSIVE,
        adapter="minifasnet",
        licence=licence or MINIFASNET,
        commercial=commercial or licence is None,
        pieces={scale: one.piece for scale, one in several.items()},
        thresholds={"live": live_of("minifasnet"), "attack": attack_of("minifasnet")},
    )


def _thresholds(one: Recognized, sha256: str) -> dict[str, Threshold]:
    if one.role is Role.RECOGNIZER:
        return {"match": match_of(sha256)}
    if one.role is Role.PASSIVE:
        return {"live": live_of(one.adapter), "attack": attack_of(one.adapter)}
    return {}
