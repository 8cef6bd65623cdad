"""A server that lies, stalls or floods gets nowhere."""

import gzip
import time
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.verifier.conftest import Verify, answering, serving
from tests.verifier.world import VKEY, World

Answer = Callable[[BaseHTTPRequestHandler], None]


def whole(request: BaseHTTPRequestHandler, content: bytes, **headers: str) -> None:
    request.send_response(200)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Connection", "close")
    request.end_headers()
    try:
        while True:
            request.wfile.write(bytes(1 << 16))
    except OSError:
        request.close_connection = True


def dripping(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    drip(request)


def dripping_headers(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    drip(request)


def drip(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True
    try:
        for _ in range(300):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.1)
    except OSError:
        pass


def silent(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True
    time.sleep(1.5)


def bomb(request: BaseHTTPRequestHandler) -> None:
    packer = zlib.compressobj(9, wbits=31)
    content = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    whole(request, content, Content_Encoding="gzip")


def status(number: int, location: str | None = None) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(number)
        if location is not None:
            request.send_header("Location", location)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def garbage(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"\x00\xff\r\n\r\n")
    request.close_connection = True


def cut_off(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b"example.org/log\n")
    request.close_connection = True


def says(content: bytes, **headers: str) -> Answer:
    return lambda request: whole(request, content, **headers)


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        (endless, 1, "answers with more than 262144 bytes"),
        (bomb, 1, "answers with more than 262144 bytes"),
        (dripping, 3, "no whole answer in 1 seconds"),
        (dripping_headers, 3, "no whole answer in 1 seconds"),
        (silent, 3, "cannot be read"),
        (garbage, 3, "cannot be read"),
        (cut_off, 3, "984 bytes are missing"),
        (status(500), 3, "status 500"),
        (status(404), 3, "no checkpoint"),
        (status(302), 3, "status 302"),
        (status(302, "/log/checkpoint"), 3, "leads on and on"),
        (status(302, "http://example.org/checkpoint"), 3, "another host, 'example.org'"),
        (status(302, "//example.org/checkpoint"), 3, "another host, 'example.org'"),
        (status(302, "https://127.0.0.1/"), 3, "another host"),
        (status(302, "file:///etc/passwd"), 3, "another host"),
        (status(302, "http://[/"), 3, "leads to no address"),
        (says(b"x", Content_Encoding="br"), 3, "'br' was not asked for"),
        (says(b"x" * 20, Content_Encoding="gzip"), 3, "not gzip"),
        (says(b"\xff\n"), 1, "not text"),
        (says(b""), 1, "not one by example.org/log"),
        (says(b"<html>Welcome</html>\n"), 1, "not one by example.org/log"),
    ],
)
def test_server_that_misbehaves_gets_nowhere(
    tmp_path: Path, verify: Verify, answer: Answer, code: int, sentence: str
) -> None:
    with serving(answering(answer)) as base:
        place = f"{base}/log/"
        options = ("--state", tmp_path / "state", "--key", VKEY, "--timeout", "1")
        begun = time.monotonic()
        result = verify("monitor", place, *options)
        assert time.monotonic() - begun < 15
    assert (result.code, result.out) == (code, "")
    assert sentence in result.error
    assert not (tmp_path / "state").exists()


def test_redirect_on_the_same_host_is_followed(world: World, verify: Verify) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path.startswith("/old/"):
            status(301, request.path.replace("/old/", "/log/"))(request)
        else:
            whole(request, (world.folder / request.path[1:]).read_bytes())

    with serving(answering(answer)) as base:
        state = world.folder / "state"
        assert verify("monitor", f"{base}/old", "--state", state, "--key", VKEY).code == 0


def test_bundles_may_come_compressed_without_having_been_asked(
    world: World, verify: Verify
) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        content = (world.folder / request.path[1:]).read_bytes()
        if "/entries/" in request.path:
            whole(request, gzip.compress(content), Content_Encoding="gzip")
        else:
            whole(request, content)

    with serving(answering(answer)) as base:
        state = world.folder / "state"
        assert verify("monitor", f"{base}/log/", "--state", state, "--key", VKEY).code == 0


def test_connection_that_the_server_ended_is_made_anew(world: World, verify: Verify) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        whole(request, (world.folder / request.path[1:]).read_bytes())
        # Without having said so.
        request.close_connection = True

    with serving(answering(answer)) as base:
        state = world.folder / "state"
        assert verify("monitor", f"{base}/log/", "--state", state, "--key", VKEY).code == 0


def test_folder_with_a_pipe_in_it_keeps_nobody_waiting(tmp_path: Path, verify: Verify) -> None:
    import os

    os.mkfifo(tmp_path / "checkpoint")
    result = verify("monitor", tmp_path, "--state", tmp_path / "state", "--key", VKEY)
    assert (result.code, "is not a plain file" in result.error) == (1, True)
