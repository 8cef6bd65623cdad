"""A load generator without dependencies: one process, sockets that are kept, one request each.

It costs more CPU than wrk does, so a fast server looks slower by it than it is.
"""

import selectors
import socket
import time
from typing import Final
from urllib.parse import urlsplit

_HEAD_END: Final = b"\r\n\r\n"


class _Connection:
    """One kept connection with one request under way."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self._received = b""

    def send(self, request: bytes) -> None:
        self._received = b""
        self.socket.sendall(request)

    def receive(self) -> int:
        """Take what has come; return the status when the answer is whole, else 0."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionError("The server closed a connection.")
        self._received += part
        head, end, body = self._received.partition(_HEAD_END)
        if not end or len(body) < _length(head):
            return 0
        return int(head[9:12])


def rate(url: str, form: str, first: int, connections: int, seconds: float) -> float:
    """Return how many requests a second are answered; `{number}` in the form counts from `first`.

    Raises ConnectionError where one is refused.
    """
    parts = urlsplit(url)
    assert parts.hostname
    number, answered = first, 0
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            connection = _Connection(parts.hostname, parts.port or 80)
            connection.send(_request(parts.netloc, parts.path, form, number := number + 1))
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            for key, _ in selector.select(timeout=1):
                status = key.data.receive()
                if status >= 400:
                    raise ConnectionError(f"{url} answers {status}.")
                if status:
                    answered += 1
                    key.data.send(_request(parts.netloc, parts.path, form, number := number + 1))
        passed = time.monotonic() - began
        for key in list(selector.get_map().values()):
            key.data.socket.close()
    return answered / passed


def _request(host: str, path: str, form: str, number: int) -> bytes:
    body = form.replace("{number}", str(number)).encode()
    lines = [f"{'POST' if form else 'GET'} {path} HTTP/1.1", f"Host: {host}"]
    if form:
        lines.append("Content-Type: application/x-www-form-urlencoded")
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + _HEAD_END + body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ConnectionError("An answer without Content-Length can't be measured here.")
