"""The wall shows everybody who confirmed, a page at a time."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from petitions.models import Checkpoint, Petition
from petitions.views.signature import WALL_PAGE
from tests.factories import make_signature, sign_and_sequence

URL = "/petitions/weekends/signatures/"


def names_on(html: str) -> list[str]:
    return re.findall(r"Signer [A-Z]{3}", html)


def name(number: int) -> str:
    return "Signer " + "".join(chr(65 + number // 26**place % 26) for place in (2, 1, 0))


def test_wall_leads_through_all_signers_newest_first(client: Client, petition: Petition) -> None:
    names = [name(number) for number in range(WALL_PAGE + 3)]
    for each in names:
        make_signature(petition, name=each)
    Checkpoint.advance()
    first = client.get(URL).content.decode()
    link = re.search(r'href="(\?before=\d+)"', first)
    assert link is not None
    make_signature(petition, name="Signer ZZZ")
    Checkpoint.advance()
    second = client.get(URL + link[1]).content.decode()
    assert names_on(first) + names_on(second) == names[::-1]
    assert "?before=" not in second


@pytest.mark.parametrize("signatures", [1, 30])
def test_wall_costs_the_same_however_many_signed(
    client: Client,
    petition: Petition,
    signatures: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    sign_and_sequence(petition, signatures)
    with django_assert_num_queries(5):
        client.get(URL)


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 30, "１２", "1 OR 1=1"])
def test_wall_with_a_place_that_makes_no_sense_is_shown(
    client: Client, petition: Petition, before: str
) -> None:
    sign_and_sequence(petition, 1)
    response = client.get(URL, {"before": before})
    assert response.status_code == 200
    assert "Ada Lovelace" in response.content.decode()


def test_wall_is_not_for_search_engines(client: Client, petition: Petition) -> None:
    assert client.get(URL)["X-Robots-Tag"] == "noindex"
