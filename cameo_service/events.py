"""Consent events: each is committed to in the consent log, in the transaction that makes it so.

number = record(tx, Event.CAMEO_REVOKED, {"cameo": "cam_1"}, subjects=("cam_1",), now=now)

An event names ids and nothing more: no biometrics, no scores, no free text, no names of people.
`subjects` are the cameos and principals it is about, so that erasing one of them destroys what
opens the commitment; the entry itself stays, and every proof with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.contracts import Transaction
from storage.log.entries import kind_of
from storage.records import Document, LogEvent


class Event(StrEnum):
    """What the log's entries are about. The kind is public, but for an owner's own business."""

    CAMEO_ENROLLED = "cameo.enrolled"
    CAMEO_RENEWED = "cameo.renewed"
    CREDENTIAL_SIGNED = "credential.signed"
    CAMEO_SUSPENDED = "cameo.suspended"
    CAMEO_REINSTATED = "cameo.reinstated"
    CAMEO_REVOKED = "cameo.revoked"
    CAMEO_ERASED = "cameo.erased"
    CHARACTER_REGISTERED = "character.registered"
    CHARACTER_CHANGED = "character.changed"
    CHARACTER_DECIDED = "character.decided"
    POLICY_SET = "policy.set"
    GRANT_OFFERED = "grant.offered"
    GRANT_ACCEPTED = "grant.accepted"
    GRANT_ENDED = "grant.ended"
    APPROVAL_GIVEN = "approval.given"
    APPROVAL_ENDED = "approval.ended"
    BLOCK_SET = "block.set"
    BLOCK_LIFTED = "block.lifted"
    MANDATE_SET = "mandate.set"
    MANDATE_ENDED = "mandate.ended"
    PERMIT_ISSUED = "permit.issued"
    PERMIT_REVOKED = "permit.revoked"
    USE_REPORTED = "use.reported"
    USE_PUBLISHED = "use.published"
    USE_REMOVED = "use.removed"
    USE_RECALLED = "use.recalled"
    PACKAGE_DISCLOSED = "package.disclosed"
    ERASURE_CONFIRMED = "erasure.confirmed"
    DEPLOYMENT_CHANGED = "deployment.changed"
    KEY_CERTIFIED = "key.certified"
    KEY_RETIRED = "key.retired"
    KEY_WITHDRAWN = "key.withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An event to record. `subjects` may be named more than once."""

    event: Event
    document: Document
    subjects: tuple[str, ...]


def record_all(
    tx: Transaction, said: Iterable[Said], *, now: datetime, opened: bool = True
) -> range:
    """Append events to the consent log, each an entry of its own; return their numbers there.

    Whoever erases what they are about keeps nothing that opens them: `opened` is False.
    """
    events = [
        LogEvent(
            kind=kind_of(each.event.value),
            document={"event": each.event.value, **each.document},
            subjects=tuple(dict.fromkeys(each.subjects)),
        )
        for each in said
    ]
    return tx.log.append_all(events, now=now, opened=opened)


def record(
    tx: Transaction, event: Event, document: Document, *, subjects: tuple[str, ...], now: datetime
) -> int:
    """Append the event to the consent log and return its number there.

    `subjects` may be named more than once.
    """
    return record_all(tx, [Said(event=event, document=document, subjects=subjects)], now=now)[0]
