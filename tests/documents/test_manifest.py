import base64
import hashlib
import json
from dataclasses import replace
from io import BytesIO

import pytest

from petitions.documents.counts import Counts
from petitions.documents.manifest import (
    Checkpoint,
    DocumentReference,
    Manifest,
    PetitionReference,
    TextReference,
    manifest_json,
)
from petitions.documents.roll import RollRow, write_roll
from petitions.log.checkpoint import TreeHead


def checkpoint(size: int) -> Checkpoint:
    head = TreeHead("example.org/log", size, hashlib.sha256(bytes(size)).digest())
    return Checkpoint(head, f"example.org/log\n{size}\n...\n\n— example.org/log c2lnbmVk\n")


@pytest.fixture
def manifest(counts: Counts) -> Manifest:
    return Manifest(
        petition=PetitionReference("0" * 32, "https://example.org/petitions/x/", "Žádost 请"),
        text=TextReference(2, "en", hashlib.sha256(b"text").digest(), "https://example.org/2.md"),
        batch=3,
        start=checkpoint(10),
        end=checkpoint(25),
        counts=counts,
        documents=[DocumentReference("letter.pdf", "application/pdf", 3, b"\x01" * 32)],
    )


def test_the_manifest_says_what_the_batch_is(manifest: Manifest) -> None:
    assert json.loads(manifest_json(manifest)) == {
        "format": "undersigned-batch/1",
        "petition": {
            "id": "0" * 32,
            "title": "Žádost 请",
            "url": "https://example.org/petitions/x/",
        },
        "text": {
            "version": 2,
            "language": "en",
            "sha256": hashlib.sha256(b"text").hexdigest(),
            "url": "https://example.org/2.md",
        },
        "batch": 3,
        "log": {
            "origin": "example.org/log",
            "entries": [10, 25],
            "from": {
                "size": 10,
                "root_hash": base64.b64encode(hashlib.sha256(bytes(10)).digest()).decode(),
                "note": checkpoint(10).note,
            },
            "to": {
                "size": 25,
                "root_hash": base64.b64encode(hashlib.sha256(bytes(25)).digest()).decode(),
                "note": checkpoint(25).note,
            },
        },
        "signatures": {
            "as_of": "2026-11-23T14:05:09+00:00",
            "total": 12_713,
            "new": 100,
            "withdrawn": 3,
            "per_tier": {"email": 9_503, "work_domain": 3_210},
            "withdrawn_per_tier": {"email": 2, "organizer": 1},
        },
        "groups": [
            {"method": "work_domain", "subject": "example.com", "signatures": 12},
        ],
        "documents": [
            {
                "name": "letter.pdf",
                "media_type": "application/pdf",
                "bytes": 3,
                "sha256": "01" * 32,
            }
        ],
    }


def test_the_first_batch_begins_with_the_log(manifest: Manifest) -> None:
    log = json.loads(manifest_json(replace(manifest, start=None)))["log"]

    assert log["entries"] == [0, 25]
    assert log["from"] is None


def test_the_same_manifest_is_the_same_bytes(manifest: Manifest) -> None:
    first, second = manifest_json(manifest), manifest_json(replace(manifest))

    assert first == second
    assert first.endswith(b"\n}\n")
    assert "Žádost 请".encode() in first


def test_its_hashes_are_those_of_the_files(manifest: Manifest) -> None:
    file = BytesIO()
    roll = write_roll(file, [RollRow(11, "signed", "public", "Ada", "", "", "email", "", 2)])
    reference = DocumentReference("roll.csv", "text/csv", roll.size, roll.sha256)

    [document] = json.loads(manifest_json(replace(manifest, documents=[reference])))["documents"]

    assert document["sha256"] == hashlib.sha256(file.getvalue()).hexdigest()
    assert document["bytes"] == len(file.getvalue())
