"""However the mail server behaves, each recipient gets a batch once, and nothing is lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.addresses import AddressError
from petitions import tasks
from petitions.documents import batch as batch_documents
from petitions.models import (
    Batch,
    Delivery,
    DeliveryState,
    Event,
    Outcome,
    Petition,
    Signature,
    Verb,
)
from petitions.models.delivery import RETRY_AFTER
from petitions.smtp import mail_server as connection_to_mail_server
from tests.factories import begin_signature, make_petition, sign_and_sequence
from tests.faults.mail_server import PATIENCE, Fault, MailServer, Manner, Moment
from tests.site import Confirmation

PRESS = "press@example.com"
OTHERS = ("board@example.com", "secretary@example.org")
RECIPIENTS = (PRESS, *OTHERS)

LATER_AT_RCPT = Fault(Moment.RCPT, "451 4.3.0 Try again later")
CLOSING_AT_RCPT = Fault(Moment.RCPT, "421 4.3.2 Closing")
BREAK_AT_RCPT = Fault(Moment.RCPT)
LATER_AT_DATA = Fault(Moment.DATA, "451 4.3.0 Not now")
BREAK_AT_DATA = Fault(Moment.DATA)
LATER_AFTER_MESSAGE = Fault(Moment.MESSAGE, "452 4.2.2 Mailbox full")
NEVER_AT_RCPT = Fault(Moment.RCPT, "550 5.1.1 No such user")
NEVER_AFTER_MESSAGE = Fault(Moment.MESSAGE, "554 5.7.1 Refused")
BREAK_WITH_MESSAGE = Fault(Moment.MESSAGE, keeps=True)
BREAK_WITHOUT_MESSAGE = Fault(Moment.MESSAGE)
AFTER_UNKNOWN = {
    DeliveryState.SENT: [Verb.DELIVERY_SENT],
    DeliveryState.FAILED: [Verb.DELIVERY_FAILED],
    DeliveryState.PENDING: [Verb.DELIVERY_DEFERRED],
    DeliveryState.UNKNOWN: [],
}


def named(*faults: Fault) -> list[object]:
    return [pytest.param(fault, id=f"{fault.moment.name}-{fault.answer[:3]}") for fault in faults]


@pytest.fixture
def mail(request: pytest.FixtureRequest, settings: Settings) -> Iterator[MailServer]:
    """A mail server that this test alone uses."""
    with MailServer(getattr(request, "param", Manner.ONE_BY_ONE)) as server:
        settings.MAIL_SERVER = settings.MAIL_SERVER | {"port": server.port, "timeout": PATIENCE}
        connection_to_mail_server().close()
        connection_to_mail_server.cache_clear()
        yield server
        connection_to_mail_server().close()
        connection_to_mail_server.cache_clear()


# The commands for codes go out together where the server allows it.
in_every_manner = pytest.mark.parametrize(
    "mail", [pytest.param(manner, id=manner.name) for manner in Manner], indirect=True
)


@pytest.fixture
def batch(petition: Petition) -> Batch:
    """A batch with its documents, due to three recipients."""
    sign_and_sequence(petition, 3)
    frozen = Batch.freeze(petition)
    assert frozen is not None
    assert batch_documents.write(frozen.pk)
    return frozen


def delivery_to(address: str) -> Delivery:
    return Delivery.objects.get(recipient__address=address)


def time_passes() -> None:
    """Whatever waits for a later moment is due now, and every lease has lapsed."""
    long_ago = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(state=DeliveryState.PENDING).update(due_at=long_ago)
    Delivery.objects.filter(state=DeliveryState.CLAIMED).update(leased_until=long_ago)
    Signature.objects.filter(mail_due_at__isnull=False).update(mail_due_at=long_ago)


def everything_runs_again() -> None:
    """What a worker does as time goes by."""
    for _ in range(3):
        time_passes()
        tasks.recover_deliveries()
        tasks.deliver_due()


def test_delivery_is_sent_when_the_server_takes_it(mail: MailServer, batch: Batch) -> None:
    tasks.deliver_due()
    everything_runs_again()

    assert sorted(taken.recipient for taken in mail.accepted) == sorted(RECIPIENTS)
    for delivery in Delivery.objects.select_related("recipient"):
        (message,) = mail.messages_to(delivery.recipient.address)
        assert message["Message-ID"] == delivery.message_id
        assert (delivery.state, delivery.attempts) == (DeliveryState.SENT, 1)
        assert delivery.reply == "250 OK kept"


@pytest.mark.parametrize(
    "fault",
    named(
        LATER_AT_RCPT,
        CLOSING_AT_RCPT,
        BREAK_AT_RCPT,
        LATER_AT_DATA,
        BREAK_AT_DATA,
        LATER_AFTER_MESSAGE,
    ),
)
def test_delivery_waits_and_is_sent_once_when_the_server_took_nothing(
    mail: MailServer, batch: Batch, fault: Fault
) -> None:
    mail.fails(PRESS, fault)

    tasks.deliver_due()
    tasks.deliver_due()

    waiting = delivery_to(PRESS)
    assert (waiting.state, waiting.attempts) == (DeliveryState.PENDING, 1)
    assert waiting.due_at > timezone.now()
    assert waiting.reply.startswith(fault.answer)
    assert sorted(taken.recipient for taken in mail.accepted) == sorted(OTHERS)

    everything_runs_again()

    assert (delivery_to(PRESS).state, delivery_to(PRESS).attempts) == (DeliveryState.SENT, 2)
    assert len(mail.messages_to(PRESS)) == 1


@pytest.mark.parametrize("fault", named(NEVER_AT_RCPT, NEVER_AFTER_MESSAGE))
def test_delivery_fails_at_once_when_the_server_refuses_for_good(
    mail: MailServer, batch: Batch, fault: Fault
) -> None:
    mail.fails(PRESS, fault)

    tasks.deliver_due()
    everything_runs_again()

    failed = delivery_to(PRESS)
    assert (failed.state, failed.attempts, failed.reply) == (DeliveryState.FAILED, 1, fault.answer)
    assert sorted(taken.recipient for taken in mail.accepted) == sorted(OTHERS)


@pytest.mark.parametrize("fault", [BREAK_WITH_MESSAGE, BREAK_WITHOUT_MESSAGE])
def test_delivery_is_unknown_and_never_repeated_when_no_answer_comes_to_the_message(
    mail: MailServer, batch: Batch, fault: Fault
) -> None:
    mail.fails(PRESS, fault)

    tasks.deliver_due()
    everything_runs_again()

    unknown = delivery_to(PRESS)
    assert (unknown.state, unknown.attempts) == (DeliveryState.UNKNOWN, 1)
    assert len(mail.messages_to(PRESS)) == fault.keeps
    assert {delivery_to(other).state for other in OTHERS} == {DeliveryState.SENT}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fault", "state", "reply"),
    [
        pytest.param(None, DeliveryState.SENT, "250 OK kept", id="taken"),
        pytest.param(NEVER_AFTER_MESSAGE, DeliveryState.FAILED, "554 5.7.1 Refused", id="refused"),
        pytest.param(
            LATER_AFTER_MESSAGE, DeliveryState.PENDING, "452 4.2.2 Mailbox full", id="put off"
        ),
        pytest.param(
            BREAK_WITH_MESSAGE,
            DeliveryState.UNKNOWN,
            "the worker that sent it is gone",
            id="silent",
        ),
    ],
)
def test_delivery_tells_what_the_server_says_after_the_lease_has_lapsed(
    mail: MailServer, fault: Fault | None, state: DeliveryState, reply: str
) -> None:
    petition = make_petition(slug="late")
    sign_and_sequence(petition, 3)
    frozen = Batch.freeze(petition)
    assert frozen is not None
    assert batch_documents.write(frozen.pk)
    if fault:
        mail.fails(PRESS, fault)

    with ThreadPoolExecutor(1) as worker, mail.holding(PRESS, Moment.MESSAGE) as hold:
        delivering = worker.submit(in_a_thread, tasks.deliver_due)
        assert hold.reached.wait(PATIENCE)
        time_passes()
        tasks.recover_deliveries()
        assert delivery_to(PRESS).state == DeliveryState.UNKNOWN
        hold.released.set()
        delivering.result(PATIENCE)

    delivery = delivery_to(PRESS)
    assert (delivery.state, delivery.reply) == (state, reply)
    told = Event.objects.filter(subject=f"delivery {delivery.pk}").order_by("pk")
    expected = [Verb.DELIVERY_CLAIMED, Verb.DELIVERY_UNKNOWN, *AFTER_UNKNOWN[state]]
    assert [event.verb for event in told] == expected


def test_delivery_waits_when_the_server_is_down(mail: MailServer, batch: Batch) -> None:
    mail.stop()
    tasks.deliver_due()
    assert {delivery_to(each).state for each in RECIPIENTS} == {DeliveryState.PENDING}

    mail.start()
    everything_runs_again()
    assert {delivery_to(each).state for each in RECIPIENTS} == {DeliveryState.SENT}
    assert sorted(taken.recipient for taken in mail.accepted) == sorted(RECIPIENTS)


def test_delivery_is_sent_at_once_when_the_server_has_closed_an_idle_connection(
    mail: MailServer, batch: Batch
) -> None:
    mail.fails(PRESS, LATER_AT_RCPT)
    tasks.deliver_due()
    mail.stop()
    mail.start()

    everything_runs_again()

    assert (delivery_to(PRESS).state, delivery_to(PRESS).attempts) == (DeliveryState.SENT, 2)


def test_delivery_fails_when_the_server_puts_it_off_for_days(
    mail: MailServer, batch: Batch
) -> None:
    mail.fails(PRESS, *[LATER_AT_RCPT] * (len(RETRY_AFTER) + 5))

    for attempt in range(1, len(RETRY_AFTER) + 1):
        time_passes()
        tasks.deliver_due()
        waiting = delivery_to(PRESS)
        assert (waiting.state, waiting.attempts) == (DeliveryState.PENDING, attempt)
    everything_runs_again()

    failed = delivery_to(PRESS)
    assert (failed.state, failed.attempts) == (DeliveryState.FAILED, len(RETRY_AFTER) + 1)
    assert failed.reply == LATER_AT_RCPT.answer


@in_every_manner
@pytest.mark.parametrize(
    "fault",
    named(
        LATER_AT_RCPT,
        CLOSING_AT_RCPT,
        BREAK_AT_RCPT,
        LATER_AT_DATA,
        BREAK_AT_DATA,
        LATER_AFTER_MESSAGE,
    ),
)
def test_code_comes_later_when_the_server_does_not_take_it_now(
    mail: MailServer, petition: Petition, fault: Fault
) -> None:
    signatures = [begin_signature(petition) for _ in range(3)]
    late, *others = [signature.address for signature in signatures]
    mail.fails(late, fault)

    tasks.mail_confirmations()
    assert sorted(taken.recipient for taken in mail.accepted) == sorted(others)

    time_passes()
    tasks.mail_confirmations()
    time_passes()
    tasks.mail_confirmations()
    assert sorted(taken.recipient for taken in mail.accepted) == sorted([late, *others])


@in_every_manner
def test_code_comes_again_when_nobody_knows_whether_the_first_mail_came(
    mail: MailServer, petition: Petition
) -> None:
    address = begin_signature(petition).address
    mail.fails(address, BREAK_WITH_MESSAGE)

    tasks.mail_confirmations()
    time_passes()
    tasks.mail_confirmations()

    first, second = map(Confirmation.read, mail.messages_to(address))
    assert first == second


@in_every_manner
def test_code_is_not_tried_again_when_the_address_does_not_exist(
    mail: MailServer, petition: Petition
) -> None:
    signature, other = begin_signature(petition), begin_signature(petition)
    mail.fails(signature.address, NEVER_AT_RCPT)

    tasks.mail_confirmations()
    # Those behind it need not wait for another turn.
    assert [taken.recipient for taken in mail.accepted] == [other.address]
    time_passes()
    tasks.mail_confirmations()

    assert [taken.recipient for taken in mail.accepted] == [other.address]
    assert not Signature.objects.due_for_mail(timezone.now()).exists()


@in_every_manner
def test_codes_come_once_over_connections_that_the_server_has_closed_meanwhile(
    mail: MailServer, petition: Petition
) -> None:
    first = begin_signature(petition).address
    tasks.mail_confirmations()
    mail.stop()
    mail.start()
    second = begin_signature(petition).address

    tasks.mail_confirmations()

    assert [taken.recipient for taken in mail.accepted] == [first, second]


@pytest.mark.parametrize(
    "odd", ["=?utf-8?q?x?=@example.net", "a=?b@example.net", "o'x@example.org"]
)
def test_codes_come_once_to_everybody_when_somebody_typed_an_odd_address(
    mail: MailServer, petition: Petition, odd: str
) -> None:
    before = begin_signature(petition).address
    # Whether such an address is refused or mailed to is another question.
    with suppress(AddressError):
        begin_signature(petition, odd)
    after = begin_signature(petition).address

    for _ in range(3):
        tasks.mail_confirmations()
        time_passes()

    others = [taken.recipient for taken in mail.accepted if taken.recipient != odd]
    assert sorted(others) == sorted([before, after])


@pytest.mark.django_db(transaction=True)
def test_mailing_goes_on_when_somebody_confirms_meanwhile(mail: MailServer) -> None:
    petition = make_petition(slug="meanwhile")
    quick, slow = begin_signature(petition), begin_signature(petition)
    # The first mail arrives, but the server doesn't say so, and the second one takes its time.
    mail.fails(quick.address, BREAK_WITH_MESSAGE)

    with ThreadPoolExecutor(1) as worker, mail.holding(slow.address, Moment.RCPT) as hold:
        mailing = worker.submit(in_a_thread, tasks.mail_confirmations)
        assert hold.reached.wait(PATIENCE)
        assert Signature.confirm(petition.slug, quick.pk, has_right_code=True) is Outcome.CONFIRMED
        hold.released.set()
        mailing.result(PATIENCE)

    assert len(mail.messages_to(slow.address)) == 1
    assert not Signature.objects.filter(mail_due_at__isnull=False).exists()


def in_a_thread(task: Callable[[], None]) -> None:
    try:
        task()
    finally:
        connection.close()
