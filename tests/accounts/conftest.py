"""People who go to GitHub and come back."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from local.github import GitHub
from tests.accounts.prover import Person


@pytest.fixture
def person(db: None, settings: Settings, github: GitHub) -> Callable[[str], Person]:
    """Make somebody with this login, on a site where anything can be proved."""
    settings.ROOT_URLCONF = "tests.accounts.prover"
    settings.ACCOUNTS_PROOF_RECEIVER = "tests.accounts.prover.receive"
    return lambda login: Person(github, login)
