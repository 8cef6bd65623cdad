"""The bare project in the product's own app server."""

import sys
from collections.abc import Mapping
from pathlib import Path

from psycopg import sql

from local import CHECKOUT
from local.application import Web
from local.ports import next_free
from local.process import run
from local.stack import Stack

DATABASE = "bare"


class BareWeb(Web):
    """granian with the options that the product has in this checkout, and the bare project."""

    def __init__(self, *, port: int, log_path: Path, environment: Mapping[str, str]) -> None:
        super().__init__(port=port, log_path=log_path, environment=environment)
        self.name = "bare web"
        assert self.command[-1] == "petitions.wsgi:application"
        self.command[-1] = "benchmarks.bare.wsgi:application"

    def answers(self) -> bool:
        """Whether the page is served."""
        return self.status("/") == 200


def bare_web(stack: Stack) -> BareWeb:
    """Return the server, with a database of its own beside the product's. Enter it to start it."""
    environment = stack.environment | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.bare.settings",
        "DATABASE_URL": stack.postgres.url.rpartition("/")[0] + f"/{DATABASE}",
    }
    _make_database(stack, environment)
    return BareWeb(
        port=next_free(0), log_path=stack.data / "log" / "bare-web.log", environment=environment
    )


def _make_database(stack: Stack, environment: Mapping[str, str]) -> None:
    with stack.postgres.connect() as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone():
            return
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    migrate = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"]
    run(migrate, environment=environment, directory=CHECKOUT)
