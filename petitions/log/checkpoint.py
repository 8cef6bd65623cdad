"""Checkpoints: signed tree heads, as in https://c2sp.org/tlog-checkpoint."""

import base64
import binascii
from dataclasses import dataclass

from .merkle import HASH_SIZE
from .note import NoteError, Signer, Verifier, open_note


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The number of leaves of the log named `origin`, and the root hash (32 bytes) over them."""

    origin: str
    size: int
    root_hash: bytes

    def signed(self, signer: Signer) -> str:
        """Return the checkpoint: this tree head as a signed note."""
        root = base64.b64encode(self.root_hash).decode()
        return signer.sign(f"{self.origin}\n{self.size}\n{root}\n")

    @classmethod
    def open(cls, checkpoint: str, verifier: Verifier) -> "TreeHead":
        """Read a checkpoint that `verifier` signed.

        Extension lines are passed over, as the specification asks. Raises NoteError.
        """
        lines = open_note(checkpoint, verifier).split("\n")
        if len(lines) < 4:
            raise NoteError("a checkpoint has at least three lines: origin, size, root hash")
        origin, size, root = lines[:3]
        if not origin or not size.isascii() or not size.isdigit() or str(int(size)) != size:
            raise NoteError(f"not an origin and a tree size: {origin!r}, {size!r}")
        return cls(origin, int(size), _root_hash(root))


def _root_hash(encoded: str) -> bytes:
    try:
        root = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise NoteError(f"the root hash is not base64: {encoded!r}") from error
    if len(root) != HASH_SIZE:
        raise NoteError(f"a root hash has {HASH_SIZE} bytes, not {len(root)}")
    return root
