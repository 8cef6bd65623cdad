"""The stand-in as a process, and what tests ask of it."""

import json
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from local import CHECKOUT
from local.ports import HOST, accepts
from local.process import Process

from .faults import Fault
from .oauth import OAuth
from .web import Site
from .world import Organization, Person, Repository

CLIENT_ID = "stand-in"
CALLBACK = "/accounts/github/login/callback/"


class GitHub(Process):
    """The stand-in beside a stack. What it knows is forgotten when it stops."""

    def __init__(
        self,
        *,
        port: int,
        secret: str,
        sites: list[str],
        log_path: Path,
        environment: Mapping[str, str],
    ) -> None:
        self.port = port
        options = ["--port", str(port)]
        for site in sites:
            options += ["--site", site]
        super().__init__(
            "github",
            [sys.executable, "-m", "local", "github", *options],
            log_path=log_path,
            # Not as an option: those are for everybody to see.
            environment={**environment, "GITHUB_CLIENT_SECRET": secret},
            directory=CHECKOUT,
        )

    @property
    def url(self) -> str:
        """The address for GITHUB_URL, without a slash at its end."""
        return f"http://{HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        """The address for GITHUB_API_URL: below the other, as at GitHub Enterprise."""
        return f"{self.url}/api/v3"

    def answers(self) -> bool:
        return accepts(self.port)

    def reset(self) -> None:
        """Return to the state of the start."""
        self._control("reset", {})

    def put(self, thing: Person | Organization | Repository) -> None:
        """Have this be so from now on, in place of what has the same id."""
        kinds = {Person: "people", Organization: "organizations", Repository: "repositories"}
        self._control(kinds[type(thing)], asdict(thing))

    def order(self, fault: Fault) -> None:
        """Have a fault come over requests."""
        self._control("faults", asdict(fault))

    def let_search_give_up(self) -> None:
        """Have searches say that their results are incomplete."""
        self._control("search", {"incomplete_results": True})

    @property
    def grants(self) -> list[dict[str, Any]]:
        """Who let the site in: `user_id`, `scopes`, and whether that was `revoked`."""
        return list(self._control("grants"))

    @property
    def tokens(self) -> list[str]:
        """The tokens that the site got, of revoked grants too: to look for where they may be left."""
        return list(self._control("tokens"))

    @property
    def asked(self) -> list[str]:
        """What was asked for, such as "GET /api/v3/user", the first first."""
        return list(self._control("asked"))

    def decide(self, authorize_url: str, login: str, scopes: list[str] | None = None) -> str:
        """Do as a person on the page that an address shows, and return where it leads.

        Without a login they cancel; without `scopes` they grant what is asked.
        """
        asked = dict(parse_qsl(urlsplit(authorize_url).query, keep_blank_values=True))
        granted = asked.get("scope", "").split() if scopes is None else scopes
        form = [(name, asked.get(name, "")) for name in ("redirect_uri", "state", "code_challenge")]
        form += [("login", login), *(("grant", scope) for scope in granted)]
        with _opener().open(authorize_url, timeout=10) as page:
            assert b"This is a stand-in for GitHub on your machine" in page.read()
        body = urlencode(form).encode()
        with _opener().open(f"{self.url}/login/oauth/authorize", body, timeout=10) as response:
            return str(response.headers["Location"])

    def _control(self, what: str, content: object = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        with _opener().open(Request(f"{self.url}/stand-in/{what}", body), timeout=10) as response:
            text = response.read()
        return json.loads(text) if text else None


def serve(*, port: int, secret: str, sites: list[str]) -> None:
    """Serve until SIGINT or SIGTERM."""
    oauth = OAuth(CLIENT_ID, secret, [f"{site}{CALLBACK}" for site in sites])
    site = Site((HOST, port), oauth)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    threading.Thread(target=site.serve_forever, daemon=True).start()
    stopped.wait()


class _Stays(HTTPRedirectHandler):
    """A redirect is an answer to read."""

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp


def _opener() -> Any:
    return build_opener(ProxyHandler({}), _Stays())
