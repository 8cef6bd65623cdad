"""Whoever types an address gets its manage link by mail, and learns nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.addresses import Address
from petitions import tasks
from petitions.models import LinkRequest, Petition, WorkProof
from tests.factories import begin_signature, make_petition, make_signature


def ask(petition: Petition, address: str) -> LinkRequest:
    return LinkRequest.make(petition, Address.parse(address), "en")


@pytest.mark.parametrize("typed", ["ada.lovelace@gmail.com", "AdaLovelace+letters@googlemail.com"])
def test_address_leads_to_its_signature_however_it_is_spelt(petition: Petition, typed: str) -> None:
    signature = make_signature(petition, "ada.lovelace@gmail.com")
    request = ask(petition, typed)
    assert (request.signature, request.address, request.language) == (signature, typed, "en")
    assert list(LinkRequest.objects.due_for_mail(timezone.now())) == [request]


def test_unknown_address_costs_the_same_and_leads_to_nothing(
    petition: Petition, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_signature(petition, "ada@example.org")
    requests = []
    for address in ("ada@example.org", "nobody@example.org"):
        with django_assert_num_queries(2):
            requests.append(ask(petition, address))
    known, unknown = requests
    assert unknown.signature is None
    assert known.mail_due_at is not None
    assert unknown.mail_due_at is not None


def test_address_leads_to_nothing_unless_it_signed_this_letter(petition: Petition) -> None:
    begin_signature(petition, "pending@example.org")
    make_signature(make_petition(slug="other"), "elsewhere@example.org")
    make_signature(petition, "withdrawn@example.org").withdraw()
    make_signature(petition, "forgotten@example.org").forget()
    for who in ("pending", "elsewhere", "withdrawn", "forgotten"):
        assert ask(petition, f"{who}@example.org").signature is None


def test_employer_gets_no_link_to_who_proved_an_address_at_work(petition: Petition) -> None:
    signature = make_signature(petition, "ada@example.org")
    proof = WorkProof.begin(signature, Address.parse("ada@example.com"))
    assert proof is not None
    proof.finish(has_right_code=True)
    assert ask(petition, "ada@example.com").signature is None
    assert ask(petition, "ada@example.org").signature == signature


def test_link_can_be_asked_for_after_the_close(petition: Petition) -> None:
    signature = make_signature(petition, "ada@example.org")
    petition.close()
    assert ask(petition, "ada@example.org").signature == signature


def test_request_of_who_is_forgotten_is_gone(petition: Petition) -> None:
    signature = make_signature(petition, "ada@example.org")
    ask(petition, "ada@example.org")
    signature.forget()
    assert not LinkRequest.objects.exists()


def test_address_is_forgotten_when_its_request_expires(petition: Petition) -> None:
    old, new = ask(petition, "old@example.org"), ask(petition, "new@example.org")
    LinkRequest.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.forget_expired()
    assert list(LinkRequest.objects.all()) == [new]
