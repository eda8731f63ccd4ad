"""Receipts, for those whom they are made out to: with what opens their log entry, and its proof.

for found in receipts_of(context, caller, "use_…"):
    found.statement
"""

import json
from dataclasses import dataclass
from typing import Any

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import Unknown
from cameo_service.log.held import held_opening
from cameo_service.log.proving import opening_document, proof_of
from cameo_service.receipts.statements import digest_of
from cameo_service.uses import finding
from storage.contracts import Transaction
from storage.errors import Tampered
from storage.records import LogOpeningRecord, ReceiptRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenReceipt:
    """A receipt with its proof. `opening` is None once it was erased; the proof stays valid."""

    record: ReceiptRecord
    opening: dict[str, str] | None
    proof: dict[str, Any]


def receipts_of(context: Context, caller: Caller, use_id: str) -> list[ProvenReceipt]:
    """The caller's receipts of a use, the earliest first.

    The holder has theirs, each owner's side that of their own cameo: nobody another's. Raises
    `Unknown` where the caller may not know of the use, `NotYetLogged` for a second or so, and
    `Tampered` or `LogBroken` where a statement, its opening or its proof was altered.
    """
    now = context.clock()
    with context.store.read() as tx:
        use = finding.visible(tx, caller, use_id, now=now).use
        cameos = finding.owned_in(tx, caller, use, now=now)
        holds = caller.acts_for_principal(use.holder)
        found = [
            (record, held_opening(tx, record.log_number))
            for record in tx.receipts.of_use(use.id)
            if (holds if record.cameo_id is None else record.cameo_id in cameos)
        ]
    return [_proven(context, record, opening) for record, opening in found]


def visible(tx: Transaction, context: Context, caller: Caller, id: str) -> ReceiptRecord:
    """The receipt, to whom it is made out; to all others `Unknown`."""
    now, record = context.clock(), tx.receipts.find(id)
    use = tx.uses.find(record.use_id) if record is not None else None
    if record is None or use is None:
        raise Unknown(f"there is no receipt `{id}`")
    if record.cameo_id is None:
        is_theirs = caller.acts_for_principal(use.holder)
    else:
        is_theirs = record.cameo_id in finding.owned_in(tx, caller, use, now=now)
    if not is_theirs:
        raise Unknown(f"there is no receipt `{id}`")
    return record


def _proven(
    context: Context, record: ReceiptRecord, opening: LogOpeningRecord | None
) -> ProvenReceipt:
    proof = proof_of(context, record.log_number)
    if opening is None:
        return ProvenReceipt(record=record, opening=None, proof=proof)
    document = opening_document(opening, proof)
    if json.loads(opening.document).get("statement_sha256") != digest_of(record.statement):
        raise Tampered(f"the statement of receipt `{record.id}` is not the one that was logged")
    return ProvenReceipt(record=record, opening=document, proof=proof)
