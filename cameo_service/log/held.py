"""What the database holds of the log, what cannot be read of it named as what it is.

with context.store.read() as tx:
    head, tail = held_head(tx), held_entries(tx, 0, limit=100)
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cameo_service.log.standing import CheckpointForged, EntryAltered, LogBroken, OpeningAltered
from storage.contracts import Transaction
from storage.errors import Tampered
from storage.records import LogCheckpointRecord, LogEntryRecord, LogOpeningRecord


def held_size(tx: Transaction) -> int:
    """How many entries there are. Raises `EntryAltered`."""
    with _named(EntryAltered):
        return tx.log.size()


def held_entries(tx: Transaction, start: int, *, limit: int) -> list[LogEntryRecord]:
    """The entries from number `start` on. Raises `EntryAltered`."""
    with _named(EntryAltered):
        return tx.log.entries(start, limit=limit)


def held_head(tx: Transaction) -> LogCheckpointRecord | None:
    """The signed head, not verified. Raises `CheckpointForged`."""
    with _named(CheckpointForged):
        return tx.log.checkpoint()


def held_opening(tx: Transaction, number: int) -> LogOpeningRecord | None:
    """What opens this entry; None where it was erased. Raises `OpeningAltered`."""
    with _named(OpeningAltered):
        return tx.log.opening(number)


def held_openings(tx: Transaction, start: int, *, limit: int) -> list[LogOpeningRecord]:
    """The openings from number `start` on. Raises `OpeningAltered`."""
    with _named(OpeningAltered):
        return tx.log.openings(start, limit=limit)


def held_about(
    tx: Transaction, subject: str, *, limit: int, after: int = -1
) -> list[LogOpeningRecord]:
    """The openings that name `subject`, behind number `after`. Raises `OpeningAltered`."""
    with _named(OpeningAltered):
        return tx.log.about(subject, limit=limit, after=after)


@contextmanager
def _named(condition: type[LogBroken]) -> Iterator[None]:
    try:
        yield
    except Tampered as error:
        raise condition(str(error)) from error
