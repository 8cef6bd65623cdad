"""Runs pytest on servers of its own: enable it by `-p local.pytest_plugin`.

The application's settings are in the environment before pytest-django imports them. A test marked
with a program of NEEDS is skipped where the machine has none, and fails where CI is set.
"""

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import chromium, environment
from .github import GitHub
from .inbox import Inbox
from .stack import Stack
from .throwaway import throwaway
from .trouble import Trouble


@dataclass(frozen=True, slots=True)
class Need:
    """A program of the machine that some tests are about."""

    program: str
    find: Callable[[], object]
    remedy: str

    @property
    def missing(self) -> str:
        return f"no {self.program} was found ({self.remedy})"


NEEDS = {
    "browser": Need("Chromium", chromium.find, chromium.REMEDY),
    "ssh_keygen": Need(
        "ssh-keygen", lambda: shutil.which("ssh-keygen"), "apt-get install openssh-client"
    ),
}
SERVERS = pytest.StashKey[Stack]()
SKIPPED = pytest.StashKey[dict[str, list[str]]]()


# A wrapper comes before every other plugin's hook, pytest-django's among them.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the servers and point the environment at them."""
    exit_stack = ExitStack()
    try:
        servers = exit_stack.enter_context(throwaway())
    except Trouble as trouble:
        raise pytest.UsageError(str(trouble)) from None
    early_config.add_cleanup(exit_stack.close)
    early_config.stash[SERVERS] = servers
    environment.replace_in_process(servers.settings)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    skipped: dict[str, list[str]] = {marker: [] for marker in NEEDS}
    config.stash[SKIPPED] = skipped
    for marker, need in NEEDS.items():
        config.addinivalue_line("markers", f"{marker}: needs a {need.program} on this machine")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a test whose program is missing."""
    for marker, need in NEEDS.items():
        if not item.get_closest_marker(marker) or need.find():
            continue
        if os.environ.get("CI"):
            pytest.fail(need.missing, pytrace=False)
        item.config.stash[SKIPPED][marker].append(item.nodeid)
        pytest.skip(need.missing)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for marker, skipped in config.stash[SKIPPED].items():
        if skipped:
            terminalreporter.write_line(
                f"{len(skipped)} {marker} tests were skipped, as {NEEDS[marker].missing}: "
                f"{', '.join(skipped)}"
            )


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Stack:
    """Return the PostgreSQL, Valkey and inbox of this test run."""
    return pytestconfig.stash[SERVERS]


@pytest.fixture
def inbox(servers: Stack) -> Inbox:
    """Return the inbox that EMAIL_URL leads to, empty at first."""
    servers.inbox.clear()
    return servers.inbox


@pytest.fixture
def github(servers: Stack) -> GitHub:
    """Return the stand-in that GITHUB_URL leads to, as it is at the start."""
    servers.github.reset()
    return servers.github


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Return the machine's Chromium, for tests marked `browser`."""
    path = chromium.find()
    if path is None:
        pytest.fail(f"No Chromium was found: {chromium.REMEDY}", pytrace=False)
    return path
