"""Fetch a pack: download, verify, convert, and put the whole directory in its place at once.

    pull(recipe("open"), shelf, progress=silent)

Everything happens in `packs/.pulling/<name>`. What a killed attempt left there, and files of an
older copy of the pack, are used again where they verify; nothing else is. The pack's directory
appears by one rename, complete, or not at all.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from verification.packs.documents import to_toml
from verification.packs.errors import BrokenFile, MalformedPack, PullFailed, UnknownPack
from verification.packs.integrity import FileState, sha256_of, state_of, verify_pack
from verification.packs.manifest import FILE_NAME, ArchivePin, Component, Pack, PinnedFile
from verification.packs.shelf import Shelf, sync_directory, write_atomically
from verification.sources.contracts import Progress, Source, SourceError, parse_source
from verification.sources.fetching import fetch
from verification.sources.members import take_member
from verification.voices.legacy_torch import RefusedCheckpoint


def pull(pack: Pack, shelf: Shelf, *, progress: Progress, near: Sequence[Path] = ()) -> Path:
    """Bring `pack` onto the shelf and return its directory. A complete one is left as it is.

    Thresholds that were calibrated here stay, as long as they are of the same model.
    Files that lie under one of the directories `near`, as recorded, are copied from there.
    Raises `PullFailed`, saying which file and why; the shelf is then as it was.
    """
    with shelf.locked():
        place = shelf.directory(pack.name)
        pack = _as_calibrated(pack, shelf)
        if _is_complete(pack, shelf):
            return place
        staging = shelf.root / ".pulling" / pack.name
        staging.mkdir(parents=True, exist_ok=True)
        try:
            parts = _fetch_all(pack, staging, near=(place, *near), progress=progress)
            pulled = replace(pack, components={part.role: part for part in parts})
            _finish(pulled, staging)
        except OSError as error:
            raise PullFailed(f"cannot write the pack `{pack.name}`: {error}") from error
        put_in_place(staging, place)
        return place


def _as_calibrated(pack: Pack, shelf: Shelf) -> Pack:
    """`pack` with the thresholds that were measured where it lies."""
    try:
        here = shelf.read(pack.name).components
    except (UnknownPack, MalformedPack):
        return pack
    parts = {
        role: _calibrated_like(part, here[role]) if role in here else part
        for role, part in pack.components.items()
    }
    return replace(pack, components=parts)


def _calibrated_like(part: Component, here: Component) -> Component:
    if (part.file, part.library) != (here.file, here.library):
        return part
    ours = {name: item for name, item in here.thresholds.items() if item.calibrated_by}
    return replace(part, thresholds={**part.thresholds, **ours})


def _is_complete(pack: Pack, shelf: Shelf) -> bool:
    if pack.name not in shelf.names():
        return False
    try:
        here = shelf.read(pack.name)
        verify_pack(here, shelf.directory(pack.name))
    except (BrokenFile, MalformedPack):
        return False
    return here.unconverted == pack.unconverted


def _fetch_all(
    pack: Pack, staging: Path, *, near: Sequence[Path], progress: Progress
) -> list[Component]:
    archives = staging / ".archives"
    archives.mkdir(exist_ok=True)
    parts = []
    for part in pack.components.values():
        for piece in part.fetched:
            source = parse_source(piece.source)
            _obtain(piece.file, source, pack, staging=staging, near=near, progress=progress)
        parts.append(_converted(part, staging))
    return parts


def _obtain(
    file: PinnedFile,
    source: Source,
    pack: Pack,
    *,
    staging: Path,
    near: Sequence[Path],
    progress: Progress,
) -> None:
    """Make `file` lie in `staging`, verified, from the nearest place that has it."""
    if state_of(file, staging) is FileState.PRESENT:
        return
    target = staging / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".draft")
    try:
        if here := [place for place in near if state_of(file, place) is FileState.PRESENT]:
            shutil.copyfile(here[0] / file.path, draft)
        elif source.member is not None:
            archive = _archive(source, pack, staging / ".archives", progress)
            take_member(archive, source.member, into=draft, size=file.size)
        else:
            pin = ArchivePin(sha256=file.sha256, size=file.size)
            _fetch_verified(source, pin, draft, step=file.path, progress=progress)
    except SourceError as error:
        raise PullFailed(f"cannot pull `{file.path}` of `{pack.name}`: {error}") from error
    if draft.stat().st_size != file.size or sha256_of(draft) != file.sha256:
        draft.unlink()
        raise PullFailed(f"`{file.path}` from `{source.origin}` is not the file that was pinned")
    _sync(draft)
    draft.replace(target)


def _archive(source: Source, pack: Pack, folder: Path, progress: Progress) -> Path:
    """The verified archive of `source`, fetched unless it is there already."""
    pin = pack.archives.get(source.origin)
    if pin is None:
        raise SourceError(f"the archive `{source.origin}` is not pinned")
    archive = folder / hashlib.sha256(source.origin.encode()).hexdigest()[:16]
    if not (archive.is_file() and sha256_of(archive) == pin.sha256):
        name = source.origin.rpartition("/")[2].removeprefix("pypi:")
        _fetch_verified(source, pin, archive, step=name, progress=progress)
    return archive


def _fetch_verified(
    source: Source, pin: ArchivePin, into: Path, *, step: str, progress: Progress
) -> None:
    fetch(source, sha256=pin.sha256, size=pin.size, into=into, step=step, progress=progress)
    if into.stat().st_size != pin.size or sha256_of(into) != pin.sha256:
        into.unlink()
        raise SourceError(f"`{source.origin}` gave another content than the one pinned")


def _converted(part: Component, staging: Path) -> Component:
    """The component with its converted file made and pinned."""
    if part.convert_to is None or part.file is None:
        return part
    if part.adapter != "ge2e":
        # what an environment of its own exported; a whole pack is left as it is before this
        raise PullFailed(f"`{part.convert_to}` is made by `cameo models build {part.adapter}`")
    from verification.voices.ge2e import convert

    try:
        content = convert((staging / part.file.path).read_bytes())
    except RefusedCheckpoint as error:
        raise PullFailed(f"cannot convert `{part.file.path}`: {error}") from error
    target = staging / part.convert_to
    target.write_bytes(content)
    _sync(target)
    made = hashlib.sha256(content).hexdigest()
    pinned = PinnedFile(path=part.convert_to, sha256=made, size=len(content))
    return replace(part, converted=pinned)


def _finish(pack: Pack, staging: Path) -> None:
    """Leave nothing in `staging` but the pack."""
    listed = {file.path for file in pack.files}
    shutil.rmtree(staging / ".archives")
    for path in sorted(staging.rglob("*")):
        if not path.is_dir() and path.relative_to(staging).as_posix() not in listed:
            path.unlink()
    write_atomically(staging / FILE_NAME, to_toml(pack))
    verify_pack(pack, staging)


def put_in_place(staging: Path, place: Path) -> None:
    """Rename `staging` to `place`; what lay there before is removed afterwards."""
    aside = staging.with_name(staging.name + ".old")
    shutil.rmtree(aside, ignore_errors=True)
    if place.exists():
        place.rename(aside)
    staging.rename(place)
    sync_directory(place.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
