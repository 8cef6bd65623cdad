import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.conftest import Verify
from tests.verifier.world import VKEY, World

Change = Callable[[Path, dict[str, Any]], object]


def test_batch_of_the_log_is_right(world: World, verify: Verify, address: str) -> None:
    folder, manifest = world.batch([2, 3, 4], start=0)
    world.write_manifest(folder, manifest)
    result = verify("batch", folder, "--log", address, "--key", VKEY)
    assert (result.code, result.error) == (0, "")
    lines = result.out.split("\n")
    assert lines[0] == (
        "The batch is right: its 2 documents are those of the manifest, whose checkpoint of 5 "
        "entries example.org/log signed."
    )
    assert lines[2:5] == [
        "The log as it is now, with 6 entries, continues its checkpoints.",
        "Entry 5 of the log binds this manifest.",
        "The roll: 3 of 3 lines are signatures of the log that count.",
    ]


def test_batch_is_checked_without_the_log(world: World, verify: Verify) -> None:
    folder, manifest = world.batch([3, 4], start=3)
    world.write_manifest(folder, manifest)
    result = verify("batch", folder, "--key", VKEY)
    assert result.code == 0
    assert "It continues the checkpoint of 3 entries of the batch before it.\n" in result.out
    assert "is not known without --log.\n" in result.out
    del manifest["log"]["consistency"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = verify("batch", folder, "--key", VKEY)
    assert "Whether it continues the batch before it is not known without --log.\n" in result.out


def set_document(**fields: object) -> Change:
    return lambda _, manifest: manifest["documents"][0].update(fields)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda folder, _: (folder / "letter.pdf").write_bytes(b"%PdF"), "letter.pdf is not the"),
        (lambda folder, _: (folder / "letter.pdf").write_bytes(b"%PDF5"), "5 bytes; the manifest"),
        (lambda folder, _: (folder / "letter.pdf").unlink(), "The document letter.pdf is missing."),
        (set_document(name="../secret"), "outside its folder: '../secret'"),
        (set_document(name="/etc/passwd"), "outside its folder"),
        (set_document(name=".."), "outside its folder"),
        (set_document(name="a\\b"), "outside its folder"),
        (set_document(name="letter.pdf\0"), "outside its folder"),
        (set_document(bytes=-1), "has -1 bytes"),
        (set_document(bytes=1 << 40), "bytes"),
        (set_document(bytes="4"), "has '4' bytes"),
        (lambda _, manifest: manifest["log"].update(entries=[1, 5]), "other entries than its"),
        (lambda _, manifest: manifest["log"].update(origin="x"), "other entries than its"),
        (lambda _, manifest: manifest["log"]["to"].update(size=4), "another tree than its signed"),
        (lambda _, manifest: manifest["log"]["to"].update(note="x"), "is not one by"),
        (lambda _, manifest: manifest["log"].update(consistency=[]), "does not continue"),
        (lambda _, manifest: manifest.pop("log"), "not as it should be: KeyError('log')"),
        (lambda _, manifest: manifest.update(documents=3), "not as it should be"),
    ],
)
def test_batch_that_was_changed_is_refused(
    world: World, verify: Verify, change: Change, sentence: str
) -> None:
    folder, manifest = world.batch([3, 4], start=3)
    change(folder, manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = verify("batch", folder, "--key", VKEY)
    assert (result.code, result.out) == (1, "")
    assert sentence in result.error


def test_document_that_is_a_link_is_not_followed(world: World, verify: Verify) -> None:
    folder, manifest = world.batch([2], start=0)
    (folder / "letter.pdf").rename(world.folder / "elsewhere")
    (folder / "letter.pdf").symlink_to(world.folder / "elsewhere")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = verify("batch", folder, "--key", VKEY)
    assert (result.code, result.error) == (1, "letter.pdf is a link to somewhere else.\n")


def test_batch_that_the_log_binds_otherwise_is_refused(world: World, verify: Verify) -> None:
    folder, manifest = world.batch([2, 3, 4], start=0)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = verify("batch", folder, "--log", world.log)
    assert (result.code, result.error) == (1, "The log does not hold this batch.\n")
    world.write_manifest(folder, manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    result = verify("batch", folder, "--log", world.log)
    assert (result.code, result.error) == (
        1,
        "Entry 5 of the log binds another manifest of this batch.\n",
    )


@pytest.mark.parametrize(
    ("indexes", "numbers", "sentence"),
    [
        ([2, 3], (0, 3), "The roll has 2 lines; the manifest says 3 signatures."),
        ([2, 3], (3, 2), "Line 1: entry 2 of the log is no signature of this roll."),
    ],
)
def test_roll_of_a_batch_holds_all_of_it_and_nothing_else(
    world: World, verify: Verify, indexes: list[int], numbers: tuple[int, int], sentence: str
) -> None:
    start, new = numbers
    folder, manifest = world.batch(indexes, start)
    manifest["signatures"]["new"] = new
    world.write_manifest(folder, manifest)
    result = verify("batch", folder, "--log", world.log, "--key", VKEY)
    assert (result.code, result.error) == (1, f"{sentence}\n")


def test_folder_without_a_manifest_is_wrong_use(world: World, verify: Verify) -> None:
    result = verify("batch", world.folder, "--key", VKEY)
    assert (result.code, result.error.startswith("There is no manifest.json")) == (2, True)
