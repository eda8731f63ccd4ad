"""What lies outside the database: bytes under a name, and what wraps data keys.

blobs.fetch("recordings/en_1", target)
"""

from typing import BinaryIO, Protocol


class Blobs(Protocol):
    """Bytes under a name.

    A name is 1 to 200 characters of `a-z0-9/_.-` without `..`; what stands between slashes is not
    empty and does not start with a dot. Errors of the source or the target pass through.
    """

    def put(self, name: str, source: BinaryIO, *, limit: int) -> int:
        """Store what `source` holds, atomically and durably, and return its size in bytes.

        Raises `TooLarge` past `limit` bytes, keeping nothing. A taken name is replaced.
        """

    def fetch(self, name: str, target: BinaryIO) -> int:
        """Write the blob into `target` and return its size. Raises `NotFound`.

        Raises `Tampered`, at the end, where the bytes are not those that were put: nothing in
        `target` is to be used then. The checksum (SHA-256) lies beside the bytes, so it shows what
        broke or was changed, and not what somebody replaced together with its checksum.
        """

    def delete(self, name: str) -> None:
        """Delete the blob. Nothing happens where there is none."""

    def list(self, prefix: str = "") -> list[str]:
        """Every name with this prefix, in order."""


class KeyEncryption(Protocol):
    """Wraps data keys. `context` is authenticated: unwrapping with another one fails."""

    @property
    def mark(self) -> bytes:
        """What everything that it wraps begins with: `storage.wrapping`. Raises `KeyUnavailable`
        where the key must be asked for it and is away."""

    @property
    def formers(self) -> tuple[bytes, ...]:
        """The marks of the keys that it takes the place of, the last one that wrapped first; none
        where there is no exchange. Raises `KeyUnavailable`, as `mark` does."""

    def wrap(
        self, data_key: bytes, *, context: dict[str, str], under: bytes | None = None
    ) -> bytes:
        """The data key, encrypted under the key-encryption key: its mark, and then the rest.

        `under` is the mark of the key that the database names, None where it names none. Raises
        `KeyUnavailable` where that is another key.
        """

    def unwrap(self, wrapped: bytes, *, context: dict[str, str]) -> bytes:
        """The data key. Raises `Tampered`, or `KeyUnavailable` where the key cannot be asked."""
