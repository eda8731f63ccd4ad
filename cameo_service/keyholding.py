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
from storage.keyring.exchange import exchanging
from storage.keyring.making import Former
from storage.local.keystore import LocalKeystore

LOCAL = "local"
"""How the settings call the key-encryption key of the data directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKeys:
    """The two keys, and what an earlier release kept beside them."""

    root: RootKey
    key_encryption: KeyEncryption
    former: Former


def keys_of(settings: Settings) -> HeldKeys:
    """The keys that the settings name. Raises `KeyUnavailable`."""
    local = _local(settings)
    key_encryption = exchanging(*_present(settings, local), *_formers(settings, local))
    return HeldKeys(
        root=_kms_root(settings) if settings.kms_root_key is not None else _required(local).root,
        key_encryption=key_encryption,
        former=Former() if local is None else local.former(),
    )


def _local(settings: Settings) -> LocalKeystore | None:
    """The key files, if there is one among them that is needed."""
    at_kms = settings.kms_root_key is not None and settings.kms_key_encryption_key is not None
    if at_kms and settings.former_key_encryption_key != LOCAL:
        return None
    return LocalKeystore(settings.key_directory, passphrase=passphrase_of(settings))


def _present(settings: Settings, local: LocalKeystore | None) -> list[KeyEncryption]:
    at_kms = settings.kms_key_encryption_key
    if at_kms is None:
        return _required(local).key_encryptions()
    return [_kms_key_encryption(settings, at_kms)]


def _formers(settings: Settings, local: LocalKeystore | None) -> list[KeyEncryption]:
    """What the key-encryption key was before, where the settings say so."""
    former = settings.former_key_encryption_key
    if former is None:
        return []
    if former == LOCAL:
        return _required(local).key_encryptions(make=False)
    return [_kms_key_encryption(settings, former)]


def _required(local: LocalKeystore | None) -> LocalKeystore:
    if local is None:
        raise KeyUnavailable("a key file is needed, and none was looked for")
    return local


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


def _kms_key_encryption(settings: Settings, key_id: str) -> KeyEncryption:
    from storage.aws.kms import KmsKeyEncryption, connect

    client = connect(endpoint_url=settings.kms_endpoint_url)
    return KmsKeyEncryption(client, key_id=key_id)
