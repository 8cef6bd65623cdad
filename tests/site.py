"""A running site as its visitors see it: pages and forms over HTTP, codes and links by mail."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cached_property
from html.parser import HTMLParser
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import (
    HTTPCookieProcessor,
    HTTPErrorProcessor,
    ProxyHandler,
    Request,
    build_opener,
)

from local.inbox import reading
from local.inbox.mailbox import Mailbox, parse
from local.stack import Stack

_LINK = re.compile(r"https?://\S+/confirm/[^/\s]+/")
_MANAGE_LINK = re.compile(r"https?://\S+/signature/[^/\s]+/")
_CODE = re.compile(r"(?<![\w/=-])\d{6}(?![\w/=-])")
_COUNT = re.compile(r"([\d,]+) confirmed signatures?\b")
_REDIRECTS = (301, 302, 303, 307, 308)


def eventually[T](
    ask: Callable[[], T], what: str, timeout: float = 60, *, until: Callable[[T], bool] = bool
) -> T:
    """Ask until the answer is good and return it; the test fails when it takes too long."""
    deadline = time.monotonic() + timeout
    while not until(answer := ask()):
        assert time.monotonic() < deadline, f"in {timeout:g} s not {what}; last answer: {answer!r}"
        time.sleep(0.02)
    return answer


def recipients_of(slug: str) -> tuple[str, str]:
    """Who gets the deliveries of a letter of ours, each at a target of its own."""
    return f"press-{slug}@example.com", f"board-{slug}@example.org"


#: What signers can prove under a letter that has this in its file, of those who are in the
#: stand-in for GitHub at its start.
EVIDENCE = """evidence:
  domains: [example.com]
  github:
    organizations:
      - {name: acme, id: 9001}
    repositories:
      - {name: acme/widget, id: 70001}
"""


def petition_file(slug: str, *, every: int, recipients: tuple[str, str], more: str = "") -> str:
    """A letter of nobody, with a batch for every so many signatures, and more front matter."""
    press, board = recipients
    return f"""---
title: Keep the workshop open on Saturdays
slug: {slug}
language: en
audience: Anybody who has mended something there
targets:
  - company: Example Works
    domain: example.com
    recipients:
      - name: Press office
        address: {press}
  - company: Example Foundation
    recipients:
      - name: The board
        address: {board}
delivery:
  every: {every}
{more}---
To those who hold the keys,

on weekdays we work. The workshop is **ours** on Saturdays only, and since May its door is locked.

1. Open it again.
2. Say a month ahead when it must be closed.
"""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs in a test."""

    name: str
    address: str


