"""That the log goes on from what was published, and from nothing else.

The published checkpoint lies outside of the database, and is written after it: so it is never ahead
of it, unless the database was rolled back or exchanged. Before every new head, the newest entry is
compared with the tree; when a sequencer begins, all of the last tile. `cameo log audit` compares
every entry.

    require_continued(edge, read_state(context, published=None))
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from cameo_service.context import Context
from cameo_service.log.heads import kept_head, published_head
from cameo_service.log.held import held_entries, held_head, held_size
from cameo_service.log.published import fetch_checkpoint, fetch_tile, put_tile
from cameo_service.log.standing import (
    EntryAltered,
    LogForked,
    LogRolledBack,
    TileAltered,
)
from storage.errors import NotFound
from storage.log.edge import Edge, read_edge
from storage.log.notes import Checkpoint, read
from storage.log.tiles import WIDTH, MalformedTile, Tile, tree_in, width_at
from storage.log.tree import HASH_BYTES, leaf_hash, root_of
from storage.records import LogCheckpointRecord, LogEntryRecord

PAGE = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the database holds in one snapshot, and what was published before that.

    `tail` are the newest entry that `head` covers, and at most a page of those behind it.
    """

    published: str | None
    head: LogCheckpointRecord | None
    count: int
    tail: tuple[LogEntryRecord, ...]

    @property
    def covered(self) -> int:
        """How many entries have a head."""
        return 0 if self.head is None else self.head.size

    @property
    def new(self) -> tuple[LogEntryRecord, ...]:
        """The entries that no head covers, a page of them at most."""
        return self.tail[1:] if self.covered else self.tail


def read_state(context: Context, *, published: str | None) -> State:
    """The state now. `published` must have been read before."""
    with context.store.read() as tx:
        head, count = held_head(tx), held_size(tx)
        start = max(0, (0 if head is None else head.size) - 1)
        tail = held_entries(tx, start, limit=PAGE + 1)
    return State(published=published, head=head, count=count, tail=tuple(tail))


def require_continued(edge: Edge, state: State) -> None:
    """Raise `LogBroken` unless the database's entries go on from the end of `edge`."""
    if state.count < edge.size:
        raise _rolled_back(state.count, edge.size)
    for number, record in enumerate(state.tail, max(0, edge.size - 1)):
        if record.number != number:
            raise EntryAltered(f"log entry `{number}` is missing from the database")
    if edge.size and (not state.tail or leaf_hash(state.tail[0].entry) != edge.last):
        raise _forked(edge.size - 1)


def require_sound(context: Context) -> State:
    """The state, once it is shown to go on from what was published. Raises `LogBroken`."""
    published = fetch_checkpoint(context.blobs)
    state = read_state(context, published=published)
    ahead(context, state)
    if state.head is not None:
        newest = resumed_from_tiles(context, state.head)
        if newest is not None:
            require_continued(newest, state)
    return state


def ahead(context: Context, state: State) -> Checkpoint | None:
    """What was published and the database has no head of, though it has the entries.

    That happens only to a database that was tampered with or restored. Raises `LogBroken` where it
    has not these very entries, or where what was published, or the head in the database, is not
    this log's: whoever rewrites the entries may rewrite their head too, but cannot sign it.
    """
    if state.head is not None:
        kept_head(context, state.head)
    if state.count < state.covered:
        raise _rolled_back(state.count, state.covered)
    if state.published is None or (state.head and state.published == state.head.note):
        return None
    head = published_head(context, state.published)
    if state.head is not None and head.size <= state.head.size:
        _require_within(context, head, state.head)
        return None
    if state.count < head.size:
        raise _rolled_back(state.count, head.size)
    if root_in_database(context, head.size) != head.root:
        raise LogForked(
            f"the database's first {head.size} entries do not give the root that was published"
        )
    return head


def _require_within(context: Context, old: Checkpoint, head: LogCheckpointRecord) -> None:
    if old.origin != read(head.note)[0].origin:
        raise LogForked(f"the published checkpoint is of another log, `{old.origin}`")
    if root_in_tiles(context, old.size, head) != old.root:
        raise LogForked(
            f"the published checkpoint of {old.size} entries is not of the history that the "
            f"database has a head of"
        )


