"""`up` at a terminal: ready, alone on its folder, killed, back again, stopped."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import CHECKOUT, environment
from local.application import MARK
from local.ports import HOST, next_free
from local.survivors import marked, working_in

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for orphans in /proc")
STOPS_WITHIN_SECONDS = 3


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((HOST, next_free(0)))
        listener.listen()
        yield listener.getsockname()[1]


def test_up_is_ready_after_a_kill_too_and_stops_when_asked(tmp_path: Path, taken_port: int) -> None:
    first = _up(tmp_path, taken_port)
    told = _read_until_ready(first)
    port = told[-1].removeprefix(f"ready: http://{HOST}:").removesuffix("/\n")
    assert told[0] == f"Port {taken_port} is taken, so the site is on {port}\n"

    second = _up(tmp_path, taken_port)
    assert second.communicate()[0].startswith(f"Process {first.pid} runs on {tmp_path} already")
    assert second.returncode == 1

    first.kill()
    first.communicate()
    _wait_until_nothing_runs(tmp_path)

    third = _up(tmp_path, int(port))
    assert _read_until_ready(third)[-1] == f"ready: http://{HOST}:{port}/\n"

    asked_at = time.monotonic()
    third.send_signal(signal.SIGINT)
    assert third.communicate()[0] == "Stopped.\n"
    assert time.monotonic() - asked_at < STOPS_WITHIN_SECONDS
    assert third.returncode == 0
    assert _running(tmp_path) == []


def _up(data: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "local", "up", "--data", str(data), "--port", str(port)],
        cwd=CHECKOUT,
        env=environment.machines(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _read_until_ready(up: subprocess.Popen[str]) -> list[str]:
    assert up.stdout
    lines = []
    for line in up.stdout:
        lines.append(line)
        if line.startswith("ready: "):
            return lines
    raise AssertionError("".join(lines))


def _running(data: Path) -> list[int]:
    return [
        *marked(MARK, str(data)),
        *working_in(data / "postgres", "postgres"),
        *working_in(data / "redis", "valkey-server"),
    ]


def _wait_until_nothing_runs(data: Path) -> None:
    deadline = time.monotonic() + 10
    while running := _running(data):
        assert time.monotonic() < deadline, running
        time.sleep(0.1)
