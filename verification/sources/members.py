"""Take one named member out of an archive, and nothing else.

    take_member(archive, "package/data/model.onnx", into=path, size=1_289_603)

The member's content goes to the path that the caller names; names, links and permissions inside
the archive are never followed, and never more than the pinned size is written.
"""

import tarfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import IO

from verification.sources.contracts import SourceError

CHUNK = 1024 * 1024


def take_member(archive: Path, member: str, *, into: Path, size: int) -> None:
    """Write `member` of a zip, wheel or gzipped tar `archive` to `into`.

    A source distribution's own top folder is left out of `member`. Raises `SourceError` when the
    archive is broken, has no such member, or the member is not `size` bytes long.
    """
    try:
        if zipfile.is_zipfile(archive):
            _from_zip(archive, member, into, size)
        else:
            _from_tar(archive, member, into, size)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError, RuntimeError) as error:
        raise SourceError(f"cannot read the archive `{archive.name}`: {error}") from error


def _from_zip(archive: Path, member: str, into: Path, size: int) -> None:
    with zipfile.ZipFile(archive) as opened:
        try:
            stream = opened.open(member)
        except KeyError:
            raise _absent(archive, member) from None
        with stream:
            _copy(stream, member, into, size)


def _from_tar(archive: Path, member: str, into: Path, size: int) -> None:
    with tarfile.open(archive, "r:*") as opened:
        for entry in opened:
            name = entry.name.removeprefix("./")
            if entry.isfile() and member in (name, name.partition("/")[2]):
                stream = opened.extractfile(entry)
                if stream is not None:
                    with closing(stream):
                        _copy(stream, member, into, size)
                    return
    raise _absent(archive, member)


def _absent(archive: Path, member: str) -> SourceError:
    return SourceError(f"the archive `{archive.name}` has no member `{member}`")


def _copy(stream: IO[bytes], member: str, into: Path, size: int) -> None:
    written = 0
    with into.open("wb") as target:
        while chunk := stream.read(min(CHUNK, size + 1 - written)):
            written += len(chunk)
            if written > size:
                break
            target.write(chunk)
    if written != size:
        raise SourceError(f"member `{member}` is not `{size}` bytes long")
