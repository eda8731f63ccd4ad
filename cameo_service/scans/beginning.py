"""Begin a scan: everything that can be refused is, before a worker looks at a picture.

record = begin(context, caller, uploads, permit=None, question=None)
"""

import json
from datetime import timedelta
from typing import Any

from cameo_service.callers import Caller
from cameo_service.consent.canonical import request_document
from cameo_service.consent.questions import ConsentIn, read_data
from cameo_service.context import Context
from cameo_service.errors import Invalid, PermitKeyWithdrawn, ServiceError, Unknown
from cameo_service.identifiers import new_id
from cameo_service.jobs import job_for
from cameo_service.permits.introspection import KEY_WITHDRAWN, introspect
from cameo_service.permits.issuing import held
from cameo_service.uploads import SCANS, Upload, kept
from storage.contracts import Transaction
from storage.records import PermitRecord, ScanRecord, ScanState

SCAN_JOB = "scan"
LONGEST_QUESTION = 20_000
HOUR = timedelta(hours=1)


class TooManyScans(ServiceError):
    """The key began so many scans within an hour that it has to wait."""

    code = "too_many_scans"


def begin(
    context: Context,
    caller: Caller,
    uploads: list[Upload],
    *,
    permit: str | None,
    question: str | None,
) -> ScanRecord:
    """Store the uploads and queue the scan.

    `permit` is a permit or the id of one, of this caller; `question` the fields of the consent
    question without likenesses, as JSON. One of both at most. Raises `Invalid` for a permit or a
    question that cannot be answered for, `NotActingFor` for another's question, `TooManyScans`,
    and what `uploads.kept` raises.
    """
    if permit is not None and question is not None:
        raise Invalid("permit_or_question", "send a `permit` or a `question`, not both")
    document = None if question is None else question_document(question)
    with context.store.read() as tx:
        _require_room(tx, context, caller)
        resting_on = None if permit is None else _permit_of(tx, context, caller, permit)
    requester = caller.principal if resting_on is None else resting_on.requester
    if document is not None:
        requester = str(document["requester"])
        caller.require_acting_for(requester)
    id, now = new_id("sca"), context.clock()
    with kept(context, SCANS, id, uploads) as documents:
        record = ScanRecord(
            id=id,
            version=1,
            created_by=caller.key_id,
            caller=caller.principal,
            requester=requester,
            permit_id=None if resting_on is None else resting_on.id,
            question=document,
            uploads=documents,
            state=ScanState.PROCESSING,
            result=None,
            error=None,
            created_at=now,
            updated_at=now,
        )
        with context.store.write() as tx:
            # again: many may have begun while the upload came
            _require_room(tx, context, caller)
            tx.scans.add(record)
            tx.jobs.add(job_for(SCAN_JOB, {"scan": id}, now=context.clock()))
    return record


def question_document(text: str) -> dict[str, Any]:
    """The canonical question without likenesses, and how far they are changed.

    Raises `InvalidRequest`, and `Invalid` for what a scan cannot be asked.
    """
    try:
        sent = json.loads(text) if len(text) <= LONGEST_QUESTION else None
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise Invalid("question_unreadable", "`question` must be a JSON object")
    if "likenesses" in sent or sent.get("draft") is not None:
        raise Invalid(
            "question_names_likenesses",
            "the likenesses are those that the scan recognizes: leave out `likenesses` and `draft`",
        )
    change = sent.pop("appearance_change", None)
    stand_in = {"cameo_id": "recognized", "facets": ["face"], "appearance_change": change}
    asked = read_data(ConsentIn, {**sent, "likenesses": [stand_in]})
    return {**request_document(asked.to_request()), "likenesses": [], "appearance_change": change}


def found(tx: Transaction, caller: Caller, id: str) -> ScanRecord:
    """The scan, to those who act for its caller; else `Unknown`."""
    record = tx.scans.find(id)
    if record is None or not caller.acts_for_principal(record.caller):
        raise Unknown(f"there is no scan `{id}`")
    return record


def _require_room(tx: Transaction, context: Context, caller: Caller) -> None:
    most = context.settings.scans_per_hour
    if tx.scans.begun(caller.key_id, since=context.clock() - HOUR) >= most:
        raise TooManyScans(f"the key has begun {most} scans within an hour")


def _permit_of(tx: Transaction, context: Context, caller: Caller, permit: str) -> PermitRecord:
    """A permit of this caller, given as itself or as its id.

    Raises `Invalid` for what is forged, unknown or another's, without telling which.
    """
    if "." not in permit:
        try:
            return held(tx, caller, permit)
        except Unknown:
            raise _not_a_permit() from None
    stated = introspect(tx, context, caller, permit)
    if stated is None:
        raise _not_a_permit()
    if stated.reason == KEY_WITHDRAWN:
        raise PermitKeyWithdrawn("the key that signed `permit` was withdrawn: ask for another")
    return tx.permits.get(str(stated.claims["jti"]))


def _not_a_permit() -> Invalid:
    return Invalid("permit_unknown", "`permit` is not a permit of this caller")
