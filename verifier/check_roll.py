"""`roll FILE`: which lines of a roll are signatures of the log, and how many of them count."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from petitions.log.encoding import from_base64, from_decimal
from petitions.log.leaf import SALT_SIZE, Leaf, canonical_json, commitment

from .counting import endings, read_leaf
from .outcome import Failed, Outcome, Unusable
from .published import PublishedLog, Trust
from .source import Source, read_file

INDEX, SALT = "log_index", "salt"
#: The columns that a record consists of, in any order.
RECORD = ("name", "role", "affiliation")
RECORD_FORMAT = 1
LIMIT = 1 << 30
_SHOWN = 10
# What documents/roll.py puts before a formula, so that no spreadsheet runs it.
_DEFUSED = re.compile(r"""(^|[;|])([\s"]*)'(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")

Row = Mapping[str, str]


def record_of(row: Row) -> bytes:
    """Return the record that a line says, as Signature.record writes it."""
    return canonical_json({"v": RECORD_FORMAT, **{column: row[column] for column in RECORD}})


def opens(leaf: Leaf, records: Iterable[bytes], salt: bytes) -> bool:
    """Whether one of the records, with the salt, is what the leaf of a signature commits to."""
    committed = bytes.fromhex(leaf.text("commitment"))
    return any(commitment(salt, record) == committed for record in records)


@dataclass(slots=True)
class RollCheck:
    """What was found of a roll: lines that count by text and tier, and those that do not."""

    lines: int = 0
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    closed: int = 0
    gone: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def sentences(self) -> Iterator[str]:
        """Yield the answer first."""
        yield (
            f"{self.counted.total()} of {self.lines} lines are signatures of the log that count."
        )
        for (text, tier), number in sorted(self.counted.items()):
            yield f"Verified by {tier}, under the text with the SHA-256 {text}: {number}."
        if self.closed:
            yield f"Lines without a salt, which cannot be checked and are not counted: {self.closed}."
        yield from _some(self.gone)


def check_roll(file: Path, trusted: Trust, source: Source) -> Outcome:
    """Check a roll as CSV or JSON against the log."""
    raw = read_file(file, LIMIT)
    if raw is None:
        raise Unusable(f"There is no file {file}.")
    log = PublishedLog(source, trusted.key)
    found = against(log, rows(raw, file.name))
    as_of = f"This is as of the checkpoint of {log.head.size} entries of {log.head.origin}."
    if found.wrong:
        raise Failed("\n".join((*_some(found.wrong), *found.sentences(), as_of)))
    if found.closed == found.lines:
        raise Unusable(f"No line of {file} has a salt, so none can be checked.")
    return Outcome.fine([*found.sentences(), as_of, *trusted.sentences()])


def against(log: PublishedLog, lines: Iterable[Row], within: range | None = None) -> RollCheck:
    """Compare lines with the log, all of whose entries may have to be `within` a range.

    Raises Unusable where a line cannot be read.
    """
    gone = dict(endings(log.entries(0, log.head.size)))
    within = range(log.head.size) if within is None else within
    check, seen = RollCheck(), set[int]()
    # In the order of the log each bundle is read once.
    for number, row in sorted(enumerate(lines, 1), key=lambda line: _index(*line)):
        line, index, salt = f"Line {number}", _index(number, row), _salt(number, row)
        entry = log.entry(index) if index in within else None
        leaf = read_leaf(index, entry) if entry is not None else None
        check.lines += 1
        if index in seen:
            check.wrong.append(f"{line} has the entry {index} of another line.")
        elif leaf is None or leaf.type != "sign":
            check.wrong.append(f"{line}: entry {index} of the log is no signature of this roll.")
        elif not salt:
            check.closed += 1
        elif not opens(leaf, _records(row), salt):
            check.wrong.append(f"{line} does not say what was signed at entry {index}.")
        elif index in gone:
            check.gone.append(f"{line}: the signature at entry {index} was {gone[index]}.")
        else:
            check.counted[leaf.text("text"), leaf.text("kind")] += 1
        seen.add(index)
    return check


def rows(raw: bytes, name: str) -> Iterator[Row]:
    """Read a roll: CSV with a line of names, or JSON: a list of objects, or it in `signatures`.

    Raises Unusable if it is neither, or lacks a column.
    """
    try:
        text = raw.decode("utf-8-sig")
        found = _json(text) if text.lstrip()[:1] in {"[", "{"} else _csv(text)
        for row in found:
            if missing := [column for column in (INDEX, *RECORD) if column not in row]:
                raise Unusable(f"{name} has no column {' and no '.join(missing)}.")
            yield row
    except (ValueError, csv.Error, RecursionError) as error:
        raise Unusable(f"{name} cannot be read as a roll: {error}.") from error


def _csv(text: str) -> Iterator[Row]:
    for row in csv.DictReader(io.StringIO(text, newline=""), strict=True):
        if None in row or None in row.values():
            raise ValueError(f"a line has more or fewer cells than there are columns: {row}")
        yield row


def _json(text: str) -> Iterator[Row]:
    value = json.loads(text)
    found = value.get("signatures") if isinstance(value, dict) else value
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ValueError("the signatures are a list of objects")
    for row in found:
        yield {key: "" if cell is None else str(cell) for key, cell in row.items()}


def _records(row: Row) -> Iterator[bytes]:
    """Yield what the record may have been before the cells were made safe for spreadsheets."""
    spellings = [{row[column], _DEFUSED.sub(r"\1\2", row[column])} for column in RECORD]
    for cells in product(*map(sorted, spellings)):
        yield record_of(dict(zip(RECORD, cells, strict=True)))


def _index(number: int, row: Row) -> int:
    try:
        return from_decimal(row[INDEX])
    except ValueError as error:
        raise Unusable(f"Line {number}: {INDEX} is {error}.") from error


def _salt(number: int, row: Row) -> bytes:
    try:
        salt = from_base64(row.get(SALT, ""))
    except ValueError as error:
        raise Unusable(f"Line {number}: the salt is not base64: {error}.") from error
    if salt and len(salt) != SALT_SIZE:
        raise Unusable(f"Line {number}: a salt has {SALT_SIZE} bytes, not {len(salt)}.")
    return salt


def _some(sentences: list[str]) -> Iterator[str]:
    yield from sentences[:_SHOWN]
    if len(sentences) > _SHOWN:
        yield f"And {len(sentences) - _SHOWN} more of these."
