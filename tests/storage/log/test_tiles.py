"""Tiles and bundles: their names, their bytes, and the edge that writes them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.log.edge import Edge, read_edge
from storage.log.tiles import (
    MalformedTile,
    Tile,
    bundle,
    bundles_of,
    cut_to,
    hashes_of,
    tile_at,
    tiles_of,
    tree_in,
    unbundle,
)
from storage.log.tree import EMPTY_ROOT, in_memory, inclusion_proof, leaf_hash, root_of

ENTRIES = [str(number).encode() for number in range(70_000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
SIZES = (1, 2, 255, 256, 257, 512, 65_535, 65_536, 65_537, 70_000)


@pytest.fixture(scope="module")
def published() -> dict[str, bytes]:
    """The files of a log that published heads at `SIZES`."""
    files: dict[str, bytes] = {}
    edge = Edge()
    for entry in ENTRIES:
        files |= {tile.path: data for tile, data in edge.add(entry)}
        if edge.size in SIZES:
            files |= {tile.path: data for tile, data in edge.partial()}
    return files


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        # https://c2sp.org/tlog-tiles gives these forms
        (Tile(level=0, index=0), "tile/0/000"),
        (Tile(level=0, index=1_234_067), "tile/0/x001/x234/067"),
        (Tile(level=0, index=273, width=112), "tile/0/273.p/112"),
        (Tile(level=1, index=1, width=17), "tile/1/001.p/17"),
        (Tile(level=None, index=999), "tile/entries/999"),
        (Tile(level=None, index=1000, width=1), "tile/entries/x001/000.p/1"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert tile_at(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/07",
        "tile/00/001",
        "tile/64/001",
        "tile/entries/../001",
        "tile/0/x001/067/",
        "tile/0/\u0660\u0660\u0661",
        "tile/0/001\n",
    ],
)
def test_no_other_path_names_a_tile(path: str) -> None:
    with pytest.raises(MalformedTile):
        tile_at(path)


@given(st.lists(st.binary(max_size=70), max_size=256))
def test_a_bundle_holds_its_entries(entries: list[bytes]) -> None:
    assert unbundle(bundle(entries)) == entries


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x02a", b"\x00\x01ab"])
def test_a_bundle_that_is_cut_off_is_none(data: bytes) -> None:
    with pytest.raises(MalformedTile, match="cut off"):
        unbundle(data)


def test_an_entry_of_64_kib_fits_no_bundle() -> None:
    with pytest.raises(ValueError, match="65535 bytes"):
        bundle([bytes(65_536)])


@pytest.mark.parametrize("size", SIZES)
def test_every_published_size_can_be_read_again(size: int, published: dict[str, bytes]) -> None:
    def fetch(tile: Tile) -> bytes:
        return published[tile.path]

    leaves = [leaf_hash(entry) for entry in ENTRIES[:size]]
    root = root_of(size, in_memory(leaves))
    assert root_of(size, tree_in(size, fetch)) == root
    edge = read_edge(size, fetch, newest=ENTRIES[(size - 1) // 256 * 256 : size])
    assert (edge.size, edge.root, edge.last) == (size, root, leaves[-1])
    kept = b"".join(published[tile.path] for tile in tiles_of(size) if tile.level == 0)
    assert kept == b"".join(leaves)
    assert [each for tile in bundles_of(size) for each in unbundle(published[tile.path])] == (
        ENTRIES[:size]
    )


@settings(max_examples=5, deadline=None)
@given(index=st.integers(0, 69_999))
def test_proofs_from_tiles_are_those_of_the_tree(index: int, published: dict[str, bytes]) -> None:
    size = 70_000 if index >= 65_537 else 65_537
    node = tree_in(size, lambda tile: published[tile.path])
    proof = inclusion_proof(index, size, node)
    assert proof == inclusion_proof(index, size, in_memory(LEAVES))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=6))
def test_an_edge_that_is_read_goes_on_like_one_that_was_never_left(steps: list[int]) -> None:
    files: dict[str, bytes] = {}
    edge = Edge()

    def fetch(tile: Tile) -> bytes:
        return files[tile.path]

    for step in steps:
        for entry in ENTRIES[edge.size : edge.size + step]:
            files |= {tile.path: data for tile, data in edge.add(entry)}
        files |= {tile.path: data for tile, data in edge.partial()}
        newest = ENTRIES[(edge.size - 1) // 256 * 256 : edge.size]
        edge = read_edge(edge.size, fetch, newest=newest)
        assert edge.root == root_of(edge.size, in_memory(LEAVES))


def test_an_empty_log_has_no_tiles() -> None:
    assert list(tiles_of(0)) == list(bundles_of(0)) == []
    assert read_edge(0, lambda _: b"", newest=[]).root == EMPTY_ROOT == Edge().root


def test_what_grows_on_a_copy_leaves_the_edge_as_it_was() -> None:
    edge = Edge()
    edge.add(b"a")
    copy = edge.copy()
    copy.add(b"b")
    assert (edge.size, edge.root, edge.entries) == (1, leaf_hash(b"a"), [b"a"])


def test_a_narrower_tile_is_the_beginning_of_a_wider_one() -> None:
    full = bundle([b"a", b"bc", b"d"])
    assert cut_to(Tile(level=None, index=0, width=2), full) == bundle([b"a", b"bc"])
    assert cut_to(Tile(level=0, index=0, width=1), bytes(64)) == bytes(32)
    with pytest.raises(MalformedTile, match="only `3`"):
        cut_to(Tile(level=None, index=0, width=4), full)


def test_a_tile_of_another_width_is_none() -> None:
    with pytest.raises(MalformedTile, match="cut off"):
        hashes_of(bytes(33))
    with pytest.raises(MalformedTile, match="`1` hashes and not 2"):
        root_of(2, tree_in(2, lambda _: bytes(32)))
