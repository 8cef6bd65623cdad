"""The tree agrees with a naive reading of RFC 6962 and with a public log."""

import base64
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.log.merkle import Tree, hash_children, hash_leaf

# A log of the transparency-dev project: 15 entries, and a checkpoint for each size.
TESSERA = Path(__file__).parent / "tessera"


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = naive_root(leaves[:split]), naive_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def tessera_entries() -> list[bytes]:
    """Entry bundle of tlog-tiles: each entry after its length as a big-endian uint16."""
    raw, entries = (TESSERA / "entries.15").read_bytes(), []
    while raw:
        size = int.from_bytes(raw[:2])
        entries.append(raw[2 : 2 + size])
        raw = raw[2 + size :]
    return entries


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_root_agrees_with_the_specification(leaves: list[bytes]) -> None:
    assert Tree().extended(map(hash_leaf, leaves)).root() == naive_root(leaves)


@given(st.lists(st.binary(max_size=8), max_size=70), st.data())
def test_root_is_the_same_in_however_many_steps(leaves: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(leaves)))
    first = Tree().extended(map(hash_leaf, leaves[:cut]))
    reread = Tree.from_bytes(first.size, first.to_bytes())
    assert reread.extended(map(hash_leaf, leaves[cut:])).root() == naive_root(leaves)


@pytest.mark.parametrize("size", range(16))
def test_root_is_that_of_the_public_log(size: int) -> None:
    origin, said_size, root = (TESSERA / f"checkpoint.{size}").read_text().split("\n")[:3]
    tree = Tree().extended(hash_leaf(entry) for entry in tessera_entries()[:size])
    assert (said_size, base64.b64decode(root)) == (str(size), tree.root())
    assert origin


def test_leaf_hashes_are_those_of_the_public_log() -> None:
    tile = (TESSERA / "tile.15").read_bytes()
    assert b"".join(map(hash_leaf, tessera_entries())) == tile


def test_leaf_cannot_pass_for_a_node() -> None:
    left, right = hash_leaf(b"a"), hash_leaf(b"b")
    assert hash_leaf(left + right) != hash_children(left, right)


def test_frontier_of_another_size_is_refused() -> None:
    three = Tree().extended(map(hash_leaf, (b"a", b"b", b"c")))
    with pytest.raises(ValueError, match="4 leaves has 1 perfect subtrees, not 2"):
        Tree.from_bytes(4, three.to_bytes())
    with pytest.raises(ValueError, match="not a whole number"):
        Tree.from_bytes(3, three.to_bytes()[:-1])
