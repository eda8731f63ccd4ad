"""Tiles and entry bundles, as C2SP tlog-tiles cuts a tree into files that never change.

A tile holds 256 hashes of one level of every eight; a bundle holds 256 entries. At the right edge
stand partial ones, named by their width. https://c2sp.org/tlog-tiles

    >>> Tile(level=0, index=1_234_067).path, Tile(level=None, index=0, width=5).path
    ('tile/0/x001/x234/067', 'tile/entries/000.p/5')
    >>> tile_at("tile/0/x001/x234/067").index
    1234067
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from storage.log.entries import LONGEST
from storage.log.tree import HASH_BYTES, Node, complete

WIDTH = 256
HEIGHT = 8
"""Levels of the tree in a tile: 2 to this power is `WIDTH`."""
HIGHEST = 63

_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?",
    re.ASCII,
)


class MalformedTile(ValueError):
    """The bytes are no tile or bundle of this name, or the path names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """The name of a tile. Of a bundle of entries, `level` is None."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its path below the log's address."""
        level = "entries" if self.level is None else str(self.level)
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_index_path(self.index)}{suffix}"

    @property
    def partials(self) -> str:
        """What the paths of this tile's partial ones begin with."""
        return f"{self.whole.path}.p/"

    @property
    def whole(self) -> "Tile":
        """This tile, once it is full."""
        return replace(self, width=WIDTH)


def tile_at(path: str) -> Tile:
    """The tile that a path names. Raises `MalformedTile`: a tile has one path."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise MalformedTile("the path names no tile")
    level, index, width = found.groups()
    tile = Tile(
        level=None if level == "entries" else int(level),
        index=int(re.sub("[x/]", "", index)),
        width=WIDTH if width is None else int(width),
    )
    if tile.path != path or (tile.level or 0) > HIGHEST:
        raise MalformedTile("the path names no tile")
    return tile


def _index_path(index: int) -> str:
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return "/".join(groups)


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as they stand in a bundle: the length of each in 16 bits, then its bytes."""
    if any(len(entry) > LONGEST for entry in entries):
        raise ValueError(f"an entry has {LONGEST} bytes at most")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises `MalformedTile`."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if at + 2 > len(data) or len(entry) != length:
            raise MalformedTile("the bundle is cut off")
        entries.append(entry)
        at += 2 + length
    return entries


def hashes_of(data: bytes) -> list[bytes]:
    """The hashes of a tile. Raises `MalformedTile`."""
    if len(data) % HASH_BYTES:
        raise MalformedTile("the tile is cut off")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def cut_to(tile: Tile, data: bytes) -> bytes:
    """Of a wider tile's or bundle's bytes, those that `tile` has. Raises `MalformedTile`."""
    if tile.level is None:
        entries = unbundle(data)
        found, cut = len(entries), bundle(entries[: tile.width])
    else:
        found, cut = len(data) // HASH_BYTES, data[: tile.width * HASH_BYTES]
    if found < tile.width:
        raise MalformedTile(f"`{tile.path}` has only `{found}` of its {tile.width}")
    return cut


def width_at(level: int, index: int, *, size: int) -> int:
    """How many hashes tile `index` of `level` has in a tree of `size` entries."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a tree of `size` entries, level by level, each as wide as it is then."""
    level = 0
    while hashes := size >> (HEIGHT * level):
        for index in range(-(-hashes // WIDTH)):
            yield Tile(level=level, index=index, width=width_at(level, index, size=size))
        level += 1


def bundles_of(size: int) -> Iterator[Tile]:
    """Every bundle of a log of `size` entries."""
    for index in range(-(-size // WIDTH)):
        yield Tile(level=None, index=index, width=width_at(0, index, size=size))


def tree_in(size: int, fetch: Callable[[Tile], bytes]) -> Node:
    """The tree of `size` entries, from its tiles. Raises `MalformedTile`."""
    known: dict[Tile, list[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        within = level % HEIGHT
        first, above = index << within, level // HEIGHT
        width = width_at(above, first // WIDTH, size=size)
        tile = Tile(level=above, index=first // WIDTH, width=width)
        if tile not in known:
            known[tile] = _whole(tile, fetch(tile))
        start = first % WIDTH
        return complete(known[tile][start : start + (1 << within)])

    return node


def _whole(tile: Tile, data: bytes) -> list[bytes]:
    hashes = hashes_of(data)
    if len(hashes) != tile.width:
        raise MalformedTile(f"`{tile.path}` has `{len(hashes)}` hashes and not {tile.width}")
    return hashes
