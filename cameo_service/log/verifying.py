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
from cameo_service.offline.consistency import prove_consistency
from cameo_service.offline.errors import NotProven
from storage.log.notes import (
    Checkpoint,
    MalformedNote,
    NotSigned,
    cosign,
    cosigned_at,
)
from storage.log.tiles import WIDTH, MalformedTile, Tile, tile_at, unbundle, width_at
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
    source: Source,
    keys: Collection[Ed25519PublicKey],
    witnesses: Collection[tuple[str, Ed25519PublicKey]],
) -> Checkpoint:
    """The checkpoint, which each of these witnesses, a name and a key, must have co-signed.

    Raises `CheckpointForged`.
    """
    note = source.checkpoint()
    head = head_of(note, keys)
    try:
        for name, key in witnesses:
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


def prove_since(source: Source, keys: Collection[Ed25519PublicKey], seen: str) -> Document:
    """What proves offline that the log goes on from the note `seen`.

    `origin`, `since` (how many entries `seen` covers), `consistency` (hashes in base64: RFC 6962,
    2.1.2) and `checkpoint`, the log's note now. Raises `LogBroken`.
    """
    note = source.checkpoint()
    old, new = head_of(seen, keys, which="the note that was seen"), head_of(note, keys)
    return {
        "origin": new.origin,
        "since": old.size,
        "consistency": require_continues(source, old, new),
        "checkpoint": note,
    }


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


def require_continues(source: Source, old: Checkpoint, new: Checkpoint) -> list[str]:
    """What proves that the log at `new` goes on from `old`. Raises `LogBroken`."""
    if old.origin != new.origin:
        raise LogForked(f"`{new.origin}` is another log than `{old.origin}`, which was seen")
    if new.size < old.size:
        raise LogRolledBack(f"the log has {new.size} entries and had {old.size}: rolled back")
    try:
        return prove_consistency(old, new, lambda path: source.tile(tile_at(path)))
    except NotProven as error:
        raise LogForked(f"the log has another history than was seen: {error}") from error
