"""What is published is whole, never contradicts itself, and survives crashes and full disks."""

import random
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from petitions.log import bundle
from petitions.log.checkpoint import TreeHead
from petitions.log.cosignature import Cosigner, with_cosignatures
from petitions.log.merkle import Tree, hash_leaf
from petitions.log.note import NoteError, Signer
from petitions.log.publish import Fork, Publisher
from petitions.log.storage import Conflict, Folder
from petitions.log.tile import ENTRIES, Tile, Tiles, edge, tiles_of_growth
from tests.log import example

KEY = f"{example.LOG.verifier.encoded()}\n".encode()


def publisher(folder: Path) -> Publisher:
    return Publisher(Folder(folder), example.LOG.verifier)


def publish(folder: Path, *sizes: int) -> None:
    for size in sizes:
        assert publisher(folder).publish(example.checkpoint(size), example.leaves)


def expected(*sizes: int) -> dict[str, bytes]:
    """All that publishing these sizes one after the other leaves."""
    files = example.files(example.leaves(0, sizes[-1]))
    whole = {(tile.level, tile.index): files[tile.path] for tile in tiles_of_growth(0, sizes[-1])}
    for size in sizes:
        # What was the edge once is the beginning of what is there now.
        for tile in edge(size):
            files[tile.path] = whole[tile.level, tile.index][: 32 * tile.width]
        if width := size % 256:
            files[Tile(ENTRIES, size // 256, width).path] = bundle.encode(
                example.leaves(size - width, size)
            )
    return files | {"checkpoint": example.checkpoint(sizes[-1]).encode(), "key": KEY}


def check_readable(folder: Path) -> int:
    """Read the log as a stranger would; return its size."""
    note = Folder(folder).read("checkpoint")
    if note is None:
        return 0
    head = TreeHead.open(note.decode(), example.LOG.verifier)
    tiles = Tiles(head, Folder(folder).read)
    for tile in tiles_of_growth(0, head.size):
        content = Folder(folder).read(tile.path)
        assert content is not None
        if tile.level >= 0:
            assert tiles.content(tile) == content
        else:
            hashes = list(map(hash_leaf, bundle.decode(content, tile.width)))
            assert hashes == tiles.hashes(tile.index)
    return head.size


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 70_000])
def test_log_is_published_at_once(tmp_path: Path, size: int) -> None:
    publish(tmp_path, size)
    assert example.published(tmp_path) == expected(size)
    assert check_readable(tmp_path) == size


@settings(max_examples=30)
@given(st.lists(st.integers(0, 1200), min_size=1, max_size=8).map(sorted))
def test_log_is_published_in_any_steps(sizes: list[int]) -> None:
    with TemporaryDirectory() as folder:
        publish(Path(folder), *sizes)
        assert example.published(Path(folder)) == expected(*sizes)


def test_growth_across_levels_writes_what_it_changes(tmp_path: Path) -> None:
    sizes = 65_000, 65_535, 65_536, 65_537, 65_800
    publish(tmp_path, *sizes)
    assert example.published(tmp_path) == expected(*sizes)


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    publish(tmp_path, 300)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    publish(tmp_path, 300)
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    del before[tmp_path / ".lock"], after[tmp_path / ".lock"]
    assert after == before


def test_cosignatures_may_come_later(tmp_path: Path) -> None:
    publish(tmp_path, 300)
    cosigner = Cosigner(Signer("witness.example/w1", bytes(32)))
    line = cosigner.cosign(example.checkpoint(300), 1).encoded()
    cosigned = with_cosignatures(example.checkpoint(300), line, cosigner.witness)
    assert publisher(tmp_path).publish(cosigned, example.leaves)
    assert (tmp_path / "checkpoint").read_text() == cosigned


def other(size: int) -> Iterable[bytes]:
    return [b"another", *example.leaves(1, size)]


def other_head(size: int) -> TreeHead:
    root = Tree().extended(map(hash_leaf, other(size))).root()
    return TreeHead(example.LOG.name, size, root)


@pytest.mark.parametrize("head", [example.head(299), other_head(300), other_head(301)])
def test_fork_is_refused(tmp_path: Path, head: TreeHead) -> None:
    publish(tmp_path, 300)
    before = example.published(tmp_path)
    with pytest.raises(Fork) as refused:
        publisher(tmp_path).publish(
            head.signed(example.LOG), lambda start, end: list(other(end))[start:]
        )
    assert (refused.value.last, refused.value.new) == (example.head(300), head)
    for told in ("300 entries", f"{head.size} entries", "backup", "stop signing"):
        assert told in str(refused.value)
    assert example.published(tmp_path) == before


def test_fork_is_known_before_signing(tmp_path: Path) -> None:
    publish(tmp_path, 300)
    publisher(tmp_path).check(example.head(301), example.leaves)
    with pytest.raises(Fork):
        publisher(tmp_path).check(example.head(299), example.leaves)
    publisher(tmp_path / "new").check(example.head(299), example.leaves)


def test_checkpoint_that_was_taken_back_by_hand_is_still_remembered(tmp_path: Path) -> None:
    publish(tmp_path, 200, 300)
    (tmp_path / "checkpoint").write_text(example.checkpoint(200))
    with pytest.raises(Fork):
        publish(tmp_path, 299)
    (tmp_path / "checkpoint").write_text(example.checkpoint(300))
    (tmp_path / ".last-checkpoint").unlink()
    with pytest.raises(Fork):
        publish(tmp_path, 299)


