"""What is older than the schedule lets it be.

needless = sweep(tx, context)     # recordings, to be deleted once this is committed
"""

from datetime import datetime, timedelta

from cameo_service.context import Context
from cameo_service.enrollments import withdrawal
from cameo_service.enrollments.emptying import empty
from cameo_service.notices.telling import NoticeKind
from cameo_service.settings import Settings
from storage.contracts import Transaction

AT_ONCE = 100
DELIVERIES_AT_ONCE = 5_000
"""One revocation may make hundreds: what goes has to keep up with what comes."""


def sweep(tx: Transaction, context: Context) -> list[str]:
    """Delete what is old, a limited number of each; return the recordings that nobody needs."""
    now, kept = context.clock(), context.settings
    tx.idempotency.sweep(before=now - timedelta(hours=kept.idempotency_hours))
    tx.jobs.sweep(before=now - timedelta(days=kept.job_retention_days))
    tx.scans.sweep(before=now - kept.scan_retention, limit=AT_ONCE)
    asked = now.date() - timedelta(days=kept.inquiry_retention_days)
    tx.inquiries.sweep(before=asked, limit=AT_ONCE)
    _sweep_notices(tx, kept, now=now)
    erased = now - timedelta(days=kept.erasure_retention_days)
    tx.erasures.sweep(before=erased, limit=AT_ONCE)
    sent = now - timedelta(days=kept.webhook_retention_days)
    tx.webhook_deliveries.sweep(before=sent, limit=DELIVERIES_AT_ONCE)
    tx.webhooks.forget_former(before=now)
    _empty_ended(tx, kept, now=now)
    return _end_unreviewed(tx, context, now=now)


def _sweep_notices(tx: Transaction, kept: Settings, *, now: datetime) -> None:
    old = now - timedelta(days=kept.notice_retention_days)
    # without its notice, a cameo that nobody uses would have to be given notice anew
    tx.notices.sweep(before=old, limit=AT_ONCE, but=(NoticeKind.CAMEO_INACTIVE.value,))


def _empty_ended(tx: Transaction, kept: Settings, *, now: datetime) -> None:
    old = now - timedelta(days=kept.enrollment_report_days)
    for record in tx.enrollments.ended(before=old, limit=AT_ONCE):
        empty(tx, record, now=now)


def _end_unreviewed(tx: Transaction, context: Context, *, now: datetime) -> list[str]:
    """Nobody looked at these recordings in time: the people may enroll again."""
    old = now - timedelta(days=context.settings.review_days)
    unreviewed = tx.enrollments.unreviewed(before=old, limit=AT_ONCE)
    for record in unreviewed:
        withdrawal.end(tx, context, record)
    return [each.recording_blob for each in unreviewed if each.recording_blob is not None]
