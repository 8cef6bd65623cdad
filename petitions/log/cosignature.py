"""Cosignatures of witnesses, `cosignature/v1`, as in https://c2sp.org/tlog-cosignature.

A witness says that at a time it knew no larger tree of the log, and none that contradicts this
one. Of the specification's two kinds this is the Ed25519 one; lines of the other, ML-DSA-44, are
passed over like those of any unknown key.
"""

from dataclasses import dataclass
from typing import ClassVar

from .encoding import MAX_NUMBER
from .note import Note, NoteError, NoteSignature, Signer, Verifier

COSIGNATURE_V1 = 0x04
_TIME_SIZE, _SIGNATURE_SIZE = 8, 64


@dataclass(frozen=True, slots=True)
class Witness(Verifier):
    """A witness by its name and its Ed25519 public key."""

    algorithm: ClassVar[int] = COSIGNATURE_V1

    def verify(self, text: str, signature: bytes) -> None:
        """Check a `timestamped_signature` over the text of a checkpoint. Raises NoteError."""
        message = _message(text, _seconds(signature))
        self._verify_ed25519(message, signature[_TIME_SIZE:])

    def cosigned_at(self, checkpoint: str) -> int | None:
        """Return the POSIX time of this witness's newest cosignature; None if there is none.

        Raises NoteError if a line that says so is not valid.
        """
        note = Note.decode(checkpoint)
        if not note.verified_by([self]):
            return None
        times = [_seconds(line.signature) for line in note.signatures if line.is_by(self)]
        return max(times)


@dataclass(frozen=True, slots=True)
class Cosigner:
    """The secret half of a witness."""

    signer: Signer

    @property
    def witness(self) -> Witness:
        """The public half."""
        return Witness(self.signer.name, self.signer.public_key)

    def cosign(self, checkpoint: str, at: int) -> NoteSignature:
        """Return a cosignature with the POSIX time `at`. Checking the log is the caller's part."""
        text = Note.decode(checkpoint).text
        signature = at.to_bytes(_TIME_SIZE) + self.signer.sign_bytes(_message(text, at))
        return NoteSignature(self.witness.name, self.witness.key_id, signature)


def with_cosignatures(checkpoint: str, lines: str, witness: Witness) -> str:
    """Return the checkpoint with what a witness answered (https://c2sp.org/tlog-witness).

    Only lines by this witness are taken. Raises NoteError if there is none, or one is not valid.
    """
    note = Note.decode(checkpoint)
    answer = Note.decode(f"{note.text}\n{lines}")
    if not answer.verified_by([witness]):
        raise NoteError(f"the answer has no cosignature by {witness.name}")
    return note.with_signatures(line for line in answer.signatures if line.is_by(witness)).encoded()


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _seconds(signature: bytes) -> int:
    if len(signature) != _TIME_SIZE + _SIGNATURE_SIZE:
        raise NoteError(f"a cosignature has 72 bytes, not {len(signature)}")
    seconds = int.from_bytes(signature[:_TIME_SIZE])
    if seconds > MAX_NUMBER:
        raise NoteError(f"the time of a cosignature is below 2**63, not {seconds}")
    return seconds
