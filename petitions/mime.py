"""Messages as they travel: RFC 5322 and MIME, with CRLF.

Put together here, because the generators of Python's `email` package take ten times as long.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import Message
from email.utils import format_datetime, formataddr, make_msgid
from functools import lru_cache

# Neither quoted-printable nor base64 can hold "=_" (RFC 2045, section 6.7).
_ALTERNATIVE = "=_alternative"
_MIXED = "=_mixed"
# Shorter headers need no folding (RFC 5322, section 2.1.1).
_FOLDED_FROM = 76


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message."""

    name: str
    media_type: str
    content: bytes


def message(
    *,
    subject: str,
    text: str,
    html: str,
    sender: tuple[str, str],
    to: tuple[str, str],
    date: datetime,
    message_id: str = "",
    attachments: Iterable[Attachment] = (),
) -> bytes:
    """Put a message together. `sender` and `to` are a name and an address each.

    The same gives the same bytes; without a `message_id` each message has a new one. Raises
    ValueError or HeaderParseError where a header cannot hold what it is given.
    """
    headers = [
        _kept_header("Subject", _one_line(subject)),
        _kept_header("From", formataddr(sender)),
        _header("To", formataddr((_one_line(to[0]), to[1]))),
        f"Date: {format_datetime(date)}",
        f"Message-ID: {message_id or make_msgid(domain=sender[1].partition('@')[2])}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ]
    content = _multipart("alternative", _ALTERNATIVE, [_text(text, "plain"), _text(html, "html")])
    if files := [_file(attachment) for attachment in attachments]:
        content = _multipart("mixed", _MIXED, [content, *files])
    return _lines(headers) + content


def _header(name: str, value: str) -> str:
    """Return a header, folded and encoded as RFC 2047 has it. Raises ValueError."""
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError(f"a control character in {name}")
    if value.isascii() and len(name) + len(value) < _FOLDED_FROM:
        return f"{name}: {value}"
    return f"{name}: {Header(value, header_name=name).encode(linesep='\r\n')}"


#: The same for many messages. Who gets them does not stay in memory.
_kept_header = lru_cache(maxsize=64)(_header)


def _one_line(words: str) -> str:
    """Return the words in one line: whatever they hold cannot become a header of its own."""
    return " ".join(words.split())


def _multipart(kind: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    head = _lines([f'Content-Type: multipart/{kind}; boundary="{boundary}"', ""])
    limit = f"--{boundary}".encode()
    inner = b"".join(limit + b"\r\n" + part + b"\r\n" for part in parts)
    return head + inner + limit + b"--\r\n"


def _text(content: str, subtype: str) -> bytes:
    """Return a part of text in quoted-printable, its lines ended by CRLF."""
    head = [
        f'Content-Type: text/{subtype}; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
    ]
    lines = content.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n") + "\n"
    return _lines(head) + binascii.b2a_qp(lines.replace("\n", "\r\n").encode())


def _file(attachment: Attachment) -> bytes:
    part = Message()
    part["Content-Type"] = attachment.media_type
    if part.get_content_maintype() == "text":
        # All text that we write is UTF-8; a reader that is not told may take it for ASCII.
        part.set_param("charset", "utf-8")
    part["Content-Transfer-Encoding"] = "base64"
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    head = [f"{name}: {value}" for name, value in part.items()]
    return _lines([*head, ""]) + base64.encodebytes(attachment.content).replace(b"\n", b"\r\n")


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")
