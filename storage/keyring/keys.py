"""One key of the ring: made, sealed into a record, and opened again with every check.

record = sealed(key, root=root, key_encryption=kms, created_at=now, active_from=now)
certified = opened(record, root.public_key)
signing_key = unsealed(record, key_encryption)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from storage.algorithms import (
    MalformedKey,
    PublicHalf,
    algorithm_of,
    jwk_of,
    private_from_der,
)
from storage.certificates import NOBODY, Certificate, NotCertified, certified_by
from storage.contracts.blobs import KeyEncryption
from storage.contracts.roots import RootKey
from storage.errors import Tampered
from storage.keys import PublicKey, Purpose, SigningKey, WithdrawnKey
from storage.records import SigningKeyRecord
from storage.revocations import NotRevoked, Revocation, revoked_by
from storage.wrapping import signing_key_context


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedKey:
    """A key of the ring whose certificate and row were found to agree.

    `names` are the withdrawn keys of its purpose that its certificate names, with the moment.
    """

    public: PublicKey
    certificate: str
    created_at: datetime
    active_from: datetime
    retired_at: datetime | None
    revocation: Revocation | None = None
    names: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def withdrawn(self) -> WithdrawnKey | None:
        """What is said of a key that was withdrawn."""
        if self.revocation is None:
            return None
        return WithdrawnKey(
            public=self.public,
            revoked_at=self.revocation.revoked_at,
            reason=self.revocation.reason,
        )

    @property
    def kid(self) -> str:
        """The key's name."""
        return self.public.kid

    @property
    def purpose(self) -> Purpose:
        """What the key signs."""
        return self.public.purpose


def sealed(
    key: SigningKey,
    *,
    root: RootKey,
    key_encryption: KeyEncryption,
    created_at: datetime,
    active_from: datetime,
    under: bytes | None = None,
    revoked: Mapping[str, datetime] = NOBODY,
) -> SigningKeyRecord:
    """The record of a new key. The moments are cut to whole seconds, as certificates have them.

    `under`: the mark of the key-encryption key that the database names; `revoked`: the keys of its
    purpose that were withdrawn, with the moment.
    """
    created_at, active_from = _second(created_at), _second(active_from)
    der = key.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SigningKeyRecord(
        kid=key.kid,
        purpose=key.purpose.value,
        algorithm=key.algorithm.value,
        public_jwk=dict(jwk_of(key.public.public_key)),
        wrapped=key_encryption.wrap(
            der, context=signing_key_context(key.purpose.value, key.kid), under=under
        ),
        certificate=certificate_of(key.public, created_at, active_from, root, revoked=revoked),
        created_at=created_at,
        active_from=active_from,
    )


def certificate_of(
    key: PublicKey,
    created_at: datetime,
    active_from: datetime,
    root: RootKey,
    *,
    revoked: Mapping[str, datetime] = NOBODY,
) -> str:
    """What the root says of the key."""
    stated = Certificate.of(
        key.purpose.value,
        key.public_key,
        created_at=created_at,
        active_from=active_from,
        revoked=revoked,
    )
    return stated.signed(root.public_key, sign=root.sign)


def opened(record: SigningKeyRecord, root: PublicHalf) -> CertifiedKey | None:
    """The key in `record`, or `Tampered` with its kid.

    None for a certified key of a purpose that this release does not know.
    """
    try:
        certificate = certified_by(root, record.certificate)
    except NotCertified as error:
        raise Tampered(f"signing key `{record.kid}`: {error}") from error
    stated = {
        "kid": certificate.kid,
        "purpose": certificate.purpose,
        "algorithm": algorithm_of(certificate.public_key).value,
        "public_jwk": jwk_of(certificate.public_key),
        "created_at": certificate.created_at,
        "active_from": certificate.active_from,
    }
    altered = [name for name, value in stated.items() if getattr(record, name) != value]
    if altered:
        message = f"signing key `{record.kid}`: `{altered[0]}` is not what the root key certified"
        raise Tampered(message)
    revocation = _revocation(record, root)
    if certificate.purpose not in _KNOWN:
        return None
    public = PublicKey(
        kid=certificate.kid,
        purpose=Purpose(certificate.purpose),
        public_key=certificate.public_key,
    )
    return CertifiedKey(
        public=public,
        certificate=record.certificate,
        created_at=record.created_at,
        active_from=record.active_from,
        # who takes the note of its retirement away has it sign no more for that
        retired_at=record.retired_at or (None if revocation is None else revocation.stated_at),
        revocation=revocation,
        names=certificate.revoked,
    )


def _revocation(record: SigningKeyRecord, root: PublicHalf) -> Revocation | None:
    if record.revocation is None:
        return None
    try:
        found = revoked_by(root, record.revocation)
    except NotRevoked as error:
        raise Tampered(f"signing key `{record.kid}`: {error}") from error
    if (found.kid, found.purpose) != (record.kid, record.purpose):
        raise Tampered(f"signing key `{record.kid}`: the withdrawal is that of another key")
    return found


def unsealed(record: SigningKeyRecord, key_encryption: KeyEncryption) -> SigningKey:
    """The key that signs, or `Tampered` with its kid."""
    if record.purpose not in _KNOWN:
        raise Tampered(f"signing key `{record.kid}` is for `{record.purpose}`, which is unknown")
    try:
        context = signing_key_context(record.purpose, record.kid)
        der = key_encryption.unwrap(record.wrapped, context=context)
        key = SigningKey.of(Purpose(record.purpose), private_from_der(der))
    except (Tampered, MalformedKey) as error:
        raise Tampered(f"the private half of signing key `{record.kid}`: {error}") from error
    if key.kid != record.kid:
        raise Tampered(f"the private half of signing key `{record.kid}` is that of another key")
    return key


_KNOWN = frozenset(purpose.value for purpose in Purpose)


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
