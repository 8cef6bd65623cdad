"""The whole product: servers, application and inbox on one data folder."""

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Self

from . import application, environment, ports
from .application import MARK, Beat, Sequencer, Web, Worker
from .github import CLIENT_ID, GitHub
from .inbox import Inbox
from .lock import Lock
from .postgres import Postgres
from .process import Process, stop_together
from .redis import Redis
from .settings import Settings
from .trouble import Trouble

SERVERS = ("postgres", "redis", "inbox", "github")
APPLICATION = ("web", "worker", "sequencer", "beat")
#: Naming a server of one's own by one of these settings means that ours is not started.
REPLACED_BY = {
    "postgres": ("DATABASE_URL",),
    "redis": ("REDIS_URL",),
    "inbox": ("EMAIL_URL",),
    # GitHub has no stand-in beside it, nor has a GitHub Enterprise.
    "github": ("GITHUB_CLIENT_ID", "GITHUB_URL", "GITHUB_API_URL"),
}


class Stack:
    """Claims a data folder when made; as a context manager everything answers inside.

    Each of `postgres`, `redis`, `inbox`, `github`, `web`, `worker`, `sequencer`, `beat` is a Process: stop it, kill it,
    start it again.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        inbox_ports: tuple[int, int] = (0, 0),
        github_port: int = 0,
        processes: Collection[str] = SERVERS + APPLICATION,
        settings: Mapping[str, str] | None = None,
        demo: bool = False,
        durable: bool = True,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Claim the folder. Raises Trouble when another stack has it.

        `settings` win over those made here, and no others reach the application. A taken port
        (of the site; of the inbox for SMTP and web; of the stand-in for GitHub) gives the next free one, 0 any. `processes`
        are those that `start` starts. `tell` gets a line before each step that takes time.
        """
        self.data = data.resolve()
        self.demo = demo
        self.durable = durable
        self.tell = tell
        self._given = dict(settings or {})
        self._chosen = {
            name for name in processes if self._given.keys().isdisjoint(REPLACED_BY.get(name, ()))
        }
        self._ports: set[int] = set()
        self._claim()
        try:
            self.port = self._port("web", port)
            smtp_port, inbox_port = inbox_ports
            self._inbox_ports = self._port("smtp", smtp_port), self._port("inbox", inbox_port)
            self._github_port = self._port("github", github_port)
        except Trouble:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """The site's address on this machine, without a slash at its end."""
        return f"http://{ports.HOST}:{self.port}"

    @cached_property
    def postgres(self) -> Postgres:
        """The database server."""
        return Postgres(
            self.data / "postgres",
            port=self._port("postgres"),
            password=self._secret("postgres password"),
            log_path=self._log("postgres"),
            durable=self.durable,
        )

    @cached_property
    def redis(self) -> Redis:
        """The broker, cache and limits."""
        return Redis(
            self.data / "redis",
            port=self._port("redis"),
            password=self._secret("redis password"),
            log_path=self._log("redis"),
            durable=self.durable,
        )

    @cached_property
    def inbox(self) -> Inbox:
        """Where all mail ends up."""
        smtp_port, web_port = self._inbox_ports
        return Inbox(
            self.data / "mail",
            smtp_port=smtp_port,
            web_port=web_port,
            log_path=self._log("inbox"),
            environment=self._surroundings,
        )

    @cached_property
    def github(self) -> GitHub:
        """The stand-in for GitHub."""
        base_url = self._given.get("BASE_URL") or self.base_url
        return GitHub(
            port=self._github_port,
            secret=self._secret("GITHUB_CLIENT_SECRET"),
            sites=[base_url, self.base_url, self.base_url.replace(ports.HOST, "localhost")],
            log_path=self._log("github"),
            environment=self._surroundings,
        )

    @cached_property
    def web(self) -> Web:
        """The site."""
        return Web(port=self.port, log_path=self._log("web"), environment=self.environment)

    @cached_property
    def worker(self) -> Worker:
        """The worker of tasks."""
        return Worker(log_path=self._log("worker"), environment=self.environment)

    @cached_property
    def sequencer(self) -> Sequencer:
        """The worker of the log."""
        return Sequencer(log_path=self._log("sequencer"), environment=self.environment)

    @cached_property
    def beat(self) -> Beat:
        """The clock that calls the sweeps."""
        return Beat(self.data / "beat", log_path=self._log("beat"), environment=self.environment)

    @property
    def environment(self) -> dict[str, str]:
        """What the application's processes and commands run in."""
        return self._surroundings | self.settings

    @cached_property
    def settings(self) -> dict[str, str]:
        """The application's settings."""
        made: dict[str, Callable[[], str]] = {
            "SECRET_KEY": lambda: self._secret("SECRET_KEY"),
            "DATABASE_URL": lambda: self.postgres.url,
            "REDIS_URL": lambda: self.redis.url,
            "EMAIL_URL": lambda: self.inbox.smtp_url,
            "BASE_URL": lambda: self.base_url,
            "ALLOWED_HOSTS": lambda: f"{ports.HOST},localhost",
            "MAIL_FROM": lambda: "Undersigned <letters@example.org>",
            "LOG_ORIGIN": lambda: self._log_origin,
            "LOG_SIGNING_KEY": self._log_signing_key,
            "MEDIA_ROOT": lambda: str(self.data / "media"),
            "STATIC_ROOT": lambda: str(self.data / "static"),
        }
        if "github" in self._chosen:
            made |= {
                "GITHUB_URL": lambda: self.github.url,
                "GITHUB_API_URL": lambda: self.github.api_url,
                "GITHUB_CLIENT_ID": lambda: CLIENT_ID,
                "GITHUB_CLIENT_SECRET": lambda: self._secret("GITHUB_CLIENT_SECRET"),
            }
        return {name: self._given.get(name) or make() for name, make in made.items()} | self._given

    @property
    def processes(self) -> list[Process]:
        """Those that were made, running or not."""
        return self._made(APPLICATION + SERVERS)

    def start(self) -> None:
        """Start the chosen processes and wait until all of them answer."""
        try:
            self._start(SERVERS)
            if self._chosen.intersection(APPLICATION):
                self._set_up()
                self._start(APPLICATION)
            if self._chosen.issuperset(APPLICATION):
                self._wait_for_site()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop whatever runs and give the folder up."""
        stop_together(self._made(APPLICATION))
        stop_together(self._made(SERVERS))
        self._lock.release()

    def check(self) -> None:
        """Raise Trouble with the last words of a chosen process that has ended by itself."""
        for name in self._chosen:
            self._process(name).check_alive()

    def manage(self, *arguments: str) -> str:
        """Run management commands, divided by ",", and return their output.

        Raises Trouble when one fails.
        """
        return application.manage(*arguments, environment=self.environment)

    def _claim(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self._lock = Lock(self.data / "lock")
        self._lock.acquire()
        self._settings = Settings(self.data / "settings.json")
        application.end_remains(self.data)

    def _set_up(self) -> None:
        environment.save(self.settings, self.data / "environment.json")
        self.tell("Preparing the database")
        commands = ["migrate", "--verbosity", "0"]
        commands += [",", "collectstatic", "--noinput", "--verbosity", "0"]
        commands += [",", "demo"] if self.demo else []
        if output := self.manage(*commands).strip():
            self.tell(output)

    def _start(self, names: Collection[str]) -> None:
        chosen = [self._process(name) for name in names if name in self._chosen]
        if chosen:
            self.tell(f"Starting {', '.join(process.name for process in chosen)}")
        for process in chosen:
            process.start()
        for process in chosen:
            process.wait_until_ready()

    def _wait_for_site(self, timeout: float = 60) -> None:
        """Ready is what the site says itself: database, broker, worker and sequencer."""
        deadline = time.monotonic() + timeout
        while (status := self.web.status("/readyz")) != HTTPStatus.OK:
            self.check()
            if time.monotonic() > deadline:
                raise Trouble(
                    f"{self.base_url}/readyz still answers {status}: see {self.data}/log."
                )
            time.sleep(0.1)

    def _process(self, name: str) -> Process:
        process: Process = getattr(self, name)
        return process

    def _made(self, names: Collection[str]) -> list[Process]:
        return [self._process(name) for name in names if name in vars(self)]

    @property
    def _surroundings(self) -> dict[str, str]:
        # Unbuffered, so that a log's end is what a process did last.
        return environment.machines() | {MARK: str(self.data), "PYTHONUNBUFFERED": "1"}

    @property
    def _log_origin(self) -> str:
        return self._given.get("LOG_ORIGIN") or f"{ports.HOST}/log"

    def _log_signing_key(self) -> str:
        origin = self._log_origin
        return self._settings.once(
            f"LOG_SIGNING_KEY {origin}",
            lambda: application.log_signing_key(origin, self._surroundings),
        )

    def _secret(self, name: str) -> str:
        return self._settings.once(name, lambda: secrets.token_urlsafe(48))

    def _port(self, name: str, wanted: int = 0) -> int:
        """Return the wanted port, or the one of last time, or a free one near it."""
        remembered = int(self._settings.get(f"{name} port", "0"))
        port = ports.next_free(wanted or remembered, besides=self._ports)
        self._ports.add(port)
        self._settings.put(f"{name} port", str(port))
        return port

    def _log(self, name: str) -> Path:
        return self.data / "log" / f"{name}.log"
