"""Messages as they travel: RFC 5322 and MIME, with CRLF.

With the older of Python's two e-mail interfaces, which takes a third of the time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, make_msgid

_WIRE = policy.compat32.clone(linesep="\r\n")
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP


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

    With a Message-ID of the caller's, whatever is the same gives the same bytes. Raises ValueError
    or HeaderParseError where a header cannot hold what it is given.
    """
    message: Message = MIMEMultipart("alternative")
    message.attach(_text(text, "plain"))
    message.attach(_text(html, "html"))
    if files := [_file(attachment) for attachment in attachments]:
        message = MIMEMultipart("mixed", _subparts=[message, *files])
    message["Subject"] = Header(_one_line(subject), header_name="Subject").encode()
    message["From"] = formataddr(sender)
    display_name, address = to
    message["To"] = formataddr((_one_line(display_name), address))
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id or make_msgid(domain=sender[1].partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    if message_id:
        _fix_boundaries(message, message_id)
    return message.as_bytes(policy=_WIRE)


def _one_line(words: str) -> str:
    """Return the words in one line: whatever they hold cannot become a header of its own."""
    return " ".join(words.split())


def _text(content: str, subtype: str) -> MIMEText:
    return MIMEText(content, subtype, _UTF8)  # type: ignore[arg-type]  # a Charset is allowed


def _file(attachment: Attachment) -> MIMENonMultipart:
    part = MIMENonMultipart(*attachment.media_type.split("/"))
    if part.get_content_maintype() == "text":
        # All text that we write is UTF-8; a reader that is not told may take it for ASCII.
        part.set_param("charset", "utf-8")
    part.set_payload(attachment.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    return part


def _fix_boundaries(message: Message, message_id: str) -> None:
    """Replace the random boundaries, so that a message built twice is the same twice."""
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{message_id.strip('<>').partition('@')[0]}_{number}")
