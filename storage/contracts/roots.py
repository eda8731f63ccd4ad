"""The root key, which certifies signing keys and lies outside the database.

signature = root.sign(b"said")
"""

from typing import Protocol

from storage.algorithms import PublicHalf


class RootKey(Protocol):
    """Certifies signing keys, and signs nothing else. Any thread may use it."""

    @property
    def public_key(self) -> PublicHalf:
        """What verifies its signatures. Raises `KeyUnavailable`."""

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`, 64 bytes as JWS writes it. Raises `KeyUnavailable`."""
