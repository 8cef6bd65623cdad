"""A mail server that keeps nothing and is hardly ever what one waits for.

Every client of the benchmarks meets it. It speaks as much of RFC 5321 as they need, and PIPELINING
(RFC 2920), as the servers do that mail is handed to.
"""

import socketserver
import sys
from pathlib import Path
from typing import Final

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

    def __init__(self, log_path: Path) -> None:
        self.port = next_free(0)
        super().__init__(
            "sink",
            [sys.executable, "-m", __name__, str(self.port)],
            log_path=log_path,
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

    def handle(self) -> None:
        """Answer all commands that have come at once, in one packet."""
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
                reply = _OK if in_message else _REPLIES.get(head[:4].upper(), _OK)
                in_message = reply.startswith(b"354")
                replies += reply
            self.request.sendall(replies)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    with _Server((HOST, int(sys.argv[1])), _Conversation) as server:
        server.serve_forever()
