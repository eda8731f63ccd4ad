"""The files in an archive that somebody else made: read, and shown to be what every reader sees.

Programs that unfold ZIP archives differ in what they take from them: names in extra fields, files
that the directory does not list, links. The service writes none of that, and it is refused.

    with zipfile.ZipFile(stream) as archive:
        require_plain(archive, stream)
        content_of(archive, "manifest.json", most=1_000_000)
"""

import hashlib
import lzma
import os
import re
import stat
import zipfile
import zlib
from typing import IO, Any

from cameo_service.offline.documents import read_json
from cameo_service.offline.errors import NotProven

MOST_FILES = 1_000_000
LARGEST_DOCUMENT = 256 * 1024 * 1024
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)
"""What `zipfile` raises for what somebody else made: `NotImplementedError` is a `RuntimeError`."""

_PIECE = 1 << 20
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.~+@-]*[A-Za-z0-9_])?"
_PATH = re.compile(f"{_NAME}(?:/{_NAME})*")
_ENCRYPTED, _DESCRIBED_LATER = 0x1, 0x8
_HEADER, _END, _END_MARK = 30, 22, b"PK\x05\x06"
"""Bytes of a local file header before its name, and of the end of the directory."""
_ZIP64 = b"\x01\x00"
"""The one extra field that is needed: for sizes of more than 32 bits."""


class ArchiveNotProven(NotProven):
    """The archive does not hold. `path` names the file in it that is wrong."""

    def __init__(self, code: str, message: str, *, path: str) -> None:
        super().__init__(code, f"`{path}`: {message}")
        self.path = path


def require_plain(archive: zipfile.ZipFile, stream: IO[bytes]) -> None:
    """Raise `ArchiveNotProven`: `archive_malformed`, unless every reader finds the same files.

    They are regular ones, each listed once under a name that stays below the folder that it is
    unfolded in, and lie one behind the other from the first byte to the directory, which ends the
    archive.
    """
    if len(archive.infolist()) > MOST_FILES:
        raise _malformed("archive", f"more than {MOST_FILES} files")
    stream.seek(-_END, os.SEEK_END)
    if stream.read(len(_END_MARK)) != _END_MARK:
        raise _malformed("archive", "something stands behind its end")
    _require_names([entry.orig_filename for entry in archive.infolist()])
    for entry in archive.infolist():
        _require_regular(entry)
    _require_gapless(archive, stream)


def _require_names(names: list[str]) -> None:
    seen = set[str]()
    for name in names:
        shown = ascii(name[:200])[1:-1]
        if not _PATH.fullmatch(name):
            raise _malformed(shown, "not a name that a file of an archive has")
        # where case does not count, one would overwrite the other
        if name.lower() in seen:
            raise _malformed(shown, "its name stands twice")
        seen.add(name.lower())


def _require_regular(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or entry.external_attr & stat.FILE_ATTRIBUTE_DIRECTORY:
        raise _malformed(entry.filename, "not a regular file")
    packing = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    flags = entry.flag_bits & (_ENCRYPTED | _DESCRIBED_LATER)
    if flags or entry.comment or entry.compress_type not in packing:
        raise _malformed(entry.filename, "written in another way than the service writes")
    _require_sizes_only(entry, entry.extra)


def _require_sizes_only(entry: zipfile.ZipInfo, extra: bytes) -> None:
    if extra and (extra[:2] != _ZIP64 or len(extra) != 4 + int.from_bytes(extra[2:4], "little")):
        raise _malformed(entry.filename, "it has an extra field, which may give it another name")


def _require_gapless(archive: zipfile.ZipFile, stream: IO[bytes]) -> None:
    """Nothing lies before, between or behind the files, nor one within another."""
    end = 0
    for entry in sorted(archive.infolist(), key=lambda each: each.header_offset):
        stream.seek(entry.header_offset)
        header = stream.read(_HEADER)
        if entry.header_offset != end or len(header) < _HEADER:
            raise _malformed(entry.filename, "it does not lie directly behind the file before it")
        name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        _require_sizes_only(entry, stream.read(name + extra)[name:])
        end += _HEADER + name + extra + entry.compress_size
    if end != archive.start_dir:
        raise _malformed("archive", "something lies between its files and its directory")


def _malformed(path: str, message: str) -> ArchiveNotProven:
    return ArchiveNotProven("archive_malformed", message, path=path)


def require_bytes(archive: zipfile.ZipFile, path: str, *, size: int, sha256: str) -> None:
    """Raise `ArchiveNotProven`, `file_altered`, unless the file has these bytes."""
    digest, read = hashlib.sha256(), 0
    try:
        with archive.open(path) as file:
            # never more than was signed for: an archive may claim little and unfold to much
            while read <= size and (piece := file.read(min(_PIECE, size + 1 - read))):
                digest.update(piece)
                read += len(piece)
    except UNREADABLE as error:
        raise ArchiveNotProven("file_altered", f"cannot be read: {error}", path=path) from error
    if read != size or digest.hexdigest() != sha256:
        raise ArchiveNotProven(
            "file_altered", "its bytes are not those that were signed", path=path
        )


def content_of(archive: zipfile.ZipFile, path: str, *, most: int = LARGEST_DOCUMENT) -> bytes:
    """The file's bytes, `most` of them at most.

    Raises `ArchiveNotProven`: `file_missing`, `file_altered`, `archive_malformed`.
    """
    try:
        with archive.open(path) as file:
            content = file.read(most + 1)
    except KeyError:
        raise ArchiveNotProven("file_missing", "it is not there", path=path) from None
    except UNREADABLE as error:
        raise ArchiveNotProven("file_altered", f"cannot be read: {error}", path=path) from error
    if len(content) > most:
        raise _malformed(path, "too long to be read")
    return content


def json_of(archive: zipfile.ZipFile, path: str, *, most: int = LARGEST_DOCUMENT) -> Any:  # noqa: ANN401 (any JSON)
    """The document in a file. Raises `ArchiveNotProven`, as `content_of` does."""
    return json_in(content_of(archive, path, most=most), path)


def json_in(content: bytes, path: str) -> Any:  # noqa: ANN401 (any JSON)
    """The document in a file's bytes. Raises `ArchiveNotProven`: `archive_malformed`."""
    try:
        return read_json(content)
    except NotProven as error:
        raise _malformed(path, str(error)) from error
