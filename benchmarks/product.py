"""The product on throw-away data."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from local import CHECKOUT, environment
from local.stack import SERVERS, Stack

from .sink import Sink

#: One machine stands for a hundred thousand networks.
SETTINGS = {"SIGNINGS_PER_NETWORK": "1000000000", "DJANGO_SETTINGS_MODULE": "petitions.settings"}


@contextmanager
def product() -> Iterator[Stack]:
    """Start the servers, with the disk as slow as it is, and set up Django in this process.

    Web and worker belong to the measurements, which start those that they need.
    """
    data = CHECKOUT / ".data"
    data.mkdir(exist_ok=True)
    # Beside the data of `make up`: /tmp is memory on some machines, where a commit costs nothing.
    with (
        tempfile.TemporaryDirectory(prefix="benchmarks-", dir=data) as folder,
        Sink(Path(folder)) as sink,
        Stack(
            Path(folder),
            processes=SERVERS,
            settings=SETTINGS | {"EMAIL_URL": sink.url},
            tell=_tell,
        ) as stack,
    ):
        environment.replace_in_process(stack.environment)
        django.setup()
        stack.manage("migrate", "--verbosity", "0")
        stack.manage("collectstatic", "--noinput", "--verbosity", "0")
        yield stack


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
