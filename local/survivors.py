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


def marked(variable: str, value: str) -> list[int]:
    """Return the processes whose environment holds the variable with this value."""
    mark = f"{variable}={value}".encode()
    return _found(lambda process: mark in (process / "environ").read_bytes().split(b"\0"))


def working_in(directory: Path, program: str) -> list[int]:
    """Return the processes of this program whose working directory is this one."""

    def works_there(process: Path) -> bool:
        # Linux marks a program whose file has been replaced, as by an upgrade.
        name = (process / "exe").readlink().name.removesuffix(" (deleted)")
        return name == program and (process / "cwd").readlink() == directory.resolve()

    return _found(works_there)


def end(processes: Iterable[int]) -> None:
    """Kill the processes and wait until they are gone."""
    left = list(processes)
    for process in left:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(_runs(PROCESSES / str(process)) for process in left) and time.monotonic() < deadline:
        time.sleep(0.02)


def _found(is_survivor: Callable[[Path], bool]) -> list[int]:
    found = []
    for process in PROCESSES.glob("[1-9]*"):
        # Other people's processes don't show themselves, and any may end while we look.
        with suppress(OSError):
            if is_survivor(process) and _runs(process):
                found.append(int(process.name))
    return found


def _runs(process: Path) -> bool:
    """Return whether it does more than wait for its parent to notice its end."""
    with suppress(OSError):
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
