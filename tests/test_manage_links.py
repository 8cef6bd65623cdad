"""Whoever has a manage link looks after the signature, and nobody else."""

import hashlib

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from petitions.models import ManageLink, Petition
from tests.factories import begin_signature, make_petition, make_signature


def test_link_leads_to_its_signature(petition: Petition) -> None:
    first, second = make_signature(petition), make_signature(petition)
    tokens = ManageLink.objects.issue([first, second])
    links = [ManageLink.objects.open("weekends", token) for token in tokens]
    assert [link and link.signature for link in links] == [first, second]
    assert [link and link.issued_on for link in links] == [timezone.now().date()] * 2


def test_token_is_long_and_kept_as_a_hash_only(petition: Petition) -> None:
    (token,) = ManageLink.objects.issue([make_signature(petition)])
    assert len(token) == 43
    link = ManageLink.objects.get()
    assert bytes(link.token_hash) == hashlib.sha256(token.encode()).digest()
    assert token not in repr(list(ManageLink.objects.values_list()))


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "é" * 43, "A" * 10_000])
def test_token_that_we_did_not_make_leads_nowhere(petition: Petition, token: str) -> None:
    ManageLink.objects.issue([make_signature(petition)])
    assert ManageLink.objects.open("weekends", token) is None


def test_link_is_of_its_own_letter(petition: Petition) -> None:
    make_petition(slug="other")
    (token,) = ManageLink.objects.issue([make_signature(petition)])
    assert ManageLink.objects.open("other", token) is None


def test_link_to_a_signature_that_is_not_confirmed_leads_nowhere(petition: Petition) -> None:
    (token,) = ManageLink.objects.issue([begin_signature(petition)])
    assert ManageLink.objects.open("weekends", token) is None


def test_links_do_not_replace_each_other_and_each_can_be_revoked(petition: Petition) -> None:
    signature = make_signature(petition)
    (old,), (new,) = ManageLink.objects.issue([signature]), ManageLink.objects.issue([signature])
    link = ManageLink.objects.open("weekends", old)
    assert link is not None
    link.delete()
    assert ManageLink.objects.open("weekends", old) is None
    assert ManageLink.objects.open("weekends", new) is not None


def test_link_outlives_the_secret_key(petition: Petition, settings: Settings) -> None:
    (token,) = ManageLink.objects.issue([make_signature(petition)])
    settings.SECRET_KEY = "another"
    assert ManageLink.objects.open("weekends", token) is not None


def test_link_of_who_is_forgotten_is_void(petition: Petition) -> None:
    signature = make_signature(petition)
    (token,) = ManageLink.objects.issue([signature])
    signature.forget()
    assert ManageLink.objects.open("weekends", token) is None
    assert not ManageLink.objects.exists()


def test_links_are_issued_in_one_statement_and_opened_in_one(
    petition: Petition, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    signatures = [make_signature(petition) for _ in range(5)]
    with django_assert_num_queries(1):
        tokens = ManageLink.objects.issue(signatures)
    with django_assert_num_queries(1):
        link = ManageLink.objects.open("weekends", tokens[0])
        assert link is not None
        assert link.signature.petition == petition
        assert link.signature.version.number == 1
