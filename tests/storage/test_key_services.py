"""The root key and the key-encryption key, local and at a KMS server, by one contract."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from storage.algorithms import (
    Algorithm,
    BadSignature,
    algorithm_of,
    new_private_key,
    thumbprint,
    verify,
)
from storage.aws.kms import KmsKeyEncryption, KmsRoot, connect
from storage.contracts import KeyEncryption
from storage.contracts.roots import RootKey
from storage.errors import KeyUnavailable, Tampered
from storage.keyring.exchange import KeyExchange
from storage.local.key_encryption import LocalKeyEncryption
from storage.local.keystore import LocalKeystore
from storage.local.root import LocalRoot
from storage.wrapping import mark_of

CONTEXT = {"purpose": "permit", "kid": "a"}


def signing_key(kms: Any, spec: str = "ECC_NIST_P256") -> str:
    answer = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=spec)
    return str(answer["KeyMetadata"]["KeyId"])


@pytest.fixture(params=["local", "local ES256", "kms"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> RootKey:
    if request.param == "local":
        return LocalKeystore(tmp_path / "keys").root
    if request.param == "local ES256":
        return LocalRoot(new_private_key(Algorithm.ES256))
    kms = request.getfixturevalue("kms")
    return KmsRoot(kms, key_id=signing_key(kms))


@pytest.fixture(params=["local", "kms"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[KeyEncryption, KeyEncryption]:
    """Two keys that wrap."""
    if request.param == "local":
        one, two = (LocalKeystore(tmp_path / name).key_encryption for name in "ab")
        return one, two
    kms = request.getfixturevalue("kms")
    ids = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    return KmsKeyEncryption(kms, key_id=ids[0]), KmsKeyEncryption(kms, key_id=ids[1])


def test_what_the_root_signs_its_public_half_verifies(root: RootKey) -> None:
    signature = root.sign(b"said")
    assert len(signature) == 64
    verify(root.public_key, signature, b"said")
    for message, given in ((b"unsaid", signature), (b"said", signature[::-1]), (b"said", b"")):
        with pytest.raises(BadSignature):
            verify(root.public_key, given, message)


def test_the_root_stays_the_same(root: RootKey) -> None:
    assert thumbprint(root.public_key) == thumbprint(root.public_key)


def test_what_is_wrapped_is_unwrapped_in_its_context_alone(
    pair: tuple[KeyEncryption, KeyEncryption],
) -> None:
    keys = pair[0]
    wrapped = keys.wrap(bytes(range(138)), context=CONTEXT)
    assert keys.unwrap(wrapped, context=CONTEXT) == bytes(range(138))
    assert bytes(range(138)) not in wrapped
    for context in ({}, CONTEXT | {"kid": "b"}, {"purpose": "permit"}, CONTEXT | {"more": "x"}):
        with pytest.raises(Tampered):
            keys.unwrap(wrapped, context=context)


def test_no_altered_or_shortened_wrapping_unwraps(
    pair: tuple[KeyEncryption, KeyEncryption],
) -> None:
    keys = pair[0]
    wrapped = keys.wrap(b"one", context=CONTEXT)
    altered = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    for given in (altered, wrapped[:-1], wrapped[:5], b""):
        with pytest.raises(Tampered):
            keys.unwrap(given, context=CONTEXT)


def test_another_key_does_not_unwrap(pair: tuple[KeyEncryption, KeyEncryption]) -> None:
    wrapped = pair[0].wrap(b"one", context=CONTEXT)
    with pytest.raises((Tampered, KeyUnavailable)):
        pair[1].unwrap(wrapped, context=CONTEXT)


def test_what_is_wrapped_says_which_key_did_it(pair: tuple[KeyEncryption, KeyEncryption]) -> None:
    one, two = pair
    wrapped = one.wrap(b"one", context=CONTEXT, under=one.mark)
    assert mark_of(wrapped) == one.mark
    assert one.mark != two.mark
    with pytest.raises(KeyUnavailable, match="was exchanged"):
        two.wrap(b"one", context=CONTEXT, under=one.mark)
    marked = two.mark + wrapped[len(one.mark) :]
    with pytest.raises((Tampered, KeyUnavailable)):
        two.unwrap(marked, context=CONTEXT)


def test_an_alias_that_means_another_key_now_wraps_nothing_unasked(kms: Any) -> None:
    first, second = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.create_alias(AliasName="alias/cameo-moving", TargetKeyId=first)
    keys = KmsKeyEncryption(kms, key_id="alias/cameo-moving")
    named = keys.mark
    assert named == KmsKeyEncryption(kms, key_id=first).mark
    kms.update_alias(AliasName="alias/cameo-moving", TargetKeyId=second)
    with pytest.raises(KeyUnavailable, match="was exchanged"):
        keys.wrap(b"one", context=CONTEXT, under=named)


def test_what_a_local_key_wrapped_needs_no_kms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr("storage.aws.kms.ATTEMPTS", 1)
    away = connect(region="us-east-1", endpoint_url="http://127.0.0.1:9")
    local, at_kms = LocalKeyEncryption(bytes(32)), KmsKeyEncryption(away, key_id="alias/new")
    wrapped = local.wrap(b"one", context=CONTEXT)
    with pytest.raises(Tampered):
        at_kms.unwrap(wrapped, context=CONTEXT)
    both = KeyExchange(at_kms, local)
    assert both.unwrap(wrapped, context=CONTEXT) == b"one"
    assert both.wrap(b"two", context=CONTEXT).startswith(local.mark)
    with pytest.raises(KeyUnavailable):
        both.unwrap(b"\x01" + bytes(40), context=CONTEXT)
    away.close()


def test_what_kms_wrapped_for_an_earlier_release_is_unwrapped(kms: Any) -> None:
    keys = KmsKeyEncryption(kms, key_id=kms.create_key()["KeyMetadata"]["KeyId"])
    wrapped = keys.wrap(b"one", context=CONTEXT)
    assert keys.unwrap(wrapped[len(keys.mark) :], context=CONTEXT) == b"one"
    with pytest.raises(Tampered):
        keys.unwrap(keys.mark, context=CONTEXT)


def test_a_kms_key_that_is_missing_or_of_another_kind_is_unavailable(kms: Any) -> None:
    symmetric = kms.create_key()["KeyMetadata"]["KeyId"]
    rsa = signing_key(kms, "RSA_2048")
    other_curve = signing_key(kms, "ECC_NIST_P384")
    for key_id in ("alias/none", symmetric, rsa, other_curve):
        with pytest.raises(KeyUnavailable):
            KmsRoot(kms, key_id=key_id).sign(b"said")
    with pytest.raises(KeyUnavailable, match="alias/none"):
        KmsKeyEncryption(kms, key_id="alias/none").wrap(b"one", context=CONTEXT)


def test_a_kms_that_is_away_is_unavailable_and_names_no_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr("storage.aws.kms.ATTEMPTS", 1)
    client = connect(region="us-east-1", endpoint_url="http://127.0.0.1:9")
    with pytest.raises(KeyUnavailable) as caught:
        KmsKeyEncryption(client, key_id="alias/x").unwrap(b"x", context=CONTEXT)
    assert "127.0.0.1" not in str(caught.value)


class Recorded:
    """What is asked of KMS about an Ed25519 key, which moto's server does not have."""

    def __init__(self, *, forges: bool = False) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.forges = forges
        self.asked: list[dict[str, Any]] = []

    def get_public_key(self, **request: Any) -> dict[str, bytes]:
        self.asked.append(request)
        key = self.key.public_key()
        return {"PublicKey": key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)}

    def sign(self, **request: Any) -> dict[str, bytes]:
        self.asked.append(request)
        return {"Signature": self.key.sign(b"else" if self.forges else request["Message"])}


def test_an_ed25519_key_at_kms_is_asked_as_its_manual_says() -> None:
    client = Recorded()
    root = KmsRoot(client, key_id="alias/root")
    verify(root.public_key, root.sign(b"said"), b"said")
    assert algorithm_of(root.public_key) is Algorithm.EDDSA
    assert client.asked == [
        {"KeyId": "alias/root"},
        {
            "KeyId": "alias/root",
            "Message": b"said",
            "MessageType": "RAW",
            "SigningAlgorithm": "ED25519_SHA_512",
        },
    ]


def test_a_signature_that_is_not_the_roots_own_is_not_handed_on() -> None:
    with pytest.raises(KeyUnavailable, match="not its own"):
        KmsRoot(Recorded(forges=True), key_id="alias/root").sign(b"said")
