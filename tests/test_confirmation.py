"""A signature counts when the owner of the address says so, and only then."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.addresses import Address
from petitions import confirmation, tasks
from petitions.log import leaf
from petitions.models import Entry, Event, Identity, Kind, Petition, Signature, Verb
from petitions.models.signature import CODE_ATTEMPTS
from tests.factories import begin_signature, make_petition, make_signature

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


def link_of(signature: Signature) -> str:
    return f"/petitions/weekends/confirm/{confirmation.token(signature.pk)}/"


def sign(client: Client) -> Signature:
    """Sign in this browser, which so gets its cookie."""
    signer = {"name": "Ada Lovelace", "email": "ada@example.org"}
    client.post("/petitions/weekends/signatures/", signer)
    return Signature.objects.get(address="ada@example.org")


def state_of(signature: Signature) -> str:
    return Signature.objects.values_list("state", flat=True).get(pk=signature.pk)


def type_code(client: Client, signature: Signature, code: str = "") -> "Response":
    typed = code or confirmation.code(signature.pk)
    return client.post(link_of(signature), {"code": typed})


def wrong_code(signature: Signature) -> str:
    return f"{(int(confirmation.code(signature.pk)) + 1) % 10**6:06d}"


def test_button_confirms_in_the_browser_that_signed(client: Client, petition: Petition) -> None:
    signature = sign(client)
    assert 'name="code"' not in client.get(link_of(signature)).content.decode()
    response = client.post(link_of(signature))
    assert (response.status_code, response["Location"]) == (303, "/petitions/weekends/thanks/")
    assert state_of(signature) == "confirmed"
    assert client.get(response["Location"]).status_code == 200


def test_code_confirms_in_any_browser(client: Client, petition: Petition) -> None:
    signature = begin_signature(petition)
    assert 'name="code"' in client.get(link_of(signature)).content.decode()
    assert type_code(client, signature).status_code == 303
    assert state_of(signature) == "confirmed"


def test_code_confirms_without_the_link_in_the_browser_that_signed(
    client: Client, petition: Petition
) -> None:
    signature = sign(client)
    code = confirmation.code(signature.pk)
    response = client.post("/petitions/weekends/confirm/", {"code": f"{code[:3]} {code[3:]}"})
    assert response.status_code == 303
    assert state_of(signature) == "confirmed"


def test_mail_scanner_confirms_nothing(client: Client, petition: Petition) -> None:
    signature = begin_signature(petition)
    for _ in range(2):
        client.get(link_of(signature))
        client.head(link_of(signature))
        assert client.post(link_of(signature)).status_code == 422
        assert client.post(link_of(signature), {"code": ""}).status_code == 422
    assert state_of(signature) == "pending"


def test_page_shows_what_will_be_public_and_belongs_to_nobody_else(
    client: Client, petition: Petition
) -> None:
    response = client.get(link_of(begin_signature(petition, "ada@example.org")))
    html = response.content.decode()
    assert "Ada Lovelace" in html
    assert "Mathematician" in html
    assert "ada@example.org" not in html
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    # The address holds the token: no other site may see it. Not `no-referrer`, with which browsers
    # send `Origin: null`, and the form would be refused.
    assert response["Referrer-Policy"] == "same-origin"


def test_wrong_code_is_told_and_uses_up_an_attempt(client: Client, petition: Petition) -> None:
    signature = begin_signature(petition)
    response = type_code(client, signature, wrong_code(signature))
    assert response.status_code == 422
    assert "This is not the code" in response.content.decode()
    assert type_code(client, signature).status_code == 303


def test_code_cannot_be_guessed(client: Client, petition: Petition) -> None:
    signature = begin_signature(petition)
    for _ in range(CODE_ATTEMPTS + 2):
        assert type_code(client, signature, wrong_code(signature)).status_code == 422
    assert type_code(client, signature).status_code == 429
    assert state_of(signature) == "pending"


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "１２３４５６", "12345\x00"])
def test_code_of_the_wrong_shape_is_told_and_uses_up_nothing(
    client: Client, petition: Petition, code: str
) -> None:
    signature = begin_signature(petition)
    assert type_code(client, signature, code).status_code == 422
    signature.refresh_from_db()
    assert signature.attempts == 0


def test_code_of_another_signature_does_not_confirm(client: Client, petition: Petition) -> None:
    mine, other = begin_signature(petition), begin_signature(petition)
    type_code(client, mine, confirmation.code(other.pk))
    assert (state_of(mine), state_of(other)) == ("pending", "pending")


def test_expired_code_is_told(client: Client, petition: Petition) -> None:
    signature = begin_signature(petition)
    Signature.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(link_of(signature)).status_code == 410
    response = type_code(client, signature)
    assert response.status_code == 410
    assert "no longer valid" in response.content.decode()


def test_code_typed_twice_counts_once(client: Client, petition: Petition) -> None:
    signature = begin_signature(petition)
    for _ in range(2):
        assert type_code(client, signature)["Location"] == "/petitions/weekends/thanks/"
    assert client.get(link_of(signature)).status_code == 410
    assert type_code(client, signature, wrong_code(signature)).status_code == 410
    assert Entry.objects.filter(kind=Kind.SIGN).count() == 1


def test_code_of_a_confirmed_signature_opens_nothing(client: Client, petition: Petition) -> None:
    signature = begin_signature(petition)
    assert "signature" in type_code(client, signature).cookies
    assert "signature" not in type_code(Client(), signature).cookies
    for _ in range(CODE_ATTEMPTS):
        type_code(Client(), signature, wrong_code(signature))
    assert type_code(Client(), signature).status_code == 410


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "é" * 10])
def test_token_that_we_did_not_make_is_told(client: Client, petition: Petition, token: str) -> None:
    assert client.get(f"/petitions/weekends/confirm/{token}/").status_code == 410


def test_token_that_was_changed_is_told(client: Client, petition: Petition) -> None:
    signature, other = begin_signature(petition), uuid4()
    mixed = confirmation.token(other)[:22] + confirmation.token(signature.pk)[22:]
    assert confirmation.signature_id(mixed) is None
    assert confirmation.signature_id(confirmation.token(other)) == other


def test_token_of_another_letter_is_told(client: Client, petition: Petition) -> None:
    signature = begin_signature(make_petition(slug="other"))
    assert client.get(link_of(signature)).status_code == 410
    assert type_code(client, signature).status_code == 410
    assert state_of(signature) == "pending"


def test_form_without_its_csrf_token_is_refused(petition: Petition) -> None:
    client = Client(enforce_csrf_checks=True)
    signature = begin_signature(petition)
    assert type_code(client, signature).status_code == 403
    assert state_of(signature) == "pending"


def test_one_person_signs_once_however_the_address_is_spelt(
    client: Client, petition: Petition
) -> None:
    make_signature(petition, "ada.lovelace@gmail.com")
    again = begin_signature(petition, "AdaLovelace+again@googlemail.com")
    response = type_code(client, again)
    assert response.status_code == 409
    assert "signed this letter already" in response.content.decode()
    assert Signature.objects.confirmed().count() == 1
    assert not Signature.objects.filter(pk=again.pk).exists()


def test_one_person_signs_once_by_the_database(petition: Petition) -> None:
    first = make_signature(petition, "ada@example.org")
    second = make_signature(petition, "eve@example.org")
    with pytest.raises(IntegrityError, match="signature_one_per_person"), transaction.atomic():
        Identity.objects.filter(signature=second).update(hash=first.identities.get().hash)


def test_address_is_gone_with_the_confirmation(petition: Petition) -> None:
    signature = make_signature(petition, "ada@example.org")
    assert (signature.address, signature.expires_at, signature.mail_due_at) == ("", None, None)
    assert signature.address_hash is None
    assert bytes(signature.identities.get().hash) == Address.parse("ada@example.org").keyed_hash(
        bytes(petition.address_key)
    )


def test_address_cannot_be_kept_by_the_database(petition: Petition) -> None:
    signature = make_signature(petition)
    with (
        pytest.raises(IntegrityError, match="signature_keeps_address_only_while_pending"),
        transaction.atomic(),
    ):
        Signature.objects.filter(pk=signature.pk).update(address="ada@example.org")


def test_confirmation_writes_its_event_and_its_leaf(petition: Petition) -> None:
    signature = make_signature(petition)
    event = Event.objects.get(verb=Verb.SIGNATURE_CONFIRMED)
    assert event.subject == f"signature {signature.pk}"
    assert (event.at.hour, event.at.minute, event.at.second, event.at.microsecond) == (0, 0, 0, 0)
    entry = Entry.objects.get(kind=Kind.SIGN)
    assert (entry.index, entry.signature, entry.petition) == (None, signature, petition)
    assert bytes(entry.leaf or b"") == leaf.signed(
        bytes(signature.version.text_hash),
        "email",
        leaf.commitment(bytes(signature.salt or b""), signature.record),
        signature.confirmed_on or timezone.now().date(),
    )


def test_late_code_of_a_closed_letter_counts(client: Client, petition: Petition) -> None:
    signature = begin_signature(petition)
    petition.close()
    assert type_code(client, signature).status_code == 303
    assert state_of(signature) == "confirmed"


def test_unconfirmed_signature_is_forgotten_with_its_address(petition: Petition) -> None:
    begin_signature(petition)
    confirmed = make_signature(petition)
    tasks.forget_expired()
    assert Signature.objects.count() == 2
    Signature.objects.filter(state="pending").update(
        expires_at=timezone.now() - timedelta(days=1, seconds=1)
    )
    tasks.forget_expired()
    assert list(Signature.objects.all()) == [confirmed]


@pytest.mark.django_db(transaction=True)
def test_signing_and_confirming_take_few_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_petition()
    client = Client()
    with django_assert_max_num_queries(4):
        signature = sign(client)
    # BEGIN and COMMIT are counted too.
    with django_assert_max_num_queries(6):
        assert client.post(link_of(signature)).status_code == 303
    assert Signature.objects.confirmed().count() == 1
