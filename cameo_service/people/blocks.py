"""Blocks: whom an owner wants nothing to do with, on any of their cameos.

block(tx, context, caller, owner="user:ann", blocked="user:eve")
"""

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import Invalid
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.permits import ending
from storage.contracts import Transaction
from storage.records import BlockRecord


def block(tx: Transaction, context: Context, caller: Caller, *, owner: str, blocked: str) -> None:
    """Block somebody; the permits between the two end. Blocking again changes nothing."""
    caller.require_acting_for(owner)
    if owner == blocked:
        raise Invalid("blocks_itself", "nobody can block themselves")
    now = context.clock()
    record = BlockRecord(owner=owner, blocked=blocked, created_by=caller.key_id, created_at=now)
    if tx.blocks.add(record):
        document = {"owner": owner, "blocked": blocked}
        log(tx, Event.BLOCK_SET, document, subjects=(owner, blocked), now=now)
        ending.end_permits(tx, touched.between(owner, blocked), now=now)
        tx.revisions.touch(touched.principal(owner), now=now)


def unblock(tx: Transaction, context: Context, caller: Caller, *, owner: str, blocked: str) -> None:
    """Lift a block. Where there is none, nothing changes."""
    caller.require_acting_for(owner)
    if tx.blocks.remove(owner, blocked):
        now, document = context.clock(), {"owner": owner, "blocked": blocked}
        log(tx, Event.BLOCK_LIFTED, document, subjects=(owner, blocked), now=now)
        tx.revisions.touch(touched.principal(owner), now=now)


def listed(
    tx: Transaction, caller: Caller, *, owner: str, limit: int, after: str | None
) -> list[BlockRecord]:
    """Whom this owner blocks, in order, to those who act for the owner."""
    caller.require_acting_for(owner)
    return tx.blocks.of(owner, limit=limit, after=after)
