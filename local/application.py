"""The application's own processes, run as in production."""

import http.client
import signal
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from . import CHECKOUT, PROGRAMS
from .ports import HOST
from .process import Process, run
from .survivors import end, marked

#: Marks all that a stack starts, so that what is left of it can be found.
MARK = "UNDERSIGNED_STACK"


class Web(Process):
    """granian with the site, on a loopback port."""

    # Its master takes the workers along, which would outlive a kill.
    death_signal = signal.SIGTERM

    def __init__(self, *, port: int, log_path: Path, environment: Mapping[str, str]) -> None:
        self.port = port
        server = [str(PROGRAMS / "granian"), "--interface", "wsgi", "--host", HOST]
        server += ["--port", str(port), "--http", "1", "--no-ws", "--workers", "2"]
        server += ["--blocking-threads", "2", "--workers-kill-timeout", "1"]
        super().__init__(
            "web",
            [*server, "petitions.wsgi:application"],
            log_path=log_path,
            environment=environment,
            directory=CHECKOUT,
        )

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return f"http://{HOST}:{self.port}"

    def answers(self) -> bool:
        return self.status("/healthz") == HTTPStatus.OK

    def status(self, path: str, timeout: float = 5) -> int:
        """Return the status of a GET, or 0 where there is no answer."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


class Worker(Process):
    """A Celery worker with two processes."""

    # An idle one needs about this long. The database holds the truth, so a kill is no harm.
    patience = 1.9
    name = "worker"
    queue = "celery"
    processes = 2

    def __init__(self, *, log_path: Path, environment: Mapping[str, str]) -> None:
        self.node = f"{self.name}@localhost"
        options = ["--queues", self.queue, "--concurrency", str(self.processes)]
        options += ["--hostname", self.node]
        # The only worker of its broker has nobody to look for.
        options += ["--without-mingle", "--without-gossip"]
        super().__init__(
            self.name,
            _celery("worker", *options),
            log_path=log_path,
            environment=environment,
            directory=CHECKOUT,
        )

    def answers(self) -> bool:
        # Here, as they take a good part of a second, and no other command needs them.
        from kombu import Connection
        from kombu.exceptions import OperationalError
        from kombu.pidbox import Mailbox
        from redis.exceptions import RedisError

        try:
            with Connection(self.environment["REDIS_URL"]) as broker:
                control = Mailbox("celery", "fanout", connection=broker, accept=["json"])
                return bool(control.call([self.node], "ping", timeout=0.3))
        except (OperationalError, RedisError):
            return False


class Sequencer(Worker):
    """The worker of the log alone, so that nothing else holds it up."""

    name = "sequencer"
    queue = "log"
    processes = 1


class Beat(Process):
    """Celery's clock."""

    # A kill in the middle of a write would spoil its file of last runs.
    death_signal = signal.SIGTERM

    def __init__(self, folder: Path, *, log_path: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._before: dict[Path, int] = {}
        super().__init__(
            "beat",
            _celery("beat", "--schedule", str(folder / "schedule"), "--pidfile", ""),
            log_path=log_path,
            environment=environment,
            directory=CHECKOUT,
        )

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._before = self._written()

    def answers(self) -> bool:
        # It has nothing to ask, and writes its schedule once it has loaded it.
        return self._written() != self._before

    def _written(self) -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in self.folder.iterdir()}


def manage(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run management commands, divided by ",", and return their output.

    Raises Trouble when one fails.
    """
    command = [sys.executable, "-m", "local.commands", *arguments]
    return run(command, environment=environment, directory=CHECKOUT)


def log_signing_key(origin: str, environment: Mapping[str, str]) -> str:
    """Make a new private key for a log of this name."""
    keygen = [sys.executable, "-m", "petitions.log.keygen", origin]
    return run(keygen, environment=environment, directory=CHECKOUT).strip()


def end_remains(data: Path) -> None:
    """End what an earlier stack on this data left behind."""
    end(marked(MARK, str(data)))


def _celery(*arguments: str) -> list[str]:
    return [str(PROGRAMS / "celery"), "-A", "petitions", *arguments, "--loglevel", "INFO"]
