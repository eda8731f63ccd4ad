"""The log's word on an erasure: the entry of its certificate, proven and opened.

proof = proof_of_erasure(context, record)
proof["event"]  # base64 of {"cameo": …, "certificate": "<SHA-256>", "erasure": …, "event": …}
"""

import base64

from cameo_service.context import Context
from cameo_service.log.held import held_opening
from cameo_service.log.proving import proof_of
from cameo_service.log.standing import NotYetLogged
from storage.records import Document, ErasureRecord


def proof_of_erasure(context: Context, record: ErasureRecord) -> Document | None:
    """The proof of the log's entry, and `salt` and `event` that open it, both in base64.

    None until the erasure is complete and a checkpoint covers its entry, a second later at most.
    Raises `LogBroken` where the log does not prove what it should.
    """
    if record.log_number is None:
        return None
    try:
        proof = proof_of(context, record.log_number)
    except NotYetLogged:
        return None
    with context.store.read() as tx:
        opening = held_opening(tx, record.log_number)
    if opening is None:
        return proof
    return {
        **proof,
        "salt": base64.b64encode(opening.salt).decode(),
        "event": base64.b64encode(opening.document).decode(),
    }
