"""Tiles: the tree cut into files of up to 256 hashes, as in https://c2sp.org/tlog-tiles.

The tile n of level l holds the roots of the perfect subtrees of 256**l leaves, from the one with
index 256 * n on. A partial tile is cut off where the tree ends.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .checkpoint import TreeHead
from .encoding import MAX_NUMBER
from .merkle import HASH_SIZE, Tree, split_hashes
from .proof import Node

# A tile is 8 levels of the tree high.
HEIGHT = 8
WIDTH = 1 << HEIGHT
_LEVELS = 64
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of hashes, or with level `ENTRIES` a bundle of entries, and how wide it is."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def is_full(self) -> bool:
        """Whether nothing can be added: such a tile never changes."""
        return self.width == WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix: `tile/<L>/<N>[.p/<W>]`, 1234067 as x001/x234/067."""
        rest, last = divmod(self.index, 1000)
        digits = [f"{last:03}"]
        while rest:
            rest, next_last = divmod(rest, 1000)
            digits.insert(0, f"x{next_last:03}")
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.is_full else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(digits)}{partial}"

    @classmethod
    def of_path(cls, path: str) -> "Tile":
        """Read a path. Raises ValueError for any that the specification has no tile for."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise ValueError(f"not the path of a tile: {path!r}")
        level = ENTRIES if found["level"] == "entries" else int(found["level"])
        index = int(found["index"].replace("x", "").replace("/", ""))
        tile = cls(level, index, int(found["width"] or WIDTH))
        # The comparison refuses leading x000, and a partial tile that would be full.
        if level >= _LEVELS or index > MAX_NUMBER or tile.width > WIDTH or tile.path != path:
            raise ValueError(f"not the path of a tile: {path!r}")
        return tile


ENTRIES = -1


def tiles_of(level: int, start: int, end: int) -> list[Tile]:
    """Return the tiles of a level that a log gains when it grows from `start` to `end` entries.

    Full ones first, then the partial one, if there is one and it has changed.
    """
    hashes = HEIGHT * max(level, 0)
    old, new = start >> hashes, end >> hashes
    if old == new:
        return []
    tiles = [Tile(level, index) for index in range(old >> HEIGHT, new >> HEIGHT)]
    if width := new % WIDTH:
        tiles.append(Tile(level, new >> HEIGHT, width))
    return tiles


def tiles_of_growth(start: int, end: int) -> list[Tile]:
    """Return all tiles and bundles that a log gains when it grows, bundles first, then upwards."""
    levels = range(levels_of(end))
    return [tile for level in (ENTRIES, *levels) for tile in tiles_of(level, start, end)]


def levels_of(size: int) -> int:
    """Return how many levels of tiles a log of this size has."""
    return -(-size.bit_length() // HEIGHT)


def edge(size: int) -> list[Tile]:
    """Return the partial tiles at the right edge of the tree, from the lowest level upwards."""
    widths = [(size >> HEIGHT * level) for level in range(levels_of(size))]
    return [
        Tile(level, hashes >> HEIGHT, hashes % WIDTH)
        for level, hashes in enumerate(widths)
        if hashes % WIDTH
    ]


#: Returns what is at a path below the log's prefix, or None.
Read = Callable[[str], bytes | None]


class TileError(ValueError):
    """A tile that is not the one of the tree that its log signed."""


class Tiles:
    """The tiles of a log at one tree head, checked against its root hash: a HashReader.

    `read` returns the bytes at a path, or None if there are none. The partial tiles at the right edge, at most eight, are
    enough to compute the root, and are read at once; each full tile is bound by one hash of the
    tile above it. A hash is thus proven to be in the tree before it is returned. Raises TileError,
    and whatever `read` raises.
    """

    # Full tiles that are kept; those of the upper levels are asked for again and again.
    KEPT = 64

    def __init__(self, head: TreeHead, read: Read) -> None:
        self.head = head
        self._read = read
        self._full: dict[Tile, bytes] = {}
        self._edge = {tile.level: (tile, self._load(tile)) for tile in edge(head.size)}
        self.tree = self._tree()
        if self.tree.root() != head.root_hash:
            raise TileError(
                f"the tiles of {head.origin} at {head.size} entries do not have the root hash "
                "that its checkpoint says"
            )

    def read_hashes(self, nodes: Sequence[Node]) -> list[bytes]:
        """Return the 32-byte hash of each node. Raises ValueError for one outside the tree."""
        return [self._hash(node) for node in nodes]

    def hashes(self, index: int) -> list[bytes]:
        """Return the leaf hashes of the tile `index` of level 0, as far as the tree reaches."""
        return split_hashes(self._tile(0, index))

    def content(self, tile: Tile) -> bytes:
        """Return the bytes of a tile of this tree."""
        return self._tile(tile.level, tile.index)

    def _hash(self, node: Node) -> bytes:
        if (node.index + 1) << node.level > self.head.size:
            raise ValueError(f"{node} is not in a tree of {self.head.size} leaves")
        level, height = divmod(node.level, HEIGHT)
        index, place = divmod(node.index << height, WIDTH)
        hashes = self._tile(level, index)
        return _root(hashes[place * HASH_SIZE : (place + (1 << height)) * HASH_SIZE])

    def _tile(self, level: int, index: int) -> bytes:
        partial = self._edge.get(level)
        if partial and partial[0].index == index:
            return partial[1]
        tile = Tile(level, index)
        if tile not in self._full:
            content = self._load(tile)
            # What is above is checked first, up to the edge, which the root has bound.
            if _root(content) != self._hash(Node(HEIGHT * (level + 1), index)):
                raise TileError(f"{tile.path} is not the one of the log's checkpoint")
            if len(self._full) >= self.KEPT:
                del self._full[next(iter(self._full))]
            self._full[tile] = content
        return self._full[tile]

    def _load(self, tile: Tile) -> bytes:
        content, size = self._read(tile.path), tile.width * HASH_SIZE
        if content is None and not tile.is_full:
            # A log may delete a partial tile when the full one is there.
            content = (self._read(Tile(tile.level, tile.index).path) or b"")[:size]
        if content is None or len(content) != size:
            raise TileError(f"{tile.path} has {len(content or b'')} bytes, not {size}")
        return content

    def _tree(self) -> Tree:
        """Return the tree that the edge says: its hashes are the frontier, in runs of 2**n."""
        frontier: list[bytes] = []
        for tile, content in reversed(self._edge.values()):
            runs = [bit for bit in reversed(range(HEIGHT)) if tile.width >> bit & 1]
            start = 0
            for run in runs:
                end = start + (HASH_SIZE << run)
                frontier.append(_root(content[start:end]))
                start = end
        return Tree(self.head.size, tuple(frontier))


def root_of_full(hashes: bytes) -> bytes:
    """Return the root over the 256 hashes of a full tile: one hash of the tile above."""
    return _root(hashes)


def _root(hashes: bytes) -> bytes:
    return Tree().extended(split_hashes(hashes)).root()
