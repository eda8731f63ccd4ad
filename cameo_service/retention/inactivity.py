"""Cameos that nobody uses: their owners get notice, and then they are erased.

sweep_inactive(context)

A cameo whose credential has expired is inactive while it is not renewed, nobody asks about it, no
permit rests on it, and no use of it is reported. Any of these starts the time anew.
"""

from datetime import datetime, timedelta

from cameo_service.context import Context
from cameo_service.erasure.beginning import begin
from cameo_service.notices.telling import NoticeKind, tell
from storage.contracts import Transaction
from storage.records import CameoRecord

AT_ONCE = 20
BY = "deployment"
"""At whose word an inactive cameo is erased."""


def sweep_inactive(context: Context) -> None:
    """Give notice of the cameos that are about to be erased, and erase those whose time is over."""
    settings, now = context.settings, context.clock()
    notice = timedelta(days=settings.inactive_notice_days)
    since = now - timedelta(days=settings.inactive_cameo_days) + notice
    with context.store.read() as tx:
        inactive = tx.cameos.inactive(since=since, now=now, limit=1)
    after = None
    while inactive:
        with context.store.write() as tx:
            inactive = tx.cameos.inactive(since=since, now=now, limit=AT_ONCE, after=after)
            for cameo in inactive:
                _judge(tx, context, cameo, since=since, notice=notice)
        after = inactive[-1].id if inactive else None


def _judge(
    tx: Transaction,
    context: Context,
    cameo: CameoRecord,
    *,
    since: datetime,
    notice: timedelta,
) -> None:
    now = context.clock()
    told = tx.notices.latest(cameo.owner, NoticeKind.CAMEO_INACTIVE.value, cameo.id)
    # a notice from before `since` was of an earlier time of nothing
    if told is None or told.created_at < since:
        body = {"cameo_id": cameo.id, "erased_at": (now + notice).isoformat()}
        tell(tx, context, cameo.owner, NoticeKind.CAMEO_INACTIVE, body)
    elif now >= told.created_at + notice:
        begin(tx, context, cameo, by=BY, ended_by=BY)
