"""The published log verified from outside, as any monitor would: without the database.

head = verify(WebSource("https://cameo.example"), keys)
"""

from collections.abc import Collection

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cameo_service.errors import Unknown
from cameo_service.log.comparing import Progress, compare, published_entries
from cameo_service.log.heads import head_of
from cameo_service.log.inclusion import proof_from
from cameo_service.log.sources import Source
from cameo_service.log.standing import CheckpointForged, LogForked, LogRolledBack, TileAltered
from storage.log.notes import (
    Checkpoint,
    MalformedNote,
    NotSigned,
    cosign,
    cosigned_at,
    read_verifier_key,
)
from storage.log.tiles import WIDTH, MalformedTile, Tile, tree_in, unbundle, width_at
from storage.log.tree import (
    BadProof,
    consistency_proof,
    require_consistent,
)
from storage.records import Document


def verify(
    source: Source, keys: Collection[Ed25519PublicKey], *, progress: Progress = lambda _: None
) -> Checkpoint:
    """The checkpoint, once its signature, every entry and every tile are shown to agree with it.

    Raises `LogBroken`, naming what does not.
    """
    head = head_of(source.checkpoint(), keys)
    entries = published_entries(source, head.size)
    compare(entries, head, source, where="in its bundle", progress=progress)
    return head


def require_witnesses(
    source: Source, keys: Collection[Ed25519PublicKey], witnesses: Collection[str]
) -> Checkpoint:
    """The checkpoint, which each of these `verifier_key`s must have co-signed.

    Raises `CheckpointForged`.
    """
    note = source.checkpoint()
    head = head_of(note, keys)
    try:
        for text in witnesses:
            name, _, key = read_verifier_key(text)
            cosigned_at(note, key, name=name)
    except (MalformedNote, NotSigned) as error:
        raise CheckpointForged(str(error)) from error
    return head


def prove(source: Source, keys: Collection[Ed25519PublicKey], number: int) -> Document:
    """What `proving.proof_of` gives, from the published log alone. Raises `Unknown`."""
    note = source.checkpoint()
    head = head_of(note, keys)
    if not 0 <= number < head.size:
        raise Unknown(f"the checkpoint covers {head.size} entries, and none is `{number}`")
    index = number // WIDTH
    tile = Tile(level=None, index=index, width=width_at(0, index, size=head.size))
    try:
        entry = unbundle(source.tile(tile))[number % WIDTH]
    except (MalformedTile, IndexError) as error:
        raise TileAltered(f"`{tile.path}` has no entry `{number}`") from error
    return proof_from(source.tile, head, note=note, number=number, entry=entry)


def witnessed(
    source: Source,
    keys: Collection[Ed25519PublicKey],
    *,
    seen: str | None,
    key: Ed25519PrivateKey,
    name: str,
    at: int,
) -> str:
    """The log's note, co-signed: it continues the one that this witness has `seen` last.

    Raises `LogRolledBack` for a smaller tree and `LogForked` for another history.
    """
    note = source.checkpoint()
    head = head_of(note, keys)
    if seen is not None:
        require_continues(source, head_of(seen, keys), head)
    return cosign(note, key, name=name, at=at)


def require_continues(source: Source, old: Checkpoint, new: Checkpoint) -> None:
    """Raise `LogBroken` unless the log at `new` goes on from `old`."""
    if old.origin != new.origin:
        raise LogForked(f"`{new.origin}` is another log than `{old.origin}`, which was seen")
    if new.size < old.size:
        raise LogRolledBack(f"the log has {new.size} entries and had {old.size}: rolled back")
    try:
        proof = consistency_proof(old.size, new.size, tree_in(new.size, source.tile))
        require_consistent(proof, old=old.size, old_root=old.root, new=new.size, new_root=new.root)
    except (BadProof, MalformedTile) as error:
        raise LogForked(f"the log has another history than was seen: {error}") from error
