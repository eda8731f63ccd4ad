"""Tell a principal something, and let their side read it.

tell(tx, context, "user:ann", NoticeKind.FACE_MATCHED, {"cameo_id": "cam_1"})
"""

from enum import StrEnum
from typing import Any

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import NotActingFor, Unknown
from cameo_service.identifiers import new_id
from cameo_service.people.speaking import is_on_owners_side
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import NoticeRecord


class NoticeKind(StrEnum):
    """What a notice is about."""

    FACE_MATCHED = "face_matched"
    SCAN_DENIED = "scan_denied"
    CAMEO_ERASED = "cameo_erased"
    CAMEO_INACTIVE = "cameo_inactive"
    WEBHOOK_GONE = "webhook_gone"
    WEBHOOK_DISABLED = "webhook_disabled"


def tell(
    tx: Transaction, context: Context, principal: str, kind: NoticeKind, body: dict[str, Any]
) -> None:
    """Store a notice. `body` names nothing but what is the principal's own to know."""
    tx.notices.add(
        NoticeRecord(
            id=new_id("not"),
            principal=principal,
            kind=kind.value,
            body=body,
            created_at=context.clock(),
        )
    )


def told(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    principal: str,
    unread: bool,
    limit: int,
    after: str | None,
) -> list[NoticeRecord]:
    """The notices of `principal`, the latest first, to their side; else `NotActingFor`."""
    if not is_on_owners_side(tx, caller, principal, now=context.clock()):
        raise NotActingFor(f"the key may not act for `{principal}`")
    return tx.notices.of(principal, unread=unread, limit=limit, after=after)


def mark_read(tx: Transaction, context: Context, caller: Caller, *, id: str) -> NoticeRecord:
    """Note that it was read; again keeps the first time. Raises `Unknown` for another's."""
    now = context.clock()
    try:
        record = tx.notices.get(id)
    except NotFound:
        raise Unknown(f"there is no notice `{id}`") from None
    if not is_on_owners_side(tx, caller, record.principal, now=now):
        raise Unknown(f"there is no notice `{id}`")
    return tx.notices.read(id, now=now)
