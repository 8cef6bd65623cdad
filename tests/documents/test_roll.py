import csv
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.documents.roll import RollRow, inert, write_roll

ROW = RollRow(
    log_index=7,
    change="signed",
    visibility="public",
    name="Änne Beispiel",
    role="Engineer, platform",
    affiliation='The "Example" Co.',
    verified_by="work_domain",
    evidence="example.com address; GitHub: aenne",
    version=1,
)
COLUMNS = "log_index,change,visibility,name,role,affiliation,verified_by,evidence,version"


def row_of(cell: str) -> RollRow:
    return RollRow(0, cell, cell, cell, cell, cell, cell, cell, 1)


def written(*rows: RollRow) -> bytes:
    file = BytesIO()
    write_roll(file, rows)
    return file.getvalue()


def test_the_roll_is_csv_that_excel_reads_as_utf_8() -> None:
    assert written(ROW) == (
        b"\xef\xbb\xbf" + COLUMNS.encode() + b"\r\n"
        b'7,signed,public,\xc3\x84nne Beispiel,"Engineer, platform","The ""Example"" Co.",'
        b"work_domain,example.com address; GitHub: aenne,1\r\n"
    )


def test_the_summary_is_of_the_bytes_written() -> None:
    file = BytesIO()

    nameless = RollRow(8, "signed", "count", "", "", "", "email", "", 1)
    withdrawn = RollRow(2, "withdrawn", "", "", "", "", "email", "", 1)
    summary = write_roll(file, [ROW, ROW, nameless, withdrawn])

    assert (summary.rows, summary.nameless) == (4, 1)
    assert summary.size == len(file.getvalue())
    assert summary.sha256 == hashlib.sha256(file.getvalue()).digest()


def test_an_empty_roll_has_its_columns() -> None:
    assert written().decode("utf-8-sig") == f"{COLUMNS}\r\n"


@pytest.mark.parametrize(
    ("cell", "neutral"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("Ada;=1+1", "Ada;'=1+1"),
        ('Ada; "=1+1"', 'Ada; "\'=1+1"'),
        ("two\r\nlines", "two lines"),
        ("NUL\x00", "NUL"),
        ("Ada-Maria O'Example (a@b)", "Ada-Maria O'Example (a@b)"),
    ],
)
def test_no_cell_is_a_formula(cell: str, neutral: str) -> None:
    assert inert(cell) == neutral
    text = written(row_of(cell)).decode("utf-8-sig")
    [_, row] = csv.reader(StringIO(text, newline=""))
    assert row == ["0", *[neutral] * 7, "1"]


@given(st.text())
def test_no_text_is_a_formula_wherever_excel_splits_it(cell: str) -> None:
    line = written(row_of(cell)).decode("utf-8-sig").splitlines()[1]
    for separator in ";|":
        for part in line.split(separator):
            assert not part.strip(' "').startswith(("=", "+", "-", "@"))


def test_a_large_roll_is_written_in_small_parts() -> None:
    class Parts:
        def __init__(self) -> None:
            self.sizes: list[int] = []

        def write(self, data: bytes, /) -> None:
            self.sizes.append(len(data))

    def rows() -> Iterator[RollRow]:
        for index in range(20_000):
            yield replace(ROW, log_index=index)

    parts = Parts()
    summary = write_roll(parts, rows())

    assert summary.rows == 20_000
    assert summary.size == sum(parts.sizes)
    assert max(parts.sizes) < 150_000
