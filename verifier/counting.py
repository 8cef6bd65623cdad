"""Counting what the log says: signatures per text and tier, without those that are gone."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from petitions.log.leaf import Leaf, LeafError, UnknownLeafError, parse

from .outcome import Failed

#: Types of leaves that say that the signature at an index no longer counts.
ENDINGS = {"withdraw": "withdrawn", "remove": "removed"}


def read_leaf(index: int, entry: bytes) -> Leaf | None:
    """Return what an entry says; None for a type that only later versions know. Raises Failed."""
    try:
        return parse(entry)
    except UnknownLeafError:
        return None
    except LeafError as error:
        raise Failed(f"Entry {index} is not a leaf: {error}.") from error


def endings(entries: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, str]]:
    """Yield the index of each signature that an entry ends, and how. Raises Failed."""
    for index, entry in entries:
        # A log is nearly all signatures, and no leaf that ends one can hold these bytes.
        if b'"type":"sign"' in entry:
            continue
        leaf = read_leaf(index, entry)
        if leaf and leaf.type in ENDINGS:
            yield leaf.number("index"), f"{ENDINGS[leaf.type]} by entry {index}"


@dataclass(slots=True)
class Count:
    """The sum of a log so far. `texts` are hashes with the petition and number that they are of."""

    signatures: Counter[tuple[str, str]] = field(default_factory=Counter)
    gone: dict[int, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def add(
        self, entries: Iterable[tuple[int, bytes]], signature_at: Callable[[int], Leaf | None]
    ) -> None:
        """Count further entries. `signature_at` returns the leaf at an earlier index.

        Raises Failed for an entry that makes no sense where it is.
        """
        for index, entry in entries:
            leaf = read_leaf(index, entry)
            self.seen[leaf.type if leaf else "unknown"] += 1
            if leaf is None:
                continue
            if leaf.type == "sign":
                self.signatures[leaf.text("text"), leaf.text("kind")] += 1
            elif leaf.type in ENDINGS:
                self._end(index, leaf, signature_at)
            elif leaf.type == "version":
                number, petition = leaf.number("number"), leaf.text("petition")
                self.texts[leaf.text("text")] = f"petition {petition}, version {number}"
            elif leaf.type == "batch" and leaf.number("size") > index:
                raise Failed(f"Entry {index} is a batch of entries that come after it.")

    def _end(self, index: int, leaf: Leaf, signature_at: Callable[[int], Leaf | None]) -> None:
        ended = leaf.number("index")
        signature = signature_at(ended) if ended < index else None
        if signature is None or signature.type != "sign":
            raise Failed(
                f"Entry {index} says that entry {ended} is {ENDINGS[leaf.type]}, which is no "
                "signature before it."
            )
        if ended not in self.gone:
            self.gone[ended] = f"{ENDINGS[leaf.type]} by entry {index}"
            self.signatures[signature.text("text"), signature.text("kind")] -= 1

    def sentences(self) -> list[str]:
        """Return the signatures that count, a sentence for each text."""
        per_text: dict[str, dict[str, int]] = {}
        for (text, tier), number in sorted(self.signatures.items()):
            per_text.setdefault(text, {})[tier] = number
        return [
            f"{self.texts.get(text, 'A text that the log does not name')} (SHA-256 {text}): "
            f"{_number(sum(tiers.values()), 'signature')} "
            f"({', '.join(f'{tier} {number}' for tier, number in tiers.items())})."
            for text, tiers in per_text.items()
        ]


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
