"""The local keystore, and data keys wrapped under its key."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt import PyJWK

from storage.algorithms import verify
from storage.errors import KeyUnavailable, Tampered
from storage.keys import thumbprint
from storage.local.key_encryption import LocalKeyEncryption
from storage.local.keystore import LocalKeystore

ROOT = Path(__file__).parents[2]
CONTEXT = {"cameo_id": "cam_1", "purpose": "x"}


def made(directory: Path, passphrase: bytes | None = None) -> str:
    """Use every key of the directory; return the name of the root key."""
    keys = LocalKeystore(directory, passphrase=passphrase)
    keys.key_encryption.wrap(b"", context={})
    keys.former()
    return thumbprint(keys.root.public_key)


def test_the_thumbprint_is_that_of_the_standard() -> None:
    # RFC 8037, appendix A.3
    key = PyJWK(
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }
    ).key
    assert isinstance(key, Ed25519PublicKey)
    assert thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_keys_stay_the_same(tmp_path: Path) -> None:
    first, again = LocalKeystore(tmp_path / "keys"), LocalKeystore(tmp_path / "keys")
    assert thumbprint(first.root.public_key) == thumbprint(again.root.public_key)
    verify(again.root.public_key, first.root.sign(b"said"), b"said")
    wrapped = first.key_encryption.wrap(b"data key", context=CONTEXT)
    assert again.key_encryption.unwrap(wrapped, context=CONTEXT) == b"data key"


def test_files_are_private_and_the_root_is_pkcs8(tmp_path: Path) -> None:
    made(tmp_path / "data/keys")
    assert (tmp_path / "data/keys").stat().st_mode & 0o777 == 0o700
    files = sorted((tmp_path / "data/keys").iterdir())
    assert [file.name for file in files] == ["key-encryption.key", "root.pem"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    content = files[1].read_bytes()
    assert content.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert isinstance(load_pem_private_key(content, None), Ed25519PrivateKey)


@pytest.mark.parametrize("name", ["key-encryption.key", "root.pem", "signing-permit.pem"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 31, b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_damaged_key_is_refused_and_kept(tmp_path: Path, name: str, content: bytes) -> None:
    made(tmp_path)
    (tmp_path / name).write_bytes(content)
    (tmp_path / name).chmod(0o600)
    with pytest.raises(KeyUnavailable, match=name):
        made(tmp_path)
    assert (tmp_path / name).read_bytes() == content


@pytest.mark.parametrize("name", ["root.pem", "signing-permit.pem"])
def test_a_key_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    made(tmp_path)
    other = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / name).write_bytes(other)
    (tmp_path / name).chmod(0o600)
    with pytest.raises(KeyUnavailable, match="no Ed25519 key"):
        made(tmp_path)


@pytest.mark.parametrize("name", [".", "key-encryption.key", "root.pem"])
def test_keys_that_others_can_read_are_refused(tmp_path: Path, name: str) -> None:
    made(tmp_path / "keys")
    path = tmp_path / "keys" / name
    path.chmod(path.stat().st_mode | 0o040)
    with pytest.raises(KeyUnavailable, match="chmod go-rwx"):
        made(tmp_path / "keys")


def test_a_directory_that_cannot_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeyUnavailable):
        LocalKeystore(tmp_path / "file")
    with pytest.raises(KeyUnavailable):
        LocalKeystore(tmp_path / "file" / "keys")


STARTED = """
import os
import sys
from pathlib import Path
from storage.keys import thumbprint
from storage.local import passphrase
from storage.local.keystore import LocalKeystore

passphrase.new_box.__kwdefaults__["cost"] = 2**10
sys.stdin.readline()
keys = LocalKeystore(Path(sys.argv[1]), passphrase=sys.argv[2].encode() or None)
wrapped = keys.key_encryption.wrap(b"one", context={})
print(thumbprint(keys.root.public_key))
(Path(sys.argv[1]).parent / f"{os.getpid()}.wrapped").write_bytes(wrapped)
"""


@pytest.mark.parametrize("passphrase", ["", "correct horse"])
def test_processes_that_start_at_once_have_the_same_keys(tmp_path: Path, passphrase: str) -> None:
    command = [sys.executable, "-c", STARTED, str(tmp_path / "keys"), passphrase]
    processes = [
        subprocess.Popen(  # noqa: S603 (our own command)
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=240)[0] for process in processes}
    assert len(answers) == 1
    assert len(answers.pop()) == 44
    keys = LocalKeystore(tmp_path / "keys", passphrase=passphrase.encode() or None)
    wrapped = [path.read_bytes() for path in tmp_path.glob("*.wrapped")]
    assert len(wrapped) == 3
    assert {keys.key_encryption.unwrap(each, context={}) for each in wrapped} == {b"one"}


@pytest.mark.parametrize("position", range(0, 52, 4))
def test_an_altered_wrapped_key_does_not_unwrap(position: int) -> None:
    keys = LocalKeyEncryption(bytes(32))
    wrapped = bytearray(keys.wrap(b"data key", context=CONTEXT))
    assert len(wrapped) == 52
    wrapped[position] ^= 0x80
    with pytest.raises(Tampered):
        keys.unwrap(bytes(wrapped), context=CONTEXT)


@pytest.mark.parametrize("context", [{}, {"cameo_id": "cam_1"}, CONTEXT | {"cameo_id": "cam_2"}])
def test_another_context_does_not_unwrap(context: dict[str, str]) -> None:
    keys = LocalKeyEncryption(bytes(32))
    with pytest.raises(Tampered):
        keys.unwrap(keys.wrap(b"data key", context=CONTEXT), context=context)


@pytest.mark.parametrize("length", [0, 1, 13, 16, 28, 43, 51])
def test_a_shortened_wrapped_key_does_not_unwrap(length: int) -> None:
    keys = LocalKeyEncryption(bytes(32))
    with pytest.raises(Tampered):
        keys.unwrap(keys.wrap(b"data key", context=CONTEXT)[:length], context=CONTEXT)
