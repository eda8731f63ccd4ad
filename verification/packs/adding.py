"""Make a pack of a directory of models, and of another pack for whatever the directory lacks.

    add_directory(
        Path("models/buffalo_l"), shelf, name="mine", base=None, licence=None, commercial=False,
        progress=silent,
    )
    add_directory(
        Path("models/minifasnet"), shelf, name="open-passive", base="open", licence=None,
        commercial=False, progress=silent,
    )

`verification.packs.recognizing` tells the files apart. They are copied, hashed and recorded: the
directory may go away afterwards.
"""

from dataclasses import replace
from pathlib import Path

from verification.packs.catalogue import NAMES, recipe
from verification.packs.choice import require_accepted
from verification.packs.documents import NAME
from verification.packs.errors import MalformedPack, PackExists, UnknownPack
from verification.packs.manifest import FACE_ROLES, Component, Pack, Role
from verification.packs.pulling import pull
from verification.packs.recognizing import components_in
from verification.packs.shelf import Shelf
from verification.sources.contracts import Progress

DEFAULT_BASE = "open"
_WANTED = (Role.DETECTOR, Role.RECOGNIZER)
"""Without these faces cannot be replaced."""


def add_directory(
    directory: Path,
    shelf: Shelf,
    *,
    name: str,
    base: str | None,
    licence: str | None,
    commercial: bool,
    progress: Progress,
) -> Path:
    """Put the models of `directory` on the shelf as the pack `name`, completed from `base`.

    Without a `base` the directory must have a detector and a recognizer, and voice, digits and
    activity are those of `open`. With one, whatever the directory has takes the place of what the
    base has; faces are replaced as a whole or not at all. `licence` None means the publishers'
    own. Raises `PackExists` for a taken name, `UnknownPack` for none or for an unknown base,
    `LicenceNotAccepted` where the base's recognizer would be taken and nobody accepted its licence,
    `MalformedPack` when the directory lacks what is needed or has it twice, and `PullFailed` when
    the rest cannot be fetched.
    """
    require_free(name, shelf)
    ground = _base(base or DEFAULT_BASE, shelf)
    found = components_in(directory, licence=licence, commercial=commercial and licence is not None)
    _require_useful(found, directory, alone=base is None)
    if Role.RECOGNIZER not in found:
        require_accepted(ground, accept=ground.name in shelf.names())
    pack = _completed(name, directory, found, ground)
    return pull(pack, shelf, progress=progress, near=(shelf.directory(ground.name),))


def require_free(name: str, shelf: Shelf) -> None:
    """Raise `UnknownPack` for what is no name, and `PackExists` for one that is taken."""
    if not NAME.fullmatch(name):
        raise UnknownPack(f"not a pack name: `{name}`")
    if name in NAMES or name in shelf.names():
        raise PackExists(f"a pack called `{name}` is there already")


def _base(name: str, shelf: Shelf) -> Pack:
    """The pack of this name, from the shelf or built in, as it was before anything was converted.

    A built-in pack is taken as it is built in: what lies on the shelf may be older.
    """
    pack = recipe(name) if name in NAMES else shelf.read(name)
    return pack.unconverted


def _require_useful(found: dict[Role, Component], directory: Path, *, alone: bool) -> None:
    """Raise `MalformedPack` for nothing that is known, or for a part of what faces take."""
    if not found and not alone:
        raise MalformedPack(f"no model is known among the ONNX files of `{directory}`")
    if not alone and not set(FACE_ROLES) & set(found):
        return
    if missing := [role for role in _WANTED if role not in found]:
        raise MalformedPack(f"no `{missing[0]}` among the ONNX files of `{directory}`")


def _completed(name: str, directory: Path, found: dict[Role, Component], base: Pack) -> Pack:
    """The base with everything that was found in the place of what it had."""
    kept = {
        role: part
        for role, part in base.components.items()
        if role not in found and not (role in FACE_ROLES and Role.DETECTOR in found)
    }
    parts = found | kept
    roles = ", ".join(str(role) for role in found)
    return replace(
        base,
        name=name,
        title=f"{roles} of `{directory.name}`, the rest as in `{base.name}`",
        components={role: parts[role] for role in Role if role in parts},
    )
