"""The roll of a batch as CSV: what is public of its signatures, a line for each.

RFC 4180, in UTF-8 with a byte order mark: without one Excel reads UTF-8 as the local code page,
and a press office that opens the file with a double click would see every accented name garbled.
Other readers know it as `utf-8-sig`.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import batched
from typing import Protocol

SIGNED, WITHDRAWN, CHANGED_SINCE = "signed", "withdrawn", "changed since"
# Rows that are encoded, hashed and written at a time: about 100 KB.
CHUNK = 1000

# What begins a formula, with the full-width forms that an East Asian Excel takes for it. It is not
# only looked for where a cell begins: where Excel's separator is a semicolon, it splits cells there.
_FORMULA = re.compile(r'(^|[;|])([\s"]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])')
_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Writable(Protocol):
    """A binary file that is open for writing."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`."""


@dataclass(frozen=True, slots=True)
class RollRow:
    """One signature in the form that its signer chose; no time and no address.

    `log_index` is its entry in the log, `change` what became of it, "signed" or "withdrawn",
    `verified_by` the tier, `evidence` what was checked, in words, `version` the text's number.

    `visibility` is the signer's choice: "public", "pseudonym", "verified" or "count", the last two
    without name, role, affiliation and evidence; or "changed since" where there is nothing more
    to tell, because the signature was changed or withdrawn after the batch was frozen.
    """

    log_index: int
    change: str
    visibility: str
    name: str
    role: str
    affiliation: str
    verified_by: str
    evidence: str
    version: int


@dataclass(frozen=True, slots=True)
class RollSummary:
    """What was written: rows, those signed without a name, bytes, and their SHA-256 (32 bytes)."""

    rows: int
    nameless: int
    size: int
    sha256: bytes


def write_roll(file: Writable, rows: Iterable[RollRow]) -> RollSummary:
    """Write the rows in their order, after a line of column names.

    Takes as much memory for a million rows as for a thousand. No cell can be a formula: one that
    begins like one gets an apostrophe before it, as OWASP asks ("CSV Injection").
    """
    digest, size, count, nameless = hashlib.sha256(), 0, 0, 0
    for chunk, encoded in _encoded(rows):
        file.write(encoded)
        digest.update(encoded)
        size += len(encoded)
        count += len(chunk)
        nameless += sum(row.change == SIGNED and not row.name for row in chunk)
    return RollSummary(count, nameless, size, digest.digest())


def inert(cell: str) -> str:
    """Return the cell on one line, and as no spreadsheet takes it for a formula."""
    line = _LINE_BREAKS.sub(" ", cell).strip()
    return _FORMULA.sub(r"\1\2'", line)


def _encoded(rows: Iterable[RollRow]) -> Iterator[tuple[Sequence[RollRow], bytes]]:
    """Yield the file in parts, each with the rows in it."""
    header = ",".join(field.name for field in fields(RollRow))
    yield (), f"\ufeff{header}\r\n".encode()
    for chunk in batched(rows, CHUNK):
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows(_cells(row) for row in chunk)
        yield chunk, buffer.getvalue().encode()


def _cells(row: RollRow) -> list[str | int]:
    return [inert(cell) if isinstance(cell, str) else cell for cell in astuple(row)]
