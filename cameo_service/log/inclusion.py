"""A proof that an entry is in the log, made from its tiles and looked at before it is given away.

proof_from(source.tile, head, note=note, number=7, entry=b"…")["inclusion"]
"""

import base64
from collections.abc import Callable

from cameo_service.log.standing import TileAltered
from storage.errors import NotFound
from storage.log.notes import Checkpoint
from storage.log.tiles import MalformedTile, Tile, tree_in
from storage.log.tree import inclusion_proof, leaf_hash, root_from_inclusion
from storage.records import Document


def proof_from(
    fetch: Callable[[Tile], bytes], head: Checkpoint, *, note: str, number: int, entry: bytes
) -> Document:
    """What proves offline that `entry` has this number: `cameo_service.offline.log` verifies it.

    `origin`, `index`, `entry` (base64), `inclusion` (hashes in base64, leaf to root: RFC 6962,
    2.1.1) and `checkpoint` (`note`, which says `head`). Raises `TileAltered` where the tiles do not
    lead from the entry to the root.
    """
    try:
        proof = inclusion_proof(number, head.size, tree_in(head.size, fetch))
    except (MalformedTile, NotFound) as error:
        raise TileAltered(f"the log's tiles give no proof of entry `{number}`: {error}") from error
    if root_from_inclusion(leaf_hash(entry), proof, index=number, size=head.size) != head.root:
        raise TileAltered(f"the log's tiles do not lead from entry `{number}` to its root")
    return {
        "origin": head.origin,
        "index": number,
        "entry": base64.b64encode(entry).decode(),
        "inclusion": [base64.b64encode(each).decode() for each in proof],
        "checkpoint": note,
    }
