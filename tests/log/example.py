"""A log of made-up leaves, and all that should be published of it."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from petitions.log import bundle
from petitions.log.checkpoint import TreeHead
from petitions.log.merkle import Tree, hash_leaf
from petitions.log.note import Signer
from petitions.log.tile import ENTRIES, Tile, root_of_full, tiles_of_growth

LOG = Signer("example.org/log", bytes(range(32)))


def leaf(index: int) -> bytes:
    """Leaves of many sizes, also none."""
    return str(index).encode() * (index % 5)


def leaves(start: int, end: int) -> Iterable[bytes]:
    return map(leaf, range(start, end))


@cache
def tree(size: int) -> Tree:
    return Tree().extended(map(hash_leaf, leaves(0, size)))


def head(size: int) -> TreeHead:
    return TreeHead(LOG.name, size, tree(size).root())


def checkpoint(size: int) -> str:
    return head(size).signed(LOG)


def files(entries: Iterable[bytes]) -> dict[str, bytes]:
    """Every tile and bundle of a log; each level cut from the whole of the level below it."""
    entries = list(entries)
    found = {
        tile.path: bundle.encode(entries[tile.index * 256 :][: tile.width])
        for tile in tiles_of_growth(0, len(entries))
        if tile.level == ENTRIES
    }
    level, hashes = 0, list(map(hash_leaf, entries))
    while hashes:
        parts = [hashes[start : start + 256] for start in range(0, len(hashes), 256)]
        for index, part in enumerate(parts):
            found[Tile(level, index, len(part)).path] = b"".join(part)
        full = [part for part in parts if len(part) == 256]
        level, hashes = level + 1, [root_of_full(b"".join(part)) for part in full]
    return found


def published(folder: Path) -> dict[str, bytes]:
    """What a web server would serve of the folder, but for its own files."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in found.items()
        if not name.name.startswith(".")
    }
