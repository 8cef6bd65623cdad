"""Publishing the log: tiles and bundles first, the checkpoint last.

What is published can't be taken back, so this is where a log is kept from contradicting itself,
whatever happened to the database: see `Publisher.publish`.
"""

from collections.abc import Callable, Iterable
from itertools import batched

from . import bundle
from .checkpoint import TreeHead
from .encoding import to_base64
from .merkle import Tree, hash_leaf
from .note import Verifier
from .storage import Storage
from .tile import ENTRIES, WIDTH, Tile, Tiles, edge, root_of_full

CHECKPOINT, KEY = "checkpoint", "key"
# The last checkpoint that was, or was about to be, published. Not in the database: a backup that
# is restored there must not bring an old one back.
LAST = ".last-checkpoint"

#: Returns the leaves of the log from an index up to, and without, another, in their order.
Leaves = Callable[[int, int], Iterable[bytes]]


class Fork(Exception):
    """A checkpoint that contradicts the one that was published last; nothing was published."""

    def __init__(self, last: TreeHead, new: TreeHead) -> None:
        super().__init__(
            f"The log {new.origin} would fork. Published: {_described(last)}. To be published: "
            f"{_described(new)}, which does not continue it. Nothing was published. The database "
            "has lost entries, as after restoring an old backup: stop signing, and restore one "
            f"with all {last.size} entries. If there is none, begin a new log with an origin and a "
            "key of its own, in an empty folder, and say so in public."
        )
        self.last, self.new = last, new


class Publisher:
    """The one writer of a storage. `keys` are those of the log, the present one first."""

    def __init__(self, storage: Storage, *keys: Verifier) -> None:
        self.storage, self.keys = storage, keys

    def last(self) -> TreeHead | None:
        """Return the tree head published last. Raises NoteError if no key of the log signed it."""
        notes = [self.storage.read(path) for path in (LAST, CHECKPOINT)]
        heads = [TreeHead.open(note.decode(), *self.keys) for note in notes if note is not None]
        return max(heads, key=lambda head: head.size, default=None)

    def publish(self, checkpoint: str, leaves: Leaves) -> bool:
        """Make a signed checkpoint public, with all that is under it.

        Returns False if another publisher is at work. A crash at any point leaves the old
        checkpoint valid, and publishing again leads to the same bytes. The same checkpoint with
        further cosignatures replaces the one without them. Only tiles that a growth changes are
        written, and memory does not grow with it.

        Raises Fork if the checkpoint is not a continuation of the last one, storage.Conflict if a
        full tile or a bundle is there with other bytes, NoteError if no key of the log signed it,
        and OSError of the storage.
        """
        with self.storage.lock() as is_mine:
            if not is_mine:
                return False
            head = TreeHead.open(checkpoint, *self.keys)
            last = self.last() or TreeHead(head.origin, 0, Tree().root())
            self._check(last, head, leaves)
            if head.size > last.size:
                self._write_tiles(last, head, leaves)
            self._write(KEY, "".join(f"{key.encoded()}\n" for key in self.keys))
            self._write(LAST, checkpoint)
            self._write(CHECKPOINT, checkpoint)
        return True

    def check(self, head: TreeHead, leaves: Leaves) -> None:
        """Raise Fork unless the tree head, not yet signed perhaps, continues the last one."""
        if last := self.last():
            self._check(last, head, leaves)

    def _check(self, last: TreeHead, head: TreeHead, leaves: Leaves) -> None:
        if head.origin != last.origin or head.size < last.size:
            raise Fork(last, head)
        # The published tiles, not the database, say what the tree was.
        tree = Tiles(last, self.storage.read).tree
        grown = tree.extended(map(hash_leaf, leaves(last.size, head.size)))
        if (grown.size, grown.root()) != (head.size, head.root_hash):
            raise Fork(last, head)

    def _write_tiles(self, last: TreeHead, head: TreeHead, leaves: Leaves) -> None:
        """Write what the growth changes; `_check` has shown that the leaves are the right ones."""
        above = self._edge(last)
        first = last.size // WIDTH
        for index, chunk in enumerate(batched(leaves(first * WIDTH, head.size), WIDTH), first):
            width = len(chunk)
            self._put(Tile(ENTRIES, index, width), bundle.encode(chunk))
            hashes = b"".join(map(hash_leaf, chunk))
            self._put(Tile(0, index, width), hashes)
            if width == WIDTH:
                self._complete(Tile(0, index), hashes, above)
        for tile in edge(head.size):
            if tile.level:
                self._put(tile, bytes(above[tile.level]))

    def _edge(self, head: TreeHead) -> dict[int, bytearray]:
        """Return the hashes of the last, partial tile of each level above the lowest."""
        tiles = Tiles(head, self.storage.read)
        return {tile.level: bytearray(tiles.content(tile)) for tile in edge(head.size)}

    def _complete(self, tile: Tile, hashes: bytes, above: dict[int, bytearray]) -> None:
        """Add a full tile's root to the tile above it, which may be full then, and so on."""
        parent = Tile(tile.level + 1, tile.index // WIDTH)
        content = above.setdefault(parent.level, bytearray())
        content += root_of_full(hashes)
        if len(content) == len(hashes):
            self._put(parent, bytes(content))
            above[parent.level] = bytearray()
            self._complete(parent, bytes(content), above)

    def _put(self, tile: Tile, content: bytes) -> None:
        self.storage.write_once(tile.path, content)

    def _write(self, path: str, text: str) -> None:
        content = text.encode()
        if self.storage.read(path) != content:
            self.storage.replace(path, content)


def _described(head: TreeHead) -> str:
    return f"{head.size} entries, root hash {to_base64(head.root_hash)}"
