"""`batch DIR`: whether the documents of a delivery are the ones that the log binds."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from petitions.log.checkpoint import TreeHead
from petitions.log.encoding import from_base64
from petitions.log.proof import ProofError, verify_consistency

from .check_roll import against, rows
from .counting import read_leaf
from .outcome import Failed, Outcome, Unusable
from .published import PublishedLog, Trust, open_checkpoint
from .source import Source, read_file

MANIFEST, ROLL = "manifest.json", "roll.csv"
FORMAT = "undersigned-batch/1"
_MANIFEST_LIMIT = 1 << 22
_DOCUMENT_LIMIT = 1 << 31


def check_batch(folder: Path, trusted: Trust, source: Source | None) -> Outcome:
    """Check a folder with a manifest and the documents that it names."""
    raw = read_file(folder / MANIFEST, _MANIFEST_LIMIT)
    if raw is None:
        raise Unusable(f"There is no {MANIFEST} in {folder}.")
    try:
        manifest = json.loads(raw)
        if manifest["format"] != FORMAT:
            raise Unusable(f"The manifest has the format {manifest['format']!r}, not {FORMAT}.")
        return Outcome.fine([*_checked(folder, raw, manifest, trusted, source)])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Failed(f"The manifest is not as it should be: {error!r}.") from error


def _checked(
    folder: Path, raw: bytes, manifest: Any, trusted: Trust, source: Source | None
) -> Iterator[str]:
    documents = {each["name"]: each for each in manifest["documents"]}
    for document in documents.values():
        _check_document(folder, document)
    start, end = _heads(manifest["log"], trusted)
    yield (
        f"The batch is right: its {len(documents)} documents are those of the manifest, whose "
        f"checkpoint of {end.size} entries {end.origin} signed."
    )
    yield f"The SHA-256 of the manifest, which the log binds, is {hashlib.sha256(raw).hexdigest()}."
    if source is None:
        yield from _consistent(manifest["log"], start, end)
        yield "Whether the log holds the batch and its roll is not known without --log."
    else:
        log = PublishedLog(source, trusted.key)
        log.continues(end)
        if start:
            _continued(log, start)
        yield f"The log as it is now, with {log.head.size} entries, continues its checkpoints."
        yield _bound(log, raw, manifest, end)
        if ROLL in documents:
            yield from _roll(folder, log, manifest)
    yield from trusted.sentences()


def _check_document(folder: Path, document: Any) -> None:
    name, size, sha256 = document["name"], document["bytes"], document["sha256"]
    # The name comes from whoever wrote the manifest: it leads to this folder and nowhere else.
    if not isinstance(name, str) or name in {"", ".", ".."} or set(name) & set("/\\:\0"):
        raise Failed(f"The manifest names a document outside its folder: {name!r}.")
    path = folder / name
    if path.is_symlink():
        raise Failed(f"{name} is a link to somewhere else.")
    if type(size) is not int or not 0 <= size <= _DOCUMENT_LIMIT:
        raise Failed(f"The manifest says that {name} has {size!r} bytes.")
    if not path.is_file():
        raise Failed(f"The document {name} is missing.")
    if path.stat().st_size != size:
        raise Failed(f"{name} has {path.stat().st_size} bytes; the manifest says {size}.")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != sha256:
        raise Failed(f"{name} is not the one of the manifest: its SHA-256 is {digest}.")


def _heads(log: Any, trusted: Trust) -> tuple[TreeHead | None, TreeHead]:
    start = _head(log["from"], trusted) if log["from"] is not None else None
    end = _head(log["to"], trusted)
    first = start.size if start else 0
    if log["origin"] != end.origin or log["entries"] != [first, end.size] or first >= end.size:
        raise Failed("The manifest says other entries than its checkpoints.")
    return start, end


def _head(checkpoint: Any, trusted: Trust) -> TreeHead:
    head = open_checkpoint(checkpoint["note"], trusted.key)
    if (checkpoint["size"], from_base64(checkpoint["root_hash"])) != (head.size, head.root_hash):
        raise Failed("The manifest says another tree than its signed checkpoint.")
    return head


def _consistent(log: Any, start: TreeHead | None, end: TreeHead) -> Iterator[str]:
    """Check the proof that the manifest may bring, from its first checkpoint to its second."""
    if start is None:
        yield "It is the first batch, so there is no earlier checkpoint to continue."
    elif "consistency" in log:
        try:
            proof = [from_base64(each) for each in log["consistency"]]
            verify_consistency(start.size, end.size, proof, start.root_hash, end.root_hash)
        except ProofError as error:
            raise Failed(f"The batch does not continue the one before it: {error}.") from error
        yield f"It continues the checkpoint of {start.size} entries of the batch before it."
    else:
        yield "Whether it continues the batch before it is not known without --log."


def _continued(log: PublishedLog, start: TreeHead) -> None:
    try:
        log.continues(start)
    except Failed as error:
        raise Failed(f"The batch does not continue the one before it. {error}") from error


def _bound(log: PublishedLog, raw: bytes, manifest: Any, end: TreeHead) -> str:
    """Find the leaf that binds the manifest; it comes after the batch's own entries."""
    wanted = (manifest["petition"]["id"], manifest["batch"], end.size)
    for index, entry in log.entries(end.size, log.head.size):
        leaf = read_leaf(index, entry)
        if leaf is None or leaf.type != "batch":
            continue
        if (leaf.text("petition"), leaf.number("number"), leaf.number("size")) == wanted:
            if leaf.text("manifest") == hashlib.sha256(raw).hexdigest():
                return f"Entry {index} of the log binds this manifest."
            raise Failed(f"Entry {index} of the log binds another manifest of this batch.")
    raise Failed("The log does not hold this batch.")


def _roll(folder: Path, log: PublishedLog, manifest: Any) -> Iterator[str]:
    raw = (folder / ROLL).read_bytes()
    check = against(log, rows(raw, ROLL), range(*manifest["log"]["entries"]))
    if check.wrong:
        raise Failed("\n".join(check.wrong[:10]))
    if check.lines != manifest["signatures"]["new"]:
        new = manifest["signatures"]["new"]
        raise Failed(f"The roll has {check.lines} lines; the manifest says {new!r} signatures.")
    yield from (f"The roll: {sentence}" for sentence in check.sentences())
