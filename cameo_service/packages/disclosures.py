"""Which generators were handed a package of a cameo: for its owner's side.

page = listed(tx, context, caller, cameo_id="cam_1", limit=20)
"""

from cameo_service.callers import Caller
from cameo_service.cameos.finding import visible
from cameo_service.context import Context
from cameo_service.errors import Invalid
from storage.contracts import Transaction
from storage.errors import MalformedCursor
from storage.records import DisclosureRecord


def listed(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    cameo_id: str,
    limit: int,
    after: str | None = None,
) -> list[DisclosureRecord]:
    """The disclosures in the order of the log, at most `limit`.

    For the owner and who represents them; raises `Unknown` for anybody else, and `Invalid` for a
    cursor of another list.
    """
    visible(tx, caller, cameo_id, now=context.clock())
    try:
        return tx.disclosures.of_cameo(cameo_id, limit=limit, after=after)
    except MalformedCursor:
        raise Invalid("cursor_unknown", f"`{after}` is not a cursor of this list") from None
