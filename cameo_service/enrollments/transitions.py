"""How an enrollment may move from state to state, and the one way to write a move.

processing = move(tx, record, EnrollmentState.PROCESSING, now=now)
"""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from cameo_service.errors import WrongState
from storage.contracts import Transaction
from storage.records import EnrollmentRecord, EnrollmentState

MOVES = MappingProxyType(
    {
        EnrollmentState.REQUIRES_INPUT: (
            EnrollmentState.PROCESSING,
            EnrollmentState.CANCELED,
            EnrollmentState.EXPIRED,
        ),
        EnrollmentState.PROCESSING: (
            EnrollmentState.VERIFIED,
            EnrollmentState.NEEDS_REVIEW,
            EnrollmentState.REQUIRES_INPUT,
            EnrollmentState.CANCELED,
        ),
        EnrollmentState.NEEDS_REVIEW: (
            EnrollmentState.VERIFIED,
            EnrollmentState.REQUIRES_INPUT,
            EnrollmentState.CANCELED,
        ),
        EnrollmentState.VERIFIED: (),
        EnrollmentState.CANCELED: (),
        EnrollmentState.EXPIRED: (),
    }
)
HOLDING_A_RECORDING = (EnrollmentState.PROCESSING, EnrollmentState.NEEDS_REVIEW)


def is_over(record: EnrollmentRecord) -> bool:
    """Whether the enrollment can move no more."""
    return not MOVES[record.state]


def move(
    tx: Transaction,
    record: EnrollmentRecord,
    state: EnrollmentState,
    *,
    now: datetime,
    last_error: dict[str, str] | None = None,
) -> EnrollmentRecord:
    """Store `record` in `state`, with this error or none. Raises `WrongState` for no such move.

    Only a state that somebody still looks at the recording in keeps its name; the caller deletes
    the blob once the transaction is committed.
    """
    if state not in MOVES[record.state]:
        raise WrongState(f"enrollment `{record.id}` is `{record.state}` and cannot be `{state}`")
    holds = state in HOLDING_A_RECORDING
    return tx.enrollments.save(
        replace(
            record,
            state=state,
            last_error=last_error,
            recording_blob=record.recording_blob if holds else None,
            recording_mime=record.recording_mime if holds else None,
            updated_at=now,
        )
    )
