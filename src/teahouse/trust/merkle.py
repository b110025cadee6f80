"""The tree over the log's entries: hashes, and proofs that an entry is in it and that it only ever grew (pure).

Hashing and proofs are RFC 6962's. Only complete subtrees are ever stored, each under its `Node`; they never change
again. Whatever else is needed (roots, the ragged right edge) is put together from a few of them: `nodes_of` says which.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

EMPTY_ROOT = hashlib.sha256(b"").digest()


class Node(NamedTuple):
    """A complete subtree: the `number`-th, from the left, of those over 2**level entries."""

    level: int
    number: int


Range = tuple[int, int]
"""Entries from the first number up to, but not with, the second."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def pair_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees that lie beside each other."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def needed_for(index: int) -> list[Node]:
    """Give the nodes that must be known to add the entry `index`: those that it completes to larger ones."""
    needed, level = [], 0
    while index >> level & 1:
        needed.append(Node(level, (index >> level) - 1))
        level += 1
    return needed


def completed_by(index: int, leaf: bytes, known: Mapping[Node, bytes]) -> list[tuple[Node, bytes]]:
    """Give the nodes that are complete once entry `index` is there, its own first."""
    made = [(Node(0, index), leaf)]
    for sibling in needed_for(index):
        leaf = pair_hash(known[sibling], leaf)
        made.append((Node(sibling.level + 1, sibling.number >> 1), leaf))
    return made


def nodes_of(start: int, end: int) -> list[Node]:
    """Give the complete subtrees that a range of a tree or of a proof is made of, from left to right."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def hash_of(start: int, end: int, known: Mapping[Node, bytes]) -> bytes:
    """Give the hash of a range whose `nodes_of` are known; that of (0, size) is the root."""
    parts = [known[node] for node in nodes_of(start, end)]
    if not parts:
        return EMPTY_ROOT
    whole = parts[-1]
    for part in reversed(parts[:-1]):
        whole = pair_hash(part, whole)
    return whole


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Give the ranges whose hashes prove that entry `index` is in a tree of `size`, the leaf's neighbour first."""
    start, end, found = 0, size, list[Range]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Give the ranges whose hashes prove that the tree of `old` entries is the beginning of that of `new`."""
    if old in (0, new):
        return []
    start, end, found, is_whole = 0, new, list[Range](), True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start, is_whole = middle, False
    if not is_whole:
        found.append((start, end))
    return found[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the proof leads from the leaf to the root."""
    if not 0 <= index < size:
        return False
    ranges = inclusion_ranges(index, size)
    if len(ranges) != len(proof):
        return False
    for (start, _), beside in zip(ranges, proof, strict=True):
        leaf = pair_hash(leaf, beside) if start > index else pair_hash(beside, leaf)
    return leaf == root


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether the proof shows that the new tree begins with the old one."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not proof and (old_root == new_root if old == new else old_root == EMPTY_ROOT)
    ranges, left = consistency_ranges(old, new), list(proof)
    if old & (old - 1) == 0:
        left.insert(0, old_root)
        ranges.insert(0, (0, old))
    if len(ranges) != len(left):
        return False
    before = after = left[0]
    for (start, _), beside in zip(ranges[1:], left[1:], strict=True):
        if start < old:
            before = pair_hash(beside, before)
            after = pair_hash(beside, after)
        else:
            after = pair_hash(after, beside)
    return (before, after) == (old_root, new_root)


class GrowingTree:
    """A tree that is built from its entries, in memory of the order of its height."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: dict[Node, bytes] = {}

    def add(self, entry: bytes) -> list[tuple[Node, bytes]]:
        """Take the next entry; gives the subtrees that it completes."""
        made = completed_by(self.size, leaf_hash(entry), self._edge)
        for node in needed_for(self.size):
            del self._edge[node]
        self._edge[made[-1][0]] = made[-1][1]
        self.size += 1
        return made

    @property
    def root(self) -> bytes:
        """The root over what was taken so far."""
        return hash_of(0, self.size, self._edge)


def all_nodes(ranges: Iterable[Range]) -> list[Node]:
    """Give every node that the ranges are made of."""
    return [node for start, end in ranges for node in nodes_of(start, end)]


def _split(count: int) -> int:
    """Give the largest power of two that is smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1
