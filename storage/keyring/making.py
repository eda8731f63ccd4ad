"""New keys for the ring, within a transaction: the first of each purpose, and the next ones.

with store.write() as tx:
    maker.rotate(tx, [Purpose.PERMIT], now=now)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from storage.algorithms import Algorithm, new_private_key
from storage.certificates import names_root
from storage.contracts.blobs import KeyEncryption
from storage.contracts.roots import RootKey
from storage.contracts.store import Transaction
from storage.keyring.keys import certificate_of, opened, sealed, unsealed
from storage.keys import Purpose, SigningKey
from storage.records import SigningKeyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldKey:
    """What the events of a key say of it."""

    kid: str
    purpose: str
    retired: bool = False


class KeyEvents(Protocol):
    """Is told what becomes of keys, in the transaction that makes it so."""

    def certified(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        """The root certified a new key."""

    def retired(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        """Another key follows this one."""

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

    def certify(self, tx: Transaction, *, now: datetime) -> None:
        """Certify by the root of now what another root certified, if its private half opens.

        Only a holder of the key-encryption key can have wrapped that for its purpose and kid.
        Raises `Tampered`, also for an altered row that this root certified.
        """
        for record in tx.sealed_keys.all():
            if names_root(record.certificate, self.root.public_key):
                opened(record, self.root.public_key)
                continue
            key = unsealed(record, self.key_encryption).public
            certificate = certificate_of(key, record.created_at, record.active_from, self.root)
            tx.sealed_keys.certify(record.kid, certificate)
            self.events.certified(tx, record, now=now)

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
        )
        tx.sealed_keys.add(record)
        self.events.certified(tx, record, now=now)
        return record

    def _new(self, purpose: Purpose) -> SigningKey:
        # a signed note has no other kind of signature (C2SP signed-note)
        algorithm = Algorithm.EDDSA if purpose is Purpose.LOG else self.algorithm
        return SigningKey.of(purpose, new_private_key(algorithm))
