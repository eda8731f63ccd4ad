"""The right edge of a log: all that it takes to add entries and to know the root.

>>> edge = Edge()
>>> edge.add(b"an entry")
()
>>> edge.size, edge.root == leaf_hash(b"an entry")
(1, True)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from storage.log.tiles import HEIGHT, WIDTH, Tile, bundle, hashes_of, width_at
from storage.log.tree import complete, joined, leaf_hash


@dataclass(slots=True, kw_only=True)
class Edge:
    """The partial tile of each level, from the leaves up, and the partial bundle beside them.

    `last` is the hash of the newest entry's leaf, empty in an empty log.
    """

    size: int = 0
    levels: list[list[bytes]] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)
    last: bytes = b""

    @property
    def root(self) -> bytes:
        """The root over every entry."""
        return joined([each for level in reversed(self.levels) for each in _subtrees(level)])

    def copy(self) -> "Edge":
        """Another edge that grows on its own."""
        levels = [list(level) for level in self.levels]
        return Edge(size=self.size, levels=levels, entries=list(self.entries), last=self.last)

    def add(self, entry: bytes) -> tuple[tuple[Tile, bytes], ...]:
        """Add an entry; return the tiles and the bundle that it completes, with their bytes."""
        self.last = leaf_hash(entry)
        self.entries.append(entry)
        self.size += 1
        full: list[tuple[Tile, bytes]] = []
        if len(self.entries) == WIDTH:
            index = self.size // WIDTH - 1
            full.append((Tile(level=None, index=index), bundle(self.entries)))
            self.entries = []
        return (*full, *self._put(0, self.last))

    def _put(self, level: int, value: bytes) -> Iterator[tuple[Tile, bytes]]:
        if level == len(self.levels):
            self.levels.append([])
        hashes = self.levels[level]
        hashes.append(value)
        if len(hashes) == WIDTH:
            index = (self.size >> (HEIGHT * (level + 1))) - 1
            yield Tile(level=level, index=index), b"".join(hashes)
            self.levels[level] = []
            yield from self._put(level + 1, complete(hashes))

    def partial(self) -> Iterator[tuple[Tile, bytes]]:
        """The partial bundle and the partial tiles, with their bytes."""
        if self.entries:
            width = len(self.entries)
            yield Tile(level=None, index=self.size // WIDTH, width=width), bundle(self.entries)
        for tile in _partial_tiles(self.size):
            yield tile, b"".join(self.levels[tile.level or 0])


def read_edge(size: int, fetch: Callable[[Tile], bytes], *, newest: Sequence[bytes]) -> Edge:
    """The edge of a log of `size` entries, from its tiles; its root says whether they are right.

    `newest` are the entries of the last bundle. Raises `MalformedTile`.
    """
    if size == 0:
        return Edge()
    levels: list[list[bytes]] = [[] for _ in range(_height(size))]
    for tile in _partial_tiles(size):
        levels[tile.level or 0] = hashes_of(fetch(tile))
    entries = list(newest) if size % WIDTH else []
    return Edge(size=size, levels=levels, entries=entries, last=leaf_hash(newest[-1]))


def _partial_tiles(size: int) -> Iterator[Tile]:
    for level in range(_height(size)):
        index = size >> (HEIGHT * (level + 1))
        width = width_at(level, index, size=size)
        if width:
            yield Tile(level=level, index=index, width=width)


def _height(size: int) -> int:
    """How many levels of tiles there are."""
    height = 0
    while size >> (HEIGHT * height):
        height += 1
    return height


def _subtrees(hashes: list[bytes]) -> Iterator[bytes]:
    """The complete subtrees in a partial tile, the largest first."""
    start = 0
    for level in reversed(range(HEIGHT)):
        if len(hashes) >> level & 1:
            yield complete(hashes[start : start + (1 << level)])
            start += 1 << level
