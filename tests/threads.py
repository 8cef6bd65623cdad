"""Does things at once, each on a database connection of its own."""

import time
from collections.abc import Callable
from functools import wraps

from django.db import connection


def apart[**P, R](act: Callable[P, R]) -> Callable[P, R]:
    """Return `act` for a thread: it closes the connection that the thread had for it."""

    @wraps(act)
    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return act(*args, **kwargs)
        finally:
            connection.close()

    return done


def wait_for_a_lock() -> None:
    """Return when another connection waits for a lock."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE NOT granted AND datname = current_database()"
            )
            if cursor.fetchone():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")
