"""The signing keys of the store, as one process holds them.

ring = KeyRing(store, root=root, key_encryption=kms, clock=clock, events=events)
ring.prepare()
ring.signing_key(Purpose.PERMIT)

Keys are held in memory and looked for again when they are older than `refresh_s`: no signature
reads the store in between. A new key is published `publish_delay_s` before it signs, which is
longer, so every process verifies it by then. While the store is away, the known keys serve for
`stale_limit_s`; after that nothing is signed any more. So they do while the key service is, but for
one that the store says was withdrawn: that needs nobody to open it. A row that somebody altered or
added is no trouble of the store's: nothing is signed until it is gone. Nor is it while a row is
missing whose absence shows: the key that follows a retired one, a secret that was made with the
first keys, or what names the key-encryption key since an exchange, or the withdrawal of a key.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from storage.algorithms import Algorithm, algorithm_of, jwk_of, thumbprint
from storage.contracts.blobs import KeyEncryption
from storage.contracts.roots import RootKey
from storage.contracts.store import Store, Transaction
from storage.errors import KeyUnavailable, NotFound
from storage.keyring.fresh import Fresh
from storage.keyring.keys import CertifiedKey, opened, unsealed
from storage.keyring.making import Former, KeyEvents, Maker
from storage.keyring.rewrapping import Progress, Rewrapped, left, rewrap
from storage.keyring.schedule import current_of, due, ordered, require_followed
from storage.keyring.stable import StableSecrets, require_kept
from storage.keyring.telling import lacking, require_as_told, require_none_told
from storage.keyring.timing import Timing
from storage.keyring.webhooks import WebhookSecrets
from storage.keyring.withdrawing import (
    WithdrawalRefused,
    decide,
    require_withdrawn,
    require_withdrawn_as_told,
)
from storage.keys import PublicKey, Purpose, SigningKey, WithdrawnKey
from storage.records import SigningKeyRecord, WrappedKind
from storage.revocations import Reason

NOTHING = Former()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one look at the store gave: every key in order, and those that sign now or later."""

    keys: tuple[CertifiedKey, ...]
    signers: tuple[CertifiedKey, ...]
    private: Mapping[str, SigningKey] = field(repr=False)
    rows: Mapping[str, SigningKeyRecord] = field(repr=False)


