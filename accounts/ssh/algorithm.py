"""The algorithms that a signature may have, and whether one fits."""

import base64
import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from django.utils.translation import gettext as _

from .key import SigningKey
from .refusal import AlgorithmRefused, NotTouched, algorithm_refused
from .wire import WireReader, shown

MINIMUM_RSA_BITS = 2048
MAXIMUM_RSA_BITS = 16384  # as OpenSSH
# The flag by which hardware says that somebody touched it.
_PRESENT = 0x01

# The algorithms of signatures by each type of key. An RSA key says "ssh-rsa", which as the
# algorithm of a signature would mean SHA-1.
_HARDWARE = ("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")
_CURVE_HASHES: dict[str, hashes.HashAlgorithm] = {
    "ecdsa-sha2-nistp256": hashes.SHA256(),
    "ecdsa-sha2-nistp384": hashes.SHA384(),
    "ecdsa-sha2-nistp521": hashes.SHA512(),
    "sk-ecdsa-sha2-nistp256@openssh.com": hashes.SHA256(),
}
_RSA_HASHES: dict[str, hashes.HashAlgorithm] = {
    "rsa-sha2-256": hashes.SHA256(),
    "rsa-sha2-512": hashes.SHA512(),
}
ALGORITHMS = {
    "ssh-rsa": frozenset(_RSA_HASHES),
    **{name: frozenset({name}) for name in ("ssh-ed25519", *_CURVE_HASHES, *_HARDWARE)},
}


def fits(key: SigningKey, signature: bytes, signed: bytes) -> bool:
    """Whether the signature, as in section 6.6 of RFC 4253, is the key's over these bytes.

    Raises SignatureRefused for what is too weak, ValueError for what is damaged.
    """
    reader = WireReader(signature)
    algorithm, value = shown(reader.string()), reader.string()
    if algorithm not in ALGORITHMS[key.algorithm]:
        raise algorithm_refused(algorithm)
    if key.algorithm in _HARDWARE:
        signed = _signed_by_hardware(key, reader, signed)
    reader.end()
    try:
        _check(key, algorithm, value, signed)
    except InvalidSignature:
        return False
    return True


def _signed_by_hardware(key: SigningKey, reader: WireReader, signed: bytes) -> bytes:
    """Return what a FIDO device signs: PROTOCOL.u2f, "SSH U2F Signatures"."""
    flags, counter = reader.take(1), reader.take(4)
    if not flags[0] & _PRESENT:
        raise NotTouched(
            _("The security key was used without being touched. Sign again, and touch it.")
        )
    hashed = hashlib.sha256(_application(key)).digest(), hashlib.sha256(signed).digest()
    return hashed[0] + flags + counter + hashed[1]


def _application(key: SigningKey) -> bytes:
    """Return the last field of a key on hardware."""
    reader = WireReader(key.blob)
    fields = 3 if key.algorithm.startswith("sk-ecdsa") else 2
    for _field in range(fields):
        reader.string()
    return reader.string()


def _check(key: SigningKey, algorithm: str, value: bytes, signed: bytes) -> None:
    """Raise InvalidSignature, or what fits does."""
    public = _public_key(key)
    if isinstance(public, Ed25519PublicKey):
        public.verify(value, signed)
    elif isinstance(public, EllipticCurvePublicKey):
        public.verify(_der(value), signed, ECDSA(_CURVE_HASHES[algorithm]))
    else:
        # RFC 4253 lets the leading zeros go, OpenSSL wants them.
        padded = value.rjust((public.key_size + 7) // 8, b"\0")
        public.verify(padded, signed, PKCS1v15(), _RSA_HASHES[algorithm])


def _public_key(key: SigningKey) -> Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey:
    line = f"{key.algorithm} {base64.b64encode(key.blob).decode()}"
    try:
        public = load_ssh_public_key(line.encode())
    except (ValueError, NotImplementedError, UnsupportedAlgorithm) as error:
        # A point that is not on the curve, a compressed one, an application other than "ssh:".
        raise algorithm_refused(key.algorithm) from error
    if isinstance(public, RSAPublicKey):
        if not MINIMUM_RSA_BITS <= public.key_size <= MAXIMUM_RSA_BITS:
            raise AlgorithmRefused(
                _("The RSA key has %(bits)d bits, and is accepted from %(minimum)d to %(maximum)d.")
                % {
                    "bits": public.key_size,
                    "minimum": MINIMUM_RSA_BITS,
                    "maximum": MAXIMUM_RSA_BITS,
                }
            )
        return public
    assert isinstance(public, (Ed25519PublicKey, EllipticCurvePublicKey))
    return public


def _der(value: bytes) -> bytes:
    """Return an ECDSA signature, as in RFC 5656, section 3.1.2, in the form that OpenSSL reads."""
    reader = WireReader(value)
    r, s = reader.mpint(), reader.mpint()
    reader.end()
    return encode_dss_signature(r, s)
