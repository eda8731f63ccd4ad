"""Blobs as files in one private directory: there whole or not at all, never outside of it.

A name's slashes become `+` in the file's name, which no name holds: there are no directories to
escape from, or to clean up. A file ends with the SHA-256 of what comes before it, which is compared
whenever the blob is read.

    >>> import io, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     blobs = LocalBlobs(Path(folder) / "blobs")
    ...     blobs.put("a/b", io.BytesIO(b"bytes"), limit=10), blobs.list("a/")
    (5, ['a/b'])
"""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from storage.blobs import CHUNK_BYTES, require_name, require_prefix
from storage.errors import NotFound, StoreUnavailable, Tampered, TooLarge
from storage.local.files import private_directory, sync_directory

SLASH = "+"
INCOMING = ".incoming-"
DIGEST_BYTES = 32
ABANDONED_AFTER = 24 * 3600
"""Seconds after which a file that was never finished is taken for one of a process that died."""


class LocalBlobs:
    """`Blobs` in a directory, which is created where it is missing."""

    def __init__(self, directory: Path, *, clock: Callable[[], float] = time.time) -> None:
        with _wrapping_errors():
            self._directory = private_directory(directory)
            self._sweep(before=clock() - ABANDONED_AFTER)

    def put(self, name: str, source: BinaryIO, *, limit: int) -> int:
        """Store what `source` holds, atomically and durably, and return its size in bytes."""
        require_name(name)
        incoming = self._directory / f"{INCOMING}{secrets.token_hex(8)}"
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
        with _wrapping_errors():
            descriptor = os.open(incoming, flags, 0o600)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                size = _copy(source, file, limit=limit)
                with _wrapping_errors():
                    os.fsync(file.fileno())
            with _wrapping_errors():
                incoming.replace(self._path(name))
                sync_directory(self._directory)
        except BaseException:
            incoming.unlink(missing_ok=True)
            raise
        return size

    def fetch(self, name: str, target: BinaryIO) -> int:
        """Write the blob into `target` and return its size. Raises `NotFound`, `Tampered`."""
        require_name(name)
        digest, held, size = hashlib.sha256(), b"", 0
        with self._opened(name) as file:
            while chunk := _read(file):
                # the last bytes so far may be the checksum
                held += chunk
                content, held = held[:-DIGEST_BYTES], held[-DIGEST_BYTES:]
                digest.update(content)
                target.write(content)
                size += len(content)
        if held != digest.digest():
            raise Tampered(f"blob `{name}` is not what was stored")
        return size

    def delete(self, name: str) -> None:
        """Delete the blob. Nothing happens where there is none."""
        require_name(name)
        with _wrapping_errors():
            self._path(name).unlink(missing_ok=True)
            sync_directory(self._directory)

    def list(self, prefix: str = "") -> list[str]:
        """Every name with this prefix, in order."""
        require_prefix(prefix)
        with _wrapping_errors(), os.scandir(self._directory) as entries:
            files = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        names = [file.replace(SLASH, "/") for file in files if not file.startswith(INCOMING)]
        return sorted(name for name in names if name.startswith(prefix))

    def _path(self, name: str) -> Path:
        return self._directory / name.replace("/", SLASH)

    @contextmanager
    def _opened(self, name: str) -> Iterator[BinaryIO]:
        try:
            with _wrapping_errors():
                # a link that somebody planted here is not followed
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
                descriptor = os.open(self._path(name), flags)
        except StoreUnavailable as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise NotFound(f"there is no blob `{name}`") from error
            raise
        with os.fdopen(descriptor, "rb") as file:
            yield file

    def _sweep(self, *, before: float) -> None:
        for path in self._directory.glob(f"{INCOMING}*"):
            if path.lstat().st_mtime < before:
                path.unlink(missing_ok=True)


def _copy(source: BinaryIO, file: BinaryIO, *, limit: int) -> int:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK_BYTES):
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"there are more than `{limit}` bytes")
        digest.update(chunk)
        with _wrapping_errors():
            _write(file, chunk)
    with _wrapping_errors():
        _write(file, digest.digest())
    return size


def _write(file: BinaryIO, chunk: bytes) -> None:
    """Write all of `chunk`: an unbuffered file may take a part, as when the disk fills up."""
    remaining = memoryview(chunk)
    while remaining:
        remaining = remaining[file.write(remaining) :]


def _read(file: BinaryIO) -> bytes:
    with _wrapping_errors():
        return file.read(CHUNK_BYTES)


@contextmanager
def _wrapping_errors() -> Iterator[None]:
    """Errors of the disk alone; those of the source or the target are their owner's."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"the blobs' directory failed: {error.strerror}") from error
