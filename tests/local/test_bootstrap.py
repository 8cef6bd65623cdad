"""uv is found, however a machine has it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local import CHECKOUT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the bootstrap only, beside a folder `bin` for PATH."""
    (tmp_path / "local").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(CHECKOUT / "local" / "bootstrap.sh", tmp_path / "local")
    return tmp_path


def test_uv_on_the_path_is_used(checkout: Path) -> None:
    uv = _program(checkout / "bin" / "uv", "echo 'uv 0.13.9'")

    assert _bootstrap(checkout) == f"{uv}\n"


@pytest.mark.parametrize(
    "answer", ["echo 'uv 0.4.1'", "echo 'pyenv: uv: command not found' >&2; exit 127"]
)
def test_uv_that_is_old_or_a_shim_for_nothing_is_passed_over(checkout: Path, answer: str) -> None:
    _program(checkout / "bin" / "uv", answer)
    own = _program(checkout / ".uv" / "bin" / "uv", "echo 'uv 0.13.9'")

    assert _bootstrap(checkout) == f"{own}\n"


def _program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def _bootstrap(checkout: Path) -> str:
    return subprocess.run(
        ["sh", "local/bootstrap.sh"],
        cwd=checkout,
        env={"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