class KeyRing:
    """`SigningKeys` over a store. `clock` gives aware datetimes, `monotonic` seconds.

    `webhooks` wraps what signs webhooks.
    """

    def __init__(
        self,
        store: Store,
        *,
        root: RootKey,
        key_encryption: KeyEncryption,
        clock: Callable[[], datetime],
        events: KeyEvents,
        former: Former = NOTHING,
        algorithm: Algorithm = Algorithm.EDDSA,
        timing: Timing | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        timing = timing or Timing()
        self._store = store
        self._root = root
        self._key_encryption = key_encryption
        self._clock = clock
        self._former = former
        self._events = events
        self._secrets = StableSecrets(store, key_encryption)
        self.webhooks = WebhookSecrets(key_encryption)
        self._last = Held(keys=(), signers=(), private={}, rows={})
        self._held = Fresh(self._look, timing=timing, monotonic=monotonic)
        self._maker = Maker(
            root=root,
            key_encryption=key_encryption,
            events=events,
            algorithm=algorithm,
            publish_delay=timing.publish_delay,
        )

    def prepare(self) -> None:
        """See that every purpose has a key. Processes that do this at once have the same ones.

        A former key becomes the first of its purpose. Raises `StorageError`; not to be called
        within a transaction.
        """
        with self._store.read() as tx:
            records = tx.sealed_keys.all()
        if lacking(records):
            with self._store.write() as tx:
                self._begin(tx)
        self._held.renew()

    def _begin(self, tx: Transaction) -> None:
        """Make what is lacking. A ring that was tampered with is not added to."""
        records, told = tx.sealed_keys.all(), self._events.told(tx)
        self._opened(records)
        require_none_told(lacking(records), told)
        if not records and not told:
            self._secrets.begin(tx, self._former.secrets)
        self._maker.begin(tx, self._former, now=self._clock())

    def root_document(self) -> dict[str, Any]:
        """The root key as JWK, and its certificates of every signing key.

        Of withdrawn keys it has what the root says of that instead. Raises `StorageError`.
        """
        root, held = self._root.public_key, self._held.value(patient=True)
        named = {"kid": thumbprint(root), "use": "sig", "alg": algorithm_of(root).value}
        return {
            "root": {**jwk_of(root), **named},
            "certificates": [key.certificate for key in held.keys if key.revocation is None],
            "revocations": [
                held.rows[key.kid].revocation for key in held.keys if key.revocation is not None
            ],
        }

    def signing_key(self, purpose: Purpose, *, fresh: bool = False) -> SigningKey:
        """The key that signs for `purpose` now. Raises `StorageError`."""
        key = self._signer(self._held.renew() if fresh else self._held.value(), purpose)
        if key is None and not fresh:
            # the one before was withdrawn: another thread may be opening the one behind it
            key = self._signer(self._held.value(patient=True), purpose)
        if key is None:
            raise KeyUnavailable(f"there is no key that signs for `{purpose}` now")
        return key

    def public_keys(self) -> list[PublicKey]:
        """Every key, next and retired ones too, in order of purpose. Raises `StorageError`."""
        return [key.public for key in self.certified() if key.revocation is None]

    def withdrawn_keys(self) -> list[WithdrawnKey]:
        """Every key that was withdrawn, in order of purpose. Raises `StorageError`."""
        found = [key.withdrawn for key in self.certified()]
        return [each for each in found if each is not None]

    def certified(self) -> list[CertifiedKey]:
        """The keys with their certificates, withdrawn ones too."""
        return list(self._held.value(patient=True).keys)

    def secret(self, name: str) -> bytes:
        """256 bits that outlive every rotation. Raises `StorageError`.

        The first call reads the store: it is not to be made within a transaction.
        """
        return self._secrets.secret(name)

    def rotate(self, purposes: Sequence[Purpose]) -> list[CertifiedKey]:
        """Make the next key of each purpose: published at once, signing after the delay."""
        with self._store.write() as tx:
            self._opened(tx.sealed_keys.all())
            made = self._maker.rotate(tx, purposes, now=self._clock())
        kids = {record.kid for record in made}
        return [key for key in self._held.renew().keys if key.kid in kids]

    def rotate_due(self, *, every: timedelta) -> list[CertifiedKey]:
        """Rotate the purposes whose newest key is older than that. Many may do this at once."""
        if not due(self.certified(), self._clock(), every=every):
            return []
        with self._store.write() as tx:
            # another process may have done it by now
            purposes = due(self._opened(tx.sealed_keys.all()), self._clock(), every=every)
            made = self._maker.rotate(tx, purposes, now=self._clock())
        kids = {record.kid for record in made}
        return [key for key in self._held.renew().keys if key.kid in kids]

    def withdraw(
        self, kid: str, *, reason: Reason, since: datetime | None = None
    ) -> list[CertifiedKey]:
        """Withdraw a key for good: every process stops using it when it looks at the ring next.

        `since` is from when on it must be considered revoked, now unless it is given; saying the
        same again changes nothing. Returns the keys of its purpose. Raises `NotFound`,
        `WithdrawalRefused`, and `KeyUnavailable` where the root cannot sign: nothing is changed
        then. `Tampered` may also name the next withdrawal that is missing, once this is said again.
        """
        if kid == thumbprint(self._root.public_key):
            raise WithdrawalRefused(
                "key_is_the_root", f"`{kid}` is the root key, which nothing else could withdraw"
            )
        with self._store.write() as tx:
            keys, now = self._opened(tx.sealed_keys.all(), withdrawing=kid), self._clock()
            key = next((each for each in keys if each.kid == kid), None)
            if key is None:
                raise NotFound(f"there is no signing key `{kid}`")
            revocation = decide(key, keys, reason=reason, since=since, now=now)
            if revocation is not None:
                self._maker.withdraw(tx, key, revocation, now=now)
        held = self._held.renew()
        return [each for each in held.keys if each.purpose is key.purpose]

    def recertify(self) -> list[CertifiedKey]:
        """Certify every key by the root of now, where another one has taken the former's place.

        Raises `Tampered` for a key that the key-encryption key does not open.
        """
        with self._store.write() as tx:
            self._maker.certify(tx, now=self._clock())
        return list(self._held.renew().keys)

    def audit(self) -> list[CertifiedKey]:
        """Open every key anew, the private halves of retired ones too, and compare them with what
        was told of them. Raises `Tampered`."""
        with self._store.read() as tx:
            records = tx.sealed_keys.all()
        for record in records:
            if opened(record, self._root.public_key) is not None:
                unsealed(record, self._key_encryption)
        self.compare()
        return list(self._held.renew().keys)

    def compare(self) -> None:
        """Compare the keys with what was told of them. Raises `Tampered` for the first that is
        missing, or whose retirement or withdrawal was undone."""
        with self._store.read() as tx:
            records, told = tx.sealed_keys.all(), self._events.told(tx)
        require_as_told(records, told)
        require_withdrawn_as_told(self._opened(records), told)

    def left(self) -> dict[WrappedKind, int]:
        """How much the key-encryption key of now did not wrap, by kind. Raises `StorageError`."""
        return left(self._store, self._key_encryption)

    def rewrap(self, *, progress: Progress) -> Rewrapped:
        """Wrap everything under the key-encryption key of now. Raises `StorageError`.

        To be done where every process has that key, and the former one beside it.
        """
        return rewrap(self._store, self._key_encryption, progress=progress)

    def _signer(self, held: Held, purpose: Purpose) -> SigningKey | None:
        current = current_of(held.signers, self._clock()).get(purpose)
        return None if current is None else held.private.get(current.kid)

    def _look(self) -> Iterator[Held]:
        """What the store says, with the private halves that were opened before; then with all.

        The first needs no key service. `_last` is whole: what it has of a row was opened from that.
        """
        seen = self._seen()
        yield seen
        private = {key.kid: self._unsealed(seen.rows[key.kid]) for key in seen.signers}
        self._last = replace(seen, private=private)
        yield self._last

    def _seen(self) -> Held:
        exchanging = bool(self._key_encryption.formers)
        with self._store.read() as tx:
            records = tx.sealed_keys.all()
            if records:
                require_kept(tx)
            if exchanging:
                tx.sealed_keys.named()
        keys = self._opened(records)
        rows = {record.kid: record for record in records}
        now, known = self._clock(), self._last.private
        current = {key.kid for key in current_of(keys, now).values()}
        signers = tuple(
            key
            for key in keys
            if key.kid in current or (key.active_from > now and key.revocation is None)
        )
        private = {key.kid: known[key.kid] for key in signers if key.kid in known}
        return Held(keys=tuple(keys), signers=signers, private=private, rows=rows)

    def _opened(
        self, records: Sequence[SigningKeyRecord], *, withdrawing: str | None = None
    ) -> list[CertifiedKey]:
        """The keys in order. What did not change since the last whole look was verified then.

        The withdrawal of the key `withdrawing` may be missing, and then others too.
        """
        held = self._last  # once: another thread may look meanwhile
        known = {key.kid: key for key in held.keys}
        root, keys = self._root.public_key, []
        for record in records:
            same = record.kid in known and record == held.rows[record.kid]
            key = known[record.kid] if same else opened(record, root)
            if key is not None:
                keys.append(key)
        keys = ordered(keys)
        require_followed(keys)
        require_withdrawn(keys, but=withdrawing)
        return keys

    def _unsealed(self, record: SigningKeyRecord) -> SigningKey:
        known = self._last.private.get(record.kid)
        if known is not None and self._last.rows[record.kid].wrapped == record.wrapped:
            return known
        return unsealed(record, self._key_encryption)
