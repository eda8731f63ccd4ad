"""The Merkle tree over the log's entries: hashes, roots and proofs, as RFC 6962 has them.

A tree is reached through a `Node`: the hash of the complete subtree over the leaves from
`index << level` to `(index + 1) << level`.

    >>> leaves = [leaf_hash(entry) for entry in (b"a", b"b", b"c")]
    >>> root = root_of(3, in_memory(leaves))
    >>> proof = inclusion_proof(2, 3, in_memory(leaves))
    >>> root_from_inclusion(leaves[2], proof, index=2, size=3) == root
    True
"""

import hashlib
from collections.abc import Callable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
Node = Callable[[int, int], bytes]
"""`node(level, index)`: the hash of a complete subtree."""


class NotInTree(ValueError):
    """There is no such entry, or no such tree within this one."""


class BadProof(ValueError):
    """The proof has not the form that a proof for these numbers has, or shows something else."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256 over 0x00 and the entry (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees: SHA-256 over 0x01, the left one and the right one."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes of one level."""
    if not hashes or len(hashes) & (len(hashes) - 1):
        raise ValueError(f"`{len(hashes)}` hashes are no complete subtree")
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(*level[at : at + 2]) for at in range(0, len(level), 2)]
    return level[0]


def joined(subtrees: Sequence[bytes]) -> bytes:
    """The root over complete subtrees in order, each smaller than the one before."""
    if not subtrees:
        return EMPTY_ROOT
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def in_memory(leaves: Sequence[bytes]) -> Node:
    """The tree over these leaves' hashes."""

    def node(level: int, index: int) -> bytes:
        return complete(leaves[index << level : (index + 1) << level])

    return node


def root_of(size: int, node: Node) -> bytes:
    """The root of the tree over the first `size` entries."""
    return EMPTY_ROOT if size == 0 else _over(0, size, node)


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """What shows that entry `index` is in the tree of `size` entries, leaf to root (2.1.1)."""
    if not 0 <= index < size:
        raise NotInTree(f"there is no entry `{index}` among {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_over(middle, end, node))
            end = middle
        else:
            path.append(_over(start, middle, node))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """What shows that the tree of `new` entries continues the one of `old` (2.1.2)."""
    if not 0 <= old <= new:
        raise NotInTree(f"a tree of {new} entries continues none of `{old}`")
    if old in (0, new):
        return []
    path, start, end = [], 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_over(middle, end, node))
            end = middle
        else:
            path.append(_over(start, middle, node))
            start = middle
    if start > 0:
        # otherwise it is the old root itself, which the verifier has
        path.append(_over(start, end, node))
    return path[::-1]


def root_from_inclusion(leaf: bytes, proof: Sequence[bytes], *, index: int, size: int) -> bytes:
    """The root that the proof leads to (RFC 9162, 2.1.3.2). Raises `BadProof`."""
    if not 0 <= index < size:
        raise BadProof(f"there is no entry `{index}` among {size}")
    at, last, root = index, size - 1, leaf
    for sibling in _hashes(proof):
        if last == 0:
            raise BadProof("the proof is too long")
        if at & 1 or at == last:
            root = node_hash(sibling, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")
    return root


def require_consistent(
    proof: Sequence[bytes], *, old: int, old_root: bytes, new: int, new_root: bytes
) -> None:
    """Raise `BadProof` unless the new tree continues the old one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        raise BadProof(f"a tree of {new} entries continues none of `{old}`")
    if old in (0, new):
        same = old_root == (EMPTY_ROOT if old == 0 else new_root)
        if proof or not same:
            raise BadProof(f"the tree of {new} entries does not continue that of {old}")
        return
    hashes = _hashes(proof)
    if old & (old - 1) == 0:
        hashes = [old_root, *hashes]
    if not hashes:
        raise BadProof("the proof is too short")
    if _both(hashes, old=old, new=new) != (old_root, new_root):
        raise BadProof(f"the tree of {new} entries does not continue that of {old}")


def _both(hashes: Sequence[bytes], *, old: int, new: int) -> tuple[bytes, bytes]:
    """The two roots that a consistency proof leads to."""
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_root = new_root = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise BadProof("the proof is too long")
        if at & 1 or at == last:
            old_root, new_root = node_hash(sibling, old_root), node_hash(sibling, new_root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new_root = node_hash(new_root, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")
    return old_root, new_root


def _hashes(proof: Sequence[bytes]) -> list[bytes]:
    if any(len(each) != HASH_BYTES for each in proof):
        raise BadProof(f"a hash has {HASH_BYTES} bytes")
    return list(proof)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _over(start: int, end: int, node: Node) -> bytes:
    """The hash over the leaves from `start` to `end`, where RFC 6962 draws a subtree."""
    subtrees = []
    while start < end:
        level = (end - start).bit_length() - 1
        subtrees.append(node(level, start >> level))
        start += 1 << level
    return joined(subtrees)
