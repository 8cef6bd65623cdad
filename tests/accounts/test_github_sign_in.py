"""People with an account sign in by GitHub, with no scope and little kept."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client

from accounts.models import User
from local.github import GitHub
from local.github.faults import Fault
from local.inbox import Inbox
from tests.accounts.prover import query

pytestmark = pytest.mark.django_db


def go(client: Client, github: GitHub, login: str) -> str:
    """Go to GitHub by the button, come back; return where the site leads."""
    address = client.post("/accounts/github/login/?process=login")["Location"]
    assert query(address).get("scope", "") == ""
    back = github.decide(address, login).removeprefix("http://testserver")
    return client.get(back).headers.get("Location", "")


def sign_up(client: Client, github: GitHub, inbox: Inbox) -> None:
    assert go(client, github, "grace-example") == "/accounts/3rdparty/signup/"
    client.post("/accounts/3rdparty/signup/", {"email": "grace@example.org"})
    body = inbox.messages[-1].get_body(("plain",))
    assert body is not None
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", body.get_content(), re.MULTILINE)
    assert code is not None
    client.post("/accounts/confirm-email/", {"code": code[1]})


def test_page_offers_github(client: Client) -> None:
    assert "/accounts/github/login/" in client.get("/accounts/login/").content.decode()


def test_who_signs_up_by_github_confirms_an_address(
    client: Client, github: GitHub, inbox: Inbox
) -> None:
    sign_up(client, github, inbox)
    user = User.objects.get()
    assert client.session["_auth_user_id"] == str(user.pk)
    account = SocialAccount.objects.get()
    assert (account.user, account.uid, account.extra_data) == (
        user,
        "102",
        {"login": "grace-example"},
    )
    assert (user.email, user.first_name, user.last_name) == ("grace@example.org", "", "")
    assert SocialToken.objects.count() == 0


def test_who_has_an_account_signs_in_by_github(
    client: Client, github: GitHub, inbox: Inbox
) -> None:
    sign_up(client, github, inbox)
    browser = Client()
    assert go(browser, github, "grace-example") == "/"
    assert browser.session["_auth_user_id"] == str(User.objects.get().pk)


def test_same_login_with_another_id_is_somebody_else(
    client: Client, github: GitHub, inbox: Inbox
) -> None:
    from local.github.world import Person

    sign_up(client, github, inbox)
    github.put(Person(102, "grace-renamed"))
    github.put(Person(667, "grace-example"))
    browser = Client()
    assert go(browser, github, "grace-example") == "/accounts/3rdparty/signup/"
    assert "_auth_user_id" not in browser.session
    assert go(browser, github, "grace-renamed") == "/"


def test_unconfirmed_address_of_somebody_else_signs_nobody_in(
    client: Client, github: GitHub, inbox: Inbox
) -> None:
    """GitHub says nothing of addresses here, so none can be claimed by it."""
    operator = User.objects.create_superuser("operator@example.org")
    assert go(client, github, "ada-example") == "/accounts/3rdparty/signup/"
    client.post("/accounts/3rdparty/signup/", {"email": operator.email})
    assert "_auth_user_id" not in client.session
    assert SocialAccount.objects.count() == 0


def test_github_in_trouble_signs_nobody_in(client: Client, github: GitHub) -> None:
    github.order(Fault("GET /api/v3/user", 200, "{}"))
    assert go(client, github, "ada-example") == ""
    assert "_auth_user_id" not in client.session
    assert [grant["revoked"] for grant in github.grants] == [True]
