"""The sequencer: extends the tree by what was committed, publishes it, signs its head.

    with sequencing(context):
        serve()

Every process may run one. Tiles follow from the entries alone, so that two at once write the same
bytes; who gets to keep its head in the database, in a write transaction, publishes it. First the
tiles, then the head in the database, then the checkpoint: whatever of it a crash leaves, what is
published is complete, and is continued. What contradicts it ends the sequencer, so that there is
never a second history.
"""

import threading
from contextlib import AbstractContextManager
from datetime import timedelta

import structlog

from cameo_service.alongside import alongside
from cameo_service.context import Context
from cameo_service.log.continuity import (
    PAGE,
    State,
    ahead,
    begins_anew,
    origin_of,
    read_state,
    require_continued,
    resumed,
)
from cameo_service.log.heads import is_by_withdrawn_key
from cameo_service.log.held import held_head
from cameo_service.log.published import fetch_checkpoint, prune, put_checkpoint, put_tile
from cameo_service.log.standing import LogBroken
from cameo_service.outages import Outage
from storage.contracts import Transaction
from storage.errors import StorageError
from storage.log.edge import Edge
from storage.log.notes import Checkpoint
from storage.records import LogCheckpointRecord

EVERY_S = 0.25
"""How often a sequencer looks for new entries."""
PAUSE = timedelta(seconds=0.5)
"""A younger head is left alone: more entries will follow it, or another replica is at it."""

_log = structlog.get_logger("cameo.log")


class Sequencer:
    """One sequencer, for one thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._edge: Edge | None = None
        self._seen = False
        self._outage = Outage()

    def run(self, stop: threading.Event) -> None:
        """Publish until `stop` is set, and once more then. Ends at once where the log is broken."""
        while not stop.wait(EVERY_S):
            if not self._try(patient=True):
                return
        self._try(patient=False)

    def _try(self, *, patient: bool) -> bool:
        """Publish what is new; whether that can go on."""
        try:
            self.catch_up(patient=patient)
        except LogBroken as error:
            _log.critical(
                "the log is broken, nothing is published", code=error.code, why=str(error)
            )
            return False
        except StorageError as error:
            if self._outage.is_news(str(error), self._context.clock()):
                _log.error("store unavailable", error=str(error))
        except Exception as error:  # noqa: BLE001 (logged with its traceback, and tried again)
            if self._outage.is_news(type(error).__name__, self._context.clock()):
                _log.exception("the log was not published", error_type=type(error).__name__)
        else:
            if self._outage.ends():
                _log.info("works again")
        return True

    def catch_up(self, *, patient: bool = False) -> None:
        """Publish everything that is new. Raises `LogBroken`."""
        more = True
        while more:
            more = self.step(patient=patient)

    def step(self, *, patient: bool = False) -> bool:
        """Publish what is new, if anything is; whether there may be more. Raises `LogBroken`.

        A patient one leaves a head alone that is young.
        """
        state = read_state(self._context, published=None)
        if not self._withdrawn(state.head) and (
            self._is_at(state.head) and (not state.new or (patient and self._is_young(state.head)))
        ):
            # a database that was exchanged for another shows here, with nothing new too
            require_continued(self._edge or Edge(), state)
            return False
        # looked at before the database, which is written before it
        published = fetch_checkpoint(self._context.blobs)
        self._seen = self._seen or published is not None
        state = read_state(self._context, published=published)
        found = ahead(self._context, state)
        if found is not None:
            self._adopt(found, published or "")
            return True
        edge = self._resumed(state.head)
        require_continued(edge, state)
        anew = self._begins_anew(state)
        if state.head is not None and published != state.head.note and not anew:
            self._publish(state.head.note)
        self._edge = edge
        if state.head is None or state.new or anew or self._withdrawn(state.head):
            self._edge = self._extended(edge.copy(), state, anew=anew)
        return self._edge is None or len(state.new) >= PAGE

    def _is_at(self, head: LogCheckpointRecord | None) -> bool:
        edge = self._edge
        if edge is None or head is None:
            return False
        return (edge.size, edge.root) == (head.size, head.root)

    def _withdrawn(self, head: LogCheckpointRecord | None) -> bool:
        """Whether the head is to be signed anew, since the key that signed it was withdrawn."""
        return head is not None and is_by_withdrawn_key(self._context, head.note)

    def _is_young(self, head: LogCheckpointRecord | None) -> bool:
        age = PAUSE if head is None else self._context.clock() - head.created_at
        # a head from the future is of a clock that is wrong, and no reason to wait
        return timedelta() <= age < PAUSE

    def _resumed(self, head: LogCheckpointRecord | None) -> Edge:
        if self._edge is not None and self._is_at(head):
            return self._edge
        if head is None:
            return self._edge or Edge()
        return resumed(self._context, head, known=self._edge)

    def _adopt(self, head: Checkpoint, note: str) -> None:
        """Keep the head that was published, over entries that are all there."""
        with self._context.store.write() as tx:
            self._keep(tx, head, note)

    def _keep(self, tx: Transaction, head: Checkpoint, note: str) -> None:
        now = self._context.clock()
        record = LogCheckpointRecord(size=head.size, root=head.root, note=note, created_at=now)
        tx.log.keep_checkpoint(record)

    def _begins_anew(self, state: State) -> bool:
        """What was there while this one ran, and is not there now, nobody took away: the service is
        stopped for that. A store that once says so by mistake begins no other log."""
        return not self._seen and begins_anew(self._context, state)

    def _extended(self, edge: Edge, state: State, *, anew: bool) -> Edge | None:
        """Publish the new entries; None where somebody else was faster."""
        full = []
        for record in state.new:
            for tile, data in edge.add(record.entry):
                put_tile(self._context.blobs, tile, data)
                full.append(tile)
        for tile, data in edge.partial():
            put_tile(self._context.blobs, tile, data)
        origin = origin_of(self._context, None if anew else state.head)
        head = Checkpoint(origin=origin, size=edge.size, root=edge.root)
        note = self._context.signer.note(head)
        with self._context.store.write() as tx:
            if held_head(tx) != state.head:
                return None
            self._keep(tx, head, note)
        if anew:
            former = origin_of(self._context, state.head)
            _log.warning("a new log begins", name=origin, former=former, size=edge.size)
        self._publish(note)
        for tile in full:
            prune(self._context.blobs, tile)
        return edge

    def _publish(self, note: str) -> None:
        """Publish a head, and again while another replica keeps a larger one."""
        newest: str | None = None
        while newest != note:
            note = newest or note
            put_checkpoint(self._context.blobs, note)
            self._seen = True
            with self._context.store.read() as tx:
                head = held_head(tx)
            newest = note if head is None else head.note


def sequencing(context: Context) -> AbstractContextManager[None]:
    """A sequencer beside a block; at its end, everything is published."""
    return alongside(Sequencer(context).run, name="sequencer")
