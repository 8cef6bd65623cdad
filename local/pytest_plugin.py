"""Runs pytest on servers of its own: enable it by `-p local.pytest_plugin`.

The application's settings are in the environment before pytest-django imports them. A test marked
`browser` is skipped where there is no Chromium, and fails where CI is set.
"""

import os
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from . import chromium, environment
from .github import GitHub
from .inbox import Inbox
from .stack import Stack
from .throwaway import throwaway
from .trouble import Trouble

SERVERS = pytest.StashKey[Stack]()
WITHOUT_BROWSER = pytest.StashKey[list[str]]()


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
    """Declare the marker."""
    config.stash[WITHOUT_BROWSER] = []
    config.addinivalue_line("markers", "browser: needs a Chromium on this machine")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a browser test that has no browser."""
    if not item.get_closest_marker("browser") or chromium.find():
        return
    if os.environ.get("CI"):
        pytest.fail(f"No Chromium was found: {chromium.REMEDY}", pytrace=False)
    item.config.stash[WITHOUT_BROWSER].append(item.nodeid)
    pytest.skip("no Chromium was found")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if skipped := config.stash[WITHOUT_BROWSER]:
        terminalreporter.write_line(
            f"{len(skipped)} browser tests were skipped, as no Chromium was found "
            f"({chromium.REMEDY}): {', '.join(skipped)}"
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
