"""Files that are there whole or not at all, and private to their user.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     first = create_once(Path(folder) / "key", b"mine")
...     second = create_once(Path(folder) / "key", b"yours")
>>> first, second
(b'mine', b'mine')
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def private_directory(path: Path) -> Path:
    """Create the directory with mode 0700 where it is missing, and return its real path."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path.resolve(strict=True)


def create_once(path: Path, content: bytes) -> bytes:
    """Write the file with mode 0600 unless it exists; return what stands in it.

    Of several processes that do this at once, one wins, and all return its content.
    """
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            # unlike a rename, a link fails where the name is taken
            os.link(temporary, path)
        except FileExistsError:
            return path.read_bytes()
    finally:
        temporary.unlink()
    sync_directory(path.parent)
    return content


@contextmanager
def alone_in(path: Path) -> Iterator[None]:
    """Keep everybody else who asks for this out of the directory, in this process too."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # the lock is the descriptor's, and goes with it
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Make names that were added to or removed from the directory survive a crash."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """Put a file with mode 0600 in place of `path`: it has the old content or the new one."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(path.parent)
