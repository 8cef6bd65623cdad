"""The public keys of an account, with whose they are."""

from datetime import date

import pytest

from accounts.github.account import GitHubAccount
from accounts.github.errors import NotFound, NotProved
from accounts.github.keys import PublicKeys, public_keys
from accounts.refusal import Reason
from local.github import GitHub
from local.github.world import Person


def test_keys_for_signing_and_for_signing_in_are_listed_once(github: GitHub) -> None:
    github.put(Person(101, "ada-example", keys=["ssh-a", "ssh-b"], signing_keys=["ssh-b", "ssh-c"]))
    account = GitHubAccount(101, "ada-example", date(2011, 1, 25))
    assert public_keys("Ada-Example") == PublicKeys(account, ("ssh-b", "ssh-c", "ssh-a"))


def test_keys_on_later_pages_are_listed(github: GitHub) -> None:
    keys = [f"ssh-{number}" for number in range(120)]
    github.put(Person(101, "ada-example", keys=keys))
    assert public_keys("ada-example").lines == tuple(keys)


def test_nobody_has_no_keys(github: GitHub) -> None:
    for login in ("nobody-here", "", "../user", "a/b"):
        with pytest.raises(NotFound):
            public_keys(login)


def test_bot_is_refused(github: GitHub) -> None:
    with pytest.raises(NotProved) as caught:
        public_keys("helper-bot")
    assert caught.value.refusal.reason == Reason.NOT_A_PERSON
