"""The root key and the key-encryption key at AWS KMS, which never hands them out.

    client = connect()
    root = KmsRoot(client, key_id="alias/cameo-root")
    key_encryption = KmsKeyEncryption(client, key_id="alias/cameo-wrapping")

The root is an asymmetric key for signing: `ECC_NIST_P256` (ES256) or `ECC_NIST_EDWARDS25519`
(EdDSA). The other is a symmetric one; what is wrapped is bound to its context by KMS itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from storage.algorithms import (
    Algorithm,
    BadSignature,
    MalformedKey,
    PublicHalf,
    algorithm_of,
    joined,
    verify,
)
from storage.errors import KeyUnavailable, Tampered
from storage.wrapping import (
    DOES_NOT_UNWRAP,
    MARK_BYTES,
    Holder,
    holder_of,
    mark_for,
    mark_of,
    require_named,
)

SIGNING_ALGORITHMS = {Algorithm.ES256: "ECDSA_SHA_256", Algorithm.EDDSA: "ED25519_SHA_512"}
"""KMS' names. For Ed25519 the message itself is sent (`RAW`), as EdDSA has it."""

ALTERED = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
"""What KMS answers when a ciphertext, its context or its key is another."""

TIMEOUT_S = 5
ATTEMPTS = 3
CONNECTIONS = 20
"""Kept for the next question. A worker opens as many secrets of webhooks side by side."""


def connect(*, region: str | None = None, endpoint_url: str | None = None) -> Any:  # noqa: ANN401 (boto3 makes its classes at run time)
    """boto3's client for KMS, with its own search for credentials and region."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=TIMEOUT_S,
        read_timeout=TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=CONNECTIONS,
    )
    with _wrapping_errors("the key service"):
        return boto3.client("kms", region_name=region, endpoint_url=endpoint_url, config=config)


class KmsRoot:
    """`RootKey` at KMS."""

    def __init__(self, client: Any, *, key_id: str) -> None:  # noqa: ANN401 (boto3 makes its classes at run time)
        self._client = client
        self._key_id = key_id

    @cached_property
    def public_key(self) -> PublicHalf:
        """What verifies its signatures; asked for once."""
        with _wrapping_errors(self._key_id):
            der = self._client.get_public_key(KeyId=self._key_id)["PublicKey"]
        try:
            key = load_der_public_key(der)
            if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey):
                raise KeyUnavailable(f"`{self._key_id}` is neither of P-256 nor of Ed25519")
            algorithm_of(key)
        except (ValueError, UnsupportedAlgorithm) as error:
            # of them MalformedKey: another curve
            raise KeyUnavailable(f"`{self._key_id}` is neither of P-256 nor of Ed25519") from error
        return key

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`, verified here before it is handed on."""
        algorithm = algorithm_of(self.public_key)
        with _wrapping_errors(self._key_id):
            answer = self._client.sign(
                KeyId=self._key_id,
                Message=message,
                MessageType="RAW",
                SigningAlgorithm=SIGNING_ALGORITHMS[algorithm],
            )
        try:
            given = answer["Signature"]
            signature: bytes = joined(given) if algorithm is Algorithm.ES256 else given
            verify(self.public_key, signature, message)
        except (BadSignature, MalformedKey, ValueError) as error:
            raise KeyUnavailable(
                f"`{self._key_id}` gave a signature that is not its own"
            ) from error
        return signature


class KmsKeyEncryption:
    """`KeyEncryption` under a symmetric key at KMS; the context is its encryption context."""

    formers: tuple[bytes, ...] = ()

    def __init__(self, client: Any, *, key_id: str) -> None:  # noqa: ANN401 (boto3 makes its classes at run time)
        self._client = client
        self._key_id = key_id

    @cached_property
    def mark(self) -> bytes:
        """The mark of the key that `key_id` means now: KMS is asked once. Raises `KeyUnavailable`.

        It is found by wrapping, which needs no right beside those to wrap and to unwrap.
        """
        return self.wrap(b"mark", context={"purpose": "mark"})[:MARK_BYTES]

    def wrap(
        self, data_key: bytes, *, context: dict[str, str], under: bytes | None = None
    ) -> bytes:
        """The mark, then the data key as KMS encrypts it. Raises `KeyUnavailable`."""
        with _wrapping_errors(self._key_id):
            answer = self._client.encrypt(
                KeyId=self._key_id, Plaintext=data_key, EncryptionContext=context
            )
        # the key's own id: an alias may mean another key tomorrow, and copies of a key in several
        # regions have the same one
        mark = mark_for(Holder.KMS, answer["KeyId"].rpartition("/")[2].encode())
        require_named(mark, under)
        wrapped: bytes = mark + answer["CiphertextBlob"]
        return wrapped

    def unwrap(self, wrapped: bytes, *, context: dict[str, str]) -> bytes:
        """The data key. Raises `Tampered`, or `KeyUnavailable` where KMS does not answer."""
        mark = mark_of(wrapped)
        if mark is not None and holder_of(mark) is not Holder.KMS:
            # seen without asking: KMS may be away, and has nothing to do with it
            raise Tampered(DOES_NOT_UNWRAP)
        wrapped = wrapped[len(mark or b"") :]
        if not wrapped:
            raise Tampered("a wrapped data key is empty")
        with _wrapping_errors(self._key_id):
            answer = self._client.decrypt(
                KeyId=self._key_id, CiphertextBlob=wrapped, EncryptionContext=context
            )
        data_key: bytes = answer["Plaintext"]
        return data_key


@contextmanager
def _wrapping_errors(key_id: str) -> Iterator[None]:
    """Errors of KMS in this package's words, without its addresses or account."""
    from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        if code in ALTERED:
            raise Tampered(DOES_NOT_UNWRAP) from error
        raise KeyUnavailable(f"the key service refused `{key_id}`: `{code}`") from error
    except NoRegionError as error:
        raise KeyUnavailable(
            "the region of the key service is not known: set `AWS_DEFAULT_REGION`"
        ) from error
    except BotoCoreError as error:
        message = f"the key service failed: {type(error).__name__}"
        raise KeyUnavailable(message) from error
