"""Where the published log is kept: a few moves that survive a crash at any point.

`Folder` is a local one, which a web server serves as it is. Others (an object store) keep the same
promises, and pass the same tests.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

# Names of the folder's own, which the web server has no reason to serve.
_LOCK, _WRITING = ".lock", ".writing"


class Conflict(Exception):
    """A file that never changes is there with other bytes."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} was written before, with other bytes, and is left as it is. If the published "
            "checkpoint reaches it, the database no longer holds the log that was published: "
            "restore a newer backup. If it does not, a publication broke off before a backup was "
            "restored: move the file away."
        )
        self.path = path


class Storage(Protocol):
    """Files by their path below the log's prefix, with slashes."""

    def read(self, path: str) -> bytes | None:
        """Return a file, or None if there is none."""

    def write_once(self, path: str, content: bytes) -> None:
        """Write a file that never changes; nothing happens if it is there already.

        It appears whole or not at all. Raises Conflict if it is there with other bytes.
        """

    def replace(self, path: str, content: bytes) -> None:
        """Write a file over the one before it; readers see the one or the other.

        All that was written before is safe from a loss of power when this begins to be seen.
        """

    def lock(self) -> AbstractContextManager[bool]:
        """Be the only writer for a while; False if another is at work. Ends with the process."""


class Folder:
    """A storage in a local folder, which is made if it is missing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Folders with new names in them that a loss of power could still take back.
        self._unsynced: set[Path] = set()

    def read(self, path: str) -> bytes | None:
        """Return a file, or None if there is none."""
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def write_once(self, path: str, content: bytes) -> None:
        """Write a file that never changes, or find it there. Raises Conflict."""
        present = self.read(path)
        if present is None:
            self._put(path, content)
        elif present != content:
            raise Conflict(path)

    def replace(self, path: str, content: bytes) -> None:
        """Write a file over the one before it, when all before it is safe."""
        self._sync()
        self._put(path, content)
        self._sync()

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Be the only writer for a while; False if another is at work."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / _LOCK).open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def prune(self, older_than: float) -> int:
        """Delete partial tiles that a full one has replaced since so many seconds; return how many.

        The specification allows it; without it each checkpoint leaves files for ever. Readers
        that hold an older checkpoint find the full tile.
        """
        deleted = 0
        for folder in list(self.root.glob("tile/**/*.p")):
            full = folder.with_suffix("")
            if full.is_file() and full.stat().st_mtime < time.time() - older_than:
                for partial in folder.iterdir():
                    partial.unlink()
                    deleted += 1
                folder.rmdir()
        return deleted

    def _put(self, path: str, content: bytes) -> None:
        # Always the same name, so that what a crash leaves is one file, and written over.
        writing, final = self.root / _WRITING, self.root / path
        self._make_folder(final.parent)
        try:
            with writing.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            writing.rename(final)
        except BaseException:
            # On a full disk the half of a file would be in the way of others.
            with suppress(OSError):
                writing.unlink(missing_ok=True)
            raise
        self._unsynced.add(final.parent)

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            self._unsynced.add(folder.parent)

    def _sync(self) -> None:
        for folder in self._unsynced:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._unsynced.clear()
