"""Entries against what was published of them: every tile, every bundle, the root.

    compare(entries, head, source, where="in the database")

The signed root decides who is wrong: entries that give it are right, and a tile that differs was
altered; where they do not give it, the first entry that differs from its tile was.
"""

from collections.abc import Callable, Iterable, Iterator

from cameo_service.log.sources import Source
from cameo_service.log.standing import EntryAltered, LogForked, TileAltered
from storage.log.edge import Edge
from storage.log.notes import Checkpoint
from storage.log.tiles import WIDTH, MalformedTile, Tile, bundles_of, hashes_of, unbundle

Progress = Callable[[int], None]
"""Called with how many entries were looked at."""


def compare(
    entries: Iterable[bytes],
    head: Checkpoint,
    source: Source,
    *,
    where: str,
    progress: Progress = lambda _: None,
) -> None:
    """Raise `LogBroken`, naming the first entry or tile that is not what `head` is over.

    `where` says in messages where `entries` come from.
    """
    edge, wrong = Edge(), list[tuple[Tile, bytes]]()
    for entry in entries:
        wrong += [each for each in edge.add(entry) if not _is_published(source, *each)]
        if edge.size % WIDTH == 0:
            progress(edge.size)
    wrong += [each for each in edge.partial() if not _is_published(source, *each)]
    progress(edge.size)
    if (edge.size, edge.root) == (head.size, head.root):
        if wrong:
            raise TileAltered(f"`{wrong[0][0].path}` is not what was published there")
        return
    for tile, expected in wrong:
        if tile.level == 0:
            number = tile.index * WIDTH + _first_difference(source, tile, expected)
            raise EntryAltered(f"log entry `{number}` {where} is not the one that was published")
    raise LogForked(f"the {edge.size} entries {where} do not give the checkpoint's root")


def _is_published(source: Source, tile: Tile, expected: bytes) -> bool:
    try:
        return source.tile(tile) == expected
    except TileAltered:
        return False


def _first_difference(source: Source, tile: Tile, expected: bytes) -> int:
    """Which hash of the tile is another one."""
    try:
        found = hashes_of(source.tile(tile))
    except (TileAltered, MalformedTile):
        return 0
    pairs = zip(found, hashes_of(expected), strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), 0)


def published_entries(source: Source, size: int) -> Iterator[bytes]:
    """The entries of a log of this size, from its bundles. Raises `TileAltered`."""
    for tile in bundles_of(size):
        try:
            entries = unbundle(source.tile(tile))
        except MalformedTile as error:
            raise TileAltered(f"`{tile.path}` is damaged: {error}") from error
        if len(entries) != tile.width:
            raise TileAltered(f"`{tile.path}` has `{len(entries)}` entries and not {tile.width}")
        yield from entries
