"""A whole site of real processes, to be mistreated."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import Stack
from tests.faults.live_site import LiveSite
from tests.faults.mail_server import MailServer


@pytest.fixture(scope="package")
def live_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, MailServer]]:
    with MailServer() as mail:
        settings = {"EMAIL_URL": mail.url, "SIGNINGS_PER_NETWORK": "100000"}
        # What PostgreSQL has acknowledged must survive its death.
        folder = tmp_path_factory.mktemp("live-site")
        with Stack(folder, settings=settings, durable=True) as stack:
            yield stack, mail


@pytest.fixture
def site(live_stack: tuple[Stack, MailServer], tmp_path: Path) -> Iterator[LiveSite]:
    """A site with nothing left to do, and all of its processes running."""
    stack, mail = live_stack
    site = LiveSite(stack, mail, tmp_path)
    site.ensure_running()
    yield site
    site.ensure_running()
