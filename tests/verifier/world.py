"""A small log with signatures, published in a folder, and what is made from it."""

import csv
import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from petitions.log import leaf
from petitions.log.checkpoint import TreeHead
from petitions.log.encoding import to_base64
from petitions.log.merkle import Tree, hash_leaf
from petitions.log.note import Signer
from petitions.log.proof import prove_consistency, prove_inclusion
from petitions.log.publish import Publisher
from petitions.log.receipt import Opening, Receipt
from petitions.log.storage import Folder
from petitions.log.tile import Tiles

LOG = Signer("example.org/log", bytes(range(32)))
VKEY = LOG.verifier.encoded()
PETITION = UUID(int=7)
TEXT = hashlib.sha256(b"text").digest()


class World:
    """Everything in it is by the book; tests break what they want to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.entries = [leaf.version(PETITION, 1, TEXT), leaf.opened(PETITION, TEXT)]
        self.openings: dict[int, Opening] = {}

    def sign(self, name: str, tier: str = "email", role: str = "", affiliation: str = "") -> int:
        """Add a signature; return its index."""
        index = len(self.entries)
        record = leaf.canonical_json(
            {"v": 1, "name": name, "role": role, "affiliation": affiliation}
        )
        salt = hashlib.sha256(f"salt {index}".encode()).digest()
        signed = leaf.signed(TEXT, tier, leaf.commitment(salt, record), date(2026, 11, 22))
        self.openings[index] = Opening(salt, signed, record)
        self.entries.append(signed)
        return index

    def end(self, index: int, leaf_type: str = "withdraw", **fields: str) -> int:
        value = {"v": 1, "type": leaf_type, "index": index, **fields}
        self.entries.append(leaf.canonical_json(value))
        return len(self.entries) - 1

    def head(self, size: int | None = None) -> TreeHead:
        entries = self.entries[:size]
        root = Tree().extended(map(hash_leaf, entries)).root()
        return TreeHead(LOG.name, len(entries), root)

    def checkpoint(self, size: int | None = None) -> str:
        return self.head(size).signed(LOG)

    def publish(self) -> None:
        publisher = Publisher(Folder(self.log), LOG.verifier)
        assert publisher.publish(self.checkpoint(), lambda start, end: self.entries[start:end])

    def tiles(self) -> Tiles:
        return Tiles(self.head(), Folder(self.log).read)

    def receipt(self, index: int) -> Path:
        """Write the receipt of an entry of the log as it is published now."""
        proof = prove_inclusion(index, len(self.entries), self.tiles())
        extra = self.openings[index].encoded()
        file = self.folder / f"{index}.tlog-proof"
        file.write_bytes(Receipt(index, tuple(proof), self.checkpoint(), extra).encoded())
        return file

    def rows(self, indexes: list[int]) -> list[dict[str, Any]]:
        rows = []
        for index in indexes:
            record = json.loads(self.openings[index].record)
            del record["v"]
            rows.append(
                {"log_index": index, **record, "salt": to_base64(self.openings[index].salt)}
            )
        return rows

    def roll(self, indexes: list[int], **changes: str) -> Path:
        """Write a roll of these signatures, with some cells of the last line changed."""
        rows = self.rows(indexes)
        rows[-1] |= changes
        file = self.folder / "roll.csv"
        with file.open("w", encoding="utf-8-sig", newline="") as opened:
            writer = csv.DictWriter(opened, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return file

    def batch(self, indexes: list[int], start: int) -> tuple[Path, dict[str, Any]]:
        """Write a delivery with a roll; the batch reaches from `start` to the log's end."""
        folder = self.folder / "batch"
        folder.mkdir()
        self.roll(indexes).rename(folder / "roll.csv")
        (folder / "letter.pdf").write_bytes(b"%PDF")
        size = len(self.entries)
        manifest: dict[str, Any] = {
            "format": "undersigned-batch/1",
            "petition": {"id": PETITION.hex, "title": "Weekends", "url": "https://example.org/"},
            "text": {"version": 1, "language": "en", "sha256": TEXT.hex(), "url": ""},
            "batch": 1,
            "log": {
                "origin": LOG.name,
                "entries": [start, size],
                "from": self._named(start) if start else None,
                "to": self._named(size),
            },
            "signatures": {"as_of": "", "total": len(indexes), "new": len(indexes)},
            "documents": [
                {
                    "name": name,
                    "media_type": "",
                    "bytes": (folder / name).stat().st_size,
                    "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
                }
                for name in ("letter.pdf", "roll.csv")
            ],
        }
        if start:
            proof = prove_consistency(start, size, self.tiles())
            manifest["log"]["consistency"] = [to_base64(each) for each in proof]
        return folder, manifest

    def write_manifest(self, folder: Path, manifest: dict[str, Any]) -> None:
        """Write the manifest, and publish the leaf that binds it."""
        raw = json.dumps(manifest).encode()
        (folder / "manifest.json").write_bytes(raw)
        size = manifest["log"]["to"]["size"]
        self.entries.append(leaf.batched(PETITION, 1, size, hashlib.sha256(raw).digest()))
        self.publish()

    def _named(self, size: int) -> dict[str, Any]:
        head = self.head(size)
        root = to_base64(head.root_hash)
        return {"size": size, "root_hash": root, "note": self.checkpoint(size)}
