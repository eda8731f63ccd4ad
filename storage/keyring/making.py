"""New keys for the ring, within a transaction: the first of each purpose, and the next ones.

with store.write() as tx:
    maker.rotate(tx, [Purpose.PERMIT], now=now)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from storage.algorithms import Algorithm, new_private_key
from storage.certificates import certified_by, names_root
from storage.contracts.blobs import KeyEncryption
from storage.contracts.roots import RootKey
from storage.contracts.store import Transaction
from storage.errors import Tampered
from storage.keyring.keys import CertifiedKey, certificate_of, opened, sealed, unsealed
from storage.keys import PublicKey, Purpose, SigningKey
from storage.records import SigningKeyRecord
from storage.revocations import Reason, Revocation, revoked_by


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldKey:
    """What the events of a key say of it; of its withdrawal, the last one."""

    kid: str
    purpose: str
    retired: bool = False
    revoked_at: int | None = None
    reason: str | None = None


class KeyEvents(Protocol):
    """Is told what becomes of keys, in the transaction that makes it so."""

    def certified(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        """The root certified a new key."""

    def retired(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        """Another key follows this one."""

    def withdrawn(
        self, tx: Transaction, key: SigningKeyRecord, revocation: Revocation, *, now: datetime
    ) -> None:
        """The root withdrew this key."""

    def told(self, tx: Transaction) -> list[ToldKey]:
        """Every key that this was told of, in the order of their certificates.

        Raises `Tampered` where what was told cannot be read any more.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What an earlier release kept outside the database: a key for each purpose, and secrets."""

    keys: tuple[SigningKey, ...] = ()
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes keys of `algorithm`, but for those whose format knows Ed25519 alone."""

    root: RootKey
    key_encryption: KeyEncryption
    events: KeyEvents
    algorithm: Algorithm
    publish_delay: timedelta

    def begin(self, tx: Transaction, former: Former, *, now: datetime) -> None:
        """The first key of every purpose that has none: the former one, or a new one."""
        taken = {record.purpose for record in tx.sealed_keys.all()}
        kept = {key.purpose: key for key in former.keys}
        for purpose in Purpose:
            if purpose not in taken:
                key = kept.get(purpose) or self._new(purpose)
                self._add(tx, key, now=now, active_from=now)

    def rotate(
        self, tx: Transaction, purposes: Iterable[Purpose], *, now: datetime
    ) -> list[SigningKeyRecord]:
        """The next key of each purpose; those before it are retired."""
        records = tx.sealed_keys.all()
        # whole seconds, as certificates have them, and none too early
        active_from = (now + self.publish_delay + timedelta(seconds=1)).replace(microsecond=0)
        made = []
        for purpose in purposes:
            self._retire(tx, [each for each in records if each.purpose == purpose], now=now)
            made.append(self._add(tx, self._new(purpose), now=now, active_from=active_from))
        return made

    def withdraw(
        self, tx: Transaction, key: CertifiedKey, revocation: Revocation, *, now: datetime
    ) -> None:
        """Withdraw a key; one that no other follows is followed by the next one, at once.

        The newest key of the purpose is certified to follow withdrawn ones. `key` is in the ring.
        """
        signed = revocation.signed(self.root.public_key, sign=self.root.sign)
        tx.sealed_keys.revoke(key.kid, signed)
        records = [each for each in tx.sealed_keys.all() if each.purpose == key.purpose]
        (record,) = [each for each in records if each.kid == key.kid]
        self.events.withdrawn(tx, record, revocation, now=now)
        # a retirement of before that somebody undid makes no key one that follows
        following = [
            each
            for each in records
            if each.retired_at is None
            and each.revocation is None
            and each.active_from >= record.active_from
        ]
        if following:
            for each in following:
                self._certify_anew(tx, each)
            return
        self._retire(tx, [record], now=now)
        # one that was only published so far is replaced in its place
        active_from = max(now, key.active_from)
        self._add(tx, self._new(key.purpose), now=now, active_from=active_from)

    def certify(self, tx: Transaction, *, now: datetime) -> None:
        """Certify by the root of now what another root certified, if its private half opens.

        Only a holder of the key-encryption key can have wrapped that for its purpose and kid. What
        the former root withdrew, this one does, as the events have it. Raises `Tampered`, also for
        an altered row that this root certified.
        """
        told = {each.kid: each for each in self.events.told(tx)}
        others = []
        for record in tx.sealed_keys.all():
            if names_root(record.certificate, self.root.public_key):
                opened(record, self.root.public_key)
            else:
                others.append((record, unsealed(record, self.key_encryption).public))
        for record, key in others:
            self._withdraw_again(tx, record, key, told.get(record.kid), now=now)
        for record, key in others:
            self._certify(tx, record, key)
            self.events.certified(tx, record, now=now)

    def _withdraw_again(
        self,
        tx: Transaction,
        record: SigningKeyRecord,
        key: PublicKey,
        told: ToldKey | None,
        *,
        now: datetime,
    ) -> None:
        if told is None or told.revoked_at is None:
            if record.revocation is not None:
                raise Tampered(
                    f"signing key `{record.kid}` is not withdrawn as the consent log has it"
                )
            return
        # one that was deleted is repeated too: without the former root nobody else could
        revocation = Revocation(
            kid=key.kid,
            purpose=key.purpose.value,
            public_key=key.public_key,
            stated_at=now,
            revoked_at=datetime.fromtimestamp(told.revoked_at, UTC),
            reason=told.reason or Reason.UNSPECIFIED,
        )
        signed = revocation.signed(self.root.public_key, sign=self.root.sign)
        tx.sealed_keys.revoke(key.kid, signed)

    def _certify_anew(self, tx: Transaction, record: SigningKeyRecord) -> None:
        certified = opened(record, self.root.public_key)
        if certified is not None:
            self._certify(tx, record, certified.public)

    def _certify(self, tx: Transaction, record: SigningKeyRecord, key: PublicKey) -> None:
        """The newest key of a purpose is certified to follow the withdrawn ones."""
        revoked = self._revoked(tx, key.purpose) if record.retired_at is None else {}
        certificate = certificate_of(
            key, record.created_at, record.active_from, self.root, revoked=revoked
        )
        tx.sealed_keys.certify(record.kid, certificate)

    def _revoked(self, tx: Transaction, purpose: Purpose) -> dict[str, datetime]:
        """The withdrawn keys of a purpose, with the moment, as the root has stated it.

        Also those that a certificate names and whose withdrawal is missing: it stays missed.
        """
        root, found = self.root.public_key, dict[str, datetime]()
        for record in tx.sealed_keys.all():
            if record.purpose != purpose:
                continue
            said = dict[str, datetime]()
            if names_root(record.certificate, root):
                said.update(certified_by(root, record.certificate).revoked)
            if record.revocation is not None:
                said[record.kid] = revoked_by(root, record.revocation).revoked_at
            for kid, at in said.items():
                found[kid] = min(at, found.get(kid, at))
        return found

    def _retire(
        self, tx: Transaction, records: Sequence[SigningKeyRecord], *, now: datetime
    ) -> None:
        for record in records:
            if record.retired_at is None:
                tx.sealed_keys.retire(record.kid, now=now)
                self.events.retired(tx, replace(record, retired_at=now), now=now)

    def _add(
        self, tx: Transaction, key: SigningKey, *, now: datetime, active_from: datetime
    ) -> SigningKeyRecord:
        record = sealed(
            key,
            root=self.root,
            key_encryption=self.key_encryption,
            created_at=now,
            active_from=active_from,
            under=tx.sealed_keys.named(),
            revoked=self._revoked(tx, key.purpose),
        )
        tx.sealed_keys.add(record)
        self.events.certified(tx, record, now=now)
        return record

    def _new(self, purpose: Purpose) -> SigningKey:
        # a signed note has no other kind of signature (C2SP signed-note)
        algorithm = Algorithm.EDDSA if purpose is Purpose.LOG else self.algorithm
        return SigningKey.of(purpose, new_private_key(algorithm))
