"""What becomes of signing keys, recorded in the consent log, and read there again.

KeyRing(store, events=LoggedKeys(), ...)
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from cameo_service.events import Event, record
from storage.contracts import Transaction
from storage.errors import Tampered
from storage.keyring.making import ToldKey
from storage.records import Document, LogEntryRecord, SigningKeyRecord
from storage.revocations import Revocation

PAGE = 1_000


class LoggedKeys:
    """`KeyEvents` that end up in the consent log. Keys are about nobody."""

    def certified(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        """The root certified a new key."""
        record(tx, Event.KEY_CERTIFIED, _document(key), subjects=(), now=now)

    def retired(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        """Another key follows this one."""
        record(tx, Event.KEY_RETIRED, _document(key), subjects=(), now=now)

    def withdrawn(
        self, tx: Transaction, key: SigningKeyRecord, revocation: Revocation, *, now: datetime
    ) -> None:
        """The root withdrew this key."""
        said = {
            "revoked_at": int(revocation.revoked_at.timestamp()),
            "reason": revocation.reason,
        }
        record(tx, Event.KEY_WITHDRAWN, {**_document(key), **said}, subjects=(), now=now)

    def told(self, tx: Transaction) -> list[ToldKey]:
        """Every key that the log names. It is read from its beginning.

        Whether the log itself is as it was, `cameo log audit` says.
        """
        found: dict[str, ToldKey] = {}
        for kind, document in _logged(tx):
            kid = str(document["kid"])
            known = found.get(kid) or ToldKey(kid=kid, purpose=str(document["purpose"]))
            if kind == Event.KEY_RETIRED:
                known = replace(known, retired=True)
            if kind == Event.KEY_WITHDRAWN:
                known = replace(known, revoked_at=document["revoked_at"], reason=document["reason"])
            found[kid] = known
        return list(found.values())


def _document(key: SigningKeyRecord) -> Document:
    return {
        "kid": key.kid,
        "purpose": key.purpose,
        "algorithm": key.algorithm,
        "active_from": int(key.active_from.timestamp()),
    }


_KINDS = (Event.KEY_CERTIFIED, Event.KEY_RETIRED, Event.KEY_WITHDRAWN)


def _logged(tx: Transaction) -> Iterator[tuple[str, dict[str, Any]]]:
    """The log's entries of keys, opened: what kind each is, and its document."""
    start = 0
    while page := tx.log.entries(start, limit=PAGE):
        for entry in page:
            kind = _kind_of(entry)
            if kind is not None:
                yield kind, _opened(tx, entry, kind)
        start = page[-1].number + 1


def _kind_of(entry: LogEntryRecord) -> str | None:
    # asked of the bytes first: nearly all entries are about something else
    if not any(kind.encode() in entry.entry for kind in _KINDS):
        return None
    try:
        kind = json.loads(entry.entry)["kind"]
    except (ValueError, KeyError, TypeError):
        # an altered entry, which the log's own audit names
        return None
    return kind if kind in _KINDS else None


def _opened(tx: Transaction, entry: LogEntryRecord, kind: str) -> dict[str, Any]:
    opening = tx.log.opening(entry.number)
    if opening is None:
        # nothing erases it: it is about nobody
        raise Tampered(f"log entry `{entry.number}` of a signing key cannot be opened any more")
    try:
        document = json.loads(opening.document)
        names = ("revoked_at", "reason") if kind == Event.KEY_WITHDRAWN else ()
        return {name: document[name] for name in ("kid", "purpose", *names)}
    except (ValueError, KeyError, TypeError) as error:
        raise Tampered(f"the opening of log entry `{entry.number}` cannot be read") from error
