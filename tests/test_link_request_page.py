"""Whoever signed gets the private link by typing the address; nobody learns who did."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from local.inbox import Inbox
from petitions import tasks
from petitions.models import LinkRequest, Petition
from tests.factories import begin_signature, make_petition, make_signature

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

URL = "/petitions/weekends/link/"


def ask(email: str, client: Client | None = None) -> "Response":
    return (client or Client()).post(URL, {"email": email})


def same(one: "Response", other: "Response") -> bool:
    """Whether nothing tells two answers apart; Expires is the time."""
    headers = [dict(each.items()) | {"Expires": ""} for each in (one, other)]
    return (one.status_code, one.content, headers[0], one.cookies.output()) == (
        other.status_code,
        other.content,
        headers[1],
        other.cookies.output(),
    )


def shapes(queries: CaptureQueriesContext) -> list[str]:
    """The statements, without their values."""
    values = r"'[^']*'(::\w+)?|\bNULL\b|\b\d+\b"
    return [re.sub(values, "?", query["sql"]) for query in queries.captured_queries]


def dump() -> str:
    """All rows of all tables."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return str(rows)


def test_answer_is_the_same_to_all(petition: Petition) -> None:
    make_signature(petition, "ada@example.org")
    begin_signature(petition, "waiting@example.org")
    known = ask("ada@example.org")
    assert known.status_code == 200
    assert "Look into your inbox" in known.text
    assert "ada@example.org" not in known.text
    assert same(known, ask("nobody@example.org"))
    assert same(known, ask("waiting@example.org"))
    for _ in range(settings.MAILS_PER_ADDRESS + 1):
        refused = ask("flooded@example.org")
    assert same(known, refused)


def test_answer_takes_the_same_statements_for_all(petition: Petition) -> None:
    make_signature(petition, "ada@example.org")
    with CaptureQueriesContext(connection) as known:
        ask("ada@example.org")
    with CaptureQueriesContext(connection) as unknown:
        ask("nobody@example.org")
    assert shapes(known) == shapes(unknown)
    assert any("INSERT" in statement for statement in shapes(known))


def test_link_is_mailed_to_who_signed_and_to_nobody_else(inbox: Inbox, petition: Petition) -> None:
    make_signature(petition, "ada@example.org")
    make_signature(make_petition(slug="other"), "grace@example.org")
    begin_signature(petition, "waiting@example.org")
    for email in ("nobody@example.org", "Ada@Example.org", "grace@example.org"):
        ask(email)
    tasks.mail_manage_links()
    (message,) = inbox.messages
    assert message["To"] == "Ada@example.org"
    assert message["Subject"] == "Your signature: Give us our weekends back"


def test_mailed_link_opens_the_signature(inbox: Inbox, client: Client, petition: Petition) -> None:
    make_signature(petition, "ada@example.org")
    ask("ada@example.org")
    tasks.mail_manage_links()
    (message,) = inbox.messages
    body = message.get_body(("plain",))
    assert body is not None
    (link,) = re.findall(r"http\S+/signature/\S+", body.get_content())
    assert link.startswith(f"{settings.BASE_URL}/")
    html = client.get(urlsplit(link).path, follow=True).content.decode()
    assert "Ada Lovelace" in html


def test_address_is_gone_with_its_mail(inbox: Inbox, petition: Petition) -> None:
    make_signature(petition, "ada@example.org")
    for email in ("ada@example.org", "nobody@example.org"):
        ask(email)
    before = dump()
    assert ("ada@example.org" in before, "nobody@example.org" in before) == (True, True)
    tasks.mail_manage_links()
    assert len(inbox.messages) == 1
    after = dump()
    assert ("ada@example.org" in after, "nobody@example.org" in after) == (False, False)
    assert not LinkRequest.objects.exists()


def test_nobodys_inbox_is_flooded(inbox: Inbox, petition: Petition) -> None:
    make_signature(petition, "ada@example.org")
    for number in range(settings.MAILS_PER_ADDRESS + 3):
        ask(f"{'A' if number % 2 else 'a'}da@example.org")
    tasks.mail_manage_links()
    assert len(inbox.messages) == settings.MAILS_PER_ADDRESS


def test_network_that_asks_too_often_is_told(petition: Petition, settings: Settings) -> None:
    settings.SIGNINGS_PER_NETWORK = 2
    statuses = [ask(f"somebody{number}@example.org").status_code for number in range(3)]
    assert statuses == [200, 200, 429]
    assert LinkRequest.objects.count() == 2


@pytest.mark.parametrize("email", ["", "ada", "ada@[127.0.0.1]", "a@b@example.org", "x" * 300])
def test_address_that_is_none_is_told(petition: Petition, email: str) -> None:
    response = ask(email)
    assert response.status_code == 422
    assert "Please correct this first" in response.text
    assert not LinkRequest.objects.exists()


def test_pages_are_neither_stored_nor_indexed(client: Client, petition: Petition) -> None:
    for response in (client.get(URL), ask("ada@example.org"), ask("")):
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"


def test_other_sites_ask_for_nothing(petition: Petition) -> None:
    assert ask("ada@example.org", Client(enforce_csrf_checks=True)).status_code == 403
    assert not LinkRequest.objects.exists()


def test_host_that_is_not_ours_gets_into_no_mail(inbox: Inbox, petition: Petition) -> None:
    make_signature(petition, "ada@example.org")
    assert ask("ada@example.org", Client(headers={"Host": "evil.example"})).status_code == 400
    assert ask("ada@example.org", Client(headers={"Host": "localhost"})).status_code == 200
    tasks.mail_manage_links()
    (message,) = inbox.messages
    assert "http://testserver/petitions/weekends/signature/" in str(message)
    assert "localhost" not in str(message.get_body(("html",)))


def test_letter_that_is_not_published_has_no_such_page(client: Client, db: None) -> None:
    make_petition(opened=False)
    assert client.get(URL).status_code == 404
    assert client.post(URL, {"email": "ada@example.org"}).status_code == 404
