"""Tiles and bundles are those of the tlog-tiles specification."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.log import bundle
from petitions.log.checkpoint import TreeHead
from petitions.log.merkle import Tree, hash_leaf
from petitions.log.note import Verifier
from petitions.log.proof import Node, prove_consistency, prove_inclusion
from petitions.log.tile import ENTRIES, Tile, TileError, Tiles, edge, tiles_of_growth
from tests.log import example, reference
from tests.log.vectors import TESSERA


def log(size: int) -> tuple[list[bytes], TreeHead, dict[str, bytes]]:
    leaves = [str(number).encode() for number in range(size)]
    root = Tree().extended(map(hash_leaf, leaves)).root()
    return leaves, TreeHead("example.org/log", size, root), example.files(leaves)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(2, 0, 17), "tile/2/000.p/17"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
        (Tile(63, 999), "tile/63/999"),
        (Tile(1, 1000, 255), "tile/1/x001/000.p/255"),
    ],
)
def test_tile_is_at_the_path_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.of_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p",
        "tile/0/../checkpoint",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "/tile/0/000",
        "tile/0/" + "x999/" * 7 + "999",
    ],
)
def test_path_without_a_tile_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not the path of a tile"):
        Tile.of_path(path)


def test_tiles_of_70000_entries_are_those_of_the_specification() -> None:
    tiles = tiles_of_growth(0, 70_000)
    hashes = [(tile.level, tile.width) for tile in tiles if tile.level != ENTRIES]
    assert hashes == [*[(0, 256)] * 273, (0, 112), (1, 256), (1, 17), (2, 1)]
    assert [tile.width for tile in tiles if tile.level == ENTRIES] == [*[256] * 273, 112]


def test_tiles_of_256_entries_are_those_of_the_specification() -> None:
    paths = [tile.path for tile in tiles_of_growth(0, 256)]
    assert paths == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]


@given(st.integers(0, 1 << 20), st.integers(0, 3000))
def test_growth_names_what_was_not_there_before(start: int, more: int) -> None:
    grown = tiles_of_growth(start, start + more)
    before = {tile.path for tile in edge(start)} if start else set()
    assert len({tile.path for tile in grown}) == len(grown)
    assert not before & {tile.path for tile in grown}
    # All that ends the new tree is there, unless it was there already.
    assert {tile.path for tile in edge(start + more)} <= before | {tile.path for tile in grown}


@pytest.mark.parametrize("size", range(1, 16))
def test_tiles_and_bundles_of_the_public_log_come_out_byte_for_byte(size: int) -> None:
    entries = bundle.decode((TESSERA / f"tile/entries/000.p/{size}").read_bytes(), size)
    assert bundle.encode(entries) == (TESSERA / f"tile/entries/000.p/{size}").read_bytes()
    assert example.files(entries) == {
        path: (TESSERA / path).read_bytes()
        for path in (f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}")
    }


@pytest.mark.parametrize("size", range(16))
def test_public_log_is_read_and_proven(size: int) -> None:
    head = TreeHead.parse((TESSERA / f"checkpoint.{size}").read_text().partition("\n\n")[0] + "\n")
    tiles = Tiles(head, lambda path: (TESSERA / path).read_bytes())
    entries = bundle.decode((TESSERA / "tile/entries/000.p/15").read_bytes(), 15)[:size]
    for index in range(size):
        assert prove_inclusion(index, size, tiles) == reference.inclusion(index, entries)
        old = index + 1
        assert prove_consistency(old, size, tiles) == reference.consistency(old, entries)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])
def test_log_of_any_height_is_read_and_proven(size: int) -> None:
    leaves, head, served = log(size)
    reads: list[str] = []

    def read(path: str) -> bytes:
        reads.append(path)
        return served[path]

    tiles = Tiles(head, read)
    for index in {0, size // 2, size - 1}:
        reads.clear()
        assert prove_inclusion(index, size, tiles) == reference.inclusion(index, leaves)
        assert len(reads) <= 4
    old = size // 2 + 1
    assert prove_consistency(old, size, tiles) == reference.consistency(old, leaves)
    last = (size - 1) // 256
    assert tiles.hashes(last) == [hash_leaf(leaf) for leaf in leaves[last * 256 :]]


@pytest.mark.parametrize(
    ("path", "damage"),
    [
        ("tile/1/000.p/1", lambda _: bytes(32)),
        ("tile/0/001.p/1", lambda _: bytes(32)),
        ("tile/0/000", lambda raw: raw[::-1]),
        ("tile/0/000", lambda raw: raw[:-1]),
        ("tile/0/000", lambda raw: raw + raw),
        ("tile/0/000", lambda _: b""),
    ],
)
def test_tile_that_the_checkpoint_does_not_bind_is_refused(
    path: str, damage: Callable[[bytes], bytes]
) -> None:
    _, head, served = log(257)
    served[path] = damage(served[path])
    with pytest.raises(TileError):
        prove_inclusion(3, 257, Tiles(head, served.get))


def test_node_outside_the_tree_is_refused() -> None:
    _, head, served = log(5)
    tiles = Tiles(head, served.get)
    with pytest.raises(ValueError, match="not in a tree of 5 leaves"):
        tiles.read_hashes([Node(1, 2)])


def test_key_of_the_public_log_opens_its_checkpoints() -> None:
    key = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
    heads = [
        TreeHead.open((TESSERA / f"checkpoint.{size}").read_text(), Verifier.decode(key))
        for size in range(16)
    ]
    assert [head.size for head in heads] == list(range(16))


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundle_holds_what_was_put_in(entries: list[bytes]) -> None:
    assert bundle.decode(bundle.encode(entries), len(entries)) == entries


@pytest.mark.parametrize(
    ("raw", "width", "reason"),
    [
        (b"\x00\x01a", 2, "1 entries, not 2"),
        (b"\x00\x02a", 1, "cut off"),
        (b"\x00", 1, "cut off"),
        (b"\x00\x01a\x00", 1, "cut off"),
        (b"", 1, "0 entries, not 1"),
    ],
)
def test_bundle_that_is_damaged_is_refused(raw: bytes, width: int, reason: str) -> None:
    with pytest.raises(bundle.BundleError, match=reason):
        bundle.decode(raw, width)


def test_entry_that_no_bundle_can_hold_is_refused() -> None:
    assert bundle.decode(bundle.encode([bytes(65_535)]), 1) == [bytes(65_535)]
    with pytest.raises(bundle.BundleError, match="at most 65535 bytes, not 65536"):
        bundle.encode([bytes(65_536)])
