"""What is left of an enrollment that is over: who enrolled when, what they agreed to, how it ended.

emptied = empty(tx, record, now=now)
"""

from dataclasses import replace
from datetime import datetime

from cameo_service.enrollments.transitions import is_over
from cameo_service.errors import WrongState
from storage.contracts import Transaction
from storage.records import EnrollmentRecord


def empty(tx: Transaction, record: EnrollmentRecord, *, now: datetime) -> EnrollmentRecord:
    """Take the report with its scores, the challenge with its accommodations, and every secret.

    Raises `WrongState` for an enrollment that is still under way.
    """
    if not is_over(record):
        raise WrongState(f"enrollment `{record.id}` is `{record.state}`: it is not over")
    return tx.enrollments.save(
        replace(
            record,
            report=None,
            challenge={},
            last_error=None,
            client_secret_hash="",
            session_hash=None,
            recording_blob=None,
            recording_mime=None,
            updated_at=now,
        )
    )


def is_empty(record: EnrollmentRecord) -> bool:
    """Whether there is nothing left that `empty` would take."""
    return not any(
        (
            *(record.report, record.challenge, record.last_error, record.client_secret_hash),
            *(record.session_hash, record.recording_blob, record.recording_mime),
        )
    )
