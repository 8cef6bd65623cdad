"""The letter's page is the same bytes for everybody."""

import hashlib

import pytest
from django.contrib.messages import INFO
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from petitions.models import Petition
from petitions.shared_pages import SharedPages
from tests.factories import make_petition, make_signature, sign_and_sequence

URL = "/petitions/weekends/"
# What Django keeps of a message that was not shown yet.
MESSAGE = CookieStorage(HttpRequest())._encode(  # type: ignore[attr-defined]
    [Message(INFO, "You have signed in as Ada")]
)


def test_page_shows_letter_targets_count_form_and_signers(
    client: Client, petition: Petition
) -> None:
    sign_and_sequence(petition, 2)
    html = client.get(URL).content.decode()
    assert "Give us our weekends back" in html
    assert "we would like to have our <em>weekends</em> back" in html
    assert "Example Corp" in html
    assert "Example Foundation" in html
    assert "<strong>2</strong>" in html
    assert 'action="/petitions/weekends/signatures/"' in html
    assert html.count("Ada Lovelace") == 2


def test_page_is_the_same_for_every_visitor(petition: Petition) -> None:
    first = Client().get(URL)
    other = Client(HTTP_ACCEPT_LANGUAGE="zh-hans", HTTP_USER_AGENT="other")
    other.cookies["sessionid"] = "somebody"
    other.cookies["messages"] = MESSAGE
    assert other.get(URL).content == first.content
    assert not first.cookies
    assert "Vary" not in first.headers
    assert first["Cache-Control"].startswith("public, ")


def test_page_unchanged_is_not_sent_again(client: Client, petition: Petition) -> None:
    etag = client.get(URL)["ETag"]
    again = client.get(URL, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(URL, headers={"If-None-Match": '"other"'}).status_code == 200


def test_page_is_answered_without_the_database_while_fresh(
    client: Client, petition: Petition, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = client.get(URL)
    with django_assert_num_queries(0):
        assert client.get(URL).content == first.content


@pytest.mark.parametrize("signatures", [1, 13])
def test_page_costs_the_same_however_many_signed(
    petition: Petition, signatures: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sign_and_sequence(petition, signatures)
    with django_assert_num_queries(5):
        Client().get(URL)


def test_pending_and_unsequenced_signatures_are_not_shown(
    client: Client, petition: Petition
) -> None:
    make_signature(petition, name="Not Yet Sequenced")
    html = client.get(URL).content.decode()
    assert "Not Yet Sequenced" not in html
    assert "<strong>0</strong>" in html


def test_page_speaks_the_letters_language(client: Client, db: None) -> None:
    make_petition(language="zh-Hans")
    assert '<html lang="zh-hans"' in client.get(URL).content.decode()


def test_letter_in_a_right_to_left_script_is_set_so(client: Client, db: None) -> None:
    make_petition(language="ar")
    html = client.get(URL).content.decode()
    assert '<html lang="en"' in html
    assert 'lang="ar" dir="rtl"' in html


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/petitions/nobody/", "/petitions/nobody/signatures/"])
def test_unknown_letter_is_not_found_in_the_readers_language(client: Client, url: str) -> None:
    response = client.get(url, headers={"Accept-Language": "zh-hans"})
    assert response.status_code == 404
    assert '<html lang="zh-hans"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_draft_is_not_found(client: Client, db: None) -> None:
    make_petition(opened=False)
    assert client.get(URL).status_code == 404


def test_closed_letter_takes_no_signatures(client: Client, petition: Petition) -> None:
    petition.close()
    html = client.get(URL).content.decode()
    assert "<form" not in html
    assert "This letter is closed" in html


def test_exact_text_is_what_the_hash_is_of(client: Client, petition: Petition) -> None:
    response = client.get(f"{URL}versions/1.md")
    assert hashlib.sha256(response.content).digest() == bytes(petition.current_version.text_hash)
    assert response["Content-Type"] == "text/markdown; charset=utf-8"


def test_home_lists_published_letters_only(client: Client, petition: Petition) -> None:
    make_petition(opened=False, slug="secret", title="Secret plans")
    html = client.get("/").content.decode()
    assert "Give us our weekends back" in html
    assert "Secret plans" not in html


@pytest.mark.parametrize("letters", [1, 3])
def test_home_costs_the_same_however_many_letters(
    client: Client, db: None, letters: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(letters):
        make_petition(slug=f"letter-{number}")
    with django_assert_num_queries(2):
        assert client.get("/").content.decode().count("To the board, we would like") == letters


def test_answer_with_a_cookie_is_never_shared() -> None:
    answers = iter(("first", "second"))

    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponse(next(answers))
        response["Cache-Control"] = "public, max-age=0, s-maxage=1"
        response["ETag"] = '"same"'
        response.set_cookie("who", "me")
        return response

    middleware = SharedPages(view)
    request = HttpRequest()
    request.method, request.path = "GET", "/"
    contents = [getattr(middleware(request), "content", b"") for _ in range(2)]
    assert contents == [b"first", b"second"]
