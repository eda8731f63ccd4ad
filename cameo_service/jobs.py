"""Jobs for the worker.

>>> due = job_for("scan", {"scan": "sca_1"}, now=datetime(2026, 1, 1))
>>> due.state, due.attempts
(<JobState.QUEUED: 'queued'>, 0)
"""

from datetime import datetime
from typing import Any

from cameo_service.identifiers import new_id
from storage.records import JobRecord, JobState


def job_for(kind: str, payload: dict[str, Any], *, now: datetime) -> JobRecord:
    """A job that is due at once; the caller adds it in the transaction that it belongs to."""
    return JobRecord(
        id=new_id("job"),
        kind=kind,
        payload=payload,
        state=JobState.QUEUED,
        attempts=0,
        run_after=now,
        created_at=now,
    )
