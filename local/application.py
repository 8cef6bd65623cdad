"""The application's own processes, run as in production."""

import http.client
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from .ports import HOST
from .process import Process, run
from .survivors import end_marked

CHECKOUT = Path(__file__).resolve().parent.parent
#: Marks all that a stack starts, so that what is left of it can be found.
MARK = "UNDERSIGNED_STACK"
PROGRAMS = Path(sys.executable).parent


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
        return f"http://{HOST}:{self.port}"

    def answers(self) -> bool:
        return self.status("/healthz") == 200

    def status(self, path: str, timeout: float = 5) -> int:
        """The status of a GET, or 0 where there is no answer."""
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

    def __init__(self, *, log_path: Path, environment: Mapping[str, str]) -> None:
        super().__init__(
            "worker",
            # The only worker of its broker has nobody to look for.
            _celery("worker", "--concurrency", "2", "--without-mingle", "--without-gossip"),
            log_path=log_path,
            environment=environment,
            directory=CHECKOUT,
        )

    def answers(self) -> bool:
        return self.alive and " ready." in self.log()


class Beat(Process):
    """Celery's clock."""

    # A kill in the middle of a write would spoil its file of last runs.
    death_signal = signal.SIGTERM

    def __init__(self, folder: Path, *, log_path: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        super().__init__(
            "beat",
            _celery("beat", "--schedule", str(folder / "schedule"), "--pidfile", ""),
            log_path=log_path,
            environment=environment,
            directory=CHECKOUT,
        )

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def answers(self) -> bool:
        return self.alive and "beat: Starting" in self.log()


def manage(*arguments: str, environment: Mapping[str, str]) -> str:
    """Runs a management command and returns its output. Raises Trouble when it fails."""
    command = [sys.executable, "manage.py", *arguments]
    return run(command, environment=environment, directory=CHECKOUT)


def log_signing_key(origin: str, environment: Mapping[str, str]) -> str:
    """A new private key for a log of this name."""
    keygen = [sys.executable, "-m", "petitions.log.keygen", origin]
    return run(keygen, environment=environment, directory=CHECKOUT).strip()


def end_remains(data: Path) -> None:
    """Ends what an earlier stack on this data left behind."""
    end_marked(MARK, str(data))


def _celery(*arguments: str) -> list[str]:
    return [str(PROGRAMS / "celery"), "-A", "petitions", *arguments, "--loglevel", "INFO"]
