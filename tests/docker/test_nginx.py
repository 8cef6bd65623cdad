"""nginx as it is shipped: its template, and at work before an application that says what a test wants."""

import gzip
import http.client
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.urls import URLPattern, reverse

from local.ports import HOST, accepts, next_free
from local.process import Process
from petitions import urls, views
from petitions.shared_pages import shared_page
from tests.docker.parts import DOCKER, image_variables

TEMPLATE = (DOCKER / "nginx/nginx.conf.template").read_text()
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
SHARED = "public, max-age=0, s-maxage=1, stale-while-revalidate=1"
# By then such a page may not be shown any more without asking; nginx counts whole seconds.
BEYOND = 3.2
LETTER = "/petitions/a-letter/"
# Another loopback address, which plays the proxy before nginx.
PROXY = "127.0.0.9"

needs_nginx = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed (Debian: apt-get install nginx-light)"
)


def rendered(values: dict[str, str]) -> str:
    """Return the configuration as envsubst makes it in the image."""
    return re.sub(r"\$\{(NGINX_\w+)\}", lambda match: values[match[1]], TEMPLATE)


def test_image_sets_every_variable_of_the_template() -> None:
    used = set(re.findall(r"\$\{?(NGINX_[A-Z_]+)", TEMPLATE))
    explained = set(re.findall(r"^#   (NGINX_\w+) ", TEMPLATE, re.MULTILINE))
    given = {name for name in image_variables("nginx") if not name.startswith("NGINX_ENVSUBST")}
    assert used == given == explained


def test_template_has_no_other_braces() -> None:
    assert "${" not in rendered(image_variables("nginx"))


def is_shared(view: Callable[..., object]) -> bool:
    """Whether petitions/shared_pages.py marks a view, at any depth of its decorators."""
    mark = shared_page(views.petition.version).__code__
    current: object = view
    while current is not None:
        if getattr(current, "__code__", None) is mark:
            return True
        current = getattr(current, "__wrapped__", None)
    return False


def test_nginx_caches_exactly_the_shared_pages() -> None:
    cached = re.search(r'"~(\S+)" pages;', TEMPLATE)
    assert cached
    values = {"slug": "a-letter", "number": 7, "token": "gflEF8bM"}
    found, expected = set(), set()
    for pattern in urls.urlpatterns:
        if not isinstance(pattern, URLPattern) or not pattern.name:
            continue
        names = pattern.pattern.converters
        path = reverse(pattern.name, kwargs={name: values[name] for name in names})
        if is_shared(pattern.callback):
            expected.add(path)
        if re.search(cached[1], path):
            found.add(path)
    assert found == expected
    assert "/petitions/a-letter/" in found


