"""The inbox's web side: for a browser on this machine, and inert."""

import json
import re
from collections.abc import Callable
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from . import pages, reading
from .mailbox import Mailbox, arrived_at

STYLE = Path(__file__).with_name("style.css")
HTML = "text/html; charset=utf-8"
#: For our pages: our stylesheet and the sandboxed frame.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: For what came by mail: its own looks, and nothing from anywhere, by whichever way it's opened.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'"
)


class Answer(NamedTuple):
    """What goes back to the browser."""

    content: bytes
    content_type: str = HTML
    policy: str = PAGE_POLICY
    filename: str = ""
    status: HTTPStatus = HTTPStatus.OK


NOT_FOUND = Answer(b"There is no such page.\n", "text/plain", status=HTTPStatus.NOT_FOUND)
WRONG_HOST = Answer(
    b"This inbox answers to 127.0.0.1 and localhost only.\n",
    "text/plain",
    status=HTTPStatus.MISDIRECTED_REQUEST,
)


class Server(ThreadingHTTPServer):
    """Serves a mailbox."""

    def __init__(self, address: tuple[str, int], mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    """One connection of a browser."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "inbox"
    sys_version = ""
    # Idle connections give their threads back.
    timeout = 60

    def do_GET(self) -> None:
        """Answer, to HEAD without content."""
        answer = self._answer()
        self.send_response(answer.status)
        for name, value in _headers(answer).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: what a person reads isn't worth a line."""

    def _answer(self) -> Answer:
        # A page elsewhere could give its own name the address 127.0.0.1 and read the mail.
        if self.headers.get("Host", "").partition(":")[0] not in {"127.0.0.1", "localhost"}:
            return WRONG_HOST
        address = urlsplit(self.path)
        for pattern, answer in ROUTES:
            if found := re.fullmatch(pattern, address.path):
                page = parse_qs(address.query).get("page", ["1"])[0]
                return answer(self.server.mailbox, found, _page_number(page)) or NOT_FOUND
        return NOT_FOUND


def _page_number(text: str) -> int:
    return max(int(text), 1) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 1


def _headers(answer: Answer) -> dict[str, str]:
    headers = {
        "Content-Type": answer.content_type,
        "Content-Length": str(len(answer.content)),
        "Content-Security-Policy": answer.policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    if answer.filename:
        name = quote(answer.filename, safe="")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return headers


def _list(mailbox: Mailbox, _: re.Match[str], page: int) -> Answer:
    return Answer(pages.message_list(mailbox, page).encode(errors="replace"))


def _data(mailbox: Mailbox, _: re.Match[str], page: int) -> Answer:
    names = mailbox.names()
    shown = [
        _summary(name, message)
        for name in pages.newest(names, page)
        if (message := mailbox.message(name)) is not None
    ]
    content = json.dumps({"count": len(names), "page": page, "messages": shown}, indent=1)
    return Answer(content.encode(), "application/json")


def _summary(name: str, message: EmailMessage) -> dict[str, object]:
    return {
        "id": name,
        "arrived_at": arrived_at(name).isoformat(),
        "from": reading.header(message, "From"),
        "to": reading.recipients(message),
        "subject": reading.header(message, "Subject"),
        "text": reading.text(message),
        "source": f"/messages/{name}.eml",
    }


def _message(mailbox: Mailbox, found: re.Match[str], _: int) -> Answer | None:
    message = mailbox.message(found[1])
    if message is None:
        return None
    return Answer(pages.message_page(found[1], message).encode(errors="replace"))


def _html(mailbox: Mailbox, found: re.Match[str], _: int) -> Answer | None:
    message = mailbox.message(found[1])
    html = reading.html(message) if message is not None else None
    if html is None:
        return None
    # Our doctype counts, one of the message's own after it doesn't.
    document = f'<!doctype html><base target="_blank">{html}'
    return Answer(document.encode(errors="replace"), policy=MAIL_POLICY)


def _attachment(mailbox: Mailbox, found: re.Match[str], _: int) -> Answer | None:
    message = mailbox.message(found[1])
    attachments = reading.attachments(message) if message is not None else []
    if not 0 < int(found[2]) <= len(attachments):
        return None
    attachment = attachments[int(found[2]) - 1]
    return Answer(attachment.content, "application/octet-stream", MAIL_POLICY, attachment.filename)


def _source(mailbox: Mailbox, found: re.Match[str], _: int) -> Answer | None:
    source = mailbox.source(found[1])
    if source is None:
        return None
    return Answer(source, "message/rfc822", MAIL_POLICY, f"{found[1]}.eml")


def _style(mailbox: Mailbox, _: re.Match[str], page: int) -> Answer:
    return Answer(STYLE.read_bytes(), "text/css; charset=utf-8")


ROUTES: list[tuple[str, Callable[[Mailbox, re.Match[str], int], Answer | None]]] = [
    (r"/", _list),
    (r"/messages\.json", _data),
    (r"/messages/(\d{20})/", _message),
    (r"/messages/(\d{20})/html", _html),
    (r"/messages/(\d{20})/attachments/(\d{1,4})", _attachment),
    (r"/messages/(\d{20})\.eml", _source),
    (r"/style\.css", _style),
]
