"""What is mailed, to whom, and how often, in a real SMTP conversation."""

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from local.inbox import Inbox
from petitions import confirmation, mail, tasks
from petitions.documents import batch as batch_documents
from petitions.models import Batch, Delivery, Event, Petition, Signature, Verb
from tests.factories import begin_signature, make_petition, sign_and_sequence


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def deliver_first_batch(petition: Petition) -> Batch:
    sign_and_sequence(petition, 3)
    batch = Batch.freeze(petition)
    assert batch is not None
    batch_documents.write(batch.pk)
    tasks.deliver_due()
    return batch


def test_confirmation_holds_link_code_and_what_it_is_for(inbox: Inbox, petition: Petition) -> None:
    signature = begin_signature(petition, "ada@example.org")
    tasks.mail_confirmations()
    (message,) = inbox.messages
    assert message["To"] == "ada@example.org"
    assert message["Subject"] == "Confirm your signature: Give us our weekends back"
    assert message["Auto-Submitted"] == "auto-generated"
    link = f"{settings.BASE_URL}/petitions/weekends/confirm/{confirmation.token(signature.pk)}/"
    for body in (text_of(message), str(message.get_body(("html",)).get_content())):  # type: ignore[union-attr]
        assert link in body
        assert confirmation.code(signature.pk) in body
        assert "Ada Lovelace" in body


def test_everybody_gets_a_mail_of_their_own_about_their_letter(
    inbox: Inbox, petition: Petition
) -> None:
    other = make_petition(slug="evenings", title="Give us our evenings back")
    signatures = [
        begin_signature(petition, "ada@example.org", "Ada <b>Lovelace</b> & Co"),
        begin_signature(other, "bob@example.org", "Bob {{ code }}"),
        begin_signature(petition, "cy@example.org", "Cy {name}"),
    ]
    tasks.mail_confirmations()
    messages = {str(message["To"]): message for message in inbox.messages}
    for signature in signatures:
        message = messages.pop(signature.address)
        html = str(message.get_body(("html",)).get_content())  # type: ignore[union-attr]
        assert message["Subject"] == f"Confirm your signature: {signature.version.title}"
        for content, name in (
            (text_of(message), signature.name),
            (html, escape(signature.name)),
        ):
            assert name in content
            assert signature.version.title in content
            assert re.findall(r"\b\d{6}\b", content) == [confirmation.code(signature.pk)]
            assert re.findall(r"/confirm/([^/]+)/", content) == [confirmation.token(signature.pk)]
    assert not messages


def test_confirmation_is_mailed_once(inbox: Inbox, petition: Petition) -> None:
    for _ in range(3):
        begin_signature(petition)
    for _ in range(3):
        tasks.mail_confirmations()
    assert len(inbox.messages) == 3


def test_confirmation_of_a_dead_worker_comes_due_again(inbox: Inbox, petition: Petition) -> None:
    begin_signature(petition)
    assert len(Signature.objects.claim_mail(10, "petition", "version")) == 1
    tasks.mail_confirmations()
    assert not inbox.messages
    Signature.objects.update(mail_due_at=timezone.now() - timedelta(seconds=1))
    tasks.mail_confirmations()
    assert len(inbox.messages) == 1


def test_expired_signature_gets_no_mail(inbox: Inbox, petition: Petition) -> None:
    begin_signature(petition)
    Signature.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.mail_confirmations()
    assert not inbox.messages


def test_mail_cannot_be_given_headers_by_what_people_type(inbox: Inbox, db: None) -> None:
    petition = make_petition(title="Weekends")
    begin_signature(petition, name="Ada\r\nBcc: all@example.org")
    tasks.mail_confirmations()
    (message,) = inbox.messages
    assert message["Bcc"] is None
    assert message["To"].count("@") == 1


def test_letter_in_chinese_is_mailed_about_in_its_language(inbox: Inbox, db: None) -> None:
    petition = make_petition(language="zh-Hans", title="请给我们周末")
    signature = begin_signature(petition)
    Signature.objects.filter(pk=signature.pk).update(language="zh-hans")
    tasks.mail_confirmations()
    (message,) = inbox.messages
    assert message["Subject"] == "请确认您的签名：请给我们周末"


