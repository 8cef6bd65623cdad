"""Bundles of entries, as in https://c2sp.org/tlog-tiles: each entry after its length, a uint16."""

from collections.abc import Iterable

_LENGTH = 2
MAX_ENTRY = (1 << 8 * _LENGTH) - 1


class BundleError(ValueError):
    """Bytes that are not a bundle of as many entries as there should be."""


def encode(entries: Iterable[bytes]) -> bytes:
    """Return the bundle. Raises BundleError for an entry of more than 65,535 bytes."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise BundleError(f"an entry has at most {MAX_ENTRY} bytes, not {len(entry)}")
        parts += (len(entry).to_bytes(_LENGTH), entry)
    return b"".join(parts)


def decode(bundle: bytes, width: int) -> list[bytes]:
    """Return the `width` entries of a bundle. Raises BundleError."""
    entries, place = [], 0
    while place < len(bundle):
        start = place + _LENGTH
        place = start + int.from_bytes(bundle[place:start])
        entries.append(bundle[start:place])
    if place != len(bundle):
        raise BundleError(f"the last entry of the bundle is cut off after {len(bundle)} bytes")
    if len(entries) != width:
        raise BundleError(f"the bundle has {len(entries)} entries, not {width}")
    return entries
