"""A log, a command, and servers that are not what they should be."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.world import World
from verifier.__main__ import main


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    error: str


Verify = Callable[..., Result]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """Run a command as the shell would, but in this process."""

    def run(*arguments: object) -> Result:
        code = main([str(each) for each in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A log with three signatures."""
    world = World(tmp_path)
    world.sign("Ada Lovelace", role="=Analyst")
    world.sign("Žofie 请", tier="work_domain")
    world.sign("Ramón")
    world.publish()
    return world


@contextmanager
def serving(handler: Any) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Files(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """The address of the log on a web server."""
    with serving(partial(_Files, directory=world.folder)) as base:
        yield f"{base}/log/"


def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> type[BaseHTTPRequestHandler]:
    """A server that answers each request by this function."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None: ...

    return Handler
