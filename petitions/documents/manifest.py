"""The manifest of a batch: what is in it, in a form that programs read and people can.

JSON (RFC 8259) in UTF-8 with sorted keys, two spaces of indent and a newline at its end, so that
the same manifest is the same bytes: its SHA-256 goes into the log.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from petitions.log.checkpoint import TreeHead

from .counts import Counts, GroupCount

FORMAT = "undersigned-batch/1"


@dataclass(frozen=True, slots=True)
class PetitionReference:
    """A petition by its id (a UUID in hex, as in the log), address and title."""

    id: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class TextReference:
    """The version of the letter that was signed: number, BCP 47 language, SHA-256, address."""

    version: int
    language: str
    sha256: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head and the signed note that vouches for it (https://c2sp.org/tlog-checkpoint)."""

    head: TreeHead
    note: str


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """Another file of the batch: name, media type, size in bytes, SHA-256 (32 bytes)."""

    name: str
    media_type: str
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """One batch. Its signatures are among the log entries from `start.size` up to `end.size`.

    `start` is the checkpoint that the batch before it ended with, None for a petition's first.
    """

    petition: PetitionReference
    text: TextReference
    batch: int
    start: Checkpoint | None
    end: Checkpoint
    counts: Counts
    documents: Sequence[DocumentReference]


def manifest_json(manifest: Manifest) -> bytes:
    """Return the manifest as JSON; hashes in hex, the log's root hashes in base64 as in its notes.

    `entries` is half open: it holds the first index and not the last. Times are in UTC. `withdrawn`
    were in earlier batches, so `total` is that of the batch before, and `new`, less those.
    """
    start = manifest.start
    value = {
        "format": FORMAT,
        "petition": {
            "id": manifest.petition.id,
            "title": manifest.petition.title,
            "url": manifest.petition.url,
        },
        "text": _text(manifest.text),
        "batch": manifest.batch,
        "log": {
            "origin": manifest.end.head.origin,
            "entries": [start.head.size if start else 0, manifest.end.head.size],
            "from": _checkpoint(start) if start else None,
            "to": _checkpoint(manifest.end),
        },
        "signatures": _counts(manifest.counts),
        "groups": [_group(group) for group in manifest.counts.groups],
        "documents": [_document(document) for document in manifest.documents],
    }
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def _text(text: TextReference) -> dict[str, object]:
    return {
        "version": text.version,
        "language": text.language,
        "sha256": text.sha256.hex(),
        "url": text.url,
    }


def _checkpoint(checkpoint: Checkpoint) -> dict[str, object]:
    return {
        "size": checkpoint.head.size,
        "root_hash": base64.b64encode(checkpoint.head.root_hash).decode(),
        "note": checkpoint.note,
    }


def _counts(counts: Counts) -> dict[str, object]:
    return {
        "as_of": counts.as_of.astimezone(UTC).isoformat(timespec="seconds"),
        "total": counts.total,
        "new": counts.new,
        "withdrawn": counts.withdrawn,
        "per_tier": {tier.assurance: tier.signatures for tier in counts.tiers if tier.signatures},
        "withdrawn_per_tier": {
            tier.assurance: tier.withdrawn for tier in counts.tiers if tier.withdrawn
        },
    }


def _group(group: GroupCount) -> dict[str, object]:
    return {"method": group.method, "subject": group.subject, "signatures": group.signatures}


def _document(document: DocumentReference) -> dict[str, object]:
    return {
        "name": document.name,
        "media_type": document.media_type,
        "bytes": document.size,
        "sha256": document.sha256.hex(),
    }
