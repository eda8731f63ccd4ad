"""Wrapping everything anew under another key-encryption key, while the service runs.

    rewrapped = rewrap(store, KeyExchange(new, former))
    rewrapped.left

1. The database names the new key: from that commit on every process wraps under it, or not at all.
2. Whatever another key wrapped is opened, wrapped anew, and put in place of what was read, a few
   at a time, each unless it was erased or wrapped anew meanwhile. Only the last step holds the
   writer's turn: no key service is asked within a transaction.
3. What is left is counted. Where nothing is, the former key opens nothing in the database.

Killed at any moment, it is completed by doing it again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from storage.contracts.blobs import KeyEncryption
from storage.contracts.store import Store
from storage.errors import KeyUnavailable, Tampered
from storage.records import WrappedKind, WrappedRecord
from storage.wrapping import NAMED, secret_context

AT_ONCE = 50

Progress = Callable[[WrappedKind, float], None]
"""Is told of each kind, and of the share of it that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapped:
    """How many of each kind were wrapped anew, how many are left, and which of those open under
    none of the keys.

    Unless `scrubbed`, former wrappings still stand in the database's own log: `Store.scrub`.
    """

    done: Mapping[WrappedKind, int]
    left: Mapping[WrappedKind, int]
    unopened: tuple[WrappedRecord, ...]
    scrubbed: bool


def left(store: Store, key_encryption: KeyEncryption) -> dict[WrappedKind, int]:
    """How many of each kind the key-encryption key of now did not wrap."""
    mark = key_encryption.mark
    with store.read() as tx:
        return tx.wrappings.left(mark)


def rewrap(
    store: Store, key_encryption: KeyEncryption, *, progress: Progress = lambda _kind, _share: None
) -> Rewrapped:
    """Wrap everything under the key-encryption key of now. Raises `StorageError`.

    Not to be called within a transaction.
    """
    _name(store, key_encryption)
    before = left(store, key_encryption)
    done: dict[WrappedKind, int] = {}
    unopened: list[WrappedRecord] = []
    for kind in WrappedKind:
        run = _Run(store, key_encryption, kind)
        while page := run.page():
            unopened += run.renew(page)
            progress(kind, min(1.0, run.seen / (before[kind] or 1)))
        done[kind] = run.done
    scrubbed = store.scrub()
    return Rewrapped(
        done=done,
        left=left(store, key_encryption),
        unopened=tuple(unopened),
        scrubbed=scrubbed,
    )


def _name(store: Store, key_encryption: KeyEncryption) -> None:
    """Name the key of now in the database, if the one that is named there opens here."""
    mark, context = key_encryption.mark, secret_context(NAMED)
    with store.read() as tx:
        found = tx.sealed_keys.secret(NAMED)
    if found is not None and found.startswith(mark):
        return
    if found is not None:
        key_encryption.unwrap(found, context=context)
    wrapped = key_encryption.wrap(b"named", context=context, under=mark)
    with store.write() as tx:
        standing = tx.sealed_keys.secret(NAMED)
        if standing is not None and standing.startswith(mark):
            return
        if standing != found:
            raise KeyUnavailable(
                "another key-encryption key was named meanwhile: one exchange at a time"
            )
        tx.sealed_keys.put_secret(NAMED, wrapped)


class _Run:
    """One pass over the values of a kind, in order of id."""

    def __init__(self, store: Store, key_encryption: KeyEncryption, kind: WrappedKind) -> None:
        self._store = store
        self._key_encryption = key_encryption
        self._kind = kind
        self._id = ""
        self.seen = 0
        self.done = 0

    def page(self) -> list[WrappedRecord]:
        """The next ones that another key wrapped."""
        mark = self._key_encryption.mark
        with self._store.read() as tx:
            return tx.wrappings.after(self._kind, self._id, mark=mark, limit=AT_ONCE)

    def renew(self, page: list[WrappedRecord]) -> list[WrappedRecord]:
        """Wrap these anew; return those that do not open."""
        renewed, unopened = [], []
        for record in page:
            try:
                renewed.append((record, self._anew(record)))
            except Tampered:
                unopened.append(record)
        if renewed:
            with self._store.write() as tx:
                self.done += sum(tx.wrappings.replace(*each) for each in renewed)
        self.seen += len(page)
        self._id = page[-1].id
        return unopened

    def _anew(self, record: WrappedRecord) -> bytes:
        if not isinstance(record.wrapped, bytes):
            # SQLite lets any value stand in any column
            raise Tampered(f"the wrapped value of `{record.id}` cannot be read")
        value = self._key_encryption.unwrap(record.wrapped, context=record.context)
        return self._key_encryption.wrap(
            value, context=record.context, under=self._key_encryption.mark
        )
