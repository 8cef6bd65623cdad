"""Where a log is read from: an address, or a folder with the same files.

Whoever serves them is not trusted. Nothing that it says decides which file is read; no answer may
be larger than it can be, or take longer than a while, or lead to another host.
"""

import http.client
import socket
import ssl
import stat
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

from .outcome import Failed, Unreachable, Unusable

TIMEOUT = 20.0
_REDIRECTS = 3
_CHUNK = 1 << 16


class Source(Protocol):
    """Files by their path below a log's prefix."""

    name: str

    def read(self, path: str, limit: int) -> bytes | None:
        """Return a file of at most `limit` bytes, or None if there is none.

        Raises Failed for a larger one, and Unreachable.
        """

    def close(self) -> None:
        """Let go of what reading has opened."""


def source(place: str, timeout: float = TIMEOUT) -> Source:
    """Return the source at an http(s) address or in a folder. Raises Unusable."""
    if "://" not in place:
        return FolderSource(Path(place))
    try:
        address = urlsplit(place)
        port = address.port
    except ValueError as error:
        raise Unusable(f"Not an address: {place} ({error}).") from error
    if address.scheme not in {"http", "https"} or not address.hostname or address.query:
        raise Unusable(f"A log is at an http or https address, or in a folder, not at {place}.")
    return WebSource(address, port, timeout)


class FolderSource:
    """A log in a local folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.name = root, str(root)
        if not root.is_dir():
            raise Unusable(f"There is no folder {root}.")

    def read(self, path: str, limit: int) -> bytes | None:
        """Return a file, or None."""
        return read_file(self.root / path, limit)

    def close(self) -> None:
        """Do nothing: each file is closed when it is read."""


def read_file(path: Path, limit: int) -> bytes | None:
    """Return a file of at most `limit` bytes, or None if there is none. Raises Failed."""
    try:
        # A pipe or a device would keep its reader waiting.
        if not stat.S_ISREG(path.stat().st_mode):
            raise Failed(f"{path} is not a plain file.")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unreachable(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > limit:
        raise Failed(f"{path} has more than {limit} bytes.")
    return content


class WebSource:
    """A log on a web server, over one connection that is kept."""

    def __init__(self, address: SplitResult, port: int | None, timeout: float) -> None:
        self.name = address.geturl()
        self._prefix = f"{address.geturl().rstrip('/')}/"
        self._place = (address.scheme, address.hostname or "", port)
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None

    def read(self, path: str, limit: int) -> bytes | None:
        """Return what is at a path, or None if the server says that there is nothing."""
        address = urljoin(self._prefix, path)
        for _ in range(_REDIRECTS + 1):
            status, location, body = self._get(address, limit)
            if status == http.client.OK:
                return body
            if status in {http.client.NOT_FOUND, http.client.GONE}:
                return None
            if status not in {301, 302, 303, 307, 308} or not location:
                raise Unreachable(f"{address} answers with status {status}.")
            address = self._followed(address, location)
        raise Unreachable(f"{address} leads on and on.")

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _followed(self, address: str, location: str) -> str:
        try:
            target = urlsplit(urljoin(address, location))
            place = (target.scheme, target.hostname or "", target.port)
        except ValueError as error:
            raise Unreachable(f"{address} leads to no address: {location!r}.") from error
        if place != self._place:
            raise Unreachable(f"{address} leads to another host, {target.netloc!r}: not followed.")
        return target.geturl()

    def _get(self, address: str, limit: int) -> tuple[int, str | None, bytes]:
        kept = self._connection is not None
        try:
            return self._ask(address, limit)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            # A server may end a connection that waits; a new one is worth one try.
            if kept and isinstance(error, ConnectionError | http.client.RemoteDisconnected):
                return self._get(address, limit)
            why = str(error) or type(error).__name__
            raise Unreachable(f"{address} cannot be read: {why}.") from error
        except Failed:
            self.close()
            raise

    def _ask(self, address: str, limit: int) -> tuple[int, str | None, bytes]:
        connection = self._connection = self._connection or self._connected()
        parts = urlsplit(address)
        with self._deadline(connection):
            headers = {"Accept-Encoding": "gzip, identity", "User-Agent": "undersigned-verify"}
            connection.request(
                "GET", parts._replace(scheme="", netloc="").geturl(), headers=headers
            )
            answer = connection.getresponse()
            encoding = answer.headers.get("Content-Encoding", "identity")
            body = b""
            if answer.status == http.client.OK:
                body = b"".join(_bounded(_decoded(answer, encoding, limit), limit, address))
            if not answer.isclosed():
                # What a server says beside its refusal may be long, and is not needed.
                self.close()
            return answer.status, answer.headers.get("Location"), body

    def _connected(self) -> http.client.HTTPConnection:
        scheme, host, port = self._place
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)

    @contextmanager
    def _deadline(self, connection: http.client.HTTPConnection) -> Iterator[None]:
        """End the whole conversation in time: a socket's own limit is for each byte anew."""
        late = threading.Event()

        def end() -> None:
            late.set()
            if connection.sock is not None:
                # Wakes whoever reads from it; closing it would not.
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self._timeout, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, http.client.HTTPException, ValueError) as error:
            if late.is_set():
                raise TimeoutError(f"no whole answer in {self._timeout:g} seconds") from error
            raise
        finally:
            timer.cancel()
        if late.is_set():
            raise TimeoutError(f"no whole answer in {self._timeout:g} seconds")


def _decoded(answer: http.client.HTTPResponse, encoding: str, limit: int) -> Iterator[bytes]:
    if encoding == "identity":
        yield from _chunks(answer)
    elif encoding == "gzip":
        # tlog-tiles lets a log send bundles compressed without having been asked.
        unpacker = zlib.decompressobj(wbits=31)
        for chunk in _chunks(answer):
            try:
                yield unpacker.decompress(chunk, limit + 1)
            except zlib.error as error:
                raise ValueError(f"not gzip ({error})") from error
        if not unpacker.eof:
            raise ValueError("gzip that is cut off")
    else:
        raise ValueError(f"the encoding {encoding!r} was not asked for")


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while chunk := answer.read(_CHUNK):
        yield chunk
    if answer.length:
        raise ValueError(f"{answer.length} bytes are missing")


def _bounded(chunks: Iterator[bytes], limit: int, address: str) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise Failed(f"{address} answers with more than {limit} bytes.")
        yield chunk
