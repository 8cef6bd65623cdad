"""A program in the foreground of a session of its own, which ends with whoever started it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from .trouble import Trouble

LAUNCH = Path(__file__).with_name("launch.py")
LOG_LIMIT = 5_000_000

# The kernel sends a death signal when the *thread* that forked ends, so one thread, which lives as
# long as we do, forks for all: a test may then start a process from a thread of its own.
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="local-forker")


class Process:
    """One program: started, waited for, stopped, killed, started again.

    Its output is appended to `log_path`. As a context manager it is ready inside and stopped after.
    """

    #: Asks the program to end.
    stop_signal = signal.SIGTERM
    #: Reaches the program when whoever started it has died.
    death_signal = signal.SIGKILL
    #: Seconds between `stop_signal` and SIGKILL.
    patience = 1.5

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log_path: Path,
        environment: Mapping[str, str],
        directory: Path,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log_path = log_path
        self.environment = dict(environment)
        self.directory = directory
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id, also that of its session and process group."""
        if self._child is None:
            raise LookupError(f"{self.name} was never started")
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the program runs."""
        if self._child is None or self._child.returncode is not None:
            return False
        # Looks without reaping: until `kill` the id stays taken, so that no stranger has it when
        # the session's survivors are signalled.
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            # Another thread has just killed it.
            return False

    def prepare(self) -> None:
        """Make what the program needs, before each start; nothing of it runs any more."""
        self.directory.mkdir(parents=True, exist_ok=True)

    def answers(self) -> bool:
        """Return whether the program does its work now."""
        return self.alive

    def start(self) -> None:
        """Start the program, unless it runs, and return at once."""
        if self.alive:
            return
        self.kill()
        self.prepare()
        with _appended(self.log_path) as log:
            self._log_start = log.tell()
            self._child = _spawn(
                launched(self.command, self.death_signal),
                output=log,
                environment=self.environment,
                directory=self.directory,
            )

    def wait_until_ready(self, timeout: float = 60) -> None:
        """Return when the program answers. Raises Trouble when it ends or takes too long."""
        deadline = time.monotonic() + timeout
        self.check_alive()
        while not self.answers():
            if time.monotonic() > deadline:
                raise Trouble(f"{self.name} didn't answer in {timeout:g} s.{self._log_end()}")
            time.sleep(0.03)
            self.check_alive()

    def check_alive(self) -> None:
        """Raise Trouble with the program's last words unless it runs."""
        if self.alive:
            return
        self.kill()
        status = self._child.returncode if self._child else 0
        how = f"status {status}" if status >= 0 else signal.Signals(-status).name
        raise Trouble(f"{self.name} ended by itself ({how}).{self._log_end()}")

    def request_stop(self) -> None:
        """Ask the program to end, without waiting."""
        if self.alive:
            os.kill(self.pid, self.stop_signal)

    def stop(self) -> None:
        """End the program in good order, or by force when that takes too long."""
        stop_together([self])

    def kill(self) -> None:
        """End the program and all that it started as `kill -9` does, and wait for that."""
        if self._child is None or self._child.returncode is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._child.wait()

    def restart(self) -> None:
        """Stop the program if it runs, start it again and wait until it answers."""
        self.stop()
        self.start()
        self.wait_until_ready()

    def log(self) -> str:
        """Return what the program has written since its latest start."""
        with suppress(FileNotFoundError), self.log_path.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")
        return ""

    def _log_end(self) -> str:
        return f" {self.log_path} ends:\n{_end_of(self.log())}"


def stop_together(processes: Iterable[Process]) -> None:
    """Stop processes that don't need each other for stopping, in the time of the slowest."""
    processes = list(processes)
    asked_at = time.monotonic()
    for process in processes:
        process.request_stop()
    for process in processes:
        while process.alive and time.monotonic() < asked_at + process.patience:
            time.sleep(0.02)
        process.kill()


def _end_of(text: str) -> str:
    lines = text.splitlines()[-20:] or ["(nothing)"]
    return "\n".join(f"  {line}" for line in lines)


def launched(command: Sequence[str], death_signal: signal.Signals) -> list[str]:
    """Return the command line that runs a command so that it dies with this process."""
    launch = [sys.executable, "-I", "-S", str(LAUNCH)]
    return [*launch, str(os.getpid()), str(int(death_signal)), *command]


def run(command: Sequence[str], *, environment: Mapping[str, str], directory: Path) -> str:
    """Run a command to its end and return its output. Raises Trouble when it fails."""
    child = _spawn(
        launched(command, signal.SIGKILL),
        output=subprocess.PIPE,
        environment=environment,
        directory=directory,
    )
    try:
        output = child.communicate()[0].decode(errors="replace")
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    if child.returncode:
        raise Trouble(f"{' '.join(command)} failed (status {child.returncode}):\n{_end_of(output)}")
    return output


def _spawn(
    command: Sequence[str],
    *,
    output: int | IO[bytes],
    environment: Mapping[str, str],
    directory: Path,
) -> subprocess.Popen[bytes]:
    return _forker.submit(
        subprocess.Popen,
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=directory,
        env=environment,
        start_new_session=True,
    ).result()


def _appended(path: Path) -> IO[bytes]:
    """Open the log for more; one that has grown long makes room and stays beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
