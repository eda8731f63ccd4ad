"""Keys as files in one private directory, made on first use.

`key-encryption.key` wraps the data keys of templates: without it, they cannot be read any more.
`signing-….pem` (PKCS #8) sign. Processes that start at once end up with the same keys. A directory
of an earlier release gets the keys that it lacks, and keeps those that it has.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     keys = LocalKeystore(Path(folder) / "keys")
    ...     [key.purpose.value for key in keys.public_keys()][:3]
    ['identity', 'permit', 'grant']
"""

import stat
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from storage.envelope import KEY_BYTES, new_data_key
from storage.errors import KeyUnavailable
from storage.keys import PublicKey, Purpose, SigningKey
from storage.local.files import create_once, private_directory
from storage.local.key_encryption import LocalKeyEncryption


class LocalKeystore:
    """The keys of one directory, read once. Raises `KeyUnavailable` for any that is unfit."""

    def __init__(self, directory: Path) -> None:
        try:
            self._directory = private_directory(directory)
        except OSError as error:
            raise KeyUnavailable(f"`{directory}` cannot be used: {error.strerror}") from error
        _require_private(self._directory)
        wrapping_key = self._read("key-encryption.key", new_data_key)
        if len(wrapping_key) != KEY_BYTES:
            raise KeyUnavailable(f"`{self._directory / 'key-encryption.key'}` is damaged")
        self.key_encryption = LocalKeyEncryption(wrapping_key)
        self.face_secret = _derived(wrapping_key, "face index")
        """What turns the faces of an index in the database: `storage.faces.turning`."""
        self._signing = {purpose: self._signing_key(purpose) for purpose in Purpose}

    def signing_key(self, purpose: Purpose) -> SigningKey:
        """The key that signs for `purpose`."""
        return self._signing[purpose]

    def public_keys(self) -> list[PublicKey]:
        """The public half of every signing key, in order of purpose."""
        return [key.public for key in self._signing.values()]

    def _signing_key(self, purpose: Purpose) -> SigningKey:
        name = f"signing-{purpose}.pem"
        try:
            private_key = load_pem_private_key(self._read(name, _new_pem), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyUnavailable(f"`{self._directory / name}` is damaged") from error
        if not isinstance(private_key, Ed25519PrivateKey):
            raise KeyUnavailable(f"`{self._directory / name}` holds no Ed25519 key")
        return SigningKey.of(purpose, private_key)

    def _read(self, name: str, create: Callable[[], bytes]) -> bytes:
        path = self._directory / name
        try:
            content = path.read_bytes() if path.exists() else create_once(path, create())
        except OSError as error:
            raise KeyUnavailable(f"`{path}` cannot be read: {error.strerror}") from error
        _require_private(path)
        return content


def _derived(key: bytes, use: str) -> bytes:
    info = f"cameo {use} 1".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def _new_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _require_private(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise KeyUnavailable(
            f"`{path}` has mode `{mode:o}`: other users could reach the keys; run "
            f"`chmod go-rwx {path}`"
        )
