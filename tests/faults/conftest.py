"""A whole site of real processes, to be mistreated."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import Stack
from tests.faults.live_site import LiveSite
from tests.faults.mail_server import MailServer
from tests.site import publish

#: Made at once, as each command takes a second or two. Every signature of theirs makes a batch due.
LETTERS = [f"letter-{number}" for number in range(1, 17)]


@pytest.fixture(scope="package")
def live_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, MailServer]]:
    with MailServer() as mail:
        settings = {"EMAIL_URL": mail.url, "SIGNINGS_PER_NETWORK": "100000"}
        # What PostgreSQL has acknowledged must survive its death.
        folder = tmp_path_factory.mktemp("live-site")
        with Stack(folder, settings=settings, durable=True) as stack:
            publish(stack, folder, LETTERS, every=1)
            yield stack, mail


@pytest.fixture(scope="package")
def unused_letters() -> list[str]:
    return [*LETTERS]


@pytest.fixture
def site(
    live_stack: tuple[Stack, MailServer], unused_letters: list[str], tmp_path: Path
) -> Iterator[LiveSite]:
    """A site of which all processes run, with a letter that no other test uses."""
    stack, mail = live_stack
    site = LiveSite(stack, mail, tmp_path, slug=unused_letters.pop(0))
    site.ensure_running()
    yield site
    site.ensure_running()
