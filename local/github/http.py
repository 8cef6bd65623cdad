"""Requests and answers, without the wire."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit


@dataclass(frozen=True)
class Request:
    """What came in. Names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True)

    @property
    def json(self) -> Any:
        """The body, or {} where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def token(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() in {"bearer", "token"} else ""

    @property
    def credentials(self) -> tuple[str, str]:
        """User and password of basic authentication."""
        scheme, _, text = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        user, _, password = base64.b64decode(text).decode().partition(":")
        return user, password


@dataclass
class Answer:
    """What goes out."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def data(content: Any, status: int = 200, **headers: str) -> Answer:
    """Answer with JSON. Underscores in the names of headers become dashes."""
    body = json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, body, {"Content-Type": "application/json; charset=utf-8", **named})


def message(status: int, text: str, **headers: str) -> Answer:
    """Answer with GitHub's "basic-error"."""
    content = {
        "message": text,
        "documentation_url": "https://docs.github.com/rest",
        "status": str(status),
    }
    return data(content, status, **headers)


def not_found() -> Answer:
    """Answer as GitHub does for all that isn't there or isn't shown."""
    return message(404, "Not Found")


def redirect(address: str, status: int = 302) -> Answer:
    """Lead elsewhere."""
    return Answer(status, b"", {"Location": address})


def page_of(items: list[Any], request: Request, base: str) -> tuple[list[Any], dict[str, str]]:
    """Return a page of a list, and the Link header to those beside it."""
    size = min(_number(request.query.get("per_page"), 30), 100)
    page = _number(request.query.get("page"), 1)
    start = (page - 1) * size
    links = []
    if start + size < len(items):
        last = -(-len(items) // size)
        links = [_link(request, base, page + 1, "next"), _link(request, base, last, "last")]
    return items[start : start + size], {"Link": ", ".join(links)} if links else {}


def _number(text: str | None, default: int) -> int:
    return max(int(text), 1) if text and re.fullmatch(r"\d{1,6}", text, re.ASCII) else default


def _link(request: Request, base: str, page: int, relation: str) -> str:

    query = urlencode(request.query | {"page": str(page)})
    return f'<{base}{request.path}?{query}>; rel="{relation}"'
