"""Processes of an earlier stack that outlived it.

All of them die with their supervisor; what is left is the child of a child whose parents were all
killed at once, or a server that hasn't finished dying.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")


def end_marked(variable: str, value: str) -> None:
    """Kill every process whose environment holds the variable with this value."""
    mark = f"{variable}={value}".encode()
    _end(lambda process: mark in (process / "environ").read_bytes().split(b"\0"))


def end_working_in(directory: Path, program: str) -> None:
    """Kill every process of this program whose working directory is this one."""

    def works_there(process: Path) -> bool:
        # Linux marks a program whose file has been replaced, as by an upgrade.
        name = (process / "exe").readlink().name.removesuffix(" (deleted)")
        return name == program and (process / "cwd").readlink() == directory.resolve()

    _end(works_there)


def _end(is_survivor: Callable[[Path], bool]) -> None:
    survivors = list(_found(is_survivor))
    for survivor in survivors:
        with suppress(ProcessLookupError):
            os.kill(survivor, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(_exists(survivor) for survivor in survivors) and time.monotonic() < deadline:
        time.sleep(0.02)


def _found(is_survivor: Callable[[Path], bool]) -> Iterable[int]:
    if not PROCESSES.is_dir():
        return
    for process in PROCESSES.iterdir():
        # Other people's processes don't show themselves, and any may end while we look.
        with suppress(OSError):
            if process.name.isdecimal() and is_survivor(process) and _exists(int(process.name)):
                yield int(process.name)


def _exists(pid: int) -> bool:
    """Return whether the process is there and not merely waiting for its parent to notice its end."""
    with suppress(OSError):
        return (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
