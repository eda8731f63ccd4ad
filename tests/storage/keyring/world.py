"""A ring over a store, the keys outside of it, the time, and what somebody does to the rows.

ring = World(store).prepared()
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.algorithms import Algorithm, new_private_key
from storage.contracts import Store, Transaction
from storage.errors import KeyUnavailable, StorageError
from storage.keyring.making import ToldKey
from storage.keyring.ring import KeyRing
from storage.keyring.timing import Timing
from storage.keys import Purpose
from storage.local.key_encryption import LocalKeyEncryption
from storage.local.root import LocalRoot
from storage.records import SigningKeyRecord
from storage.revocations import Revocation
from storage.tables import SigningKeyRow

NOON = datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)
WRAPPING = bytes(range(32))


@dataclass
class Heard:
    """The events of keys."""

    events: list[tuple[str, str]] = field(default_factory=list)
    purposes: dict[str, str] = field(default_factory=dict)
    revocations: dict[str, Revocation] = field(default_factory=dict)

    def certified(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        assert key.kid in {each.kid for each in tx.sealed_keys.all()}
        assert now >= key.created_at
        self.events.append(("certified", key.kid))
        self.purposes[key.kid] = key.purpose

    def retired(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        assert key.kid in {each.kid for each in tx.sealed_keys.all()}
        assert key.retired_at == now
        self.events.append(("retired", key.kid))

    def withdrawn(
        self, tx: Transaction, key: SigningKeyRecord, revocation: Revocation, *, now: datetime
    ) -> None:
        assert key.revocation in {each.revocation for each in tx.sealed_keys.all()}
        assert revocation.kid == key.kid
        assert now >= revocation.revoked_at
        self.events.append(("withdrawn", key.kid))
        self.revocations[key.kid] = revocation

    def told(self, tx: Transaction) -> list[ToldKey]:
        del tx
        return [
            replace(
                ToldKey(kid=kid, purpose=purpose, retired=("retired", kid) in self.events),
                **self._withdrawal(kid),
            )
            for kid, purpose in self.purposes.items()
        ]

    def _withdrawal(self, kid: str) -> dict[str, Any]:
        said = self.revocations.get(kid)
        if said is None:
            return {}
        return {"revoked_at": int(said.revoked_at.timestamp()), "reason": said.reason}


@dataclass
class World:
    """A store, its keys outside, and the time."""

    store: Store
    root: LocalRoot = field(default_factory=lambda: LocalRoot(new_private_key(Algorithm.EDDSA)))
    now: datetime = NOON
    seconds: float = 0.0
    heard: Heard = field(default_factory=Heard)

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds

    def ring(self, store: Store | None = None, **changes: Any) -> KeyRing:
        given = {
            "root": self.root,
            "key_encryption": LocalKeyEncryption(WRAPPING),
            "clock": lambda: self.now,
            "events": self.heard,
            "timing": Timing(refresh_s=5, stale_limit_s=60, publish_delay_s=30),
            "monotonic": lambda: self.seconds,
            **changes,
        }
        return KeyRing(store or self.store, **given)

    def prepared(self, **changes: Any) -> KeyRing:
        ring = self.ring(**changes)
        ring.prepare()
        return ring


def kid_of(ring: KeyRing, purpose: Purpose = Purpose.PERMIT) -> str:
    return ring.signing_key(purpose).kid


def kids(ring: KeyRing) -> list[str]:
    return [key.kid for key in ring.public_keys()]


class Away:
    """A store that can be switched off, and counts who reads it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.error: StorageError | None = None
        self.reads = 0

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        self.reads += 1
        if self.error is not None:
            raise self.error
        with self._store.read() as tx:
            yield tx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class KeyService(LocalKeyEncryption):
    """A key-encryption key that can be away, as KMS is."""

    away = False

    def unwrap(self, wrapped: bytes, *, context: dict[str, str]) -> bytes:
        if self.away:
            raise KeyUnavailable("the key service is away")
        return super().unwrap(wrapped, context=context)


def altered(world: World, change: Callable[[SigningKeyRecord], SigningKeyRecord]) -> str:
    """Put an altered row in place of the permit key's; return its kid."""
    from sqlmodel import col, delete

    from storage.rows import row_of

    with world.store.write() as tx:
        record = next(each for each in tx.sealed_keys.all() if each.purpose == "permit")
        statements = tx.sealed_keys._statements  # type: ignore[attr-defined]
        statements.run(delete(SigningKeyRow).where(col(SigningKeyRow.kid) == record.kid))
        statements.insert_unless_taken(SigningKeyRow, [row_of(change(record))])
    return record.kid


def flipped(data: bytes, at: int = -1) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def statements_of(tx: Transaction) -> Any:
    """What runs any statement, for who means the rows ill."""
    return tx.sealed_keys._statements  # type: ignore[attr-defined]
