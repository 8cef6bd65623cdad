"""Signed notes with Ed25519 keys, as in https://c2sp.org/signed-note.

A note is a text that ends in a newline, an empty line, and signature lines
`— <key name> base64(<key ID, 4 bytes> || <signature>)`.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .encoding import from_base64, to_base64

ED25519 = 0x01
SIGNATURE_PREFIX = "\u2014 "
# A reader must take 16; a note with very many would only be there to keep it busy.
MAX_SIGNATURES = 64
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_PRIVATE_PREFIX = "PRIVATE+KEY+"


class KeyFormatError(ValueError):
    """A signer or verifier key that cannot be read; the message says what is wrong with it."""


class NoteError(ValueError):
    """A note that is malformed, or has no valid signature by the key asked for."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A named Ed25519 public key."""

    # The signature type identifier; other types verify another message (cosignature.py).
    algorithm: ClassVar[int] = ED25519

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name || 0x0A || signature type || public key)."""
        key = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key
        return hashlib.sha256(key).digest()[:4]

    def encoded(self) -> str:
        """Return the vkey: `<name>+<key ID in hex>+base64(signature type || public key)`."""
        key = to_base64(bytes([self.algorithm]) + self.public_key)
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @classmethod
    def decode(cls, vkey: str) -> Self:
        """Read a vkey. Raises KeyFormatError."""
        name, key_id, public_key = _decode_key(vkey, cls.algorithm)
        verifier = cls(name, public_key)
        if verifier.key_id != key_id:
            raise KeyFormatError(f"the key ID {key_id.hex()} is not the one of this name and key")
        return verifier

    def verify(self, text: str, signature: bytes) -> None:
        """Check what follows the key ID in a signature line. Raises NoteError."""
        self._verify_ed25519(text.encode(), signature)

    def _verify_ed25519(self, message: bytes, signature: bytes) -> None:
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature as error:
            raise NoteError(f"the signature by {self.name} does not fit the text") from error


@dataclass(frozen=True, slots=True)
class Signer:
    """A named Ed25519 private key (its 32-byte seed)."""

    name: str
    seed: bytes

    @classmethod
    def generate(cls, name: str) -> "Signer":
        """Make a new key. Raises KeyFormatError for a name that a note cannot hold."""
        _check_name(name)
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.public_key)

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return public.public_bytes_raw()

    def encoded(self) -> str:
        """Return `PRIVATE+KEY+<name>+<key ID in hex>+base64(0x01 || seed)`."""
        key = to_base64(bytes([ED25519]) + self.seed)
        return f"{_PRIVATE_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{key}"

    @classmethod
    def decode(cls, skey: str) -> "Signer":
        """Read what `encoded` wrote. Raises KeyFormatError."""
        if not skey.startswith(_PRIVATE_PREFIX):
            raise KeyFormatError(f"a signing key starts with {_PRIVATE_PREFIX}")
        name, key_id, seed = _decode_key(skey.removeprefix(_PRIVATE_PREFIX), ED25519)
        signer = cls(name, seed)
        if signer.verifier.key_id != key_id:
            raise KeyFormatError(f"the key ID {key_id.hex()} is not the one of this name and key")
        return signer

    def sign(self, text: str) -> str:
        """Return the note of `text` with one signature. Raises NoteError for a malformed text."""
        _check_text(text)
        signature = NoteSignature(self.name, self.verifier.key_id, self.sign_bytes(text.encode()))
        return Note(text, (signature,)).encoded()

    def sign_bytes(self, message: bytes) -> bytes:
        """Return the bare 64-byte Ed25519 signature of a message."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the key's name, its ID (4 bytes), and what its algorithm wrote."""

    name: str
    key_id: bytes
    signature: bytes

    def encoded(self) -> str:
        """Return the line, with its newline."""
        return f"{SIGNATURE_PREFIX}{self.name} {to_base64(self.key_id + self.signature)}\n"

    @classmethod
    def decode(cls, line: str) -> "NoteSignature":
        """Read a line without its newline. Raises NoteError."""
        name, space, encoded = line.removeprefix(SIGNATURE_PREFIX).partition(" ")
        if not line.startswith(SIGNATURE_PREFIX) or not space or not _NAME.fullmatch(name):
            raise NoteError(f"not a signature line: {line!r}")
        try:
            raw = from_base64(encoded)
        except ValueError as error:
            raise NoteError(f"not base64 in the signature line: {line!r}") from error
        if len(raw) < 5:
            raise NoteError(f"too short for a signature: {line!r}")
        return cls(name, raw[:4], raw[4:])

    def is_by(self, key: Verifier) -> bool:
        """Whether the line says that this key made it; whether that is true, `verify` knows."""
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True, slots=True)
class Note:
    """A note whose form is right; nothing is verified yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def encoded(self) -> str:
        """Return the note."""
        return f"{self.text}\n{''.join(line.encoded() for line in self.signatures)}"

    @classmethod
    def decode(cls, note: str) -> "Note":
        """Read a note. Raises NoteError."""
        text, blank, signatures = note.rpartition("\n\n")
        text += "\n"
        if not blank:
            raise NoteError("a note has an empty line before its signatures")
        _check_text(text)
        if not signatures.endswith("\n"):
            raise NoteError("a note ends in a newline")
        lines = signatures.removesuffix("\n").split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteError(f"a note has up to {MAX_SIGNATURES} signatures here, not {len(lines)}")
        return cls(text, tuple(NoteSignature.decode(line) for line in lines))

    def verified_by(self, keys: Iterable[Verifier]) -> list[Verifier]:
        """Return those of the keys that signed the note, in their order.

        Signatures by other keys are passed over, as the specification asks. Raises NoteError if
        one that says it is by one of the keys is not valid.
        """
        return [key for key in keys if self._is_signed_by(key)]

    def with_signatures(self, signatures: Iterable[NoteSignature]) -> "Note":
        """Return the note with further signature lines at its end; none is there twice."""
        return replace(self, signatures=tuple(dict.fromkeys((*self.signatures, *signatures))))

    def _is_signed_by(self, key: Verifier) -> bool:
        found = [line.signature for line in self.signatures if line.is_by(key)]
        for signature in found:
            key.verify(self.text, signature)
        return bool(found)


def open_note(note: str, *keys: Verifier) -> str:
    """Return the text of a note that at least one of these keys signed.

    Signatures by other keys are passed over, as the specification asks. Raises NoteError.
    """
    opened = Note.decode(note)
    if not opened.verified_by(keys):
        raise NoteError(f"the note has no signature by {' or '.join(key.name for key in keys)}")
    return opened.text


def _decode_key(text: str, algorithm: int) -> tuple[str, bytes, bytes]:
    # The base64 part may itself hold "+", so only the first two separate.
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise KeyFormatError("a key has three parts joined by +: name, key ID, key")
    name, key_id, encoded = parts
    _check_name(name)
    try:
        raw = from_base64(encoded)
    except ValueError as error:
        raise KeyFormatError(f"the key cannot be decoded: {error}") from error
    if not _KEY_ID.fullmatch(key_id):
        raise KeyFormatError(f"a key ID is 8 small hexadecimal digits, not {key_id!r}")
    if len(raw) != 33 or raw[0] != algorithm:
        raise KeyFormatError(
            f"the key is not an Ed25519 key of this kind (0x{algorithm:02x} and 32 bytes)"
        )
    return name, bytes.fromhex(key_id), raw[1:]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise KeyFormatError(f"a key name has no spaces and no plus sign, but this is {name!r}")


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends in a newline")
    if any(ord(character) < 0x20 and character != "\n" for character in text):
        raise NoteError("the text of a note has no control characters")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise NoteError("a note is valid UTF-8")
