"""Proofs that an entry is in the log.

proof_of(context, 7)["checkpoint"]
"""

import base64
from functools import partial

from cameo_service.context import Context
from cameo_service.errors import Unknown
from cameo_service.log.continuity import signed_head
from cameo_service.log.published import fetch_tile
from cameo_service.log.standing import NotYetLogged, TileAltered
from storage.errors import NotFound
from storage.log.tiles import MalformedTile, tree_in
from storage.log.tree import inclusion_proof, leaf_hash, root_from_inclusion
from storage.records import Document, LogCheckpointRecord


def proof_of(context: Context, number: int) -> Document:
    """What proves offline that entry `number` is in the log: `cameo_service.offline.log` does.

    `origin`, `index`, `entry` (base64), `inclusion` (hashes in base64, leaf to root) and
    `checkpoint` (a signed note). Raises `Unknown`, `NotYetLogged` for at most a second or so, and
    `LogBroken` where the log does not prove it.
    """
    with context.store.read() as tx:
        head, size = tx.log.checkpoint(), tx.log.size()
        found = tx.log.entries(number, limit=1) if 0 <= number < size else []
    if not found or found[0].number != number:
        raise Unknown(f"there is no log entry `{number}`")
    if head is None or number >= head.size:
        raise NotYetLogged(f"log entry `{number}` is not in a checkpoint yet: try again")
    entry = found[0].entry
    return {
        "origin": signed_head(context, head).origin,
        "index": number,
        "entry": base64.b64encode(entry).decode(),
        "inclusion": [
            base64.b64encode(each).decode() for each in _inclusion(context, entry, number, head)
        ],
        "checkpoint": head.note,
    }


def _inclusion(
    context: Context, entry: bytes, number: int, head: LogCheckpointRecord
) -> list[bytes]:
    """The proof, which is looked at before it is given away."""
    node = tree_in(head.size, partial(fetch_tile, context.blobs))
    try:
        proof = inclusion_proof(number, head.size, node)
    except (MalformedTile, NotFound) as error:
        raise TileAltered(f"the log's tiles give no proof of entry `{number}`: {error}") from error
    if root_from_inclusion(leaf_hash(entry), proof, index=number, size=head.size) != head.root:
        raise TileAltered(f"the log's tiles do not lead from entry `{number}` to its root")
    return proof
