"""Signatures that ssh-keygen doesn't make, or not without a device: PROTOCOL.sshsig and .u2f."""

import base64
import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PRESENT = b"\x01"


def string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def mpint(value: int) -> bytes:
    return string(value.to_bytes(value.bit_length() // 8 + 1))


def armor(blob: bytes) -> str:
    encoded = base64.encodebytes(blob).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{encoded}-----END SSH SIGNATURE-----\n"


def dearmor(armored: str) -> bytes:
    return base64.b64decode("".join(armored.splitlines()[1:-1]))


def key_line(blob: bytes) -> str:
    """A line as GitHub gives it."""
    size = int.from_bytes(blob[:4])
    return f"{blob[4 : 4 + size].decode()} {base64.b64encode(blob).decode()}"


@dataclass(frozen=True)
class Envelope:
    """What a signature consists of; `replace` makes one that is off by one thing."""

    key: bytes
    namespace: bytes
    text: bytes
    hash_name: bytes = b"sha512"
    reserved: bytes = b""
    version: int = 1
    magic: bytes = b"SSHSIG"
    trailing: bytes = b""

    @property
    def signed(self) -> bytes:
        name = "sha256" if self.hash_name == b"sha256" else "sha512"
        digest = hashlib.new(name, self.text).digest()
        fields = (self.namespace, self.reserved, self.hash_name, digest)
        return self.magic + b"".join(map(string, fields))

    def with_signature(self, signature: bytes) -> str:
        fields = (self.key, self.namespace, self.reserved, self.hash_name, signature)
        version = struct.pack(">I", self.version)
        return armor(self.magic + version + b"".join(map(string, fields)) + self.trailing)


@dataclass(frozen=True)
class Device:
    """A security key: a key, and the signature of its algorithm over some bytes."""

    name: bytes
    public: bytes
    sign: Callable[[bytes], bytes]
    application: bytes = b"ssh:"

    @property
    def blob(self) -> bytes:
        return string(self.name) + self.public + string(self.application)

    def signed(self, envelope: Envelope, flags: bytes = PRESENT, counter: int = 7) -> str:
        state = flags + struct.pack(">I", counter)
        hashed = hashlib.sha256(self.application).digest(), hashlib.sha256(envelope.signed).digest()
        value = self.sign(hashed[0] + state + hashed[1])
        return envelope.with_signature(string(self.name) + string(value) + state)

    def envelope(self, namespace: bytes, text: bytes) -> Envelope:
        return Envelope(self.blob, namespace, text)


def ed25519_device() -> Device:
    key = Ed25519PrivateKey.generate()
    public = string(key.public_key().public_bytes_raw())
    return Device(b"sk-ssh-ed25519@openssh.com", public, key.sign)


def ecdsa_device() -> Device:
    key = generate_private_key(SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ECDSA(hashes.SHA256())))
        return mpint(r) + mpint(s)

    public = string(b"nistp256") + string(point)
    return Device(b"sk-ecdsa-sha2-nistp256@openssh.com", public, sign)


def with_application(device: Device, application: bytes) -> Device:
    return replace(device, application=application)