@dataclass
class Application:
    """Answers every request with the same; remembers what it was asked."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"<p>a letter</p>" * 100
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [f"{method} {path}" for method, path, _ in self.asked]


def serve(application: Application, port: int) -> ThreadingHTTPServer:
    """Start the application in threads of this process."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            application.asked.append((self.command, self.path, dict(self.headers)))
            self.send_response(application.status)
            self.send_header("Content-Length", str(len(application.body)))
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in application.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(application.body)

        do_POST = do_GET  # noqa: N815  # the name is http.server's

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass
class Front:
    """nginx before the application."""

    port: int
    folder: Path
    application: Application
    server: ThreadingHTTPServer

    def ask(
        self, path: str, body: bytes | None = None, *, source: str = HOST, **headers: str
    ) -> Answer:
        connection = http.client.HTTPConnection(
            HOST, self.port, timeout=10, source_address=(source, 0)
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET" if body is None else "POST", path, body, named)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        return answer

    def stop_application(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def log(self, lines: int) -> list[str]:
        """Return the access log once it holds so many lines."""
        deadline = time.monotonic() + 10
        while True:
            found = (self.folder / "access.log").read_text().splitlines()
            if len(found) >= lines or time.monotonic() > deadline:
                return found
            time.sleep(0.05)


class Nginx(Process):
    """nginx in the foreground, as a user without rights."""

    def __init__(self, folder: Path, port: int) -> None:
        assert NGINX
        self.port = port
        self.program = [NGINX, "-e", "stderr", "-c", str(folder / "nginx.conf")]
        if os.geteuid() == 0 and (setpriv := shutil.which("setpriv")):
            as_nobody = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
            self.program = as_nobody + self.program
        super().__init__(
            "nginx",
            self.program,
            log_path=folder / "nginx.log",
            environment=os.environ,
            directory=folder,
        )

    def answers(self) -> bool:
        return self.alive and accepts(self.port)

    def finds_no_fault(self) -> tuple[int, str]:
        done = subprocess.run(
            [*self.program, "-t", "-q"], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that a user without rights may read and write."""
    with tempfile.TemporaryDirectory(prefix="undersigned-nginx-") as name:
        path = Path(name)
        shutil.copytree(DOCKER / "nginx/pages", path / "pages")
        (path / "static").mkdir()
        for each in (path, *path.rglob("*")):
            each.chmod(0o777 if each.is_dir() else 0o644)
        yield path


def configured(folder: Path, upstream: int) -> Nginx:
    port = next_free(0, besides={upstream})
    values = image_variables("nginx") | {
        "NGINX_LISTEN": f"{HOST}:{port}",
        "NGINX_UPSTREAM": f"{HOST}:{upstream}",
        "NGINX_FOLDER": str(folder),
        "NGINX_STATIC_ROOT": str(folder / "static"),
        "NGINX_PAGES": str(folder / "pages"),
        "NGINX_TRUSTED_PROXY": f"{PROXY}/32",
        "NGINX_POSTS_PER_SECOND": "1",
        "NGINX_ACCESS_LOG": str(folder / "access.log"),
    }
    (folder / "nginx.conf").write_text(rendered(values))
    return Nginx(folder, port)


@pytest.fixture
def front(folder: Path) -> Iterator[Front]:
    upstream = next_free(0, besides=set())
    application = Application(headers={"Cache-Control": SHARED, "ETag": '"one"'})
    server = serve(application, upstream)
    with configured(folder, upstream) as nginx:
        yield Front(nginx.port, folder, application, server)
    server.server_close()


@needs_nginx
def test_nginx_finds_no_fault_in_its_configuration(folder: Path) -> None:
    assert configured(folder, 9).finds_no_fault() == (0, "")


@needs_nginx
def test_shared_page_is_fetched_once_whatever_query_and_cookies(front: Front) -> None:
    first = front.ask(LETTER)
    again = front.ask(f"{LETTER}?utm_source=x", Cookie="sessionid=y")
    assert first.body == again.body == front.application.body
    assert front.application.paths() == [f"GET {LETTER}"]


@needs_nginx
def test_shared_page_answers_304_from_the_cache(front: Front) -> None:
    front.ask(LETTER)
    answer = front.ask(LETTER, If_None_Match='"one"')
    assert (answer.status, answer.body, len(front.application.asked)) == (304, b"", 1)


@needs_nginx
def test_shared_page_is_compressed_for_who_asks(front: Front) -> None:
    answer = front.ask(LETTER, Accept_Encoding="gzip")
    assert gzip.decompress(answer.body) == front.application.body
    assert answer.headers["Vary"] == "Accept-Encoding"


@needs_nginx
@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "private, max-age=60"},
        {"Cache-Control": "max-age=60"},
        {"Expires": "Thu, 01 Jan 2099 00:00:00 GMT"},
        {"Cache-Control": SHARED, "Set-Cookie": "sessionid=x"},
        {},
    ],
)
def test_answer_that_is_not_for_everybody_is_never_kept(
    front: Front, headers: dict[str, str]
) -> None:
    front.application.headers = headers
    front.ask(LETTER)
    front.ask(LETTER)
    assert len(front.application.asked) == 2


@needs_nginx
def test_page_that_reads_its_query_is_never_kept(front: Front) -> None:
    wall = f"{LETTER}signatures/"
    front.ask(wall)
    front.ask(f"{wall}?before=50")
    assert front.application.paths() == [f"GET {wall}", f"GET {wall}?before=50"]


@needs_nginx
def test_shared_page_outlives_the_application(front: Front) -> None:
    front.ask(LETTER)
    front.stop_application()
    time.sleep(BEYOND)
    answer = front.ask(LETTER)
    assert (answer.status, answer.body) == (200, front.application.body)


@needs_nginx
def test_changed_page_is_shown_when_the_time_of_the_old_one_is_over(front: Front) -> None:
    # From every worker, each of which keeps files open.
    old = {front.ask(LETTER).body for _ in range(20)}
    assert old == {front.application.body}
    front.application.body = b"<p>another letter</p>" * 100
    time.sleep(BEYOND)
    new = {front.ask(LETTER).body for _ in range(20)}
    assert new == {front.application.body}


@needs_nginx
def test_removed_page_is_gone_when_its_time_is_over(front: Front) -> None:
    front.ask(LETTER)
    front.application.status, front.application.headers = 404, {}
    time.sleep(BEYOND)
    assert [front.ask(LETTER).status for _ in range(2)] == [404, 404]


@needs_nginx
def test_without_an_application_there_is_a_page_that_says_so(front: Front) -> None:
    front.stop_application()
    answer = front.ask("/", Accept="text/html")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "We’ll be back" in answer.body.decode()
    assert "网站" in answer.body.decode()


@needs_nginx
def test_what_the_application_says_of_itself_passes(front: Front) -> None:
    front.application.status, front.application.body = 503, b'{"worker": false}'
    answer = front.ask("/readyz")
    assert (answer.status, answer.body) == (503, b'{"worker": false}')


@needs_nginx
def test_form_passes_and_one_that_is_too_long_does_not(front: Front) -> None:
    assert front.ask(f"{LETTER}signatures/", b"name=A").status == 200
    long = front.ask(f"{LETTER}signatures/", b"x" * (64 * 1024 + 1))
    assert long.status == 413
    assert "too long" in long.body.decode()
    assert front.application.paths() == [f"POST {LETTER}signatures/"]


@needs_nginx
def test_flood_of_forms_is_told_to_wait(front: Front) -> None:
    answers = [front.ask("/", b"x") for _ in range(260)]
    refused = [answer for answer in answers if answer.status != 200]
    assert len(answers) - len(refused) >= 200
    assert refused
    assert {(answer.status, answer.headers["Retry-After"]) for answer in refused} == {(429, "10")}


@needs_nginx
def test_application_hears_of_the_visitor_from_nginx_alone(front: Front) -> None:
    front.ask("/", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https")
    _, _, headers = front.application.asked[0]
    assert headers["X-Forwarded-For"] == HOST
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["Host"] == f"{HOST}:{front.port}"


@needs_nginx
def test_proxy_before_nginx_is_believed(front: Front) -> None:
    chain = "198.51.100.1, 203.0.113.9"
    front.ask("/", source=PROXY, X_Forwarded_For=chain, X_Forwarded_Proto="https")
    _, _, headers = front.application.asked[0]
    assert headers["X-Forwarded-For"] == "203.0.113.9"
    assert headers["X-Forwarded-Proto"] == "https"


@needs_nginx
def test_hashed_static_file_is_kept_for_ever_and_sent_as_it_was_compressed(front: Front) -> None:
    style = front.folder / "static/style.0123456789ab.css"
    style.write_text("a {}")
    style.with_name(f"{style.name}.gz").write_bytes(gzip.compress(b"a {}"))
    answer = front.ask(f"/static/{style.name}", Accept_Encoding="gzip")
    assert gzip.decompress(answer.body) == b"a {}"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert front.application.asked == []


@needs_nginx
def test_log_names_nobody(front: Front) -> None:
    for path in (
        f"{LETTER}?email=ada@example.com",
        "/ada@example.com",
        "/accounts/confirm-email/Mg:abc/",
        f"{LETTER}confirm/gflEF8bM/",
        f"{LETTER}confirm/",
        f"{LETTER}thanks/",
        "/healthz",
    ):
        front.ask(path, User_Agent="a browser", Referer="https://example.com/ada")
    front.ask(f"{LETTER}signatures/", b"email=ada@example.com")
    front.application.status = 410
    front.ask(f"{LETTER}confirm/gflEF8bM/", b"code=123456")
    lines = [" ".join(line.split()[1:4]) for line in front.log(4)]
    assert sorted(lines) == [
        "GET (other) 200",
        "GET /accounts/(more) 200",
        "GET /petitions/a-letter/ 200",
        "POST /petitions/a-letter/confirm/(token)/ 410",
    ]
    assert HOST not in (front.folder / "access.log").read_text()


@needs_nginx
def test_error_log_names_nobody(front: Front) -> None:
    front.stop_application()
    front.ask(f"{LETTER}confirm/gflEF8bM/")
    front.ask(f"{LETTER}signatures/", b"x" * (64 * 1024 + 1))
    assert (front.folder / "nginx.log").read_text() == ""
