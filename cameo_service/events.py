"""Consent events: each is committed to in the consent log, in the transaction that makes it so.

number = record(tx, Event.CAMEO_REVOKED, {"cameo": "cam_1"}, subjects=("cam_1",), now=now)

An event names ids and nothing more: no biometrics, no scores, no free text, no names of people.
`subjects` are the cameos and principals it is about, so that erasing one of them destroys what
opens the commitment; the entry itself stays, and every proof with it.
"""

from datetime import datetime
from enum import StrEnum

from storage.contracts import Transaction
from storage.log.entries import kind_of
from storage.records import Document


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


def record(
    tx: Transaction, event: Event, document: Document, *, subjects: tuple[str, ...], now: datetime
) -> int:
    """Append the event to the consent log and return its number there.

    `subjects` may be named more than once.
    """
    named = tuple(dict.fromkeys(subjects))
    said = {"event": event.value, **document}
    return tx.log.append(kind_of(event.value), said, subjects=named, now=now)
