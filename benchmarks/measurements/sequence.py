"""The sequencer over a long queue."""

import time
from collections.abc import Iterator

from benchmarks.result import Result, at_least
from benchmarks.signatures import add_confirmed, petition, refresh_statistics, sequence
from local.stack import Stack

WAITING = 50_000
WANTED = 5_000


def measure(stack: Stack) -> Iterator[Result]:
    """Yield the row."""
    add_confirmed(petition("sequencer"), WAITING)
    refresh_statistics()
    began = time.perf_counter()
    sequence()
    passed = time.perf_counter() - began
    name = f"sequencer, {WAITING:,} entries waiting"
    yield at_least(name, WAITING / passed, "entries/s", wanted=WANTED)
