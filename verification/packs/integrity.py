"""Whether the files of a pack are the ones that were recorded.

verify_pack(pack, directory)  # raises `MissingFile`, `TruncatedFile`, `AlteredFile`, …

>>> state_of(PinnedFile(path="a.onnx", sha256="0" * 64, size=1), Path("/nonexistent"))
<FileState.MISSING: 'missing'>
"""

import hashlib
from enum import StrEnum
from pathlib import Path

from verification.packs.errors import (
    AlteredFile,
    BrokenFile,
    MissingFile,
    TruncatedFile,
    UnlistedFile,
)
from verification.packs.manifest import FILE_NAME, Pack, PinnedFile


class FileState(StrEnum):
    """How a file compares with its record."""

    PRESENT = "present"
    MISSING = "missing"
    TRUNCATED = "truncated"
    ALTERED = "altered"


_ERRORS: dict[FileState, type[BrokenFile]] = {
    FileState.MISSING: MissingFile,
    FileState.TRUNCATED: TruncatedFile,
    FileState.ALTERED: AlteredFile,
}


def sha256_of(path: Path) -> str:
    """The hash of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def state_of(file: PinnedFile, directory: Path) -> FileState:
    """Compare the file under `directory` with its record, size first."""
    path = directory / file.path
    if not path.is_file():
        return FileState.MISSING
    if path.stat().st_size != file.size:
        return FileState.TRUNCATED
    return FileState.PRESENT if sha256_of(path) == file.sha256 else FileState.ALTERED


def verify_pack(pack: Pack, directory: Path) -> None:
    """Raise a `BrokenFile` for the first file that is not as recorded, or not recorded at all.

    Files that are not recorded matter: a library that loads whatever lies in a directory would
    load them too.
    """
    for file in pack.files:
        state = state_of(file, directory)
        if state is not FileState.PRESENT:
            raise _ERRORS[state](file.path, pack=pack.name)
    for part in pack.components.values():
        if part.convert_to is not None and part.converted is None:
            raise MissingFile(part.convert_to, pack=pack.name)
    listed = {FILE_NAME, *(file.path for file in pack.files)}
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if name not in listed and not path.is_dir():
            raise UnlistedFile(name, pack=pack.name)
