import json
from pathlib import Path

import pytest

from petitions.log import leaf
from petitions.log.note import Signer
from tests.verifier.conftest import Verify
from tests.verifier.world import PETITION, TEXT, VKEY, World

NAME = f"petition {PETITION.hex}, version 1 (SHA-256 {TEXT.hex()})"


def test_monitor_counts_and_tells_what_is_new(world: World, verify: Verify, address: str) -> None:
    state = world.folder / "state"
    result = verify("monitor", address, "--state", state, "--key", VKEY)
    assert (result.code, result.error) == (0, "")
    assert result.out == (
        "example.org/log has 5 entries, 5 of them new (petition opened: 1, signature: 3, text of "
        "a petition: 1).\n"
        "Every new entry is in the tree that the log signed.\n"
        f"{NAME}: 3 signatures (email 2, work_domain 1).\n"
    )
    world.sign("Fourth")
    world.end(3)
    world.end(3)
    world.end(2, "remove", reason="fraud")
    world.publish()
    result = verify("monitor", address, "--state", state)
    assert result.out == (
        "example.org/log has 9 entries, 4 of them new (removal: 1, signature: 1, withdrawal: "
        "2).\n"
        "The tree that the log signed continues the one that was seen before.\n"
        f"{NAME}: 2 signatures (email 2, work_domain 0).\n"
        "No longer counted, as they were withdrawn or removed: 2.\n"
    )
    result = verify("monitor", address, "--state", state)
    assert result.code == 0
    assert result.out.startswith("Nothing is new: example.org/log still has 9 entries, the same")


def test_monitor_counts_the_same_in_one_run_and_in_many(world: World, verify: Verify) -> None:
    many = world.folder / "many"
    for number in range(5):
        for each in range(101):
            index = world.sign(f"Signer {number} {each}")
            if each % 7 == 0:
                world.end(index)
        world.publish()
        assert verify("monitor", world.log, "--state", many, "--key", VKEY).code == 0
    once = world.folder / "once"
    assert verify("monitor", world.log, "--state", once, "--key", VKEY).code == 0
    assert json.loads(many.read_text()) == json.loads(once.read_text())
    assert json.loads(many.read_text())["signatures"][0][2] == 2 + 5 * (101 - 15)


def forked(world: World, folder: Path, entries: list[bytes]) -> World:
    other = World(folder)
    other.entries = entries
    other.publish()
    return other


@pytest.mark.parametrize("change", ["smaller", "same size", "larger"])
def test_fork_is_told_and_its_evidence_kept(world: World, verify: Verify, change: str) -> None:
    state = world.folder / "state"
    assert verify("monitor", world.log, "--state", state, "--key", VKEY).code == 0
    before = state.read_bytes()
    entries = {
        "smaller": world.entries[:4],
        "same size": [*world.entries[:4], leaf.closed(PETITION)],
        "larger": [*world.entries[:4], leaf.closed(PETITION), leaf.closed(PETITION)],
    }
    other = forked(world, world.folder / "other", entries[change])
    result = verify("monitor", other.log, "--state", state)
    assert (result.code, result.out) == (1, "")
    [evidence] = world.folder.glob("state.evidence-*")
    assert str(evidence) in result.error
    assert world.checkpoint() in evidence.read_text()
    assert other.checkpoint() in evidence.read_text()
    assert state.read_bytes() == before


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (b"{}x", "Entry 5 is not a leaf"),
        (leaf.removed(9, "fraud"), "Entry 5 says that entry 9 is removed, which is no signature"),
        (leaf.removed(5, "fraud"), "which is no signature before it"),
        (leaf.removed(0, "fraud"), "which is no signature before it"),
        (leaf.batched(PETITION, 1, 6, bytes(32)), "Entry 5 is a batch of entries that come after"),
    ],
)
def test_entry_that_makes_no_sense_is_told(
    world: World, verify: Verify, entry: bytes, sentence: str
) -> None:
    world.entries.append(entry)
    world.publish()
    state = world.folder / "state"
    result = verify("monitor", world.log, "--state", state, "--key", VKEY)
    assert result.code == 1
    assert sentence in result.error
    assert len(list(world.folder.glob("state.evidence-*"))) == 1
    assert not state.exists()


def test_entry_of_a_later_version_is_no_failure(world: World, verify: Verify) -> None:
    world.entries.append(leaf.canonical_json({"v": 2, "type": "sign"}))
    world.publish()
    result = verify("monitor", world.log, "--state", world.folder / "state", "--key", VKEY)
    assert result.code == 0
    assert "entry of a type that this version does not know: 1" in result.out


@pytest.mark.parametrize("path", ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"])
def test_damaged_file_is_told(world: World, verify: Verify, path: str) -> None:
    for number in range(300):
        world.sign(f"Signer {number}")
    world.publish()
    file = world.log / path
    whole = file.read_bytes()
    state = world.folder / "state"
    for damaged in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b"", None):
        file.unlink() if damaged is None else file.write_bytes(damaged)
        result = verify("monitor", world.log, "--state", state, "--key", VKEY)
        assert (result.code, result.out) == (1, "")
        assert not state.exists()
    file.write_bytes(whole)
    assert verify("monitor", world.log, "--state", state, "--key", VKEY).code == 0


def test_partial_files_that_were_deleted_are_found_in_the_full_ones(
    world: World, verify: Verify
) -> None:
    checkpoint = world.checkpoint()
    for number in range(300):
        world.sign(f"Signer {number}")
    world.publish()
    # A cache still has the old checkpoint.
    (world.log / "checkpoint").write_text(checkpoint)
    for folder in world.log.glob("tile/*/000.p"):
        for file in folder.iterdir():
            file.unlink()
    state = world.folder / "state"
    result = verify("monitor", world.log, "--state", state, "--key", VKEY)
    assert (result.code, result.out.split(" (")[0]) == (
        0,
        "example.org/log has 5 entries, 5 of them new",
    )


def test_state_keeps_to_its_key(world: World, verify: Verify) -> None:
    state = world.folder / "state"
    assert verify("monitor", world.log, "--state", state, "--key", VKEY).code == 0
    other = Signer("example.org/log", bytes(32)).verifier.encoded()
    result = verify("monitor", world.log, "--state", state, "--key", other)
    assert (result.code, "needs a state of its own" in result.error) == (2, True)
    (world.log / "key").write_text(other)
    assert verify("monitor", world.log, "--state", state).code == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"format": "undersigned-monitor/1"', '"format": "undersigned-monitor/2"'),
        ('"frontier": "', '"frontier": "A'),
        ('"checkpoint": "example.org', '"checkpoint": "example.com'),
        ('"gone": []', '"gone": 3'),
        ("{", "["),
    ],
)
def test_state_that_was_changed_is_refused(
    world: World, verify: Verify, old: str, new: str
) -> None:
    state = world.folder / "state"
    assert verify("monitor", world.log, "--state", state, "--key", VKEY).code == 0
    text = state.read_text()
    assert old in text
    state.write_text(text.replace(old, new, 1))
    result = verify("monitor", world.log, "--state", state)
    assert (result.code, result.out) == (2, "")


def test_empty_log_is_followed(tmp_path: Path, verify: Verify) -> None:
    world = World(tmp_path)
    world.entries = []
    world.publish()
    state = tmp_path / "state"
    assert verify("monitor", world.log, "--state", state, "--key", VKEY).code == 0
    world.sign("Ada")
    world.publish()
    assert "1 of them new" in verify("monitor", world.log, "--state", state).out
