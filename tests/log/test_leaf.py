"""Leaves are canonical, and tell nothing of a person."""

import json
from datetime import date
from uuid import UUID

import pytest

from petitions.log import leaf


def test_json_is_canonical() -> None:
    assert leaf.canonical_json({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


def test_signature_appears_as_a_commitment_only() -> None:
    record = leaf.canonical_json({"name": "Ada Lovelace"})
    commitment = leaf.commitment(bytes(32), record)
    signed = leaf.signed(bytes(32), "email", commitment, date(2026, 11, 22))
    assert json.loads(signed) == {
        "v": 1,
        "type": "sign",
        "text": "00" * 32,
        "kind": "email",
        "commitment": commitment.hex(),
        "date": "2026-11-22",
    }


def test_commitment_depends_on_salt_and_record() -> None:
    commitments = {
        leaf.commitment(salt, record) for salt in (bytes(32), b"1" * 32) for record in (b"a", b"b")
    }
    assert len(commitments) == 4


def test_commitment_with_a_short_salt_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        leaf.commitment(bytes(31), b"record")


HASH, ID = "ab" * 32, "cd" * 16
PETITION = UUID(hex=ID)
LEAVES = {
    "version": leaf.version(PETITION, 2, bytes(32)),
    "open": leaf.opened(PETITION, bytes(32)),
    "close": leaf.closed(PETITION),
    "sign": leaf.signed(bytes(32), "work_domain", bytes(32), date(2026, 11, 22)),
    "withdraw": leaf.canonical_json({"v": 1, "type": "withdraw", "index": 9}),
    "remove": leaf.removed(9, "fraud"),
    "batch": leaf.batched(PETITION, 1, 10, bytes(32)),
    "deliver-intent": leaf.delivery_intended(PETITION, 1, bytes(32)),
    "deliver-result": leaf.delivery_ended(12, "sent"),
    "response": leaf.responded(PETITION, bytes(32)),
}


@pytest.mark.parametrize("leaf_type", LEAVES)
def test_leaf_is_read_as_it_was_written(leaf_type: str) -> None:
    read = leaf.parse(LEAVES[leaf_type])
    assert read.type == leaf_type
    assert leaf.canonical_json({"v": 1, "type": read.type, **read.fields}) == LEAVES[leaf_type]


def test_leaf_says_its_fields() -> None:
    read = leaf.parse(LEAVES["remove"])
    assert (read.number("index"), read.text("reason")) == (9, "fraud")


@pytest.mark.parametrize(
    "data",
    [
        b'{"index": 9,"type":"withdraw","v":1}',
        b'{"type":"withdraw","index":9,"v":1}',
        b'{"index":9,"index":9,"type":"withdraw","v":1}',
        b'{"index":9,"type":"\\u0077ithdraw","v":1}',
        b'{"index":9,"type":"withdraw","v":1}\n',
        b'\xef\xbb\xbf{"index":9,"type":"withdraw","v":1}',
        b'{"index":9,"type":"withdraw","v":1,"x":2}',
        b'{"index":9,"reason":"x","type":"withdraw","v":1}',
        b'{"type":"withdraw","v":1}',
        b'{"index":"9","type":"withdraw","v":1}',
        b'{"index":true,"type":"withdraw","v":1}',
        b'{"index":9.0,"type":"withdraw","v":1}',
        b'{"index":-1,"type":"withdraw","v":1}',
        b'{"index":9223372036854775808,"type":"withdraw","v":1}',
        b'{"index":9,"reason":"","type":"remove","v":1}',
        b'{"index":9,"reason":"Ada Lovelace","type":"remove","v":1}',
        b'{"petition":"' + b"AB" * 16 + b'","type":"close","v":1}',
        b'{"petition":["' + b"ab" * 16 + b'"],"type":"close","v":1}',
        LEAVES["sign"].replace(b"2026-11-22", b"2026-13-22"),
        LEAVES["sign"].replace(b"2026-11-22", b"20261122"),
        b"[]",
        b"7",
        b"null",
        b"",
        b"\xff",
        b"[" * 100_000,
        b'{"type":"\\ud800","v":1}',
    ],
)
def test_leaf_that_is_not_as_we_write_it_is_refused(data: bytes) -> None:
    with pytest.raises(leaf.LeafError) as refused:
        leaf.parse(data)
    assert refused.type is leaf.LeafError


@pytest.mark.parametrize(
    "data",
    [
        b'{"index":9,"type":"withdraw","v":2}',
        b'{"index":9,"type":"withdraw","v":true}',
        b'{"index":9,"type":"withdraw","v":1.0}',
        b'{"index":9,"type":"withdraw"}',
        b'{"index":9,"type":["withdraw"],"v":1}',
        b'{"index":9,"type":"elsewhere","v":1}',
        b"{}",
    ],
)
def test_leaf_of_a_later_version_is_told_from_a_damaged_one(data: bytes) -> None:
    with pytest.raises(leaf.UnknownLeafError):
        leaf.parse(data)


def test_version_leaf_binds_petition_and_text() -> None:
    petition = UUID(int=7)
    assert json.loads(leaf.version(petition, 2, bytes(32))) == {
        "v": 1,
        "type": "version",
        "petition": petition.hex,
        "number": 2,
        "text": "00" * 32,
    }