def root_in_tiles(context: Context, size: int, head: LogCheckpointRecord) -> bytes:
    """The root of the first `size` entries, from the tiles of `head`. Raises `TileAltered`."""
    try:
        return root_of(size, tree_in(head.size, partial(fetch_tile, context.blobs)))
    except (MalformedTile, NotFound) as error:
        raise TileAltered(f"the log's tiles cannot be read: {error}") from error


def root_in_database(context: Context, size: int) -> bytes:
    """The root of the first `size` entries of the database. Raises `EntryAltered` for a gap."""
    edge = Edge()
    for record in entries_of(context, 0, size):
        edge.add(record.entry)
    return edge.root


def entries_of(context: Context, start: int, end: int) -> Iterator[LogEntryRecord]:
    """The entries from `start` to `end`, page by page. Raises `EntryAltered` for a gap."""
    while start < end:
        with context.store.read() as tx:
            page = held_entries(tx, start, limit=min(PAGE, end - start))
        for record in page:
            if record.number != start:
                break
            yield record
            start += 1
        else:
            if page:
                continue
        raise EntryAltered(f"log entry `{start}` is missing from the database")


def resumed(context: Context, head: LogCheckpointRecord, *, known: Edge | None) -> Edge:
    """The edge at `head`, which must continue the one that is `known`. Raises `LogBroken`."""
    if known is not None and known.size > head.size:
        raise _rolled_back(head.size, known.size)
    edge = resumed_from_tiles(context, head) or rebuilt(context, head)
    if known is not None and root_in_tiles(context, known.size, head) != known.root:
        raise LogForked(f"the database has another history of the first {known.size} entries")
    return edge


def resumed_from_tiles(context: Context, head: LogCheckpointRecord) -> Edge | None:
    """The edge at `head`; None where the tiles are not there, or are not those of its root.

    Raises `LogBroken` where the database has other entries in the last tile.
    """
    try:
        edge = _from_tiles(context, head)
    except (MalformedTile, NotFound):
        return None
    return edge if edge.root == head.root else None


def _from_tiles(context: Context, head: LogCheckpointRecord) -> Edge:
    fetch = partial(fetch_tile, context.blobs)
    if head.size == 0:
        return Edge()
    index = (head.size - 1) // WIDTH
    newest = [record.entry for record in entries_of(context, index * WIDTH, head.size)]
    hashes = fetch(Tile(level=0, index=index, width=width_at(0, index, size=head.size)))
    edge = read_edge(head.size, fetch, newest=newest)
    if edge.root == head.root and hashes != b"".join(map(leaf_hash, newest)):
        raise _forked_in(index * WIDTH, newest, hashes)
    return edge


def rebuilt(context: Context, head: LogCheckpointRecord) -> Edge:
    """The edge, and every tile and bundle written anew, from the database's entries.

    Raises `LogForked` where they do not give the root of `head`; nothing is written then.
    """
    if root_in_database(context, head.size) != head.root:
        raise LogForked(f"the database's first {head.size} entries do not give their signed root")
    edge = Edge()
    for record in entries_of(context, 0, head.size):
        for tile, data in edge.add(record.entry):
            put_tile(context.blobs, tile, data)
    for tile, data in edge.partial():
        put_tile(context.blobs, tile, data)
    return edge


def origin_of(context: Context, head: LogCheckpointRecord | None) -> str:
    """The log's name, which its first checkpoint gave it for good."""
    return context.settings.resolved_log_origin if head is None else read(head.note)[0].origin


def begins_anew(context: Context, state: State) -> bool:
    """Whether the operator took away what was published, and set another name.

    Under the name of before, what follows would be a second history of one log.
    """
    named = context.settings.log_origin
    if named is None or state.head is None or state.published is not None:
        return False
    return origin_of(context, state.head) != named


def _rolled_back(count: int, published: int) -> LogRolledBack:
    return LogRolledBack(
        f"the database holds {count} log entries, and a checkpoint over {published} was published: "
        "it was rolled back or exchanged"
    )


def _forked(number: int) -> LogForked:
    return LogForked(f"log entry `{number}` in the database is not the one that was published")


def _forked_in(first: int, entries: list[bytes], hashes: bytes) -> LogForked:
    """Named by the first of the last tile's entries whose hash is not the one in the tile."""
    for offset, entry in enumerate(entries):
        if leaf_hash(entry) != hashes[offset * HASH_BYTES : (offset + 1) * HASH_BYTES]:
            return _forked(first + offset)
    return _forked(first + len(entries))
