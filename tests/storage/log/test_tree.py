"""The tree against RFC 6962: published roots, and a definition written down naively."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.log.tree import (
    EMPTY_ROOT,
    BadProof,
    NotInTree,
    complete,
    consistency_proof,
    in_memory,
    inclusion_proof,
    leaf_hash,
    require_consistent,
    root_from_inclusion,
    root_of,
)

# inputs and roots of the reference implementation's tests (certificate-transparency,
# cpp/merkletree/merkle_tree_test.cc), which every log's implementation shares
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
KNOWN = [leaf_hash(bytes.fromhex(each)) for each in INPUTS]
LEAVES = [leaf_hash(str(number).encode()) for number in range(300)]
NODE = in_memory(LEAVES)


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH, as section 2.1 of RFC 6962 defines it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    both = naive_root(leaves[:k]) + naive_root(leaves[k:])
    return hashlib.sha256(b"\x01" + both).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH, as section 2.1.1 defines it."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF, as section 2.1.2 defines it."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_reference(size: int) -> None:
    assert root_of(size, in_memory(KNOWN)).hex() == ROOTS[size]


def test_every_inclusion_proof_of_small_trees() -> None:
    for size in range(1, 34):
        root = naive_root(LEAVES[:size])
        for index in range(size):
            proof = inclusion_proof(index, size, NODE)
            assert proof == naive_path(index, LEAVES[:size])
            assert root_from_inclusion(LEAVES[index], proof, index=index, size=size) == root


def test_every_consistency_proof_of_small_trees() -> None:
    for new in range(1, 34):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, NODE)
            assert proof == naive_subproof(old, LEAVES[:new], whole=True)
            roots = {"old_root": naive_root(LEAVES[:old]), "new_root": naive_root(LEAVES[:new])}
            require_consistent(proof, old=old, new=new, **roots)
            with pytest.raises(BadProof):
                require_consistent(proof, old=old, new=new, **(roots | {"old_root": bytes(32)}))
            if old != new:
                with pytest.raises(BadProof):
                    require_consistent(proof, old=old, new=new, **(roots | {"new_root": bytes(32)}))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_altered_inclusion_proof_leads_to_the_root(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(index, size, NODE), root_of(size, NODE)
    assert root_from_inclusion(LEAVES[index], proof, index=index, size=size) == root
    other = data.draw(st.integers(0, size - 1).filter(lambda each: LEAVES[each] != LEAVES[index]))
    assert root_from_inclusion(LEAVES[other], proof, index=index, size=size) != root
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bit = data.draw(st.integers(0, 255))
        flipped = (int.from_bytes(proof[at], "big") ^ (1 << bit)).to_bytes(32, "big")
        altered = [*proof[:at], flipped, *proof[at + 1 :]]
        assert root_from_inclusion(LEAVES[index], altered, index=index, size=size) != root
        for wrong in (proof[:-1], [*proof, bytes(32)], [*proof[:-1], b"short"]):
            with pytest.raises(BadProof):
                root_from_inclusion(LEAVES[index], wrong, index=index, size=size)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_altered_consistency_proof_passes(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    proof = consistency_proof(old, new, NODE)
    roots = {"old_root": root_of(old, NODE), "new_root": root_of(new, NODE)}
    require_consistent(proof, old=old, new=new, **roots)
    at = data.draw(st.integers(0, len(proof) - 1))
    altered = [*proof[:at], bytes(32), *proof[at + 1 :]]
    for wrong in (altered, proof[:-1], [*proof, bytes(32)]):
        with pytest.raises(BadProof):
            require_consistent(wrong, old=old, new=new, **roots)


def test_an_empty_tree_is_continued_by_any_and_proves_nothing() -> None:
    root = root_of(3, NODE)
    require_consistent([], old=0, old_root=EMPTY_ROOT, new=3, new_root=root)
    require_consistent([], old=3, old_root=root, new=3, new_root=root)
    for old, old_root, proof in ((0, bytes(32), []), (0, EMPTY_ROOT, [root]), (3, EMPTY_ROOT, [])):
        with pytest.raises(BadProof):
            require_consistent(proof, old=old, old_root=old_root, new=3, new_root=root)
    with pytest.raises(BadProof, match="continues none"):
        require_consistent([], old=4, old_root=root, new=3, new_root=root)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_what_is_not_there_is_not_proven(index: int, size: int) -> None:
    with pytest.raises(NotInTree):
        inclusion_proof(index, size, NODE)
    with pytest.raises(BadProof):
        root_from_inclusion(LEAVES[0], [], index=index, size=size)


def test_a_shorter_tree_continues_no_longer_one() -> None:
    with pytest.raises(NotInTree):
        consistency_proof(4, 3, NODE)


def test_three_hashes_are_no_complete_subtree() -> None:
    with pytest.raises(ValueError, match="no complete subtree"):
        complete(LEAVES[:3])
