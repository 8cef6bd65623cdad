"""The stack at a terminal."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import environment, ports
from .stack import Stack


def up(data: Path, port: int) -> None:
    """Run everything until SIGINT, SIGTERM or the terminal's end.

    Raises Trouble when something can't start, or ends by itself; everything is stopped then.
    """
    with _signals_interrupting():
        try:
            _run(data, port)
        except KeyboardInterrupt:
            _tell("Stopped.")


def _run(data: Path, port: int) -> None:
    stack = Stack(
        data,
        port=port,
        inbox_ports=(ports.SMTP, ports.INBOX),
        github_port=ports.GITHUB,
        settings=environment.operators(),
        demo=True,
        tell=_tell,
    )
    if stack.port != port:
        _tell(f"Port {port} is taken, so the site is on {stack.port}")
    with stack:
        _announce(stack)
        while True:
            stack.check()
            time.sleep(0.2)


def _announce(stack: Stack) -> None:
    _tell(f"site   {stack.base_url}/")
    _tell(f"admin  {stack.base_url}/admin/")
    if stack.inbox.alive:
        _tell(f"inbox  {stack.inbox.web_url}/")
    if stack.github.alive:
        _tell(f"github {stack.github.url}/ (a stand-in, with people who don't exist)")
    _tell(f"logs   {stack.data / 'log'}")
    _tell(f"ready: {stack.base_url}/")


def _tell(line: str) -> None:
    # A pipe gets each line at once too: scripts wait for the last.
    print(line, flush=True)


@contextmanager
def _signals_interrupting() -> Iterator[None]:
    """Have each request to end raise KeyboardInterrupt, once: a second must not stop the stop."""

    def interrupt(number: int, frame: object) -> None:
        for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(asked, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    # nohup has it ignored.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, interrupt)
    yield
