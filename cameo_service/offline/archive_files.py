"""The files in an archive that somebody else made, unfolded with a bound.

    with zipfile.ZipFile(stream) as archive:
        files = ArchiveFiles(archive, stream)
        files.content("manifest.json", most=1_000_000)

A file's bytes are all that lies between its header and the next one's: what stands behind the end
of a packed file is ignored by some programs, and shown by others as one more file.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

from cameo_service.offline.archive_layout import (
    LARGEST,
    ArchiveNotProven,
    content_at,
    malformed,
    require_plain,
)
from cameo_service.offline.documents import read_json
from cameo_service.offline.errors import NotProven

LARGEST_DOCUMENT = 256 * 1024 * 1024
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)
"""What `zipfile` raises for what somebody else made: `NotImplementedError` is a `RuntimeError`."""

_PIECE = 1 << 20


class ArchiveFiles:
    """The files of an archive. Raises `ArchiveNotProven`, as `require_plain` does."""

    def __init__(
        self, archive: zipfile.ZipFile, stream: IO[bytes], *, largest: int = LARGEST
    ) -> None:
        require_plain(archive, stream, largest=largest)
        self._entries = {entry.filename: entry for entry in archive.infolist()}
        self._stream = stream

    @property
    def names(self) -> list[str]:
        """The files' paths, as they are listed."""
        return list(self._entries)

    def require_bytes(self, path: str, *, size: int, sha256: str) -> None:
        """Raise `ArchiveNotProven`: `file_altered`, unless the file has these bytes.

        `archive_malformed`, where something is hidden behind them.
        """
        digest = hashlib.sha256()
        entry = self._entry(path)
        if entry.file_size == size:
            for piece in self._pieces(entry):
                digest.update(piece)
        if entry.file_size != size or digest.hexdigest() != sha256:
            raise ArchiveNotProven(
                "file_altered", "its bytes are not those that were signed", path=path
            )

    def content(self, path: str, *, most: int = LARGEST_DOCUMENT) -> bytes:
        """The file's bytes, `most` of them at most.

        Raises `ArchiveNotProven`: `file_missing`, `file_altered`, `archive_malformed`.
        """
        entry = self._entry(path)
        if entry.file_size > most:
            raise malformed(path, "too long to be read")
        return b"".join(self._pieces(entry))

    def document(self, path: str, *, most: int = LARGEST_DOCUMENT) -> Any:  # noqa: ANN401 (any JSON)
        """The JSON in a file. Raises `ArchiveNotProven`, as `content` does."""
        return document_in(self.content(path, most=most), path)

    def _entry(self, path: str) -> zipfile.ZipInfo:
        if path not in self._entries:
            raise ArchiveNotProven("file_missing", "it is not there", path=path)
        return self._entries[path]

    def _pieces(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """The unfolded bytes: as many as are listed, of the listed checksum, and none behind."""
        self._stream.seek(content_at(entry, self._stream))
        deflated = entry.compress_type == zipfile.ZIP_DEFLATED
        checksum, left = 0, entry.file_size
        for piece in _inflated(self._packed(entry), entry) if deflated else self._packed(entry):
            left -= len(piece)
            if left < 0:
                break
            checksum = zlib.crc32(piece, checksum)
            yield piece
        if left or checksum != entry.CRC:
            raise _altered(entry, "its size or checksum is not the one that is listed")

    def _packed(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        left = entry.compress_size
        while left:
            piece = self._stream.read(min(_PIECE, left))
            if not piece:
                raise _altered(entry, "it is cut off")
            left -= len(piece)
            yield piece


def _inflated(packed: Iterator[bytes], entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unfold a deflate stream (RFC 1951) that ends with the last of its bytes, and no sooner."""
    unfolding = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in packed:
        given, more = piece, True
        while more:
            try:
                unfolded = unfolding.decompress(given, _PIECE)
            except zlib.error as error:
                raise _altered(entry, f"cannot be read: {error}") from error
            yield unfolded
            given = unfolding.unconsumed_tail
            more = bool(given) or len(unfolded) == _PIECE
        if unfolding.unused_data:
            raise _hidden(entry)
    if not unfolding.eof:
        raise _altered(entry, "it is cut off")


def _hidden(entry: zipfile.ZipInfo) -> ArchiveNotProven:
    return malformed(entry.filename, "something is hidden behind the end of its bytes")


def _altered(entry: zipfile.ZipInfo, message: str) -> ArchiveNotProven:
    return ArchiveNotProven("file_altered", message, path=entry.filename)


def document_in(content: bytes, path: str) -> Any:  # noqa: ANN401 (any JSON)
    """The JSON in a file's bytes. Raises `ArchiveNotProven`: `archive_malformed`."""
    try:
        return read_json(content)
    except NotProven as error:
        raise malformed(path, str(error)) from error
