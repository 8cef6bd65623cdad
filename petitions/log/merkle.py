"""The Merkle tree of RFC 6962, section 2.1, grown one leaf at a time.

A tree is kept as its frontier: the roots of the perfect subtrees of which it consists, largest
first. Their sizes are the binary digits of the number of leaves, so a frontier holds at most 63
hashes, and an append costs one hash on average, whatever the size of the tree.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

HASH_SIZE = 32


def hash_leaf(data: bytes) -> bytes:
    """Return the 32-byte hash of a leaf: SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of an interior node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of `size` leaves, as the roots of its perfect subtrees, largest first."""

    size: int = 0
    frontier: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.frontier) != self.size.bit_count():
            raise ValueError(
                f"a tree of {self.size} leaves has {self.size.bit_count()} perfect subtrees, "
                f"not {len(self.frontier)}"
            )

    def extended(self, leaf_hashes: Iterable[bytes]) -> "Tree":
        """Return the tree with these leaf hashes (32 bytes each) appended in order."""
        size, frontier = self.size, list(self.frontier)
        for leaf_hash in leaf_hashes:
            # Each trailing 1 of the size is a subtree as large as the one just completed.
            node, merging = leaf_hash, size
            while merging & 1:
                node = hash_children(frontier.pop(), node)
                merging >>= 1
            frontier.append(node)
            size += 1
        return Tree(size, tuple(frontier))

    def root(self) -> bytes:
        """Return the 32-byte root hash; of the empty tree SHA-256 of nothing."""
        if not self.frontier:
            return hashlib.sha256().digest()
        *rest, node = self.frontier
        for left in reversed(rest):
            node = hash_children(left, node)
        return node

    def to_bytes(self) -> bytes:
        """Return the frontier's hashes one after the other, 32 bytes each."""
        return b"".join(self.frontier)

    @classmethod
    def from_bytes(cls, size: int, frontier: bytes) -> "Tree":
        """Read what `to_bytes` wrote.

        Raises ValueError if the bytes are not the frontier of a tree of this size.
        """
        return cls(size, tuple(split_hashes(frontier)))


def split_hashes(hashes: bytes) -> list[bytes]:
    """Return the 32-byte hashes that are one after the other. Raises ValueError."""
    if len(hashes) % HASH_SIZE:
        raise ValueError(f"{len(hashes)} bytes are not a whole number of {HASH_SIZE}-byte hashes")
    return [hashes[start : start + HASH_SIZE] for start in range(0, len(hashes), HASH_SIZE)]
