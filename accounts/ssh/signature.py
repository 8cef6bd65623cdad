"""Verification of what `ssh-keygen -Y sign` writes: PROTOCOL.sshsig of OpenSSH."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .algorithm import ALGORITHMS, fits
from .key import SigningKey, read_keys
from .refusal import (
    NotASignature,
    OtherNamespace,
    OtherText,
    SignatureRefused,
    UnlistedKey,
    algorithm_refused,
)
from .wire import WireReader, shown, string

MAXIMUM_SIZE = 16 * 1024
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}


@dataclass(frozen=True, slots=True)
class _Envelope:
    """Section 2 of PROTOCOL.sshsig."""

    version: int
    key: SigningKey
    namespace: bytes
    reserved: bytes
    hash_name: bytes
    signature: bytes

    @classmethod
    def read(cls, blob: bytes) -> "_Envelope":
        """Raises ValueError for bytes that are anything else."""
        reader = WireReader(blob)
        if reader.take(len(_MAGIC)) != _MAGIC:
            raise ValueError("no magic")
        envelope = cls(
            version=reader.uint32(),
            key=SigningKey(reader.string()),
            namespace=reader.string(),
            reserved=reader.string(),
            hash_name=reader.string(),
            signature=reader.string(),
        )
        reader.end()
        if envelope.version != 1 or envelope.reserved:
            raise ValueError("of a later version")
        return envelope

    def signed(self, statement: bytes) -> bytes:
        """Return what the key signed if it was this statement: section 3."""
        digest = _HASHES[self.hash_name](statement).digest()
        fields = (self.namespace, self.reserved, self.hash_name, digest)
        return _MAGIC + b"".join(map(string, fields))


def verify(statement: bytes, armored: str, namespace: str, keys: Sequence[str]) -> SigningKey:
    """Return which of the keys, lines as in read_keys, signed the statement in the namespace.

    The statement is one line without its end. A signature of it with an LF, a CRLF or nothing at
    its end is taken: shells differ in what they append (PowerShell: CRLF), and as no statement
    holds a line end, such a signature cannot be one of another statement.

    Raises SignatureRefused.
    """
    if b"\n" in statement or b"\r" in statement:
        raise ValueError("a statement is one line, without its end")
    try:
        envelope = _Envelope.read(_dearmored(armored))
        _check_envelope(envelope, namespace)
        _check_listed(envelope.key, keys)
        signed = any(
            fits(envelope.key, envelope.signature, envelope.signed(statement + end))
            for end in (b"\n", b"\r\n", b"")
        )
    except SignatureRefused:
        raise
    except ValueError as error:
        raise NotASignature(
            _("The signature is damaged. Copy it again, from the line BEGIN to the line END.")
        ) from error
    if not signed:
        raise OtherText(
            _("The signature is of another text. Copy the command again, and run it unchanged.")
        )
    return envelope.key


def _dearmored(armored: str) -> bytes:
    """Return the bytes between the two lines; a form may have added CR, or space around them."""
    if "PRIVATE KEY-----" in armored:
        raise NotASignature(
            _(
                "This is a private key, which nobody else may ever see. It was not kept here,"
                " but replace it. What is needed is the output of the command."
            )
        )
    text = armored.strip()
    if len(text) > MAXIMUM_SIZE or not (text.startswith(_BEGIN) and text.endswith(_END)):
        raise NotASignature(
            _(
                "This is not an SSH signature. It starts with the line “%(begin)s” and ends with"
                " the line “%(end)s”."
            )
            % {"begin": _BEGIN, "end": _END}
        )
    lines = text.removeprefix(_BEGIN).removesuffix(_END).split()
    return base64.b64decode("".join(lines), validate=True)


def _check_envelope(envelope: _Envelope, namespace: str) -> None:
    if envelope.namespace != namespace.encode():
        raise OtherNamespace(
            _("The signature was made for “%(seen)s”, and not for “%(wanted)s”.")
            % {"seen": shown(envelope.namespace), "wanted": namespace}
        )
    if envelope.hash_name not in _HASHES:
        raise algorithm_refused(shown(envelope.hash_name))
    if envelope.key.algorithm not in ALGORITHMS:
        raise algorithm_refused(envelope.key.algorithm)


def _check_listed(key: SigningKey, keys: Sequence[str]) -> None:
    if key not in read_keys(keys):
        raise UnlistedKey(
            _(
                "The key that signed, %(fingerprint)s, is not among the public keys of the"
                " account. Sign with one that is, or add it there first."
            )
            % {"fingerprint": key.fingerprint}
        )
