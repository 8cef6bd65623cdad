"""The stand-in on the wire, for this machine only."""

import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import api, control
from .api import Call
from .faults import Faults
from .http import Answer, Request, message, not_found
from .oauth import OAuth, owner
from .world import World, seeded


class Site(ThreadingHTTPServer):
    """All that the stand-in knows, and its connections."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], oauth: OAuth) -> None:
        self.oauth = oauth
        self.faults = Faults()
        self.world: World = seeded()
        #: What was asked for, such as "GET /api/v3/user".
        self.asked: list[str] = []
        self._lock = threading.Lock()
        super().__init__(address, Handler)

    @property
    def base(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def reset(self) -> None:
        """Return to the state of the start."""
        self.world = seeded()
        self.faults.forget()
        self.oauth.forget()
        self.asked.clear()

    def answer(self, request: Request) -> Answer:
        """Answer a request of a browser, of the site, or of a test."""
        if request.path.startswith("/stand-in/"):
            with self._lock:
                return control.answer(self, request)
        asked = f"{request.method} {request.path}"
        self.asked.append(asked)
        if ordered := self.faults.strike(asked):
            return ordered
        with self._lock:
            return self._answer(request, asked)

    def _answer(self, request: Request, asked: str) -> Answer:
        if asked == "GET /login/oauth/authorize":
            return self.oauth.ask(request, self.world)
        if asked == "POST /login/oauth/authorize":
            return self.oauth.decide(request, self.world)
        if asked == "POST /login/oauth/access_token":
            return self.oauth.exchange(request)
        if app := re.fullmatch(rf"DELETE {api.PREFIX}/applications/([^/]+)/grant", asked):
            return self.oauth.revoke(request, app[1])
        if asked.startswith(f"GET {api.PREFIX}/"):
            return self._data(request)
        return not_found()

    def _data(self, request: Request) -> Answer:
        grant = self.oauth.grant_of(request.token)
        if request.token and grant is None:
            return message(401, "Bad credentials")
        call = Call(request, self.world, self.base, grant, owner(grant, self.world))
        answer = api.answer(call)
        if grant is not None:
            answer.headers["X-OAuth-Scopes"] = ", ".join(grant.scopes)
            answer.headers.setdefault("X-Accepted-OAuth-Scopes", "")
        limit = 60 if grant is None else 5000
        answer.headers |= {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(limit - 1),
            "X-RateLimit-Used": "1",
            "X-RateLimit-Reset": str(int(time.time()) + 3600),
            "X-RateLimit-Resource": "core",
        }
        return answer


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Site
    protocol_version = "HTTP/1.1"
    server_version = "stand-in"
    sys_version = ""
    timeout = 60
    # Head and body are two writes; waiting for more to send would cost 40 ms each.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer any method."""
        # A page elsewhere could give its own name the address 127.0.0.1.
        if self.headers.get("Host", "").partition(":")[0] not in {"127.0.0.1", "localhost"}:
            self._send(message(421, "This stand-in answers to 127.0.0.1 and localhost only."))
            return
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(
            self.server.answer(Request(self.command, self.path, headers, self.rfile.read(length)))
        )

    do_POST = do_DELETE = do_GET  # noqa: N815 (named by the library)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named by the library)
        """Nothing: a query holds a state or a code."""

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("X-Content-Type-Options", "nosniff")
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
