"""What docs/log.md does by hand can be done by hand, and is what the code does."""

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from petitions.log import leaf
from petitions.log.note import Verifier
from petitions.log.receipt import Opening, Receipt

PAGE = (Path(__file__).parents[2] / "docs/log.md").read_text()
BLOCKS = re.findall(r"^```(text|sh)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
VKEY = "example.org/log+98af023b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    file = tmp_path / "ada.tlog-proof"
    kind, text = BLOCKS[0]
    assert kind == "text"
    file.write_text(text)
    return file


def test_receipt_of_the_page_is_right(receipt: Path) -> None:
    assert VKEY in PAGE
    read = Receipt.decode(receipt.read_bytes())
    opening = Opening.decode(read.extra)
    assert read.verify(opening.leaf, Verifier.decode(VKEY)).size == 5
    assert opening.opens(bytes.fromhex(leaf.parse(opening.leaf).text("commitment")))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the page uses openssl")
def test_commands_of_the_page_print_what_it_says(receipt: Path) -> None:
    printed = 0
    for (kind, script), (_, output) in pairwise(BLOCKS):
        if kind == "sh":
            run = subprocess.run(
                ["sh", "-eu", "-c", script],
                cwd=receipt.parent,
                capture_output=True,
                text=True,
                check=True,
            )
            assert run.stdout == output
            printed += 1
    assert printed == 3


def test_page_names_every_type_of_leaf() -> None:
    table = PAGE.partition("| type | further fields |")[2].partition("\n\n")[0]
    named = re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\|([^|]*)\|", table, re.MULTILINE)))
    assert set(named) == leaf.TYPES
