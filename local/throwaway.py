"""Servers for a test run or a single command: new, fast, and gone afterwards."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .stack import SERVERS, Stack


@contextmanager
def throwaway(settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Run PostgreSQL, Valkey and the inbox in a temporary folder, whatever the environment says."""
    with tempfile.TemporaryDirectory(prefix="undersigned-") as folder:
        local = {"BASE_URL": "http://testserver", "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost"}
        with Stack(
            Path(folder), processes=SERVERS, settings=local | dict(settings or {}), durable=False
        ) as stack:
            yield stack
