import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.conftest import Verify
from tests.verifier.world import TEXT, VKEY, World


def test_roll_is_counted_by_tier(world: World, verify: Verify, address: str) -> None:
    result = verify("roll", world.roll([4, 2, 3]), "--log", address, "--key", VKEY)
    assert (result.code, result.error) == (0, "")
    assert result.out == (
        "3 of 3 lines are signatures of the log that count.\n"
        f"Verified by email, under the text with the SHA-256 {TEXT.hex()}: 2.\n"
        f"Verified by work_domain, under the text with the SHA-256 {TEXT.hex()}: 1.\n"
        "This is as of the checkpoint of 5 entries of example.org/log.\n"
    )


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"signatures": rows}])
def test_roll_may_be_json(world: World, verify: Verify, wrap: Any) -> None:
    file = world.folder / "signatures.json"
    file.write_text(json.dumps(wrap(world.rows([2, 3]))))
    result = verify("roll", file, "--log", world.log)
    assert (result.code, result.out.split("\n")[0]) == (
        0,
        "2 of 2 lines are signatures of the log that count.",
    )


def test_cells_made_safe_for_spreadsheets_still_open(world: World, verify: Verify) -> None:
    result = verify("roll", world.roll([3, 2], role="'=Analyst"), "--log", world.log)
    assert (result.code, result.out.split("\n")[0]) == (
        0,
        "2 of 2 lines are signatures of the log that count.",
    )


def test_withdrawn_and_removed_lines_do_not_count(world: World, verify: Verify) -> None:
    world.end(2)
    world.end(4, "remove", reason="fraud")
    world.publish()
    result = verify("roll", world.roll([2, 3, 4]), "--log", world.log, "--key", VKEY)
    lines = result.out.split("\n")
    assert (result.code, lines[0]) == (0, "1 of 3 lines are signatures of the log that count.")
    assert lines[2:4] == [
        "Line 1: the signature at entry 2 was withdrawn by entry 5.",
        "Line 3: the signature at entry 4 was removed by entry 6.",
    ]


def test_line_without_a_salt_does_not_count(world: World, verify: Verify) -> None:
    result = verify("roll", world.roll([2, 3], salt=""), "--log", world.log, "--key", VKEY)
    assert result.code == 0
    assert result.out.startswith("1 of 2 lines")
    assert "which cannot be checked and are not counted: 1.\n" in result.out
    result = verify("roll", world.roll([2], salt=""), "--log", world.log, "--key", VKEY)
    assert (result.code, result.error.startswith("No line of")) == (2, True)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "Eve"}, "Line 2 does not say what was signed at entry 3."),
        ({"affiliation": "Acme"}, "Line 2 does not say what was signed at entry 3."),
        ({"log_index": "4"}, "Line 2 does not say what was signed at entry 4."),
        ({"log_index": "2"}, "Line 2 has the entry 2 of another line."),
        ({"log_index": "1"}, "Line 2: entry 1 of the log is no signature of this roll."),
        ({"log_index": "99"}, "Line 2: entry 99 of the log is no signature of this roll."),
        ({"salt": "A" * 43 + "="}, "Line 2 does not say what was signed at entry 3."),
    ],
)
def test_line_that_is_not_in_the_log_fails(
    world: World, verify: Verify, changes: dict[str, str], sentence: str
) -> None:
    result = verify("roll", world.roll([2, 3], **changes), "--log", world.log, "--key", VKEY)
    assert (result.code, result.out) == (1, "")
    assert result.error.split("\n")[:2] == [
        sentence,
        "1 of 2 lines are signatures of the log that count.",
    ]


def test_many_wrong_lines_are_not_all_listed(world: World, verify: Verify) -> None:
    indexes = [world.sign(f"Signer {number}") for number in range(30)]
    world.publish()
    file = world.roll(indexes)
    file.write_text(file.read_text().replace("Signer", "Nobody"))
    result = verify("roll", file, "--log", world.log, "--key", VKEY)
    assert result.code == 1
    assert result.error.count("does not say") == 10
    assert "And 20 more of these.\n" in result.error


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "No line of"),
        (b"name\nAda\n", "no column log_index and no role"),
        (b"log_index,name,role,affiliation,salt\n1,2\n", "more or fewer cells"),
        (b"log_index,name,role,affiliation,salt\n-1,a,b,c,\n", "Line 1: log_index is not a number"),
        (b"log_index,name,role,affiliation,salt\n1,a,b,c,x\n", "Line 1: the salt is not base64"),
        (b"log_index,name,role,affiliation,salt\n1,a,b,c,AAAA\n", "32 bytes, not 3"),
        (b"\xff\xfe", "cannot be read as a roll"),
        (b"[1]", "a list of objects"),
        (b"{", "cannot be read as a roll"),
        (b"[" * 100_000, "cannot be read as a roll"),
    ],
)
def test_file_that_is_no_roll_is_refused(
    world: World, verify: Verify, content: bytes, sentence: str
) -> None:
    file = world.folder / "roll"
    file.write_bytes(content)
    result = verify("roll", file, "--log", world.log, "--key", VKEY)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.error


def test_log_whose_entries_were_changed_is_refused(world: World, verify: Verify) -> None:
    bundle = world.log / "tile/entries/000.p/5"
    bundle.write_bytes(bundle.read_bytes().replace(b"2026-11-22", b"2026-11-23"))
    result = verify("roll", world.roll([2]), "--log", world.log, "--key", VKEY)
    assert (result.code, result.error) == (
        1,
        "tile/entries/000.p/5 has other entries than the log's checkpoint binds.\n",
    )


def test_large_roll_is_checked_in_seconds(tmp_path: Path, verify: Verify) -> None:
    world = World(tmp_path)
    indexes = [world.sign(f"Signer {number}") for number in range(10_000)]
    world.publish()
    file = world.roll(indexes)
    begun = time.process_time()
    result = verify("roll", file, "--log", world.log, "--key", VKEY)
    assert result.out.startswith("10000 of 10000 lines")
    # A hundred thousand may take 20 seconds.
    assert time.process_time() - begun < 2
