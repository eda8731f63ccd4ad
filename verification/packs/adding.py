"""Make a pack of a directory of InsightFace models.

    add_directory(
        Path("models/buffalo_l"), shelf, name="mine", licence=None, commercial=False,
        progress=silent,
    )

The models are told apart by the shapes of their tensors, as InsightFace itself does; voice,
digits and activity are those of `open`, so the pack is whole. Files are copied, hashed and
recorded: the directory may go away afterwards.
"""

from dataclasses import replace
from pathlib import Path

from verification.packs.catalogue import NAMES, recipe
from verification.packs.documents import NAME
from verification.packs.errors import MalformedPack, PackExists, UnknownPack
from verification.packs.integrity import sha256_of
from verification.packs.manifest import Component, Pack, PinnedFile, Role, Threshold
from verification.packs.pulling import pull
from verification.packs.shelf import Shelf
from verification.sessions import open_session
from verification.sources.contracts import Progress

LICENCE = "InsightFace: non-commercial research"
MATCH = Threshold(
    value=0.6,
    unit="cosine distance, at most",
    calibrated_on="not calibrated; a mobile recognizer of InsightFace gave at most 0.44 within and "
    "at least 0.76 between people on a few photos",
)
_WANTED = (Role.DETECTOR, Role.RECOGNIZER)


def add_directory(
    directory: Path,
    shelf: Shelf,
    *,
    name: str,
    licence: str | None,
    commercial: bool,
    progress: Progress,
) -> Path:
    """Put the InsightFace models of `directory` on the shelf as the pack `name`.

    `licence` None means InsightFace's own, which is not commercial. Raises `PackExists` for a
    taken name, `UnknownPack` for none, `MalformedPack` when a detector or a recognizer is lacking
    or there are two, and `PullFailed` when the rest cannot be fetched.
    """
    if not NAME.fullmatch(name):
        raise UnknownPack(f"not a pack name: `{name}`")
    if name in NAMES or name in shelf.names():
        raise PackExists(f"a pack called `{name}` is there already")
    found = _face_components(directory, licence or LICENCE, commercial=commercial and bool(licence))
    pack = _completed(name, directory, found)
    return pull(pack, shelf, progress=progress)


def _face_components(directory: Path, licence: str, *, commercial: bool) -> dict[Role, Component]:
    found: dict[Role, Component] = {}
    for path in sorted(directory.glob("*.onnx")):
        role, dimension = _role_of(path)
        if role is None:
            continue
        if role in found:
            raise MalformedPack(f"`{path.name}` is a second `{role}` in `{directory}`")
        found[role] = Component(
            role=role,
            adapter="insightface",
            licence=licence,
            commercial=commercial,
            file=PinnedFile(
                path=f"faces/{path.name}", sha256=sha256_of(path), size=path.stat().st_size
            ),
            source=f"file:{path.resolve()}",
            dimension=dimension,
            thresholds={"match": MATCH} if role is Role.RECOGNIZER else {},
        )
    if missing := [role for role in _WANTED if role not in found]:
        raise MalformedPack(f"no `{missing[0]}` among the ONNX files of `{directory}`")
    return found


def _role_of(path: Path) -> tuple[Role | None, int | None]:
    """What a model is for, and the length of its embeddings."""
    session = open_session(path)
    shape, outputs = session.get_inputs()[0].shape, session.get_outputs()
    if len(outputs) >= 5:
        return Role.DETECTOR, None
    last = outputs[0].shape[-1]
    if shape[2:] == [192, 192]:
        return (Role.LANDMARKS, None) if last == LANDMARK_NUMBERS else (None, None)
    if shape[2:] == [112, 112] and isinstance(last, int):
        return Role.RECOGNIZER, last
    return None, None


LANDMARK_NUMBERS = 3_309
"""1,103 points in three dimensions, the last 68 of them iBUG's: `landmark_3d_68`."""


def _completed(name: str, directory: Path, faces: dict[Role, Component]) -> Pack:
    """The pack, with whatever `open` has and a directory of face models lacks."""
    rest = recipe("open")
    shared = (Role.VOICE, Role.DIGITS, Role.VOICE_ACTIVITY)
    parts = faces | {role: rest.components[role] for role in shared}
    return replace(
        rest,
        name=name,
        title=f"InsightFace models of `{directory.name}`, voices and digits as in `open`",
        components=parts,
    )
