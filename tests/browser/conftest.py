"""A site of real processes, and a Chromium that looks at it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from local import chromium
from local.stack import Stack
from tests.browser.reader import Reader
from tests.site import EVIDENCE, publish

#: Of the demo.
CHINESE = "quiet-hours"
#: Made at once, as each command takes a second or two.
LETTERS = [f"letter-{number}" for number in range(1, 91)]


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("browsed-site")
    # All of them sign from one network.
    settings = {"SIGNINGS_PER_NETWORK": "100000"}
    with Stack(folder, settings=settings, demo=True, durable=False) as stack:
        publish(stack, folder, LETTERS, every=1000, more=EVIDENCE)
        yield stack


@pytest.fixture(scope="package")
def browser(chromium_path: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=list(chromium.ARGUMENTS)
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def unused_letters() -> list[str]:
    return [*LETTERS]


@pytest.fixture
def letter(unused_letters: list[str]) -> str:
    """The path of an open letter that no other test uses."""
    return f"/petitions/{unused_letters.pop(0)}/"


@pytest.fixture
def reader(browser: Browser, stack: Stack) -> Iterator[Callable[..., Reader]]:
    """Make people with browsers of their own. What none of these may meet fails the test."""
    readers: list[Reader] = []

    def make(**options: object) -> Reader:
        context = browser.new_context(base_url=stack.base_url, **options)  # type: ignore[arg-type]
        readers.append(Reader(context, github=stack.github.url))
        return readers[-1]

    yield make
    for each in readers:
        each.page.context.close()
    assert [trouble for each in readers for trouble in each.troubles] == []
