"""Whatever a message is made of is what a mail program reads."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions import mime

WHOLE: dict[str, Any] = {
    "subject": "Open letter",
    "text": "Dear board,\n",
    "html": "<p>Dear board,</p>\n",
    "sender": ("Undersigned", "letters@example.org"),
    "to": ("Ada Lovelace", "ada@example.org"),
    "date": datetime(2026, 11, 25, 12, 0, tzinfo=UTC),
}
# What a template may hold: no half characters, and of line ends those that text has.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)


def sent(**changes: Any) -> bytes:
    return mime.message(**(WHOLE | changes))


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    return bytes(part.get_payload(decode=True)).decode()


def in_lines(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\n").replace("\n", "\r\n") + "\r\n"


@given(text=TEXTS, html=TEXTS)
def test_text_and_html_are_read_as_they_were_written(text: str, html: str) -> None:
    message = read(sent(text=text, html=html))
    # The last line end belongs to the boundary (RFC 2046, section 5.1.1).
    assert body(message, "plain") == in_lines(text)
    assert body(message, "html") == in_lines(html)
    assert not [part.defects for part in message.walk() if part.defects]


@given(text=TEXTS, subject=LINES, name=LINES)
def test_message_travels_through_servers_that_know_ascii_in_short_lines_only(
    text: str, subject: str, name: str
) -> None:
    content = sent(text=text, subject=subject, to=(name, "ada@example.org"))
    assert content.isascii()
    lines = content.split(b"\r\n")
    assert not [line for line in lines if b"\r" in line or b"\n" in line]
    assert max(map(len, lines)) <= 998


@given(subject=LINES, name=LINES)
def test_words_in_headers_are_read_as_they_were_written(subject: str, name: str) -> None:
    message = read(sent(subject=subject, to=(name, "ada@example.org")))
    assert message["Subject"] == " ".join(subject.split())
    assert message["To"].addresses[0].addr_spec == "ada@example.org"


def test_attachments_are_read_as_they_were_written() -> None:
    files = [
        mime.Attachment("roll.csv", "text/csv", "Zoë,李\r\n".encode() * 50),
        mime.Attachment("letter.pdf", "application/pdf", bytes(range(256))),
    ]
    message = read(sent(attachments=files))
    parts = list(message.iter_attachments())
    assert [part.get_filename() for part in parts] == ["roll.csv", "letter.pdf"]
    assert [part.get_content_type() for part in parts] == ["text/csv", "application/pdf"]
    assert [part.get_payload(decode=True) for part in parts] == [file.content for file in files]
    assert parts[0].get_content_charset() == "utf-8"
    assert body(message, "plain") == "Dear board,\r\n"


@pytest.mark.parametrize(
    "address", ["ada@example.org\r\nBcc: all@example.org", "ada\n@example.org", "ada\x00@x.org"]
)
def test_address_with_a_line_of_its_own_is_no_header(address: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        sent(to=("Ada", address))
