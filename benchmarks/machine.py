"""What Linux says about processes: memory and processor time."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROCESSES = Path("/proc")
MEGABYTE = 1_000_000
_INTERVAL = 0.02


@dataclass
class Peak:
    """The largest memory seen, in MB: of a process with its children, and of one among them.

    `together` counts shared pages once (PSS). `one` is exact, as the kernel keeps it (RSS).
    """

    together: float = 0
    one: float = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def watch(self, pid: int) -> None:
        """Look again and again until told to end."""
        while not self._ended.wait(_INTERVAL):
            tree = list(family(pid))
            self.together = max(self.together, sum(_size(p, "smaps_rollup", "Pss") for p in tree))
            self.one = max(self.one, *(_size(p, "status", "VmHWM") for p in tree), 0)

    def end(self) -> None:
        """Have `watch` return."""
        self._ended.set()


@contextmanager
def peak_of(pid: int) -> Iterator[Peak]:
    """Watch the memory of a process and its children; the figures are final afterwards."""
    peak = Peak()
    watcher = threading.Thread(target=peak.watch, args=[pid], daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        peak.end()
        watcher.join()


def family(pid: int) -> Iterator[int]:
    """Yield the process and all that descend from it."""
    yield pid
    for child in _read(pid, f"task/{pid}/children").split():
        yield from family(int(child))


def _size(pid: int, file: str, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", _read(pid, file), re.MULTILINE)
    return int(found[1]) * 1024 / MEGABYTE if found else 0


def _read(pid: int, file: str) -> str:
    try:
        return (PROCESSES / str(pid) / file).read_text()
    except OSError:  # it has ended
        return ""