def signers(prefix: str, count: int, domain: str = "example.net") -> list[Signer]:
    """So many people whose addresses nobody else has; the prefix tells one group from another."""
    return [
        Signer(f"{prefix.title()} Number-{number}", f"{prefix}.{number}@{domain}")
        for number in range(1, count + 1)
    ]


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it stands: where it goes, and what it sends if nobody types anything."""

    action: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Page:
    """An answer of the site."""

    status: int
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """What a reader sees, with single spaces."""
        return " ".join(" ".join(self._parsed.words).split())

    @property
    def language(self) -> str:
        return self._parsed.language

    @property
    def count(self) -> int:
        """How many confirmed signatures the page says there are."""
        found = _COUNT.search(self.text)
        assert found, f"no count on {self.url}"
        return int(found[1].replace(",", ""))

    @property
    def form(self) -> Form:
        """The one form of the page that changes something."""
        (form,) = self._parsed.forms
        return Form(urljoin(self.url, form.action), form.fields)

    def form_to(self, path: str) -> Form:
        """The form of the page that goes to an address of this path."""
        forms = [Form(urljoin(self.url, form.action), form.fields) for form in self._parsed.forms]
        (form,) = [form for form in forms if urlsplit(form.action).path == path]
        return form

    @property
    def has_form(self) -> bool:
        return bool(self._parsed.forms)

    @cached_property
    def _parsed(self) -> "_Parser":
        parser = _Parser()
        parser.feed(self.body.decode())
        parser.close()
        return parser


class Visitor:
    """A browser without JavaScript: it keeps cookies, follows redirects and submits forms."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.cookies = CookieJar()
        self._opener = build_opener(
            ProxyHandler({}), HTTPCookieProcessor(self.cookies), _EveryStatus()
        )

    def open(self, path: str, *, method: str = "GET") -> Page:
        return self._send(Request(urljoin(self.site, path), method=method))

    def post(self, path: str, fields: dict[str, str], *, origin: str = "") -> Page:
        headers = {"Origin": origin or self.site, "Sec-Fetch-Site": "same-origin"}
        body = urlencode(fields).encode()
        return self._send(Request(urljoin(self.site, path), body, headers, method="POST"))

    def submit(self, page: Page, path: str = "", **typed: str) -> Page:
        """Send the page's form, or its one that goes to a path, with what was typed into it."""
        form = page.form_to(path) if path else page.form
        # A page that wants no referrer gets no origin either (Fetch, "append a request Origin").
        hidden = page.headers.get("referrer-policy") == "no-referrer"
        origin = "null" if hidden else self.site
        return self.post(form.action, form.fields | typed, origin=origin)

    def sign(self, slug: str, signer: Signer, **more: str) -> Page:
        """Fill in the letter's form and send it."""
        letter = self.open(f"/petitions/{slug}/")
        return self.submit(letter, name=signer.name, email=signer.address, **more)

    def press(self, link: str) -> Page:
        """Open the mailed link and press its button."""
        return self.submit(self.open(link))

    def type_code(self, link: str, code: str) -> Page:
        """Open the mailed link and type the mailed code."""
        return self.submit(self.open(link), code=code)

    def _send(self, request: Request) -> Page:
        response: HTTPResponse
        with self._opener.open(request, timeout=30) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Page(response.status, response.url, headers, response.read())


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a signer finds in the mail."""

    link: str
    code: str

    @classmethod
    def read(cls, message: EmailMessage) -> "Confirmation":
        text = reading.text(message) or ""
        link = _LINK.search(text)
        assert link, f"no link in: {text}"
        return cls(link[0], code_in(message))


def code_in(message: EmailMessage) -> str:
    """The code that a mail holds beside its links, if it has any."""
    text = _MANAGE_LINK.sub("", _LINK.sub("", reading.text(message) or ""))
    found = _CODE.search(text)
    assert found, f"no code in: {text}"
    return found[0]


def manage_link_in(message: EmailMessage) -> str:
    """The private link that a mail holds."""
    text = reading.text(message) or ""
    found = _MANAGE_LINK.search(text)
    assert found, f"no private link in: {text}"
    return found[0]


def mails_to(mailbox: Mailbox, address: str) -> list[EmailMessage]:
    """The messages that the server took for this address, the first to arrive first."""
    envelope = f"Delivered-To: {address}".encode()
    sources = filter(None, map(mailbox.source, mailbox.names()))
    return [parse(source) for source in sources if envelope in source.split(b"\r\n", 3)]


def confirmation_of(mailbox: Mailbox, signer: Signer, timeout: float = 60) -> Confirmation:
    """Wait for the mail to a signer and read it; the newest one counts."""
    mails = eventually(
        lambda: mails_to(mailbox, signer.address), f"mail to {signer.address}", timeout
    )
    return Confirmation.read(mails[-1])


def publish(
    stack: Stack, folder: Path, slugs: Sequence[str], *, every: int, more: str = ""
) -> None:
    """Create letters of nobody from files, and open them. Each has two recipients."""
    commands: list[str] = []
    for slug in slugs:
        path = folder / f"{slug}.md"
        recipients = recipients_of(slug)
        path.write_text(petition_file(slug, every=every, recipients=recipients, more=more))
        commands += ["petition", "create", str(path), "--open", ","]
    stack.manage(*commands[:-1])


class _EveryStatus(HTTPErrorProcessor):
    """A page that says 404 is a page."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        if response.status not in _REDIRECTS:
            return response
        redirected: HTTPResponse = super().http_response(request, response)
        return redirected

    https_response = http_response


@dataclass
class _Parser(HTMLParser):
    """Collects what a page says and the forms on it."""

    language: str = ""
    words: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    _hidden: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = values.get("lang", "")
        elif tag == "form" and values.get("method", "").lower() == "post":
            self.forms.append(Form(values.get("action", ""), {}))
        elif tag == "input" and self.forms and "name" in values and _is_sent(values):
            self.forms[-1].fields[values["name"]] = values.get("value", "")
        self._hidden += tag in {"head", "script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"head", "script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _is_sent(values: dict[str, str]) -> bool:
    """Whether a browser sends the input: of choices only those that are made."""
    return values.get("type") not in {"radio", "checkbox"} or "checked" in values
