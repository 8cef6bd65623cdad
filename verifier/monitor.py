"""`monitor LOG`: follow a log; tell what is new, count it, and keep what would prove a fork."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from itertools import batched
from pathlib import Path
from typing import Any

from petitions.log.checkpoint import TreeHead
from petitions.log.encoding import from_base64, to_base64
from petitions.log.merkle import Tree, hash_leaf
from petitions.log.note import Verifier

from .counting import Count, read_leaf
from .outcome import Failed, Outcome, Unusable
from .published import PublishedLog, Trust, open_checkpoint, trust
from .source import Source, read_file

FORMAT = "undersigned-monitor/1"
_LIMIT = 1 << 30
_CHUNK = 256
_NAMES = {
    "sign": "signature",
    "withdraw": "withdrawal",
    "remove": "removal",
    "version": "text of a petition",
    "open": "petition opened",
    "close": "petition closed",
    "batch": "batch",
    "deliver-intent": "delivery begun",
    "deliver-result": "delivery ended",
    "response": "response",
    "unknown": "entry of a type that this version does not know",
}


class State:
    """What a monitor remembers between runs, in a file of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key: Verifier | None = None
        self.checkpoint: str | None = None
        self.tree, self.count = Tree(), Count()
        raw = read_file(path, _LIMIT)
        if raw is not None:
            self._load(raw)

    @property
    def head(self) -> TreeHead | None:
        """The tree head seen last."""
        assert self.checkpoint is None or self.key is not None
        return open_checkpoint(self.checkpoint, self.key) if self.checkpoint and self.key else None

    def save(self) -> None:
        """Write it whole, or leave the one before."""
        assert self.key is not None
        value = {
            "format": FORMAT,
            "key": self.key.encoded(),
            "checkpoint": self.checkpoint,
            "frontier": to_base64(self.tree.to_bytes()),
            "signatures": [[*key, number] for key, number in sorted(self.count.signatures.items())],
            "gone": sorted(self.count.gone.items()),
            "texts": self.count.texts,
        }
        writing = self.path.with_name(f"{self.path.name}.writing")
        with writing.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        writing.replace(self.path)

    def keep_evidence(self, log: PublishedLog, why: str) -> Path:
        """Keep the checkpoints that would show what happened, beside the state."""
        name = f"{self.path.name}.evidence-{log.head.size}-{log.head.root_hash.hex()[:16]}"
        evidence = self.path.with_name(name)
        evidence.write_text(
            f"{why}\n\nThe checkpoint that was seen before:\n\n{self.checkpoint or 'none'}\n"
            f"The checkpoint that was served now:\n\n{log.note}",
            encoding="utf-8",
        )
        return evidence

    def _load(self, raw: bytes) -> None:
        try:
            value: Any = json.loads(raw)
            self.key, self.checkpoint = Verifier.decode(value["key"]), value["checkpoint"]
            head = self.head
            assert head is not None
            self.tree = Tree.from_bytes(head.size, from_base64(value["frontier"]))
            self.count.signatures = Counter(
                {(text, tier): number for text, tier, number in value["signatures"]}
            )
            self.count.gone = {int(index): str(how) for index, how in value["gone"]}
            self.count.texts = dict(value["texts"])
        except (ValueError, KeyError, TypeError, AttributeError, Failed) as error:
            raise Unusable(f"{self.path} is not the state of a monitor: {error!r}.") from error
        if value["format"] != FORMAT or self.tree.root() != head.root_hash:
            raise Unusable(f"{self.path} is not the state of a monitor, or was changed.")


def monitor(source: Source, state_file: Path, vkey: str | None) -> Outcome:
    """Read what a log has gained since the last run, and remember it."""
    state = State(state_file)
    trusted = trust(vkey, source) if state.key is None else Trust(state.key)
    if vkey is not None and trusted.key != trust(vkey, None).key:
        raise Unusable(
            f"{state_file} follows the log with the key {trusted.key.encoded()}. A log with "
            "another key needs a state of its own."
        )
    log, before = PublishedLog(source, trusted.key), state.head
    try:
        _follow(state, log)
    except Failed as error:
        evidence = state.keep_evidence(log, str(error))
        raise Failed(f"{error} What the log signed is kept in {evidence}.") from error
    state.key, state.checkpoint = trusted.key, log.note
    state.save()
    return Outcome.fine([*_told(before, log, state.count), *trusted.sentences()])


def _follow(state: State, log: PublishedLog) -> None:
    """Take in what is new. Raises Failed if that does not continue what was seen before."""
    if before := state.head:
        log.continues(before)
    for chunk in batched(log.entries(state.tree.size, log.head.size), _CHUNK):
        state.tree = state.tree.extended(hash_leaf(entry) for _, entry in chunk)
        state.count.add(chunk, lambda index: read_leaf(index, log.entry(index) or b""))
    if state.tree.root() != log.head.root_hash:
        raise Failed("The entries of the log are not those of the tree that it signed.")


def _told(before: TreeHead | None, log: PublishedLog, count: Count) -> Iterator[str]:
    start = before.size if before else 0
    if before and log.head.size == start:
        yield f"Nothing is new: {log.head.origin} still has {start} entries, the same ones."
    else:
        new = ", ".join(f"{_NAMES[name]}: {number}" for name, number in sorted(count.seen.items()))
        what = f"{log.head.origin} has {log.head.size} entries, {log.head.size - start} of them new"
        yield f"{what} ({new})." if new else f"{what}."
    yield (
        "Every new entry is in the tree that the log signed."
        if before is None
        else ("The tree that the log signed continues the one that was seen before.")
    )
    yield from count.sentences()
    if count.gone:
        yield f"No longer counted, as they were withdrawn or removed: {len(count.gone)}."