def test_log_of_another_name_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, 3)
    renamed = TreeHead("example.org/elsewhere", 4, example.head(4).root_hash)
    with pytest.raises(Fork):
        publisher(tmp_path).publish(renamed.signed(example.LOG), example.leaves)


def test_missing_leaves_are_noticed(tmp_path: Path) -> None:
    publish(tmp_path, 300)
    with pytest.raises(Fork):
        publisher(tmp_path).publish(
            example.checkpoint(310), lambda start, end: example.leaves(start, end - 1)
        )


def test_checkpoint_by_a_stranger_is_refused(tmp_path: Path) -> None:
    stranger = Signer("example.org/log", bytes(32))
    with pytest.raises(NoteError, match="no signature"):
        publisher(tmp_path).publish(example.head(3).signed(stranger), example.leaves)
    assert example.published(tmp_path) == {}


def test_next_key_continues_the_log(tmp_path: Path) -> None:
    publish(tmp_path, 3)
    new = Signer("example.org/log", bytes(32))
    both = Publisher(Folder(tmp_path), new.verifier, example.LOG.verifier)
    assert both.publish(example.head(4).signed(new), example.leaves)
    assert (tmp_path / "key").read_bytes() == f"{new.verifier.encoded()}\n".encode() + KEY


def test_full_tile_is_never_written_over(tmp_path: Path) -> None:
    publish(tmp_path, 3)
    for name in ("tile/0/000", "tile/entries/000"):
        (tmp_path / name).write_bytes(b"another")
        with pytest.raises(Conflict, match=f"{name} was written before"):
            publish(tmp_path, 256)
        assert (tmp_path / name).read_bytes() == b"another"
        (tmp_path / name).unlink()
    assert check_readable(tmp_path) == 3
    publish(tmp_path, 256)


def test_damaged_folder_is_not_built_upon(tmp_path: Path) -> None:
    publish(tmp_path, 3)
    (tmp_path / "tile/0/000.p/3").write_bytes(bytes(96))
    with pytest.raises(ValueError, match="do not have the root hash"):
        publish(tmp_path, 4)


def test_replaced_partial_tiles_can_be_deleted(tmp_path: Path) -> None:
    publish(tmp_path, 3, 255, 300, 310)
    assert Folder(tmp_path).prune(older_than=60) == 0
    assert Folder(tmp_path).prune(older_than=-60) == 4
    assert check_readable(tmp_path) == 310
    gone = {f"tile/{level}/000.p/{width}" for level in ("0", "entries") for width in (3, 255)}
    assert set(expected(3, 255, 300, 310)) - set(example.published(tmp_path)) == gone
    publish(tmp_path, 311)
    # A reader with an old checkpoint finds the full tile.
    assert Tiles(example.head(255), Folder(tmp_path).read).tree == example.tree(255)


def process(folder: Path, *sizes: int, limit: int = -1) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.log.publisher_process", folder, *map(str, (limit, *sizes))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_publisher_may_be_killed_at_any_point(tmp_path: Path) -> None:
    sizes = list(range(130, 6500, 130))
    chance = random.Random(0)
    size, killed = 0, 0
    for _ in range(12):
        last = publisher(tmp_path).last()
        rest = [each for each in sizes if last is None or each >= last.size]
        with process(tmp_path, *rest) as publishing:
            assert publishing.stdout is not None
            publishing.stdout.readline()
            time.sleep(chance.uniform(0, 0.03))
            publishing.kill()
        killed += publishing.returncode == -9
        now = check_readable(tmp_path)
        assert now >= size
        size = now
    assert killed >= 6
    assert size > 130
    last = publisher(tmp_path).last()
    assert last is not None
    publish(tmp_path, *(each for each in sizes if each >= last.size))
    assert example.published(tmp_path) == expected(*sizes)


def test_full_disk_leaves_the_old_checkpoint_valid(tmp_path: Path) -> None:
    publish(tmp_path, 200)
    for limit in (0, 100, 1000, 5000, 8191):
        with process(tmp_path, 2000, limit=limit) as publishing:
            out, error = publishing.communicate()
        assert (out, publishing.returncode) == ("begins\n", 1)
        assert "OSError: [Errno 27]" in error
        assert not (tmp_path / ".writing").exists()
        assert check_readable(tmp_path) == 200
    publish(tmp_path, 2000)
    assert example.published(tmp_path) == expected(200, 2000)


def test_second_publisher_stands_back(tmp_path: Path) -> None:
    with Folder(tmp_path).lock() as mine:
        assert mine
        with process(tmp_path, 3) as second:
            assert second.communicate() == ("begins\n", "")
    assert example.published(tmp_path) == {}
    publish(tmp_path, 3)


def test_two_publishers_at_once_publish_one_log(tmp_path: Path) -> None:
    sizes = list(range(50, 1500, 50))
    with process(tmp_path, *sizes) as first, process(tmp_path, *sizes) as second:
        outputs = [each.communicate() for each in (first, second)]
    # One that falls behind is told so: its checkpoint is smaller than the last one.
    for _, error in outputs:
        assert error == "" or "Fork" in error
    publish(tmp_path, 1500)
    assert check_readable(tmp_path) == 1500
