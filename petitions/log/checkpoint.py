"""Checkpoints: signed tree heads, as in https://c2sp.org/tlog-checkpoint."""

from dataclasses import dataclass

from .encoding import from_base64, from_decimal, to_base64
from .merkle import HASH_SIZE, Tree
from .note import NoteError, Signer, Verifier, open_note


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The number of leaves of the log named `origin`, and the root hash (32 bytes) over them."""

    origin: str
    size: int
    root_hash: bytes

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root_hash)}\n"

    def signed(self, signer: Signer) -> str:
        """Return the checkpoint: this tree head as a signed note."""
        return signer.sign(self.text())

    @classmethod
    def open(cls, checkpoint: str, *keys: Verifier) -> "TreeHead":
        """Read a checkpoint that at least one of these keys signed.

        Extension lines are passed over, as the specification asks. Raises NoteError.
        """
        return cls.parse(open_note(checkpoint, *keys))

    @classmethod
    def parse(cls, text: str) -> "TreeHead":
        """Read the text of a checkpoint's note. Raises NoteError."""
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines):
            raise NoteError(
                "a checkpoint has at least three lines, none empty: origin, size, root hash"
            )
        origin, size, root = lines[:3]
        head = cls(origin, _size(size), _root_hash(root))
        if head.size == 0 and head.root_hash != Tree().root():
            raise NoteError("the root hash is not the one of an empty log, whose size is 0")
        return head


def _size(decimal: str) -> int:
    try:
        return from_decimal(decimal)
    except ValueError as error:
        raise NoteError(f"not a tree size: {error}") from error


def _root_hash(encoded: str) -> bytes:
    try:
        root = from_base64(encoded)
    except ValueError as error:
        raise NoteError(f"the root hash is not base64: {encoded!r}") from error
    if len(root) != HASH_SIZE:
        raise NoteError(f"a root hash has {HASH_SIZE} bytes, not {len(root)}")
    return root
