"""Signed notes with Ed25519 keys, as in https://c2sp.org/signed-note.

A note is a text that ends in a newline, an empty line, and signature lines
`— <key name> base64(<key ID, 4 bytes> || <signature>)`.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01
SIGNATURE_PREFIX = "\u2014 "
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")
_PRIVATE_PREFIX = "PRIVATE+KEY+"


class KeyFormatError(ValueError):
    """A signer or verifier key that cannot be read; the message says what is wrong with it."""


class NoteError(ValueError):
    """A note that is malformed, or has no valid signature by the key asked for."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A named Ed25519 public key."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name || 0x0A || 0x01 || public key)."""
        key = self.name.encode() + b"\n" + bytes([ED25519]) + self.public_key
        return hashlib.sha256(key).digest()[:4]

    def encoded(self) -> str:
        """Return the vkey: `<name>+<key ID in hex>+base64(0x01 || public key)`."""
        key = base64.b64encode(bytes([ED25519]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @classmethod
    def decode(cls, vkey: str) -> "Verifier":
        """Read a vkey. Raises KeyFormatError."""
        name, key_id, public_key = _decode_key(vkey)
        verifier = cls(name, public_key)
        if verifier.key_id != key_id:
            raise KeyFormatError(f"the key ID {key_id.hex()} is not the one of this name and key")
        return verifier


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
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Verifier(self.name, public.public_bytes_raw())

    def encoded(self) -> str:
        """Return `PRIVATE+KEY+<name>+<key ID in hex>+base64(0x01 || seed)`."""
        key = base64.b64encode(bytes([ED25519]) + self.seed).decode()
        return f"{_PRIVATE_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{key}"

    @classmethod
    def decode(cls, skey: str) -> "Signer":
        """Read what `encoded` wrote. Raises KeyFormatError."""
        if not skey.startswith(_PRIVATE_PREFIX):
            raise KeyFormatError(f"a signing key starts with {_PRIVATE_PREFIX}")
        name, key_id, seed = _decode_key(skey.removeprefix(_PRIVATE_PREFIX))
        signer = cls(name, seed)
        if signer.verifier.key_id != key_id:
            raise KeyFormatError(f"the key ID {key_id.hex()} is not the one of this name and key")
        return signer

    def sign(self, text: str) -> str:
        """Return the note of `text` with one signature. Raises NoteError for a malformed text."""
        _check_text(text)
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        line = base64.b64encode(self.verifier.key_id + signature).decode()
        return f"{text}\n{SIGNATURE_PREFIX}{self.name} {line}\n"


def open_note(note: str, verifier: Verifier) -> str:
    """Return the text of a note that `verifier` signed.

    Signatures by other keys are passed over, as the specification asks. Raises NoteError.
    """
    text, blank, signatures = note.rpartition("\n\n")
    text += "\n"
    if not blank:
        raise NoteError("a note has an empty line before its signatures")
    _check_text(text)
    if not signatures.endswith("\n"):
        raise NoteError("a note ends in a newline")
    signed = False
    for line in signatures.removesuffix("\n").split("\n"):
        name, raw = _split_signature(line)
        if name == verifier.name and raw[:4] == verifier.key_id:
            _verify(verifier, text, raw[4:])
            signed = True
    if not signed:
        raise NoteError(f"the note has no signature by {verifier.name}")
    return text


def _verify(verifier: Verifier, text: str, signature: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public_key).verify(signature, text.encode())
    except InvalidSignature as error:
        raise NoteError(f"the signature by {verifier.name} does not fit the text") from error


def _split_signature(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(SIGNATURE_PREFIX).partition(" ")
    if not line.startswith(SIGNATURE_PREFIX) or not space or not _NAME.fullmatch(name):
        raise NoteError(f"not a signature line: {line!r}")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise NoteError(f"not base64 in the signature line: {line!r}") from error
    if len(raw) < 5:
        raise NoteError(f"too short for a signature: {line!r}")
    return name, raw


def _decode_key(text: str) -> tuple[str, bytes, bytes]:
    # The base64 part may itself hold "+", so only the first two separate.
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise KeyFormatError("a key has three parts joined by +: name, key ID, key")
    name, key_id, encoded = parts
    _check_name(name)
    try:
        raw_id, raw = bytes.fromhex(key_id), base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise KeyFormatError(f"the key ID or the key cannot be decoded: {error}") from error
    if len(raw_id) != 4 or len(raw) != 33 or raw[0] != ED25519:
        raise KeyFormatError("the key is not an Ed25519 key (0x01 and 32 bytes, with a 4-byte ID)")
    return name, raw_id, raw[1:]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise KeyFormatError(f"a key name has no spaces and no plus sign, but this is {name!r}")


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends in a newline")
    if any(ord(character) < 0x20 and character != "\n" for character in text):
        raise NoteError("the text of a note has no control characters")
