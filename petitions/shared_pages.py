"""Pages that are the same for everybody, kept ready in the process.

A page is shared if its answer says so: `Cache-Control: public, s-maxage=N` and no cookie. Such an
answer is kept for N seconds and given out again before any other work is done, as a proxy in
front would (RFC 9111). It is what lets a letter be read by a hundred times more people at once
than a page could be rendered for; see docs/performance.md.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from time import monotonic
from typing import Concatenate

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

FRESH_SECONDS = 1
STALE_SECONDS = 60
KEPT_PAGES = 512


def shared_page[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Mark a view whose answer depends on its path alone.

    Its successful answers get an ETag of their bytes and may be kept by any proxy. The view must
    look at nothing of the request but the path: no cookie, no session, no header.
    """

    @wraps(view)
    def marked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            assert not response.cookies
            response["Cache-Control"] = (
                f"public, max-age=0, s-maxage={FRESH_SECONDS},"
                f" stale-while-revalidate={STALE_SECONDS}"
            )
            response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        return response

    return marked


@dataclass(frozen=True, slots=True)
class _Kept:
    content: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str
    until: float


class SharedPages:
    """The outermost middleware: answers shared pages from what it kept, and keeps new ones."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._kept: dict[str, _Kept] = {}
        self._lock = Lock()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from what is kept, or ask the site and keep what may be kept."""
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        kept = self._kept.get(request.path)
        if kept is None or kept.until < monotonic():
            response = self.get_response(request)
            if not isinstance(response, HttpResponse) or not _is_shared(response):
                return response
            kept = self._keep(request.path, response)
        return _answer(request, kept)

    def _keep(self, path: str, response: HttpResponse) -> _Kept:
        headers = tuple(response.items())
        until = monotonic() + FRESH_SECONDS
        kept = _Kept(response.content, headers, response["ETag"], until)
        with self._lock:
            # The oldest goes first; a page that is still asked for comes back at once.
            self._kept.pop(path, None)
            while len(self._kept) >= KEPT_PAGES:
                del self._kept[next(iter(self._kept))]
            self._kept[path] = kept
        return kept


def _answer(request: HttpRequest, kept: _Kept) -> HttpResponse:
    asked = request.META.get("HTTP_IF_NONE_MATCH")
    response: HttpResponse
    if asked and (asked == kept.etag or kept.etag in parse_etags(asked)):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(kept.content)
    for name, value in kept.headers:
        response.headers[name] = value
    return response


def _is_shared(response: HttpResponse) -> bool:
    return (
        response.status_code == 200
        and not response.cookies
        and "Vary" not in response.headers
        and response.headers.get("Cache-Control", "").startswith("public, ")
        and "s-maxage" in response.headers["Cache-Control"]
    )
