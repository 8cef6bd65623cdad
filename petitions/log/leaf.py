"""What the leaves of the log say: small, typed, versioned canonical JSON.

A leaf names no person: a signature appears as a salted commitment to a record that is kept
elsewhere and can be erased with its salt, after which the leaf tells nobody anything. The JSON is
in the form of RFC 8785 (keys sorted, no spaces, UTF-8); with ASCII keys and only strings, whole
numbers and objects as values, the standard library writes exactly that form.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from .encoding import MAX_NUMBER

FORMAT = 1
SALT_SIZE = 32

_HASH = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{32}")
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class LeafError(ValueError):
    """Bytes that are not a leaf as this module writes them."""


class UnknownLeafError(LeafError):
    """A leaf of a type or a format that a later version of this module writes."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a leaf says: its type, and the type's fields as in the JSON."""

    type: str
    fields: Mapping[str, str | int]

    def text(self, field: str) -> str:
        """Return a field that is a string: a code, a date, or a hash or an id in hex."""
        return str(self.fields[field])

    def number(self, field: str) -> int:
        """Return a field that is a number: an index, a size, the number of a version or a batch."""
        return int(self.fields[field])


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


def removed(index: int, reason: str) -> bytes:
    """Return the leaf that says that the signature at `index` was removed, with a reason's code."""
    return _leaf("remove", index=index, reason=reason)


def delivery_intended(petition: UUID, number: int, commitment: bytes) -> bytes:
    """Return the leaf that says that a batch is about to be sent to somebody.

    To whom, and what, is committed to: SHA-256(salt || record).
    """
    return _leaf(
        "deliver-intent", petition=petition.hex, number=number, commitment=commitment.hex()
    )


def delivery_ended(index: int, result: str) -> bytes:
    """Return the leaf that says what came of the delivery whose intent is at `index`, as a code."""
    return _leaf("deliver-result", index=index, result=result)


def responded(petition: UUID, response_hash: bytes) -> bytes:
    """Return the leaf that binds a target's response, by its SHA-256, to a petition."""
    return _leaf("response", petition=petition.hex, hash=response_hash.hex())


def parse(data: bytes) -> Leaf:
    """Read a leaf; only the very bytes that this module writes for it are one.

    Raises LeafError; UnknownLeafError if it may be fine for a reader that knows more.
    """
    try:
        value = json.loads(data.decode())
        if not isinstance(value, dict) or canonical_json(value) != data:
            raise LeafError(f"not a JSON object in canonical form: {data[:80]!r}")
    except (ValueError, RecursionError) as error:
        raise LeafError(f"not a leaf: {error}") from error
    fields = {key: value[key] for key in value if key not in {"v", "type"}}
    leaf_type = value.get("type")
    # Told by its own words: 1.0 and true are 1 to Python, and no type need be a string.
    checks = _FIELDS.get(str(leaf_type)) if repr(value.get("v")) == repr(FORMAT) else None
    if checks is None or not isinstance(leaf_type, str):
        raise UnknownLeafError(f"a type or a format that is not known here: {data[:80]!r}")
    if fields.keys() != checks.keys():
        raise LeafError(f"a {leaf_type} leaf has the fields {', '.join(checks)}: {data[:80]!r}")
    for key, is_valid in checks.items():
        if not is_valid(fields[key]):
            raise LeafError(f"not a {key} of a {leaf_type} leaf: {str(fields[key])[:80]!r}")
    return Leaf(leaf_type, fields)


def _is_number(value: object) -> bool:
    # A bool is an int to Python, and not to JSON.
    return type(value) is int and 0 <= value <= MAX_NUMBER


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


_is_hash, _is_id, _is_code = map(_matches, (_HASH, _ID, _CODE))
_FIELDS: dict[str, dict[str, Callable[[object], bool]]] = {
    "version": {"petition": _is_id, "number": _is_number, "text": _is_hash},
    "open": {"petition": _is_id, "text": _is_hash},
    "close": {"petition": _is_id},
    "sign": {"text": _is_hash, "kind": _is_code, "commitment": _is_hash, "date": _is_date},
    "withdraw": {"index": _is_number},
    "remove": {"index": _is_number, "reason": _is_code},
    "batch": {
        "petition": _is_id,
        "number": _is_number,
        "size": _is_number,
        "manifest": _is_hash,
    },
    "deliver-intent": {"petition": _is_id, "number": _is_number, "commitment": _is_hash},
    "deliver-result": {"index": _is_number, "result": _is_code},
    "response": {"petition": _is_id, "hash": _is_hash},
}


TYPES = frozenset(_FIELDS)


def _leaf(leaf_type: str, **fields: object) -> bytes:
    return canonical_json({"v": FORMAT, "type": leaf_type, **fields})
