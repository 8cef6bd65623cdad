"""What the leaves of the log say: small, typed, versioned canonical JSON.

A leaf names no person: a signature appears as a salted commitment to a record that is kept
elsewhere and can be erased with its salt, after which the leaf tells nobody anything. The JSON is
in the form of RFC 8785 (keys sorted, no spaces, UTF-8); with ASCII keys and only strings, whole
numbers and objects as values, the standard library writes exactly that form.
"""

import hashlib
import json
from datetime import date
from uuid import UUID

FORMAT = 1
SALT_SIZE = 32


def canonical_json(value: dict[str, object]) -> bytes:
    """Return `value` (ASCII keys; strings, ints, dicts of these) as RFC 8785 bytes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def commitment(salt: bytes, record: bytes) -> bytes:
    """Return SHA-256(salt || record), 32 bytes.

    Raises ValueError unless the salt has 32 bytes: a fixed length keeps salt and record apart.
    """
    if len(salt) != SALT_SIZE:
        raise ValueError(f"a salt has {SALT_SIZE} bytes, not {len(salt)}")
    return hashlib.sha256(salt + record).digest()


def version(petition: UUID, number: int, text_hash: bytes) -> bytes:
    """Return the leaf that binds the text with this SHA-256 to a petition."""
    return _leaf("version", petition=petition.hex, number=number, text=text_hash.hex())


def opened(petition: UUID, text_hash: bytes) -> bytes:
    """Return the leaf that says that signing has begun."""
    return _leaf("open", petition=petition.hex, text=text_hash.hex())


def closed(petition: UUID) -> bytes:
    """Return the leaf that says that signing has ended."""
    return _leaf("close", petition=petition.hex)


def signed(text_hash: bytes, assurance: str, commitment: bytes, on: date) -> bytes:
    """Return the leaf of one confirmed signature under the text with this SHA-256."""
    return _leaf(
        "sign",
        text=text_hash.hex(),
        kind=assurance,
        commitment=commitment.hex(),
        date=on.isoformat(),
    )


def withdrawn(index: int) -> bytes:
    """Return the leaf that takes back the signature at this index of the log."""
    return _leaf("withdraw", index=index)


def batched(petition: UUID, number: int, size: int, manifest_hash: bytes) -> bytes:
    """Return the leaf of a batch: the tree size up to which it reaches, its manifest's SHA-256."""
    return _leaf(
        "batch", petition=petition.hex, number=number, size=size, manifest=manifest_hash.hex()
    )


def _leaf(leaf_type: str, **fields: object) -> bytes:
    return canonical_json({"v": FORMAT, "type": leaf_type, **fields})
