"""What lies outside the database: the root key and the key-encryption key, local or at KMS.

held = keys_of(Settings())
held.root.public_key
"""

from dataclasses import dataclass
from pathlib import Path

from cameo_service.settings import Settings
from storage.contracts import KeyEncryption
from storage.contracts.roots import RootKey
from storage.errors import KeyUnavailable
from storage.keyring.making import Former
from storage.local.keystore import LocalKeystore


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKeys:
    """The two keys, and what an earlier release kept beside them."""

    root: RootKey
    key_encryption: KeyEncryption
    former: Former


def keys_of(settings: Settings) -> HeldKeys:
    """The keys that the settings name. Raises `KeyUnavailable`."""
    if settings.kms_root_key is not None and settings.kms_key_encryption_key is not None:
        root, key_encryption = _kms_root(settings), _kms_key_encryption(settings)
        return HeldKeys(root=root, key_encryption=key_encryption, former=Former())
    local = LocalKeystore(settings.key_directory, passphrase=passphrase_of(settings))
    return HeldKeys(
        root=local.root if settings.kms_root_key is None else _kms_root(settings),
        key_encryption=(
            local.key_encryption
            if settings.kms_key_encryption_key is None
            else _kms_key_encryption(settings)
        ),
        former=local.former(),
    )


def passphrase_of(settings: Settings) -> bytes | None:
    """The passphrase of the key files, if there is one. Raises `KeyUnavailable`."""
    if settings.key_passphrase is not None:
        return settings.key_passphrase.get_secret_value().encode()
    if settings.key_passphrase_file is None:
        return None
    return read_passphrase(settings.key_passphrase_file)


def read_passphrase(path: Path) -> bytes:
    """The passphrase in a file, without one line break at its end. Raises `KeyUnavailable`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KeyUnavailable(f"`{path}` cannot be read: {error.strerror}") from error
    passphrase = content.removesuffix(b"\n").removesuffix(b"\r")
    if not passphrase:
        raise KeyUnavailable(f"`{path}` holds no passphrase")
    return passphrase


def _kms_root(settings: Settings) -> RootKey:
    from storage.aws.kms import KmsRoot, connect

    client = connect(endpoint_url=settings.kms_endpoint_url)
    return KmsRoot(client, key_id=str(settings.kms_root_key))


def _kms_key_encryption(settings: Settings) -> KeyEncryption:
    from storage.aws.kms import KmsKeyEncryption, connect

    client = connect(endpoint_url=settings.kms_endpoint_url)
    return KmsKeyEncryption(client, key_id=str(settings.kms_key_encryption_key))
