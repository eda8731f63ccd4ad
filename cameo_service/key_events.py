"""What becomes of signing keys, recorded in the consent log.

KeyRing(store, events=LoggedKeys(), ...)
"""

from datetime import datetime

from cameo_service.events import Event, record
from storage.contracts import Transaction
from storage.records import Document, SigningKeyRecord


class LoggedKeys:
    """`KeyEvents` that end up in the consent log. Keys are about nobody."""

    def certified(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        """The root certified a new key."""
        record(tx, Event.KEY_CERTIFIED, _document(key), subjects=(), now=now)

    def retired(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        """Another key follows this one."""
        record(tx, Event.KEY_RETIRED, _document(key), subjects=(), now=now)


def _document(key: SigningKeyRecord) -> Document:
    return {
        "kid": key.kid,
        "purpose": key.purpose,
        "algorithm": key.algorithm,
        "active_from": int(key.active_from.timestamp()),
    }
