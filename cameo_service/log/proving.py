"""Proofs that an entry is in the log, and the openings of entries that they prove.

proof_of(context, 7)["checkpoint"]
"""

import base64
from functools import partial

from cameo_service.context import Context
from cameo_service.errors import Unknown
from cameo_service.log.heads import is_by_withdrawn_key, kept_head
from cameo_service.log.held import held_entries, held_head, held_size
from cameo_service.log.inclusion import proof_from
from cameo_service.log.published import fetch_tile
from cameo_service.log.standing import NotYetLogged, OpeningAltered
from storage.log.entries import opens
from storage.records import Document, LogOpeningRecord


def proof_of(context: Context, number: int) -> Document:
    """What proves offline that entry `number` is in the log; its members are `proof_from`'s.

    Raises `Unknown`, `NotYetLogged` for at most a second or so, and `LogBroken` where the log does
    not prove it.
    """
    with context.store.read() as tx:
        head, size = held_head(tx), held_size(tx)
        found = held_entries(tx, number, limit=1) if 0 <= number < size else []
    if not found or found[0].number != number:
        raise Unknown(f"there is no log entry `{number}`")
    if head is None or number >= head.size or is_by_withdrawn_key(context, head.note):
        raise NotYetLogged(f"log entry `{number}` is not in a checkpoint yet: try again")
    return proof_from(
        partial(fetch_tile, context.blobs),
        kept_head(context, head),
        note=head.note,
        number=number,
        entry=found[0].entry,
    )


def opening_document(opening: LogOpeningRecord, proof: Document) -> dict[str, str]:
    """Salt and event in base64, once they are shown to open the entry that `proof` proves.

    Raises `OpeningAltered`.
    """
    if not opens(base64.b64decode(proof["entry"]), opening.document, salt=opening.salt):
        raise OpeningAltered(f"the opening of log entry `{opening.number}` was altered")
    return {
        "salt": base64.b64encode(opening.salt).decode(),
        "event": base64.b64encode(opening.document).decode(),
    }