def test_delivery_brings_letter_roll_and_manifest(inbox: Inbox, petition: Petition) -> None:
    batch = deliver_first_batch(petition)
    assert [str(message["To"]) for message in inbox.messages] != []
    for message in inbox.messages:
        attachments = {
            part.get_filename(): part.get_content() for part in message.iter_attachments()
        }
        assert list(attachments) == ["letter.pdf", "roll.csv", "manifest.json"]
        assert attachments["letter.pdf"].startswith(b"%PDF")
        assert message["Subject"].startswith(
            "Open letter “Give us our weekends back”: 3 signatures"
        )
        for document in batch.documents.all():
            assert bytes(document.sha256).hex() in text_of(message)


def test_each_recipient_gets_one_copy_of_their_own(inbox: Inbox, petition: Petition) -> None:
    deliver_first_batch(petition)
    for _ in range(3):
        tasks.deliver_due()
    assert sorted(str(message["To"]) for message in inbox.messages) == [
        "Press office <press@example.com>",
        "Secretary <secretary@example.org>",
        "The board <board@example.com>",
    ]
    stored = set(Delivery.objects.values_list("message_id", flat=True))
    assert {str(message["Message-ID"]) for message in inbox.messages} == stored


def test_delivery_built_twice_is_the_same(petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    batch = Batch.freeze(petition)
    assert batch is not None
    batch_documents.write(batch.pk)
    delivery = Delivery.objects.all()[0]
    assert mail.delivery_message(delivery) == mail.delivery_message(delivery)


def test_delivery_records_the_servers_words(inbox: Inbox, petition: Petition) -> None:
    deliver_first_batch(petition)
    for delivery in Delivery.objects.all():
        assert delivery.state == "sent"
        assert delivery.reply.startswith("250 ")
        assert delivery.sent_at is not None
        assert delivery.attempts == 1


@pytest.mark.parametrize("begun", [True, False])
def test_delivery_of_a_dead_worker_is_sent_again_only_if_it_had_not_begun(
    inbox: Inbox, petition: Petition, *, begun: bool
) -> None:
    sign_and_sequence(petition, 3)
    batch = Batch.freeze(petition)
    assert batch is not None
    batch_documents.write(batch.pk)
    delivery = Delivery.objects.claim()
    assert delivery is not None
    if begun:
        assert delivery.begin()
    Delivery.objects.filter(pk=delivery.pk).update(
        leased_until=timezone.now() - timedelta(seconds=1)
    )
    tasks.recover_deliveries()
    delivery.refresh_from_db()
    assert delivery.state == ("unknown" if begun else "pending")
    Delivery.objects.update(due_at=timezone.now())
    tasks.deliver_due()
    assert len(inbox.messages) == (2 if begun else 3)


@pytest.mark.parametrize(("was_sent", "state", "mails"), [(True, "sent", 2), (False, "sent", 3)])
def test_unknown_delivery_is_settled_by_a_person_once(
    inbox: Inbox, petition: Petition, *, was_sent: bool, state: str, mails: int
) -> None:
    sign_and_sequence(petition, 3)
    batch = Batch.freeze(petition)
    assert batch is not None
    batch_documents.write(batch.pk)
    delivery = Delivery.objects.claim()
    assert delivery is not None
    assert delivery.begin()
    assert delivery.doubt("the line went dead")
    operator = User.objects.create_superuser("operator@example.org")
    assert delivery.settle(was_sent=was_sent, by=operator, reason="asked by phone")
    assert not delivery.settle(was_sent=not was_sent, by=operator)
    tasks.deliver_due()
    delivery.refresh_from_db()
    assert (delivery.state, len(inbox.messages)) == (state, mails)
    event = Event.objects.get(verb=Verb.DELIVERY_SETTLED)
    assert event.actor == operator
    assert event.reason.endswith("asked by phone")


def test_delivery_whose_lease_lapsed_does_not_go_out(inbox: Inbox, petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    batch = Batch.freeze(petition)
    assert batch is not None
    batch_documents.write(batch.pk)
    delivery = Delivery.objects.claim()
    assert delivery is not None
    Delivery.objects.filter(pk=delivery.pk).update(
        leased_until=timezone.now() - timedelta(seconds=1)
    )
    tasks.recover_deliveries()
    mail.deliver(delivery)
    assert not inbox.messages
