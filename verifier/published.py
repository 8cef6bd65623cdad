"""A published log at one checkpoint: whatever is read from it has been checked against that."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from petitions.log import bundle
from petitions.log.checkpoint import TreeHead
from petitions.log.merkle import hash_leaf
from petitions.log.note import KeyFormatError, NoteError, Verifier
from petitions.log.proof import ProofError, prove_consistency, verify_consistency
from petitions.log.tile import ENTRIES, WIDTH, Tile, TileError, Tiles

from .outcome import Failed, Unreachable, Unusable
from .source import Source

CHECKPOINT, KEY = "checkpoint", "key"
_NOTE_LIMIT = 1 << 18
_TILE_LIMIT = WIDTH * 32
_BUNDLE_LIMIT = WIDTH * (bundle.MAX_ENTRY + 2)


@dataclass(frozen=True, slots=True)
class Trust:
    """The key that a log is checked with, and whether the log itself said it."""

    key: Verifier
    is_own_word: bool = False

    def sentences(self) -> list[str]:
        """Return what a reader should know of the key."""
        if not self.is_own_word:
            return []
        return [
            (
                f"The key was taken from the log itself: {self.key.encoded()}. Compare it with one "
                "that you have from elsewhere, and give it with --key the next time."
            )
        ]


def trust(vkey: str | None, source: Source | None) -> Trust:
    """Return the key given, or else the first one that the log says of itself."""
    if vkey is None and source is None:
        raise Unusable("Give the log's key with --key, or the log with --log.")
    try:
        if vkey is not None:
            return Trust(Verifier.decode(vkey))
        assert source is not None
        own = source.read(KEY, _NOTE_LIMIT)
        if own is None:
            raise Unusable(f"{source.name} doesn't say its key: give it with --key.")
        return Trust(Verifier.decode(own.decode().split("\n")[0]), is_own_word=True)
    except UnicodeDecodeError as error:
        raise Failed(f"The key that the log says is not text: {error}.") from error
    except KeyFormatError as error:
        raise Unusable(f"Not the key of a log: {error}.") from error


def open_checkpoint(note: str, key: Verifier) -> TreeHead:
    """Read a checkpoint of the log that the key names. Raises Failed."""
    try:
        head = TreeHead.open(note, key)
    except NoteError as error:
        raise Failed(f"The checkpoint is not one by {key.name}: {error}.") from error
    if head.origin != key.name:
        raise Failed(f"The checkpoint is of another log: {head.origin!r}, not {key.name!r}.")
    return head


class PublishedLog:
    """The entries of a log. Raises Failed where they are not what its checkpoint binds."""

    def __init__(self, source: Source, key: Verifier) -> None:
        self._source = source
        raw = source.read(CHECKPOINT, _NOTE_LIMIT)
        if raw is None:
            raise Unreachable(f"There is no log at {source.name}: no checkpoint.")
        try:
            self.note = raw.decode()
        except UnicodeDecodeError as error:
            raise Failed(f"The checkpoint is not text: {error}.") from error
        self.head = open_checkpoint(self.note, key)
        # Look-ups of single entries often come from the same bundle.
        self._bundle = lru_cache(maxsize=8)(self._read_bundle)

    @cached_property
    def tiles(self) -> Tiles:
        """The tree, checked against the checkpoint. Raises Failed."""
        try:
            return Tiles(self.head, lambda path: self._source.read(path, _TILE_LIMIT))
        except TileError as error:
            raise Failed(f"{error}.") from error

    def entries(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Yield the entries from an index up to, and without, another, with their indexes."""
        for number in range(start // WIDTH, -(-end // WIDTH)):
            first = number * WIDTH
            for index, entry in enumerate(self._bundle(number), first):
                if start <= index < end:
                    yield index, entry

    def entry(self, index: int) -> bytes | None:
        """Return one entry, or None if the log has none at this index."""
        if not 0 <= index < self.head.size:
            return None
        return self._bundle(index // WIDTH)[index % WIDTH]

    def continues(self, earlier: TreeHead) -> None:
        """Check that the log begins with all of an earlier tree. Raises Failed."""
        if earlier.size > self.head.size:
            raise Failed(
                f"The log has {self.head.size} entries, but a checkpoint that it signed before "
                f"has {earlier.size}."
            )
        try:
            proof = prove_consistency(earlier.size, self.head.size, self.tiles)
            sizes = earlier.size, self.head.size
            verify_consistency(*sizes, proof, earlier.root_hash, self.head.root_hash)
        except (ProofError, TileError) as error:
            raise Failed(f"The log does not continue its earlier checkpoint: {error}.") from error

    def _read_bundle(self, number: int) -> list[bytes]:
        width = min(WIDTH, self.head.size - number * WIDTH)
        tile = Tile(ENTRIES, number, width)
        content, held = self._source.read(tile.path, _BUNDLE_LIMIT), width
        if content is None and not tile.is_full:
            # The log may have grown, and have deleted what a full bundle replaces.
            content = self._source.read(Tile(ENTRIES, number).path, _BUNDLE_LIMIT)
            held = WIDTH
        if content is None:
            raise Failed(f"{tile.path} is missing, which the checkpoint says is there.")
        try:
            entries = bundle.decode(content, held)[:width]
            hashes = self.tiles.hashes(number)
        except (bundle.BundleError, TileError) as error:
            raise Failed(f"{tile.path}: {error}.") from error
        if list(map(hash_leaf, entries)) != hashes:
            raise Failed(f"{tile.path} has other entries than the log's checkpoint binds.")
        return entries
