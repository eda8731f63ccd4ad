"""A ZIP archive that is written once, with the SHA-256 of everything in it.

>>> import io
>>> archive = ArchiveWriter(io.BytesIO(), at=datetime(2026, 1, 1), largest=1_000)
>>> archive.add("a.txt", b"a")
>>> [(each["path"], each["bytes"]) for each in archive.files]
[('a.txt', 1)]
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import IO, Any

from cameo_service.errors import ServiceError


class ExportTooLarge(ServiceError):
    """There is more about this person than an archive may hold."""

    code = "export_too_large"


class ArchiveWriter:
    """Writes files one after the other; no file is held whole but the one that is given."""

    def __init__(self, stream: IO[bytes], *, at: datetime, largest: int) -> None:
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)
        self._at = (at.year, at.month, at.day, at.hour, at.minute, at.second)
        self._largest = largest
        self._size = 0
        self.files: list[dict[str, Any]] = []
        """`path`, `bytes` and `sha256` of each file so far."""

    def add(self, path: str, content: bytes) -> None:
        """Write one file."""
        self._write(path, [content])

    def add_json(self, path: str, document: object) -> None:
        """Write a document as JSON, for people to read too."""
        self._write(path, [_json(document)])

    def add_list(self, path: str, items: Iterable[object]) -> int:
        """Write a JSON array of items that come one by one; return how many there were."""
        count = 0

        def pieces() -> Iterable[bytes]:
            nonlocal count
            yield b"["
            for item in items:
                yield (b",\n" if count else b"\n") + _json(item)
                count += 1
            yield b"\n]\n"

        self._write(path, pieces())
        return count

    def close(self) -> None:
        """Write the directory. Nothing can be added afterwards."""
        self._zip.close()

    def _write(self, path: str, pieces: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(path, self._at)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                size += len(piece)
                self._size += len(piece)
                if self._size > self._largest:
                    raise ExportTooLarge(f"the archive would hold more than {self._largest} bytes")
                digest.update(piece)
                file.write(piece)
        self.files.append({"path": path, "bytes": size, "sha256": digest.hexdigest()})


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode()
