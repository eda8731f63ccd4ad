"""What is left of an enrollment that is over: who enrolled when, what they agreed to, how it ended.

emptied = empty(tx, record, now=now)
"""

from dataclasses import replace
from datetime import datetime

from cameo_service.enrollments.transitions import is_over
from cameo_service.errors import WrongState
from storage.contracts import Transaction
from storage.records import EMPTIED, EnrollmentRecord


def empty(tx: Transaction, record: EnrollmentRecord, *, now: datetime) -> EnrollmentRecord:
    """Take the report with its scores, the challenge with its accommodations, and every secret.

    Raises `WrongState` for an enrollment that is still under way.
    """
    if not is_over(record):
        raise WrongState(f"enrollment `{record.id}` is `{record.state}`: it is not over")
    return tx.enrollments.save(replace(record, **EMPTIED, updated_at=now))


def is_empty(record: EnrollmentRecord) -> bool:
    """Whether there is nothing left that `empty` would take."""
    return replace(record, **EMPTIED) == record
