"""Who asked about a cameo: counts by day, requester, caller and action, for its owner.

page = asked(tx, context, caller, cameo_id="cam_…", limit=20)
"""

from cameo_service.callers import Caller
from cameo_service.cameos.finding import visible
from cameo_service.context import Context
from cameo_service.errors import Invalid
from storage.contracts import Transaction
from storage.errors import MalformedCursor
from storage.records import InquiryRecord


def asked(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    cameo_id: str,
    limit: int,
    after: str | None = None,
) -> list[tuple[str, InquiryRecord]]:
    """The counts, the latest day first, each with its cursor; at most `limit`.

    For the owner and who represents them; raises `Unknown` for anybody else, and `Invalid`
    for a cursor of another list.
    """
    visible(tx, caller, cameo_id, now=context.clock())
    try:
        return tx.inquiries.of_cameo(cameo_id, limit=limit, after=after)
    except MalformedCursor:
        raise Invalid("cursor_unknown", f"`{after}` is not a cursor of this list") from None
