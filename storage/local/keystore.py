"""The root key and the key-encryption key as files in one private directory, made on first use.

`root.pem` (PKCS #8) certifies signing keys. `key-encryption.key` wraps them and the data keys of
templates: without it, neither can be read any more. While it is exchanged, the one of before stands
beside it as `key-encryption.former.key`. With a passphrase, all are sealed under the
key in `sealing.json`. Processes that start at once end up with the same keys.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     keys = LocalKeystore(Path(folder) / "keys")
    ...     keys.root.public_key == LocalKeystore(Path(folder) / "keys").root.public_key
    True
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

from storage.contracts.blobs import KeyEncryption
from storage.envelope import KEY_BYTES, new_data_key
from storage.errors import KeyUnavailable
from storage.keyring.exchange import exchanging
from storage.keyring.making import Former
from storage.keyring.stable import AUTHZEN, FACE_INDEX
from storage.keys import Purpose, SigningKey
from storage.local.files import alone_in, create_once, private_directory, replace_file
from storage.local.key_encryption import LocalKeyEncryption
from storage.local.passphrase import SEALED, Sealer, new_box, opened_box
from storage.local.root import LocalRoot

ROOT = "root.pem"
WRAPPING = "key-encryption.key"
FORMER_WRAPPING = "key-encryption.former.key"
"""What `WRAPPING` was before it was exchanged, as long as something is wrapped under it."""
BOX = "sealing.json"


class LocalKeystore:
    """The keys of one directory. Raises `KeyUnavailable` for any that is unfit.

    `passphrase` opens sealed files, and seals those that are made.
    """

    def __init__(self, directory: Path, *, passphrase: bytes | None = None) -> None:
        try:
            self._directory = private_directory(directory)
        except OSError as error:
            raise KeyUnavailable(f"`{directory}` cannot be used: {error.strerror}") from error
        _require_private(self._directory)
        self._sealer = self._opened(passphrase)
        self._wrapping: bytes | None = None

    @property
    def root(self) -> LocalRoot:
        """The root key."""
        return LocalRoot(_private_key(self._kept(ROOT, _new_pem), self._directory / ROOT))

    @property
    def key_encryption(self) -> KeyEncryption:
        """What wraps data keys, signing keys and secrets."""
        return exchanging(*self.key_encryptions())

    def key_encryptions(self, *, make: bool = True) -> list[KeyEncryption]:
        """The key that wraps, and the former one where it was exchanged.

        Where there is none, one is made, unless `make` is false.
        """
        if not make and not (self._directory / WRAPPING).exists():
            raise KeyUnavailable(f"there is no `{WRAPPING}` in `{self._directory}`")
        paths = [self._directory / FORMER_WRAPPING]
        formers = [LocalKeyEncryption(self._whole(path)) for path in paths if path.exists()]
        return [LocalKeyEncryption(self._wrapping_key()), *formers]

    def exchange(self) -> None:
        """Make another key-encryption key, and keep the one of now beside it, as the former one.

        What is cut off in between is completed by doing it again. Raises `KeyUnavailable` where
        there is a former one already: something may be wrapped under it. Of several processes
        that do this at once, one does it.
        """
        with alone_in(self._directory):
            self._wrapping = None
            self._exchange(self._wrapping_key())

    def _exchange(self, key: bytes) -> None:
        former = self._kept(FORMER_WRAPPING, lambda: key)
        if former != key:
            raise KeyUnavailable(
                f"there is `{self._directory / FORMER_WRAPPING}` already: complete that exchange "
                "with `cameo keys rewrap`, and take the file away"
            )
        content = new_data_key()
        if self._sealer is not None:
            content = self._sealer.seal(content, name=WRAPPING)
        replace_file(self._directory / WRAPPING, content)
        self._wrapping = None

    def former(self) -> Former:
        """The signing keys that releases before the ring kept as files, and what they derived."""
        keys = []
        for purpose in Purpose:
            path = self._directory / f"signing-{purpose}.pem"
            if path.exists():
                keys.append(SigningKey.of(purpose, _private_key(self._read(path), path)))
        metadata = [key.private_key for key in keys if key.purpose is Purpose.METADATA]
        if not metadata or not isinstance(metadata[0], Ed25519PrivateKey):
            return Former(keys=tuple(keys))
        derived = {AUTHZEN: _derived(metadata[0].private_bytes_raw(), f"cameo-{AUTHZEN}")}
        if (self._directory / WRAPPING).exists():
            derived[FACE_INDEX] = _derived(self._wrapping_key(), "cameo face index 1")
        return Former(keys=tuple(keys), secrets=derived)

    def seal(self, passphrase: bytes) -> list[str]:
        """Seal every key file, or change the passphrase; return the files that are sealed.

        What is cut off in between is completed by doing it again. The blocks of the disk that held
        an unsealed file are not overwritten.
        """
        with alone_in(self._directory):
            return self._seal(passphrase)

    def _seal(self, passphrase: bytes) -> list[str]:
        box = self._directory / BOX
        if self._sealer is None:
            self._sealer = opened_box(create_once(box, new_box(passphrase)), passphrase)
        else:
            replace_file(box, self._sealer.box(passphrase))
        paths = sorted([*self._directory.glob("*.key"), *self._directory.glob("*.pem")])
        for path in paths:
            content = path.read_bytes()
            if not content.startswith(SEALED):
                replace_file(path, self._sealer.seal(content, name=path.name))
        return [path.name for path in paths]

    def _opened(self, passphrase: bytes | None) -> Sealer | None:
        box = self._directory / BOX
        if passphrase is None:
            if box.exists():
                raise KeyUnavailable(
                    f"the keys in `{self._directory}` are sealed: set `CAMEO_KEY_PASSPHRASE` or "
                    "`CAMEO_KEY_PASSPHRASE_FILE`"
                )
            return None
        # asked in this order: whoever seals from the beginning makes the box first
        if (self._directory / WRAPPING).exists() and not box.exists():
            raise KeyUnavailable(
                f"there is a passphrase, and no `{BOX}` in `{self._directory}`: where the keys "
                "there are not sealed, run `cameo keys seal` first"
            )
        content = box.read_bytes() if box.exists() else create_once(box, new_box(passphrase))
        _require_private(box)
        return opened_box(content, passphrase)

    def _wrapping_key(self) -> bytes:
        if self._wrapping is None:
            self._kept(WRAPPING, new_data_key)
            self._wrapping = self._whole(self._directory / WRAPPING)
        return self._wrapping

    def _whole(self, path: Path) -> bytes:
        key = self._read(path)
        if len(key) != KEY_BYTES:
            raise KeyUnavailable(f"`{path}` is damaged")
        return key

    def _kept(self, name: str, create: Callable[[], bytes]) -> bytes:
        path = self._directory / name
        if not path.exists():
            content = create()
            if self._sealer is not None:
                content = self._sealer.seal(content, name=name)
            try:
                create_once(path, content)
            except OSError as error:
                raise KeyUnavailable(f"`{path}` cannot be made: {error.strerror}") from error
        return self._read(path)

    def _read(self, path: Path) -> bytes:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise KeyUnavailable(f"`{path}` cannot be read: {error.strerror}") from error
        _require_private(path)
        if not content.startswith(SEALED):
            if self._sealer is not None:
                raise KeyUnavailable(f"`{path}` is not sealed: run `cameo keys seal`")
            return content
        if self._sealer is None:
            raise KeyUnavailable(f"`{path}` is sealed, and `{BOX}` is gone")
        return self._sealer.open(content, name=path.name)


def is_sealed(directory: Path) -> bool:
    """Whether the keys of this directory are sealed by a passphrase."""
    return (directory / BOX).exists()


def _derived(key: bytes, info: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info.encode())
    return derivation.derive(key)


def _new_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _private_key(content: bytes, path: Path) -> Ed25519PrivateKey:
    try:
        private_key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnavailable(f"`{path}` is damaged") from error
    if not isinstance(private_key, Ed25519PrivateKey):
        raise KeyUnavailable(f"`{path}` holds no Ed25519 key")
    return private_key


def _require_private(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise KeyUnavailable(
            f"`{path}` has mode `{mode:o}`: other users could reach the keys; run "
            f"`chmod go-rwx {path}`"
        )
