"""What of the log is published: files that never change, and the checkpoint, which grows.

fetch_tile(context.blobs, Tile(level=0, index=0, width=5))
"""

import io
from typing import BinaryIO

from cameo_service.log.standing import CheckpointForged
from storage.contracts import Blobs
from storage.errors import NotFound, Tampered
from storage.log.tiles import WIDTH, MalformedTile, Tile, cut_to

PREFIX = "log/"
CHECKPOINT = f"{PREFIX}checkpoint"
LARGEST = WIDTH * (2 + 65_535)
"""Bytes of a bundle at most."""


def fetch_checkpoint(blobs: Blobs) -> str | None:
    """The published note, or None before the first. Raises `CheckpointForged`."""
    try:
        return fetch(blobs, CHECKPOINT).decode("utf-8", errors="replace")
    except NotFound:
        return None
    except Tampered as error:
        raise CheckpointForged(f"the published checkpoint is damaged: {error}") from error


def put_checkpoint(blobs: Blobs, note: str) -> None:
    """Publish a note in place of the one before."""
    blobs.put(CHECKPOINT, _source(note.encode()), limit=LARGEST)


def fetch_tile(blobs: Blobs, tile: Tile) -> bytes:
    """The bytes of a tile or a bundle. Raises `NotFound`, and `MalformedTile`.

    A partial one goes once it is full, and is from then on the beginning of that.
    """
    try:
        return _fetched(blobs, tile)
    except NotFound:
        if tile == tile.whole:
            raise
        return cut_to(tile, _fetched(blobs, tile.whole))


def _fetched(blobs: Blobs, tile: Tile) -> bytes:
    """What the store itself finds damaged is no tile either: it can be made anew of the entries."""
    try:
        return fetch(blobs, PREFIX + tile.path)
    except Tampered as error:
        raise MalformedTile(f"`{tile.path}` is damaged: {error}") from error


def put_tile(blobs: Blobs, tile: Tile, data: bytes) -> None:
    """Publish a tile or a bundle."""
    blobs.put(PREFIX + tile.path, _source(data), limit=LARGEST)


def prune(blobs: Blobs, tile: Tile) -> None:
    """Delete the partial ones of a tile that is full by now."""
    for name in blobs.list(PREFIX + tile.partials):
        blobs.delete(name)


def fetch(blobs: Blobs, name: str) -> bytes:
    """The bytes of a blob. Raises `NotFound`, and `Tampered`."""
    target = io.BytesIO()
    blobs.fetch(name, target)
    return target.getvalue()


def _source(data: bytes) -> BinaryIO:
    return io.BytesIO(data)
