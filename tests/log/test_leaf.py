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


def test_version_leaf_binds_petition_and_text() -> None:
    petition = UUID(int=7)
    assert json.loads(leaf.version(petition, 2, bytes(32))) == {
        "v": 1,
        "type": "version",
        "petition": petition.hex,
        "number": 2,
        "text": "00" * 32,
    }
