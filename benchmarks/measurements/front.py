"""The hot page through nginx with the shipped configuration, against a static file."""

import shutil
from collections.abc import Iterator

from benchmarks.result import Result
from local.stack import Stack


def measure(stack: Stack) -> Iterator[Result]:
    """Yield the row."""
    if not shutil.which("nginx"):
        yield Result("page through nginx : static file", "nginx not found")
        return
    yield Result("page through nginx : static file", "not yet")
