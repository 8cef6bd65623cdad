"""What a message says, taken from mail as odd as mail may be."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart

PREAMBLE = ("From", "To", "Cc", "Reply-To", "Date")


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message."""

    filename: str
    content_type: str
    content: bytes


def header(message: EmailMessage, name: str) -> str:
    """Return the header decoded, or "" where there's none."""
    try:
        return str(message.get(name, ""))
    except Exception:  # noqa: BLE001 (on a malformed header the parser raises whatever it likes)
        raw = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
        return next(raw, "")


def recipients(message: EmailMessage) -> list[str]:
    """Return whom the message was delivered to, which its To need not say."""
    return [str(value) for key, value in message.raw_items() if key == "Delivered-To"]


def text(message: EmailMessage) -> str | None:
    """Return the plain text part."""
    return _body(message, "plain")


def html(message: EmailMessage) -> str | None:
    """Return the HTML part."""
    return _body(message, "html")


def attachments(message: EmailMessage) -> list[Attachment]:
    """Return the files that came with the message."""
    return [
        Attachment(_filename(part, number), part.get_content_type(), _content(part))
        for number, part in enumerate(_attached(message), start=1)
    ]


def _body(message: EmailMessage, subtype: str) -> str | None:
    part = message.get_body((subtype,))
    if part is None:
        return None
    charset = part.get_content_charset("utf-8")
    try:
        return _content(part).decode(charset, errors="replace")
    except (LookupError, ValueError):
        return _content(part).decode("latin-1")


def _attached(message: EmailMessage) -> Iterator[MIMEPart]:
    if message.is_multipart():
        yield from message.iter_attachments()
    elif message.get_content_maintype() != "text":
        yield message


def _content(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    # A message inside a message has no bytes of its own.
    return content if isinstance(content, bytes) else part.as_bytes()


def _filename(part: MIMEPart, number: int) -> str:
    return part.get_filename() or f"part-{number}"
