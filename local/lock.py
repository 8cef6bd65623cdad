"""One stack at a time on one data folder."""

import fcntl
import os
from pathlib import Path
from typing import IO

from .trouble import Trouble


class Lock:
    """A file lock, which the kernel releases however its holder ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock. Raises Trouble that names the holder when it is taken."""
        file = self.path.open("a+")
        if not _locks(file):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise Trouble(
                f"Process {holder} runs on {self.path.parent} already: stop it first, "
                "or choose another folder with DATA=folder."
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock up, if it is ours."""
        if self._file:
            self._file.close()
            self._file = None

    def held(self) -> bool:
        """Return whether a process has the lock now."""
        if not self.path.exists():
            return False
        with self.path.open() as file:
            return not _locks(file)


def _locks(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
