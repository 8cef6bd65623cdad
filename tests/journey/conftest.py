"""One journey of a letter, from its file to its second batch, on a whole site of real processes."""

from collections.abc import Iterator

import pytest

from local.stack import Stack
from tests.journey.story import Story, tell


@pytest.fixture(scope="package")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with Stack(tmp_path_factory.mktemp("journey")) as stack:
        yield tell(stack, tmp_path_factory.mktemp("letters"))
