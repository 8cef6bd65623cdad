"""Base64 and decimals as the formats of the log want them: one way to write each value.

A reader that takes several spellings of the same bytes would let a receipt be changed unnoticed.
"""

import base64
import re

# Tree sizes and times of C2SP fit into an int64.
MAX_NUMBER = (1 << 63) - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def to_base64(data: bytes) -> str:
    """Return standard base64 with padding (RFC 4648, section 4)."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """Read what `to_base64` wrote. Raises ValueError for any other spelling."""
    # binascii.Error is a ValueError.
    data = base64.b64decode(text, validate=True)
    if to_base64(data) != text:
        raise ValueError(f"not base64 as RFC 4648 writes it: {text!r}")
    return data


def from_decimal(text: str) -> int:
    """Read a number from 0 to 2**63-1 in ASCII digits, without leading zeroes or a sign.

    Raises ValueError.
    """
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_NUMBER:
        raise ValueError(f"not a number without leading zeroes: {text[:40]!r}")
    return int(text)
