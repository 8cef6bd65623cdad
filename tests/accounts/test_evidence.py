"""A person with an account sees all that is kept of them, and can have each forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection
from django.test import Client

from accounts.facts import Fact, Method
from accounts.models import Evidence, User

pytestmark = pytest.mark.django_db

PAGE = "/accounts/evidence/"
EARLIER, LATER = date(2026, 5, 1), date(2026, 11, 22)


def member(day: date = LATER, name: str = "acme", number: int = 9001) -> Fact:
    return Fact(Method.GITHUB_ORGANIZATION, day, name, number, {"membership": "public"})


def user(address: str = "ada@example.org") -> User:
    return User.objects.create(email=address)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_fact_is_kept_as_it_is() -> None:
    kept = Evidence.keep(user(), member(), "github:github.com:101")
    kept.refresh_from_db()
    assert (kept.fact, kept.identity) == (member(), "github:github.com:101")


def test_newer_fact_takes_the_place_of_the_older() -> None:
    ada = user()
    address = Fact(Method.WORK_DOMAIN, EARLIER, "example.com", detail={"through": "mail"})
    other = Fact(Method.WORK_DOMAIN, EARLIER, "example.org", detail={"through": "mail"})
    Evidence.keep(ada, member(EARLIER), "github:github.com:101")
    Evidence.keep(ada, member(LATER, name="acme-renamed"), "github:github.com:101")
    Evidence.keep(ada, member(LATER, name="other", number=7), "github:github.com:101")
    for fact in (address, address, other):
        Evidence.keep(ada, fact, "ada@example.com")
    facts = [evidence.fact for evidence in ada.evidence.order_by("pk")]
    assert facts == [member(LATER, "acme-renamed"), member(LATER, "other", 7), address, other]


@pytest.mark.django_db(transaction=True)
def test_fact_kept_twice_at_once_is_kept_once() -> None:
    ada = user()

    def keep(_: int) -> None:
        Evidence.keep(ada, member(), "github:github.com:101")
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep, range(8)))
    assert [evidence.fact for evidence in ada.evidence.all()] == [member()]


def test_page_shows_all_with_method_and_date() -> None:
    ada = user()
    Evidence.keep(ada, member(), "github:github.com:101")
    Evidence.keep(
        ada, Fact(Method.WORK_DOMAIN, EARLIER, "example.com", detail={"through": "mail"}), "a@b.c"
    )
    html = signed_in(ada).get(PAGE).content.decode()
    for words in (
        "Was listed as a public member of the GitHub organization acme on 22 November 2026.",
        "Controlled an address at example.com on 1 May 2026, by a code mailed to it.",
        "github:github.com:101",
        "GitHub organization, Nov. 22, 2026.",
    ):
        assert words in html
    assert html.count("Forget this\n") == 2


def test_page_is_nobody_elses() -> None:
    Evidence.keep(user(), member(), "github:github.com:101")
    html = signed_in(user("grace@example.org")).get(PAGE).content.decode()
    assert "Nothing is kept." in html
    assert "acme" not in html


def test_page_is_neither_stored_nor_indexed() -> None:
    response = signed_in(user()).get(PAGE)
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"


def test_stranger_signs_in_first() -> None:
    response = Client().get(PAGE)
    assert (response.status_code, response["Location"]) == (
        302,
        "/accounts/login/?next=/accounts/evidence/",
    )


def test_forgotten_is_gone() -> None:
    ada = user()
    first = Evidence.keep(ada, member(), "github:github.com:101")
    second = Evidence.keep(ada, member(number=7), "github:github.com:101")
    client = signed_in(ada)
    response = client.post(PAGE, {"evidence": str(first.pk)})
    assert (response.status_code, response["Location"]) == (303, PAGE)
    assert list(ada.evidence.all()) == [second]
    assert "Forgotten: Member of acme." in client.get(PAGE).content.decode()


def test_nobody_has_anothers_evidence_forgotten() -> None:
    evidence = Evidence.keep(user(), member(), "github:github.com:101")
    grace = signed_in(user("grace@example.org"))
    for number in (str(evidence.pk), "", "x", "0", "-1", "٣"):
        assert grace.post(PAGE, {"evidence": number}).status_code == 404
    assert list(Evidence.objects.all()) == [evidence]


def test_other_sites_cannot_have_it_forgotten() -> None:
    ada = user()
    evidence = Evidence.keep(ada, member(), "github:github.com:101")
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post(PAGE, {"evidence": str(evidence.pk)}).status_code == 403
    assert list(Evidence.objects.all()) == [evidence]


def test_evidence_goes_with_the_account() -> None:
    ada = user()
    Evidence.keep(ada, member(), "github:github.com:101")
    ada.delete()
    assert Evidence.objects.count() == 0
