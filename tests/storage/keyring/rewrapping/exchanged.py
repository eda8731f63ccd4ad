"""A deployment whose key-encryption key is exchanged, and what tests do to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import col, delete

from storage.contracts import KeyEncryption, Store, Transaction
from storage.keyring.exchange import KeyExchange
from storage.local.key_encryption import LocalKeyEncryption
from storage.records import WrappedKind
from storage.store import open_store
from storage.tables import SecretRow
from storage.wrapping import NAMED
from tests.storage import samples
from tests.storage.keyring.world import WRAPPING, Away, statements_of

FORMER, NEW = LocalKeyEncryption(WRAPPING), LocalKeyEncryption(bytes(range(1, 33)))
BOTH = KeyExchange(NEW, FORMER)
NOTHING = dict.fromkeys(WrappedKind, 0)
CAMEOS = 7
WEBHOOKS = [f"whk_{number}" for number in range(4)]


@contextmanager
def store_under(url: str, key: KeyEncryption) -> Iterator[Store]:
    store = open_store(url, key_encryption=key)
    yield store
    store.close()


def enroll(store: Store, number: int) -> str:
    template = samples.template(cameo_id=f"cam_{number:03}")
    with store.write() as tx:
        tx.cameos.add(samples.cameo(id=template.cameo_id))
        tx.templates.put([template])
    return template.cameo_id


def readable(store: Store, cameo_id: str) -> bool:
    with store.read() as tx:
        return tx.templates.of_cameo(cameo_id) == [samples.template(cameo_id=cameo_id)]


def wrapped_values(store: Store) -> list[bytes]:
    with store.read() as tx:
        mark = b"none has this mark"[:16]
        return [
            each.wrapped
            for kind in WrappedKind
            for each in tx.wrappings.after(kind, "", mark=mark, limit=1_000)
        ]


class Killed(Exception):
    """The process ended here."""


class Dying(Away):
    """A store whose process is killed at its n-th write."""

    def __init__(self, store: Store, writes: int) -> None:
        super().__init__(store)
        self.left = writes

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with self._store.write() as tx:
            yield tx
            self.left -= 1
            if self.left < 0:
                raise Killed


def unname(store: Store) -> None:
    with store.write() as tx:
        named = col(SecretRow.name) == NAMED
        statements_of(tx).run(delete(SecretRow).where(named))


def named_in(store: Store) -> bytes:
    with store.read() as tx:
        return tx.sealed_keys.secret(NAMED) or b""
