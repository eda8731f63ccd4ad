"""Audit: the database's entries against every tile, bundle, checkpoint and opening; and its keys.

audited = audit(context)
audited.size, audited.erased
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cameo_service.context import Context
from cameo_service.log.comparing import Progress, compare
from cameo_service.log.continuity import PAGE, ahead, entries_of, read_state
from cameo_service.log.destroyed import require_erased
from cameo_service.log.heads import published_head
from cameo_service.log.held import held_openings
from cameo_service.log.sources import source_of
from cameo_service.log.standing import OpeningAltered
from storage.log.entries import opens
from storage.records import LogOpeningRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What an audit found in order.

    `size` entries are published, `waiting` more are not yet; of all, `opened` have their opening
    and `erased` have none any more.
    """

    size: int
    waiting: int
    opened: int
    erased: int


def audit(context: Context, *, progress: Progress = lambda _: None) -> Audited:
    """Rebuild the log from the database and compare. Raises `LogBroken` for what differs first.

    The signing keys are compared with what the log says of them: `Tampered` for one that is
    missing, or not retired any more. An opening may be missing only where it was erased. Raises
    `NotPublished` for a log that has not begun.

    `progress` is told of each entry twice: as a leaf, and as what its opening opens.
    """
    source = source_of(context)
    note = source.checkpoint()
    head = published_head(context, note)
    state = read_state(context, published=note)
    ahead(context, state)
    entries = (record.entry for record in entries_of(context, 0, head.size))
    compare(entries, head, source, where="in the database", progress=progress)
    opened = _count_openings(context, state.count, lambda done: progress(head.size + done))
    context.keys.compare()
    require_erased(context)
    return Audited(
        size=head.size,
        waiting=state.count - head.size,
        opened=opened,
        erased=state.count - opened,
    )


def _count_openings(context: Context, count: int, progress: Progress) -> int:
    """How many entries have an opening. Raises `OpeningAltered` for one that opens nothing."""
    opened, openings = 0, _openings(context)
    opening = next(openings, None)
    for record in entries_of(context, 0, count):
        if opening is not None and opening.number == record.number:
            if not opens(record.entry, opening.document, salt=opening.salt):
                raise OpeningAltered(f"the opening of log entry `{record.number}` was altered")
            opened += 1
            opening = next(openings, None)
        if record.number % PAGE == 0:
            progress(record.number)
    progress(count)
    return opened


def _openings(context: Context) -> Iterator[LogOpeningRecord]:
    start = 0
    while True:
        with context.store.read() as tx:
            page = held_openings(tx, start, limit=PAGE)
        yield from page
        if len(page) < PAGE:
            return
        start = page[-1].number + 1
