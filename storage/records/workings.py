"""What the service itself needs: jobs.

>>> JobState("dead") is JobState.DEAD
True
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.records.document import Document


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A unit of background work, done at least once. `lease_token` fences out a stalled worker."""

    id: str
    kind: str
    payload: Document
    state: JobState
    attempts: int
    run_after: datetime
    created_at: datetime
    lease_token: str | None = None
    leased_until: datetime | None = None
    error: str | None = None
