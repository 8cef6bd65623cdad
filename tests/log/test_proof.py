"""Proofs agree with RFC 6962 as written and with the cases of the transparency-dev library."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.log.merkle import hash_leaf
from petitions.log.proof import (
    ProofError,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.log import reference
from tests.log.vectors import MERKLE

LEAVES = st.lists(st.binary(max_size=4), min_size=1, max_size=70)
# The library compares the roots of equal sizes and nothing else; here they are "don't care 2", 12
# bytes, and a root hash of RFC 6962 has 32.
NOT_A_HASH = "additional/sizes-are-equal-one-and-proof-is-empty.json"


def cases(name: str) -> list[Any]:
    found = json.loads((MERKLE / f"{name}.json").read_text())
    assert len(found) == 98
    return [pytest.param(case, id=case["case"]) for case in found]


def raw(encoded: str) -> bytes:
    return base64.b64decode(encoded)


@pytest.mark.parametrize("case", cases("inclusion"))
def test_inclusion_is_judged_as_by_the_public_library(case: dict[str, Any]) -> None:
    def verify() -> None:
        proof = [raw(each) for each in case["proof"] or []]
        leaf, root = raw(case["leafHash"]), raw(case["root"])
        verify_inclusion(leaf, case["leafIdx"], case["treeSize"], proof, root)

    judge(verify, refused=case["wantErr"])


@pytest.mark.parametrize("case", cases("consistency"))
def test_consistency_is_judged_as_by_the_public_library(case: dict[str, Any]) -> None:
    def verify() -> None:
        proof = [raw(each) for each in case["proof"] or []]
        roots = raw(case["root1"]), raw(case["root2"])
        verify_consistency(case["size1"], case["size2"], proof, *roots)

    judge(verify, refused=case["wantErr"] or case["case"] == NOT_A_HASH)


def judge(verify: Any, *, refused: bool) -> None:
    if refused:
        with pytest.raises(ProofError):
            verify()
    else:
        verify()


@given(LEAVES, st.data())
def test_inclusion_proof_is_that_of_the_specification(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = prove_inclusion(index, len(leaves), reference.Nodes(leaves))
    assert proof == reference.inclusion(index, leaves)
    verify_inclusion(hash_leaf(leaves[index]), index, len(leaves), proof, reference.root(leaves))


@given(LEAVES, st.data())
def test_consistency_proof_is_that_of_the_specification(
    leaves: list[bytes], data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    proof = prove_consistency(old, len(leaves), reference.Nodes(leaves))
    assert proof == reference.consistency(old, leaves)
    roots = reference.root(leaves[:old]), reference.root(leaves)
    verify_consistency(old, len(leaves), proof, *roots)


@given(LEAVES, st.data())
def test_inclusion_proof_with_any_byte_changed_is_refused(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = reference.inclusion(index, leaves)
    whole = bytearray(b"".join([hash_leaf(leaves[index]), *proof, reference.root(leaves)]))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    leaf, *proof, root = [bytes(whole[at : at + 32]) for at in range(0, len(whole), 32)]
    with pytest.raises(ProofError):
        verify_inclusion(leaf, index, len(leaves), proof, root)


@given(LEAVES, st.data())
def test_consistency_proof_with_any_byte_changed_is_refused(
    leaves: list[bytes], data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    roots = [reference.root(leaves[:old]), reference.root(leaves)]
    whole = bytearray(b"".join([*roots, *reference.consistency(old, leaves)]))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    old_root, new_root, *proof = [bytes(whole[at : at + 32]) for at in range(0, len(whole), 32)]
    with pytest.raises(ProofError):
        verify_consistency(old, len(leaves), proof, old_root, new_root)


@given(LEAVES, st.data())
def test_proof_for_another_place_or_size_is_refused(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    # Of equal leaves, one proof may well fit several places.
    unique = [bytes([number]) + leaf for number, leaf in enumerate(leaves)]
    proof, root = reference.inclusion(index, unique), reference.root(unique)
    other = data.draw(st.integers(0, 2 * len(leaves)).filter(lambda place: place != index))
    with pytest.raises(ProofError):
        verify_inclusion(hash_leaf(unique[index]), other, len(unique), proof, root)


def test_empty_tree_begins_every_tree() -> None:
    leaves = [b"a", b"b"]
    assert prove_consistency(0, 2, reference.Nodes(leaves)) == []
    verify_consistency(0, 2, [], reference.root([]), reference.root(leaves))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (2, 2), (-1, 2)])
def test_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        prove_inclusion(index, size, reference.Nodes([b""] * size))


def test_tree_that_shrinks_has_no_proof() -> None:
    with pytest.raises(ValueError, match="cannot grow from 2 to 1"):
        prove_consistency(2, 1, reference.Nodes([b"", b""]))
