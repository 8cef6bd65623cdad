"""A code that did not arrive is mailed again: now and then, and nobody learns of whom."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from local.inbox import Inbox
from petitions import confirmation, tasks
from petitions.models import Petition, Signature
from tests.factories import make_petition

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

URL = "/petitions/weekends/confirm/resend/"
CODE_PAGE = "/petitions/weekends/confirm/"


def sign(client: Client, email: str = "ada@example.org") -> Signature:
    """Sign in this browser, and have the mail sent."""
    signer = {"name": "Ada Lovelace", "email": email}
    client.post("/petitions/weekends/signatures/", signer)
    tasks.mail_confirmations()
    return Signature.objects.get(address=email)


def resend(client: Client) -> "Response":
    response = client.post(URL)
    tasks.mail_confirmations()
    return response


def answer(client: Client) -> tuple[object, ...]:
    """What a browser is told, the page behind the redirect included."""
    response = client.post(URL)
    page = client.get(response["Location"])
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.text)
    return response.status_code, response["Location"], text


def test_same_code_is_mailed_again(inbox: Inbox, client: Client, petition: Petition) -> None:
    signature = sign(client)
    response = resend(client)
    assert (response.status_code, response["Location"]) == (303, CODE_PAGE)
    assert "no-store" in response["Cache-Control"]
    first, second = inbox.messages
    assert (first["To"], second["To"]) == ("ada@example.org", "ada@example.org")
    for message in (first, second):
        assert confirmation.code(signature.pk) in str(message.get_body(("plain",)))
    assert "The newest mail counts." in client.get(CODE_PAGE).content.decode()


def test_code_is_mailed_again_once_a_minute(
    inbox: Inbox, client: Client, petition: Petition
) -> None:
    sign(client)
    for _ in range(4):
        resend(client)
    assert len(inbox.messages) == 2
    # The minute is over.
    cache.clear()
    resend(client)
    assert len(inbox.messages) == 3


def test_code_whose_first_mail_still_waits_is_not_asked_for_twice(
    inbox: Inbox, client: Client, petition: Petition
) -> None:
    client.post("/petitions/weekends/signatures/", {"name": "Ada", "email": "ada@example.org"})
    client.post(URL)
    tasks.mail_confirmations()
    assert len(inbox.messages) == 1
    # Nor was the minute used up.
    resend(client)
    assert len(inbox.messages) == 2


def test_one_mailbox_gets_a_few_mails_however_it_is_asked_for(
    inbox: Inbox, petition: Petition, settings: Settings
) -> None:
    settings.MAILS_PER_ADDRESS = 3
    browsers = [Client(), Client()]
    for number, browser in enumerate(browsers):
        sign(browser, f"ada+{number}@gmail.com")
    for browser in browsers:
        resend(browser)
    assert len(inbox.messages) == 3


def test_answer_is_the_same_to_all(inbox: Inbox, petition: Petition) -> None:
    waiting, twice, confirmed, expired = (Client() for _ in range(4))
    sign(waiting)
    sign(twice, "twice@example.org")
    answer(twice)
    done = sign(confirmed, "done@example.org")
    Signature.confirm("weekends", done.pk, has_right_code=True)
    late = sign(expired, "late@example.org")
    Signature.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    answers = [answer(browser) for browser in (waiting, twice, confirmed, expired, Client())]
    assert answers[1:] == answers[:1] * 4
    tasks.mail_confirmations()
    assert sorted(str(message["To"]).partition("@")[0] for message in inbox.messages) == [
        "ada",
        "ada",
        "done",
        "late",
        "twice",
        "twice",
    ]


@pytest.mark.parametrize("cookie", ["", "x", "MQ:1:abc"])
def test_browser_that_did_not_sign_has_nothing_mailed(
    inbox: Inbox, petition: Petition, cookie: str
) -> None:
    sign(Client())
    stranger = Client()
    stranger.cookies[confirmation.COOKIE] = cookie
    resend(stranger)
    assert len(inbox.messages) == 1


def test_cookie_of_another_letter_has_nothing_mailed(
    inbox: Inbox, client: Client, petition: Petition
) -> None:
    make_petition(slug="other")
    sign(client)
    client.post(URL.replace("weekends", "other"))
    tasks.mail_confirmations()
    assert len(inbox.messages) == 1


def test_other_sites_have_nothing_mailed(inbox: Inbox, petition: Petition) -> None:
    client = Client(enforce_csrf_checks=True)
    sign(client)
    assert resend(client).status_code == 403
    assert len(inbox.messages) == 1


def test_code_is_not_mailed_by_opening_an_address(
    inbox: Inbox, client: Client, petition: Petition
) -> None:
    sign(client)
    assert client.get(URL).status_code == 405
    tasks.mail_confirmations()
    assert len(inbox.messages) == 1
