"""A program that is started ends when it should, and with whoever started it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import environment
from local.process import Process
from local.trouble import Trouble

MakeProcess = Callable[[str], Process]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[MakeProcess]:
    """Make a process of some lines of Python; none outlives the test."""
    made: list[Process] = []

    def make(code: str) -> Process:
        made.append(
            Process(
                "program",
                [sys.executable, "-c", code],
                log_path=tmp_path / "program.log",
                environment=environment.machines() | {"PYTHONUNBUFFERED": "1"},
                directory=tmp_path,
            )
        )
        return made[-1]

    yield make
    for process in made:
        process.kill()


def test_process_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout
    started = int(starter.stdout.readline())
    assert _runs(started)

    starter.kill()
    starter.communicate()

    _wait_until(lambda: not _runs(started))


def test_process_outlives_the_thread_that_started_it(program: MakeProcess) -> None:
    process = program("import time; time.sleep(60)")
    thread = threading.Thread(target=process.start)
    thread.start()
    thread.join()
    time.sleep(0.3)

    assert process.alive


def test_kill_reaches_what_the_program_started(program: MakeProcess) -> None:
    process = program(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid)\n"
        "child.wait()"
    )
    process.start()
    _wait_until(lambda: process.log().endswith("\n"))
    child = int(process.log())

    process.kill()

    _wait_until(lambda: not _runs(child))


def test_stop_is_in_good_order(program: MakeProcess) -> None:
    process = program(
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('goodbye'), sys.exit()))\n"
        "print('hello')\n"
        "while True: signal.pause()"
    )
    process.start()
    _wait_until(lambda: process.log() == "hello\n")

    process.stop()

    assert process.log() == "hello\ngoodbye\n"


def test_stop_does_not_wait_for_ever(program: MakeProcess) -> None:
    process = program(
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('hello')\n"
        "time.sleep(60)"
    )
    process.patience = 0.2
    process.start()
    _wait_until(lambda: process.log() == "hello\n")

    process.stop()

    assert not process.alive


def test_program_that_ends_by_itself_is_told_with_its_last_words(program: MakeProcess) -> None:
    process = program("import sys; print('no more paper'); sys.exit(3)")
    process.start()
    _wait_until(lambda: not process.alive)

    with pytest.raises(Trouble) as trouble:
        process.check_alive()

    assert str(trouble.value) == (
        f"program ended by itself (status 3). {process.log_path} ends:\n  no more paper"
    )


_STARTER = """
import os, sys, time
from pathlib import Path
from local.process import Process
process = Process(
    "child",
    [sys.executable, "-c", "import time; time.sleep(60)"],
    log_path=Path(sys.argv[1]) / "child.log",
    environment=os.environ,
    directory=Path(sys.argv[1]),
)
process.start()
print(process.pid, flush=True)
time.sleep(60)
"""


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIG_DFL)
        return not Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].startswith(" Z")
    except OSError:
        return False


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
