"""A conversation with GitHub's REST API, for one token or none.

Everything that isn't the asked-for JSON becomes one of the errors in errors.py.
"""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings

from .errors import (
    GitHubError,
    NotFound,
    OrganizationRestricted,
    RateLimited,
    Refused,
    SamlRequired,
    Unavailable,
)

logger = logging.getLogger(__name__)

VERSION = "2022-11-28"
PAGE_SIZE = 100
#: Longest wait for a connection and for each piece of an answer, and for all of a conversation.
CONNECT_SECONDS, PIECE_SECONDS, ALL_SECONDS = 4, 8, 20
_REVOKE_SECONDS = 8
#: A page of a hundred pull requests has about one.
SIZE_LIMIT = 8 * 1024 * 1024
_REDIRECTS = 3
#: Where GitHub doesn't say how long to wait: "wait for at least one minute".
_MINUTE = 60

type Json = Any


class GitHub:
    """Asks as the owner of a token, or as nobody. Short-lived: all of it ends after 20 s."""

    def __init__(self, token: str = "", *, seconds: float = ALL_SECONDS) -> None:
        self._granted: frozenset[str] | None = None
        self._ends_at = time.monotonic() + seconds
        self._headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": VERSION,
            "User-Agent": "Undersigned",
        }
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: str | int) -> Json:
        """Return the JSON at a path like "/user". Raises GitHubError.

        Follows a renamed repository, but never to another host, which would get the token.
        """
        return self._get(_url(path), query)[0]

    def pages(self, path: str, *, most: int, **query: str | int) -> Iterator[Json]:
        """Go through a list's pages by their Link headers, `most` at the most. Raises GitHubError.

        Each is what GitHub answered: a list, or an object for a search.
        """
        url: str | None = _url(path)
        asked: Mapping[str, str | int] = {"per_page": PAGE_SIZE, **query}
        for _number in range(most):
            content, response = self._get(url, asked)
            yield content
            # The link holds the query.
            url, asked = response.links.get("next", {}).get("url"), {}
            if url is None:
                return

    def granted(self) -> frozenset[str]:
        """Return the scopes that the token really has, which any answer says. Raises GitHubError."""
        if self._granted is None:
            self.get("/user")
        return self._granted or frozenset()

    def delete_grant(self, token: str) -> bool:
        """Ask as the application that a permission be deleted; whether that is confirmed.

        https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-authorization
        """
        url = _url(f"/applications/{settings.GITHUB_CLIENT_ID}/grant")
        credentials = (settings.GITHUB_CLIENT_ID, settings.GITHUB_CLIENT_SECRET)
        try:
            response, _ = self._send("DELETE", url, auth=credentials, json={"access_token": token})
        except Unavailable:
            return False
        return response.status_code == 204

    def _get(
        self, url: str | None, query: Mapping[str, str | int]
    ) -> tuple[Json, requests.Response]:
        for _hop in range(_REDIRECTS):
            if url is None or not _is_of_api(url):
                raise Unavailable("it leads to another host")
            response, body = self._send("GET", url, params=query)
            self._granted = _scopes(response.headers.get("X-OAuth-Scopes", ""))
            if response.status_code not in (301, 302, 307, 308):
                return _content(response, body), response
            url, query = urljoin(url, response.headers.get("Location", "")), {}
        raise Unavailable("it leads round in circles")

    def _send(self, method: str, url: str, **options: Any) -> tuple[requests.Response, bytes]:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise Unavailable("all of it took too long")
        try:
            # A session each: no cookie and no credential of the machine (.netrc) goes along.
            with requests.Session() as session:
                session.trust_env = False
                response = session.request(
                    method,
                    url,
                    headers=self._headers,
                    timeout=(min(CONNECT_SECONDS, left), min(PIECE_SECONDS, left)),
                    allow_redirects=False,
                    stream=True,
                    **options,
                )
                return response, self._read(response)
        except requests.RequestException as error:
            # Its text holds the address that was asked for, and so perhaps a login.
            raise Unavailable(type(error).__name__) from None

    def _read(self, response: requests.Response) -> bytes:
        """Read an answer as it comes; the library's own limit of time is one for each piece."""
        body = b""
        for piece in response.iter_content(64 * 1024):
            body += piece
            if len(body) > SIZE_LIMIT:
                raise Unavailable("the answer has no end")
            if time.monotonic() > self._ends_at:
                raise Unavailable("the answer took too long")
        return body


def revoke(token: str) -> bool:
    """Give the permission back at GitHub, with all tokens of it; whether GitHub confirmed that.

    Tried twice. There is no third time later, as the token would have to be kept for it.
    """
    revoked = any(GitHub(seconds=_REVOKE_SECONDS).delete_grant(token) for _try in range(2))
    if not revoked:
        logger.warning("a permission at GitHub was not given back")
    return revoked


def _url(path: str) -> str:
    return f"{settings.GITHUB_API_URL}{path}"


def _is_of_api(url: str) -> bool:
    asked, api = urlsplit(url), urlsplit(settings.GITHUB_API_URL)
    return (asked.scheme, asked.netloc) == (api.scheme, api.netloc)


def _content(response: requests.Response, body: bytes) -> Json:
    """Return what an answer says, or raise what its status means."""
    status = response.status_code
    if status == 200:
        try:
            return json.loads(body)
        except ValueError:
            raise Unavailable("the answer is no JSON") from None
    if status in (403, 429):
        raise _forbidden(response, _message(body))
    if status == 401:
        raise Refused("the token is not valid")
    # A search in what does not exist, or is not shown to us, is "unprocessable".
    if status in (404, 410, 422, 451):
        raise NotFound(f"status {status}")
    raise Unavailable(f"status {status}")


def _forbidden(response: requests.Response, message: str) -> GitHubError:
    """Read the reason of a 403 or 429; GitHub has one status for many.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    headers = response.headers
    if (wait := _seconds(headers.get("Retry-After"))) is not None:
        return RateLimited("secondary limit", retry_after=wait)
    if headers.get("X-RateLimit-Remaining") == "0":
        resets_at = _seconds(headers.get("X-RateLimit-Reset"))
        wait = max(resets_at - int(time.time()), 1) if resets_at else _MINUTE
        return RateLimited("primary limit", retry_after=wait)
    if response.status_code == 429 or "secondary rate limit" in message:
        return RateLimited("secondary limit", retry_after=_MINUTE)
    if headers.get("X-GitHub-SSO", "").startswith("required"):
        # The address in it would have the person ask in front of their company: it ends here.
        return SamlRequired("SAML")
    if "OAuth App access restrictions" in message:
        return OrganizationRestricted("OAuth app access restrictions")
    return Refused("status 403")


def _scopes(text: str) -> frozenset[str]:
    return frozenset(filter(None, (scope.strip() for scope in text.split(","))))


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (KeyError, TypeError, ValueError):
        return ""


def _seconds(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{1,12}", text, re.ASCII) else None
