"""The tree agrees with a naive reading of RFC 6962 and with a public log."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.log import bundle
from petitions.log.merkle import Tree, hash_children, hash_leaf
from tests.log import reference
from tests.log.vectors import TESSERA

LEAVES = st.lists(st.binary(max_size=8), max_size=70)


@given(LEAVES)
def test_root_agrees_with_the_specification(leaves: list[bytes]) -> None:
    assert Tree().extended(map(hash_leaf, leaves)).root() == reference.root(leaves)


@given(LEAVES, st.data())
def test_root_is_the_same_in_however_many_steps(leaves: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(leaves)))
    first = Tree().extended(map(hash_leaf, leaves[:cut]))
    reread = Tree.from_bytes(first.size, first.to_bytes())
    assert reread.extended(map(hash_leaf, leaves[cut:])).root() == reference.root(leaves)


@pytest.mark.parametrize("size", range(16))
def test_root_is_that_of_the_public_log(size: int) -> None:
    origin, said_size, root = (TESSERA / f"checkpoint.{size}").read_text().split("\n")[:3]
    entries = bundle.decode((TESSERA / "tile/entries/000.p/15").read_bytes(), 15)
    tree = Tree().extended(hash_leaf(entry) for entry in entries[:size])
    assert (said_size, base64.b64decode(root)) == (str(size), tree.root())
    assert origin


def test_leaf_cannot_pass_for_a_node() -> None:
    left, right = hash_leaf(b"a"), hash_leaf(b"b")
    assert hash_leaf(left + right) != hash_children(left, right)


def test_frontier_of_another_size_is_refused() -> None:
    three = Tree().extended(map(hash_leaf, (b"a", b"b", b"c")))
    with pytest.raises(ValueError, match="4 leaves has 1 perfect subtrees, not 2"):
        Tree.from_bytes(4, three.to_bytes())
    with pytest.raises(ValueError, match="not a whole number"):
        Tree.from_bytes(3, three.to_bytes()[:-1])
