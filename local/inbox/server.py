"""The inbox as a process: SMTP and web together."""

import asyncio
import signal
import sys
import threading
import time
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

from local import CHECKOUT
from local.ports import HOST, accepts
from local.process import Process

from .mailbox import Mailbox
from .sink import Sink
from .web import Server


class Inbox(Process):
    """The inbox beside a stack. Its messages are files and stay when it stops."""

    def __init__(
        self,
        folder: Path,
        *,
        smtp_port: int,
        web_port: int,
        log_path: Path,
        environment: Mapping[str, str],
    ) -> None:
        self.mailbox = Mailbox(folder)
        self.smtp_port = smtp_port
        self.web_port = web_port
        ports = ["--smtp-port", str(smtp_port), "--web-port", str(web_port)]
        super().__init__(
            "inbox",
            [sys.executable, "-m", "local", "inbox", *ports, "--data", str(folder)],
            log_path=log_path,
            environment=environment,
            directory=CHECKOUT,
        )

    @property
    def smtp_url(self) -> str:
        """The address for EMAIL_URL."""
        return f"smtp://{HOST}:{self.smtp_port}"

    @property
    def web_url(self) -> str:
        """The address for a browser, without a slash at its end."""
        return f"http://{HOST}:{self.web_port}"

    @property
    def messages(self) -> list[EmailMessage]:
        """All messages, the first to arrive first; their envelopes are on top of their headers."""
        return self.mailbox.messages()

    def wait_for(self, count: int, timeout: float = 30) -> list[EmailMessage]:
        """Return all messages when there are so many, or as many as came in the time."""
        deadline = time.monotonic() + timeout
        while len(self.mailbox.names()) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.messages

    def clear(self) -> None:
        """Delete all messages."""
        self.mailbox.clear()

    def answers(self) -> bool:
        return accepts(self.smtp_port) and accepts(self.web_port)


def serve(folder: Path, *, smtp_port: int, web_port: int) -> None:
    """Serve the inbox until SIGINT or SIGTERM."""
    mailbox = Mailbox(folder)
    web = Server((HOST, web_port), mailbox)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    asyncio.run(_receive(Sink(mailbox), smtp_port))


async def _receive(sink: Sink, port: int) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(sink.protocol, HOST, port)
    await stopped.wait()
    server.close()
