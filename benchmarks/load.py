"""Requests at full speed: by wrk where it is installed, else by a small generator of our own."""

import itertools
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import generator

CONNECTIONS = 16
SECONDS = 3
# Numbers that one run of the generator may use.
_SHARE = 10_000_000
_runs = itertools.count()
_WRK = shutil.which("wrk")
NAME = "wrk" if _WRK else "a generator in Python, which makes fast servers look slower"


@dataclass(frozen=True, slots=True)
class Request:
    """A GET of `url`, or with a form (URL-encoded) a POST; `{number}` in it never repeats."""

    url: str
    form: str = ""


class LoadError(RuntimeError):
    """Not every request was answered as it should be, so the rate says nothing."""


def rate(request: Request, seconds: float = SECONDS) -> float:
    """Return how many requests a second are answered with success.

    Raises LoadError where any is not.
    """
    first = next(_runs) * _SHARE
    if _WRK is None:
        return generator.rate(request.url, request.form, first, CONNECTIONS, seconds)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "request.lua"
        script.write_text(_script(request, first))
        options = [
            f"-t{_threads(request)}",
            f"-c{CONNECTIONS}",
            f"-d{seconds:g}s",
            "--timeout",
            "10s",
        ]
        output = subprocess.run(
            [_WRK, *options, "-s", str(script), request.url],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return _rate(output)


def warm_up(*requests: Request) -> None:
    """Have the servers make what they make once: connections, compiled templates, caches."""
    for request in requests:
        rate(request, seconds=1)


def _threads(request: Request) -> int:
    """Return one where numbers must not repeat, else as many as keep nginx from waiting for wrk."""
    return 1 if request.form else min(os.cpu_count() or 1, CONNECTIONS)


def _script(request: Request, first: int) -> str:
    if not request.form:
        return ""
    form = request.form.replace("{number}", '" .. number .. "')
    return f"""
        local number = {first}
        local headers = {{["Content-Type"] = "application/x-www-form-urlencoded"}}
        function request()
            number = number + 1
            return wrk.format("POST", nil, headers, "{form}")
        end
    """


def _rate(output: str) -> float:
    if fault := re.search(r"Non-2xx.*|Socket errors.*", output):
        raise LoadError(fault[0])
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert found, output
    return float(found[1])
