"""That the log goes on from a checkpoint that was kept: proven from its tiles, or by a proof.

    def fetch(path: str) -> bytes:
        return httpx.get(f"https://cameo.example/log/{path}").content

    old, new = verify_checkpoint(kept, keys), verify_checkpoint(note_of_now, keys)
    verify_consistency(old, new, prove_consistency(old, new, fetch))

A log of tiles gives out no proofs of this: whoever wants one makes it of the tiles (C2SP
tlog-tiles), trusting none of them, as the signed roots decide.

    >>> from storage.log.tree import leaf_hash
    >>> tile = leaf_hash(b"a") + leaf_hash(b"b")
    >>> from storage.log.tree import node_hash
    >>> old = Checkpoint(origin="log", size=1, root=leaf_hash(b"a"))
    >>> new = Checkpoint(origin="log", size=2, root=node_hash(leaf_hash(b"a"), leaf_hash(b"b")))
    >>> len(prove_consistency(old, new, {"tile/0/000.p/2": tile}.__getitem__))
    1
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cameo_service.offline.errors import NotProven
from cameo_service.offline.log import verify_checkpoint, verify_consistency
from storage.log.notes import Checkpoint
from storage.log.tiles import MalformedTile, tree_in
from storage.log.tree import NotInTree, consistency_proof


def prove_consistency(old: Checkpoint, new: Checkpoint, fetch: Callable[[str], bytes]) -> list[str]:
    """The proof that the log at `new` goes on from `old`, hashes in base64, verified.

    `fetch` gives the bytes at a path below the log's address, such as `tile/0/000`. Raises
    `NotProven`: what `verify_consistency` raises, and `tile_malformed`.
    """
    try:
        tree = tree_in(new.size, lambda tile: fetch(tile.path))
        hashes = consistency_proof(old.size, new.size, tree)
    except NotInTree as error:
        raise NotProven("not_consistent", str(error)) from error
    except MalformedTile as error:
        raise NotProven("tile_malformed", str(error)) from error
    proof = [base64.b64encode(each).decode() for each in hashes]
    verify_consistency(old, new, proof)
    return proof


def verify_continuation(
    proof: Mapping[str, Any],
    keys: Iterable[Ed25519PublicKey],
    *,
    since: str,
    origin: str | None = None,
) -> Checkpoint:
    """The checkpoint of `proof`, which is shown to go on from the note `since`, kept by you.

    `proof` has `consistency` and `checkpoint`, as `cameo log prove --since` prints it. Raises
    `NotProven`: what `verify_checkpoint` and `verify_consistency` raise, `proof_malformed`.
    """
    note, hashes = proof.get("checkpoint"), proof.get("consistency")
    if not isinstance(note, str) or not isinstance(hashes, list):
        raise NotProven("proof_malformed", "a proof has a `consistency` and a `checkpoint`")
    known = list(keys)
    old = verify_checkpoint(since, known, origin=origin)
    new = verify_checkpoint(note, known, origin=origin)
    verify_consistency(old, new, hashes)
    return new
