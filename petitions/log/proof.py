"""Inclusion and consistency proofs of RFC 6962, section 2.1: made from a few nodes, and verified.

A node is the root of a perfect subtree: `(level, index)` covers the leaves from
`index << level` up to, and without, `(index + 1) << level`. Any tree and any proof consists of
nodes. Whatever keeps them is a HashReader, after that of golang.org/x/mod/sumdb/tlog: one method,
called once for each proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .merkle import HASH_SIZE, Tree, hash_children

# A tree of 2**63 leaves is 63 levels deep.
MAX_PROOF = 63


@dataclass(frozen=True, slots=True)
class Node:
    """The place of a perfect subtree of 2**level leaves."""

    level: int
    index: int


class HashReader(Protocol):
    """Where the hashes of a log's nodes are."""

    def read_hashes(self, nodes: Sequence[Node]) -> list[bytes]:
        """Return the 32-byte hash of each node, in their order."""


class ProofError(ValueError):
    """A proof that does not prove what it was brought for."""


def prove_inclusion(index: int, size: int, reader: HashReader) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `size` leaves: its sibling first.

    Reads at most 2 * log2(size) nodes. Raises ValueError for a leaf that is not in the tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    return _read(_inclusion(index, 0, size), reader)


def prove_consistency(old: int, new: int, reader: HashReader) -> list[bytes]:
    """Return the proof that the tree of `old` leaves is the beginning of the one of `new`.

    It is empty if `old` is 0 or equal to `new`. Reads at most 2 * log2(new) nodes. Raises
    ValueError for a tree that shrinks.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree cannot grow from {old} to {new} leaves")
    if old in {0, new}:
        return []
    return _read(_consistency(old, 0, new), reader)


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf is at `index` of the tree with this root (RFC 9162, 2.1.3.2).

    Raises ProofError.
    """
    _check_hashes(leaf_hash, *proof, root)
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} leaves has no leaf {index}")
    node, last, running = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofError(f"the proof has more hashes than a tree of {size} leaves has levels")
        if node & 1 or node == last:
            running = hash_children(sibling, running)
            # A node that ends its level has no sibling to the right: it is the same one higher.
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            running = hash_children(running, sibling)
        node, last = node >> 1, last >> 1
    if last or running != root:
        raise ProofError(f"the proof does not lead from leaf {index} to the root hash")


def verify_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Check that the tree with `old_root` is the beginning of the other (RFC 9162, 2.1.4.2).

    Every tree begins with the empty one, without a proof. Raises ProofError.
    """
    _check_hashes(*proof, old_root, new_root)
    if not 0 <= old <= new:
        raise ProofError(f"a tree cannot grow from {old} to {new} leaves")
    if old in {0, new}:
        _check_trivial(old, new, proof, old_root, new_root)
        return
    # If the old tree is perfect, its root is the first node of the path, and is not sent.
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise ProofError("the proof is empty")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError(f"the proof has more hashes than a tree of {new} leaves has levels")
        if node & 1 or node == last:
            first, second = hash_children(sibling, first), hash_children(sibling, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = hash_children(second, sibling)
        node, last = node >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise ProofError(f"the tree of {new} leaves does not begin with that of {old}")


def perfect_subtrees(start: int, end: int) -> list[Node]:
    """Return the nodes that together cover the leaves from `start` up to `end`, in order.

    `start` is a multiple of the power of two that `end - start` fits in, as in any split of a tree.
    """
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def _inclusion(index: int, start: int, end: int) -> list[list[Node]]:
    """PATH of RFC 6962, 2.1.1; each hash of the proof as the nodes that it consists of."""
    if end - start == 1:
        return []
    split = _split(start, end)
    if index < split:
        return [*_inclusion(index, start, split), perfect_subtrees(split, end)]
    return [*_inclusion(index, split, end), perfect_subtrees(start, split)]


def _consistency(old: int, start: int, end: int) -> list[list[Node]]:
    """SUBPROOF of RFC 6962, 2.1.2; each hash of the proof as the nodes that it consists of."""
    if old == end:
        # The root of the old tree as a whole is known to who verifies.
        return [perfect_subtrees(start, end)] if start else []
    split = _split(start, end)
    if old <= split:
        return [*_consistency(old, start, split), perfect_subtrees(split, end)]
    return [*_consistency(old, split, end), perfect_subtrees(start, split)]


def _split(start: int, end: int) -> int:
    """Return where a tree of these leaves splits: after the largest power of two below its size."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _read(path: list[list[Node]], reader: HashReader) -> list[bytes]:
    hashes = iter(reader.read_hashes([node for nodes in path for node in nodes]))
    # The nodes of a subtree, largest first, are the frontier of a tree of its own.
    return [
        Tree(sum(1 << node.level for node in nodes), tuple(next(hashes) for _ in nodes)).root()
        for nodes in path
    ]


def _check_hashes(*hashes: bytes) -> None:
    for each in hashes:
        if len(each) != HASH_SIZE:
            raise ProofError(f"a hash has {HASH_SIZE} bytes, not {len(each)}")


def _check_trivial(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    if proof:
        raise ProofError("between these sizes the proof is empty")
    if old == 0 and old_root != Tree().root():
        raise ProofError("the old root hash is not the one of an empty log")
    if old == new and old_root != new_root:
        raise ProofError(f"two trees of {old} leaves have different root hashes")
