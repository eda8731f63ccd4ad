"""Signing keys and secrets, each wrapped under the key-encryption key.

with store.write() as tx:
    tx.sealed_keys.retire(kid, now=now)
"""

from datetime import datetime

from sqlmodel import col, select, update

from storage.contracts.blobs import KeyEncryption
from storage.errors import AlreadyExists, Tampered
from storage.records import SigningKeyRecord
from storage.rows import records_in, row_of
from storage.statements import Statements
from storage.tables import SecretRow, SigningKeyRow
from storage.wrapping import NAMED, mark_of, require_name_kept


class SqlSealedKeys:
    """`SealedKeys` in two tables."""

    def __init__(self, statements: Statements, key_encryption: KeyEncryption) -> None:
        self._statements = statements
        self._key_encryption = key_encryption

    def add(self, record: SigningKeyRecord) -> None:
        """Store a new key."""
        if not self._statements.insert_unless_taken(SigningKeyRow, [row_of(record)]):
            raise AlreadyExists(f"there is a signing key `{record.kid}` already")

    def all(self) -> list[SigningKeyRecord]:
        """Every key, retired ones too, by purpose and then by the moment it begins to sign."""
        order = (
            col(SigningKeyRow.purpose),
            col(SigningKeyRow.active_from),
            col(SigningKeyRow.kid),
        )
        return records_in(
            self._statements.run(select(SigningKeyRow).order_by(*order)), SigningKeyRecord
        )

    def retire(self, kid: str, *, now: datetime) -> None:
        """Note that another key follows. Retiring again keeps the first time."""
        signing = (col(SigningKeyRow.kid) == kid) & col(SigningKeyRow.retired_at).is_(None)
        self._statements.run(update(SigningKeyRow).where(signing).values(retired_at=now))

    def certify(self, kid: str, certificate: str) -> None:
        """Put another certificate in place of the key's."""
        named = col(SigningKeyRow.kid) == kid
        self._statements.run(update(SigningKeyRow).where(named).values(certificate=certificate))

    def revoke(self, kid: str, revocation: str) -> None:
        """Put what the root says of the key's withdrawal beside it."""
        named = col(SigningKeyRow.kid) == kid
        self._statements.run(update(SigningKeyRow).where(named).values(revocation=revocation))

    def is_revoked(self, kid: str) -> bool:
        """Whether the key was withdrawn."""
        named = (col(SigningKeyRow.kid) == kid) & col(SigningKeyRow.revocation).is_not(None)
        return self._statements.run(select(col(SigningKeyRow.kid)).where(named)).first() is not None

    def secret(self, name: str) -> bytes | None:
        """The wrapped secret of this name, or None."""
        query = select(col(SecretRow.wrapped)).where(col(SecretRow.name) == name)
        found = self._statements.run(query).scalar()
        if found is None:
            return None
        if not isinstance(found, bytes):
            # SQLite lets any value stand in any column
            raise Tampered(f"secret `{name}` cannot be read")
        return found

    def keep_secret(self, name: str, wrapped: bytes) -> bytes:
        """Store a secret unless there is one by this name; return the one that stands."""
        self._statements.insert_unless_taken(SecretRow, [{"name": name, "wrapped": wrapped}])
        return self.secret(name) or wrapped

    def put_secret(self, name: str, wrapped: bytes) -> None:
        """Store a secret, in place of the one by this name where there is one."""
        if not self._statements.insert_unless_taken(
            SecretRow, [{"name": name, "wrapped": wrapped}]
        ):
            named = col(SecretRow.name) == name
            self._statements.run(update(SecretRow).where(named).values(wrapped=wrapped))

    def secrets(self) -> set[str]:
        """The names of the secrets that there are."""
        return set(self._statements.run(select(col(SecretRow.name))).scalars())

    def named(self) -> bytes | None:
        """The mark of the key-encryption key that wraps since an exchange; None before any."""
        return named_key(self._statements, self._key_encryption)


def named_key(statements: Statements, key_encryption: KeyEncryption) -> bytes | None:
    """The mark of the key-encryption key that the database names; None where it names none.

    Raises `Tampered` where it named another one: `require_name_kept`.
    """
    signing_keys = statements.run(select(col(SigningKeyRow.wrapped))).scalars().all()
    query = select(col(SecretRow.wrapped)).where(col(SecretRow.name) == NAMED)
    wrapped = statements.run(query).scalar()
    mark = mark_of(wrapped) if isinstance(wrapped, bytes) else None
    if wrapped is not None and mark is None:
        raise Tampered(f"secret `{NAMED}` names no key-encryption key: it was altered")
    require_name_kept(signing_keys, mark, key_encryption)
    return mark
