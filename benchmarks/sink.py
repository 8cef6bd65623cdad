"""A mail server that takes as little time as one can.

Every client of the benchmarks meets it. It speaks as much of RFC 5321 as they need, and PIPELINING
(RFC 2920), as the servers do that mail is handed to. Like them it has a message on disk before it
says that it took it (RFC 5321, section 6.1), or where it is told so it keeps nothing at all.
"""

import os
import socketserver
import sys
import tempfile
from pathlib import Path
from typing import IO, Final

from local import CHECKOUT
from local.ports import HOST, accepts, next_free
from local.process import Process

_OK: Final = b"250 OK\r\n"
_REPLIES: Final = {
    b"EHLO": b"250-localhost\r\n250-8BITMIME\r\n250 PIPELINING\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 Bye\r\n",
}
_MESSAGE_END: Final = b"\r\n.\r\n"
_PART: Final = 1 << 16


class Sink(Process):
    """The server as a process of its own."""

    def __init__(self, folder: Path, *, keeps: bool = True) -> None:
        self.port = next_free(0)
        command = [sys.executable, "-m", __name__, str(self.port)]
        super().__init__(
            "sink",
            command + [str(folder)] * keeps,
            log_path=folder / "sink.log",
            environment={},
            directory=CHECKOUT,
        )

    @property
    def url(self) -> str:
        """The address for EMAIL_URL."""
        return f"smtp://{HOST}:{self.port}"

    def answers(self) -> bool:
        """Whether it listens."""
        return accepts(self.port)


class _Conversation(socketserver.BaseRequestHandler):
    """One connection, in a thread of its own: blocking calls are the cheapest there are."""

    server: "_Server"

    def handle(self) -> None:
        """Answer, in one packet all commands that came in one."""
        with tempfile.TemporaryFile(dir=self.server.folder) as kept:
            self._converse(kept)

    def _converse(self, kept: IO[bytes]) -> None:
        self.request.sendall(b"220 localhost\r\n")
        received, in_message = b"", False
        while part := self.request.recv(_PART):
            received += part
            replies = b""
            while True:
                end = _MESSAGE_END if in_message else b"\r\n"
                head, found, rest = received.partition(end)
                if not found:
                    break
                received = rest
                if in_message and self.server.folder:
                    kept.write(head)
                    kept.flush()
                    os.fdatasync(kept.fileno())
                reply = _OK if in_message else _REPLIES.get(head[:4].upper(), _OK)
                in_message = reply.startswith(b"354")
                replies += reply
            self.request.sendall(replies)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, folder: str | None) -> None:
        super().__init__((HOST, port), _Conversation)
        self.folder = folder


if __name__ == "__main__":
    with _Server(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None) as running:
        running.serve_forever()
