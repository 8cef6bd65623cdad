import csv
import hashlib
from collections.abc import Iterator
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.documents.roll import RollRow, inert, write_roll

ROW = RollRow(7, "Änne Beispiel", "Engineer, platform", 'The "Example" Co.', "email", 1)


def written(*rows: RollRow) -> bytes:
    file = BytesIO()
    write_roll(file, rows)
    return file.getvalue()


def test_the_roll_is_csv_that_excel_reads_as_utf_8() -> None:
    assert written(ROW) == (
        b"\xef\xbb\xbflog_index,name,role,affiliation,verified_by,version\r\n"
        b'7,\xc3\x84nne Beispiel,"Engineer, platform","The ""Example"" Co.",email,1\r\n'
    )


def test_the_summary_is_of_the_bytes_written() -> None:
    file = BytesIO()

    summary = write_roll(file, [ROW, ROW])

    assert summary.signatures == 2
    assert summary.size == len(file.getvalue())
    assert summary.sha256 == hashlib.sha256(file.getvalue()).digest()


def test_an_empty_roll_has_its_columns() -> None:
    assert written().decode("utf-8-sig") == (
        "log_index,name,role,affiliation,verified_by,version\r\n"
    )


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
    text = written(RollRow(0, cell, cell, cell, cell, 1)).decode("utf-8-sig")
    [_, row] = csv.reader(StringIO(text, newline=""))
    assert row == ["0", neutral, neutral, neutral, neutral, "1"]


@given(st.text())
def test_no_text_is_a_formula_wherever_excel_splits_it(cell: str) -> None:
    line = written(RollRow(0, cell, "", "", "", 1)).decode("utf-8-sig").splitlines()[1]
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
            yield RollRow(index, "Name", "Role", "Affiliation", "email", 1)

    parts = Parts()
    summary = write_roll(parts, rows())

    assert summary.signatures == 20_000
    assert summary.size == sum(parts.sizes)
    assert max(parts.sizes) < 100_000
