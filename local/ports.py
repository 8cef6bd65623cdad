"""Loopback ports."""

import random
import socket
from collections.abc import Collection

from .trouble import Trouble

HOST = "127.0.0.1"
# Where a person looks first.
SITE = 8000
SMTP = 1025
INBOX = 8025
GITHUB = 8026


PORTS = range(65536)
# Below Linux's range for outgoing connections: one of those can't take the port between our look
# and the server's bind, nor while a server is down and about to come back.
UNREMARKABLE = range(20000, 32768)


def is_free(port: int) -> bool:
    """Return whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier server that linger don't make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise Trouble(f"Port {port} is for root only: choose one from 1024 to 65535.") from None
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Return whether somebody listens on the port."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def next_free(port: int, *, besides: Collection[int] = ()) -> int:
    """Return the first free port from this one up, none of those besides; 0 asks for any."""
    if port not in PORTS:
        raise Trouble(f"There is no port {port}: choose one from 1024 to 65535.")
    candidates = (
        range(port, min(port + 100, PORTS.stop)) if port else random.sample(UNREMARKABLE, 100)
    )
    for candidate in candidates:
        if candidate not in besides and is_free(candidate):
            return candidate
    raise Trouble(f"The ports after {port or UNREMARKABLE[0]} are taken: choose another.")
