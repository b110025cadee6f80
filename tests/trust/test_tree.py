"""The tree and its proofs, against a plain reading of RFC 6962 that hashes everything anew each time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from teahouse.trust import merkle
from teahouse.trust.merkle import EMPTY_ROOT, GrowingTree, Node

MOST = 300
ENTRIES = [f"entry {number}".encode() for number in range(MOST)]


def plain_root(entries: Sequence[bytes]) -> bytes:
    """The Merkle tree hash as the RFC defines it."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return hashlib.sha256(b"\1" + plain_root(entries[:half]) + plain_root(entries[half:])).digest()


def nodes() -> dict[Node, bytes]:
    """Everything that a server would have stored, made entry by entry."""
    known: dict[Node, bytes] = {}
    for index, entry in enumerate(ENTRIES):
        beside = {node: known[node] for node in merkle.needed_for(index)}
        for node, value in merkle.completed_by(index, merkle.leaf_hash(entry), beside):
            assert node not in known
            known[node] = value
    return known


KNOWN = nodes()
ROOTS = [plain_root(ENTRIES[:size]) for size in range(MOST + 1)]


def proof(ranges: Sequence[merkle.Range]) -> list[bytes]:
    """The hashes of the ranges, out of what is stored."""
    known = {node: KNOWN[node] for node in merkle.all_nodes(ranges)}
    return [merkle.hash_of(start, end, known) for start, end in ranges]


def test_the_root_of_every_size_is_the_plain_one() -> None:
    tree = GrowingTree()
    for size in range(MOST + 1):
        known = {node: KNOWN[node] for node in merkle.nodes_of(0, size)}
        assert merkle.hash_of(0, size, known) == tree.root == ROOTS[size]
        assert len(known) == size.bit_count()
        if size < MOST:
            tree.add(ENTRIES[size])


def test_every_stored_hash_is_that_of_its_entries_and_an_entry_adds_few() -> None:
    assert all(
        value == plain_root(ENTRIES[node.number << node.level : (node.number + 1) << node.level])
        for node, value in KNOWN.items()
    )
    assert len(KNOWN) < 2 * MOST
    assert max(len(merkle.needed_for(index)) for index in range(MOST)) == 8


@given(st.data())
def test_an_entry_is_proved_to_be_where_it_is_and_nowhere_else(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    index = data.draw(st.integers(0, size - 1))
    path = proof(merkle.inclusion_ranges(index, size))
    leaf, root = merkle.leaf_hash(ENTRIES[index]), ROOTS[size]
    assert merkle.verify_inclusion(leaf, index, size, path, root)
    assert len(path) <= size.bit_length()
    other = data.draw(st.integers(0, MOST).filter(lambda number: number not in (index, size)))
    assert not merkle.verify_inclusion(leaf, other, size, path, root)
    assert not merkle.verify_inclusion(leaf, index, size, path, ROOTS[other])
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"forged"), index, size, path, root)
    if path:
        assert not merkle.verify_inclusion(leaf, index, size, path[:-1], root)
        at = data.draw(st.integers(0, len(path) - 1))
        assert not merkle.verify_inclusion(leaf, index, size, [*path[:at], EMPTY_ROOT, *path[at + 1 :]], root)


@given(st.data())
def test_a_log_is_proved_to_have_only_grown(data: st.DataObject) -> None:
    new = data.draw(st.integers(0, MOST))
    old = data.draw(st.integers(0, new))
    path = proof(merkle.consistency_ranges(old, new))
    assert merkle.verify_consistency(old, ROOTS[old], new, ROOTS[new], path)
    forged = plain_root([b"forged", *ENTRIES[1:old]]) if old else ROOTS[1]
    assert not merkle.verify_consistency(old, forged, new, ROOTS[new], path)
    if old < new:
        assert not merkle.verify_consistency(new, ROOTS[new], old, ROOTS[old], path)
    if 0 < old < new:
        rewritten = plain_root([b"forged", *ENTRIES[1:new]])
        assert not merkle.verify_consistency(old, ROOTS[old], new, rewritten, path)
        assert not merkle.verify_consistency(old, ROOTS[old], new, ROOTS[new], path[:-1])
        assert not merkle.verify_consistency(old, ROOTS[old], new, ROOTS[new], [*path, EMPTY_ROOT])


def test_the_published_vectors_of_the_rfc_hold() -> None:
    leaves = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    leaves.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
    tree = GrowingTree()
    for leaf in leaves:
        tree.add(leaf)
    assert tree.root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
