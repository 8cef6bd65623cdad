"""Receipts: proofs that an entry is in the log, as in https://c2sp.org/tlog-proof (version 1).

Anyone can check one offline who has the log's key. What its `extra` line holds is ours: an
Opening, which the proof itself does not vouch for; the commitment in the leaf does.
"""

from dataclasses import dataclass

from .checkpoint import TreeHead
from .encoding import from_base64, from_decimal, to_base64
from .leaf import SALT_SIZE, commitment
from .merkle import HASH_SIZE, hash_leaf
from .note import NoteError, Verifier
from .proof import MAX_PROOF, ProofError, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
# Far more than a receipt has, cosignatures of many witnesses included.
MAX_SIZE = 1 << 18


class ReceiptError(ValueError):
    """A receipt that is malformed, or does not prove that its entry is in the log."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A place in the log, the hashes from its sibling up, and the checkpoint that they lead to."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def encoded(self) -> bytes:
        """Return the file."""
        extra = f"extra {to_base64(self.extra)}\n" if self.extra else ""
        hashes = "".join(f"{to_base64(each)}\n" for each in self.proof)
        return f"{HEADER}\n{extra}index {self.index}\n{hashes}\n{self.checkpoint}".encode()

    @classmethod
    def decode(cls, raw: bytes) -> "Receipt":
        """Read a file; there is one way to write each receipt. Raises ReceiptError."""
        if len(raw) > MAX_SIZE:
            raise ReceiptError(f"a receipt has at most {MAX_SIZE} bytes, not {len(raw)}")
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise ReceiptError(f"a receipt is valid UTF-8: {error}") from error
        head, blank, checkpoint = text.partition("\n\n")
        header, *lines = head.split("\n")
        if header != HEADER or not blank or not lines:
            raise ReceiptError(f"a receipt begins with {HEADER}, and has an empty line")
        try:
            extra = from_base64(lines.pop(0)[6:]) if lines[0].startswith("extra ") else b""
            index = _index(lines)
            proof = tuple(_hash(line) for line in lines[1:])
            if len(proof) > MAX_PROOF:
                raise ReceiptError(f"a proof has at most {MAX_PROOF} hashes, not {len(proof)}")
        except ValueError as error:
            raise ReceiptError(str(error)) from error
        receipt = cls(index, proof, checkpoint, extra)
        # Also refuses an `extra` line without anything in it.
        if receipt.encoded() != raw:
            raise ReceiptError("the receipt is not written as its specification says")
        return receipt

    def verify(self, leaf: bytes, *keys: Verifier) -> TreeHead:
        """Check that the log with one of these keys has this leaf at the receipt's place.

        Returns the tree head that says so. The log's origin is the name of its key. Raises
        ReceiptError.
        """
        try:
            head = TreeHead.open(self.checkpoint, *keys)
            verify_inclusion(hash_leaf(leaf), self.index, head.size, self.proof, head.root_hash)
        except (NoteError, ProofError) as error:
            raise ReceiptError(str(error)) from error
        if head.origin not in {key.name for key in keys}:
            raise ReceiptError(f"the checkpoint is of another log: {head.origin}")
        return head


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment: the salt (32 bytes), and the leaf and the record if they are known.

    In a receipt's `extra`: the salt, the leaf, and after a newline the record. Both are canonical
    JSON, in which a newline is always escaped.
    """

    salt: bytes
    leaf: bytes = b""
    record: bytes = b""

    def encoded(self) -> bytes:
        """Return the bytes of `extra`."""
        return self.salt + self.leaf + (b"\n" + self.record if self.record else b"")

    @classmethod
    def decode(cls, extra: bytes) -> "Opening":
        """Read the bytes of `extra`. Raises ReceiptError."""
        leaf, _, record = extra[SALT_SIZE:].partition(b"\n")
        opening = cls(extra[:SALT_SIZE], leaf, record)
        if len(opening.salt) != SALT_SIZE or opening.encoded() != extra:
            raise ReceiptError(
                f"`extra` is a salt of {SALT_SIZE} bytes, a leaf, and after a newline a record"
            )
        return opening

    def opens(self, committed: bytes) -> bool:
        """Whether salt and record are those of a commitment (32 bytes)."""
        return commitment(self.salt, self.record) == committed


def _index(lines: list[str]) -> int:
    keyword, space, decimal = lines[0].partition(" ") if lines else ("", "", "")
    if keyword != "index" or not space:
        raise ReceiptError("a receipt says the index of its entry")
    return from_decimal(decimal)


def _hash(line: str) -> bytes:
    raw = from_base64(line)
    if len(raw) != HASH_SIZE:
        raise ReceiptError(f"a hash has {HASH_SIZE} bytes, not {len(raw)}")
    return raw
