"""The inbox takes whatever is sent and shows it without letting it act."""

import json
import smtplib
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from local import environment
from local.inbox import Inbox, reading
from local.inbox.mailbox import Mailbox
from local.inbox.pages import PAGE_SIZE, linked
from local.ports import HOST, next_free


@pytest.fixture
def own_inbox(tmp_path: Path) -> Iterator[Inbox]:
    """An inbox that a test may stop and start."""
    smtp_port = next_free(0)
    with Inbox(
        tmp_path / "mail",
        smtp_port=smtp_port,
        web_port=next_free(0, besides=[smtp_port]),
        log_path=tmp_path / "inbox.log",
        environment=environment.machines(),
    ) as inbox:
        yield inbox


def test_message_is_kept_as_it_was_sent(inbox: Inbox) -> None:
    _send(inbox, _letter())

    [message] = inbox.messages

    assert message["Subject"] == "Grüße <b>to</b> you"
    assert message["Return-Path"] == "<letters@example.org>"
    assert message["Delivered-To"] == "zoe@example.org"
    assert reading.text(message) == "Confirm: http://127.0.0.1:8000/c?a=1&b=2.\r\n"


def test_messages_stay_when_the_inbox_is_killed(own_inbox: Inbox) -> None:
    _send(own_inbox, _letter())

    own_inbox.kill()
    own_inbox.restart()

    assert _data(own_inbox)["count"] == 1


def test_refusal_comes_for_the_address_that_asks_for_one(inbox: Inbox) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        _send(inbox, _letter(), to="reply-451@example.org")

    assert refused.value.recipients == {"reply-451@example.org": (451, b"As the address asks for")}
    assert inbox.messages == []


def test_page_shows_a_message_as_text(inbox: Inbox) -> None:
    name = _send(inbox, _letter())

    page = _get(inbox, f"/messages/{name}/").content.decode()

    assert '<h1 dir="auto">Grüße &lt;b&gt;to&lt;/b&gt; you</h1>' in page
    assert '<a href="http://127.0.0.1:8000/c?a=1&amp;b=2" target="_blank"' in page


def test_html_part_can_do_nothing_but_open_links(inbox: Inbox) -> None:
    name = _send(inbox, _letter())

    frame = _get(inbox, f"/messages/{name}/html")

    assert frame.headers["Content-Security-Policy"] == (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'"
    )


def test_attachment_is_downloaded_never_opened(inbox: Inbox) -> None:
    name = _send(inbox, _letter())

    attachment = _get(inbox, f"/messages/{name}/attachments/1")

    assert attachment.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''%C3%BCber.html"
    )
    assert attachment.headers["Content-Type"] == "application/octet-stream"
    assert attachment.content == b"<script>alert(1)</script>"


def test_page_of_another_host_name_shows_no_mail(inbox: Inbox) -> None:
    assert _get(inbox, "/", host="attacker.example").status == 421


@pytest.mark.parametrize("path", ["/messages/1/", "/messages/../settings.json", "/nowhere"])
def test_page_that_does_not_exist_is_not_found(inbox: Inbox, path: str) -> None:
    assert _get(inbox, path).status == 404


def test_list_shows_the_newest_first_a_page_at_a_time(tmp_path: Path, inbox: Inbox) -> None:
    for number in range(PAGE_SIZE + 1):
        inbox.mailbox.deliver("", ["zoe@example.org"], f"Subject: {number}\r\n\r\n".encode())

    first, second = _data(inbox), _data(inbox, page=2)

    assert [first["count"], len(first["messages"])] == [PAGE_SIZE + 1, PAGE_SIZE]
    assert first["messages"][0]["subject"] == str(PAGE_SIZE)
    assert [message["subject"] for message in second["messages"]] == ["0"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no header at all",
        b"Content-Type: text/plain; charset=no\x00ne\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nnothing ends",
        b"Subject: =?utf-8?b?////?=\r\nTo: <<>>,;@\r\n\r\n",
    ],
)
def test_malformed_message_is_shown(inbox: Inbox, content: bytes) -> None:
    name = inbox.mailbox.deliver("a@example.org", ["b@example.org"], content)

    assert _get(inbox, f"/messages/{name}/").status == 200
    assert _get(inbox, "/").status == 200


def test_sentence_does_not_become_part_of_a_link() -> None:
    assert linked("See (https://example.org/a?b=c).") == (
        'See (<a href="https://example.org/a?b=c" target="_blank" rel="noreferrer">'
        "https://example.org/a?b=c</a>)."
    )


def test_order_of_arrival_is_kept_when_the_clock_stands_still(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)

    delivered = [mailbox.deliver("", [], b"") for _ in range(100)]

    assert mailbox.names() == delivered


def _letter() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Letters <letters@example.org>"
    message["Subject"] = "Grüße <b>to</b> you"
    message.set_content("Confirm: http://127.0.0.1:8000/c?a=1&b=2.\n")
    message.add_alternative("<p>Confirm<script>alert(1)</script></p>", subtype="html")
    message.add_attachment(
        b"<script>alert(1)</script>", maintype="text", subtype="html", filename="über.html"
    )
    return message


def _send(inbox: Inbox, message: EmailMessage, to: str = "zoe@example.org") -> str:
    """Send the message and return its name in the mailbox."""
    with smtplib.SMTP(HOST, inbox.smtp_port) as smtp:
        smtp.send_message(message, to_addrs=[to])
    return inbox.mailbox.names()[-1]


class _Answer(NamedTuple):
    status: int
    headers: HTTPMessage
    content: bytes


def _get(inbox: Inbox, path: str, host: str = "localhost") -> _Answer:
    with closing(HTTPConnection(HOST, inbox.web_port, timeout=10)) as connection:
        connection.request("GET", path, headers={"Host": host})
        response = connection.getresponse()
        return _Answer(response.status, response.headers, response.read())


def _data(inbox: Inbox, page: int = 1) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_get(inbox, f"/messages.json?page={page}").content)
    return data
