"""Mail: one function for each message that the site sends.

Each has three templates in templates/email/: subject, text and HTML.
"""

import logging
from datetime import timedelta
from email.errors import HeaderParseError
from email.utils import parseaddr
from functools import cache
from time import monotonic

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from . import confirmation, mime
from .circular import Circular
from .languages import interface_language
from .models import Delivery, Signature, Version
from .models.signature import MAIL_LEASE
from .smtp import Doubtful, Reply, Unreachable, Unsent, mail_server

logger = logging.getLogger(__name__)

CONFIRMATIONS_AT_ONCE = 100
TRY_AGAIN_AFTER = timedelta(minutes=1)


def send_confirmations(limit: int = CONFIRMATIONS_AT_ONCE) -> int:
    """Mail the code to signers who wait for it; return how many were dealt with.

    What is claimed and not dealt with, because the server cannot be reached or is so slow that
    the claim would lapse, is put back.
    """
    claimed = Signature.objects.claim_mail(limit)
    circular = cache(confirmation_circular)
    end = monotonic() + MAIL_LEASE.total_seconds() / 2
    done: list[Signature] = []
    again: list[Signature] = []
    wait = timedelta()
    for signature in claimed:
        try:
            sent = _send_confirmation(signature, circular(signature.version, signature.language))
            (done if sent else again).append(signature)
        except Unreachable as error:
            logger.warning("the mail server cannot be reached: %s", _nameless(error))
            wait = TRY_AGAIN_AFTER
            break
        if monotonic() > end:
            break
    dealt_with = len(done) + len(again)
    Signature.objects.mailed(done)
    Signature.objects.mail_again(again)
    Signature.objects.put_back(claimed[dealt_with:], wait)
    return dealt_with


def _send_confirmation(signature: Signature, circular: Circular) -> bool:
    """Send one mail; return False if it should be sent again later.

    Raises Unreachable.

    A permanent refusal ends it: the signature stays unconfirmed and is forgotten in time.
    """
    try:
        reply = mail_server().submit(
            confirmation_message(signature, circular),
            sender=_sender()[1],
            recipient=signature.address,
        )
    except Unreachable:
        raise
    except (Unsent, Doubtful) as error:
        logger.warning("confirmation mail broke off: %s", _nameless(error))
        return False
    except (ValueError, HeaderParseError) as error:
        # One signature that no mail can be written for must not hold up the others.
        logger.error("confirmation mail cannot be written: %s", _nameless(error))  # noqa: TRY400
        return True
    assert reply is not None
    if not reply.accepted:
        logger.warning("confirmation mail refused with %s", reply.code)
    return reply.accepted or reply.permanent


def _nameless(error: Exception) -> str:
    """Return what may be logged of an error: its words may hold an address."""
    return type(error.__cause__ or error).__name__


def confirmation_circular(version: Version, language: str) -> Circular:
    """Return what all confirmation mails about a text have in common."""
    context = {"version": version, "site": settings.BASE_URL}
    with translation.override(language):
        return Circular.render("confirmation", context, gaps=("name", "code", "link"))


def confirmation_message(signature: Signature, circular: Circular) -> bytes:
    """Return the mail that asks the owner of an address to confirm a signature."""
    path = reverse(
        "confirmation-link",
        args=[signature.version.petition.slug, confirmation.token(signature.pk)],
    )
    own = {
        "name": signature.name,
        "code": confirmation.code(signature.pk),
        "link": settings.BASE_URL + path,
    }
    return mime.message(
        subject=circular.subject,
        text=circular.text(**own),
        html=circular.html(**own),
        sender=_sender(),
        to=("", signature.address),
        date=timezone.now(),
    )


def deliver(delivery: Delivery) -> None:
    """Send a claimed delivery and record how the conversation ended."""
    try:
        reply = mail_server().submit(
            delivery_message(delivery),
            sender=_sender()[1],
            recipient=delivery.recipient.address,
            begin=delivery.begin,
        )
    except Unsent as error:
        delivery.defer(str(error))
    except Doubtful as error:
        delivery.doubt(str(error))
        # Not the traceback: a server's words in it may hold an address.
        logger.error("delivery %s may have been sent: a person has to look", delivery.pk)  # noqa: TRY400
    else:
        _record(delivery, reply)


def _record(delivery: Delivery, reply: Reply | None) -> None:
    if reply is None:
        logger.warning("delivery %s was taken over by another worker", delivery.pk)
    elif reply.accepted:
        delivery.succeed(str(reply))
    elif reply.permanent:
        delivery.fail(str(reply))
    else:
        delivery.defer(str(reply))


def delivery_message(delivery: Delivery) -> bytes:
    """Return the mail that brings a batch to a recipient: the same bytes whenever it is built."""
    batch = delivery.batch
    recipient = delivery.recipient
    context = {
        "batch": batch,
        "version": batch.version,
        "recipient": recipient,
        "documents": batch.documents.all(),
        "petition_url": settings.BASE_URL + batch.petition.get_absolute_url(),
        "deliveries_url": settings.BASE_URL + batch.get_absolute_url(),
        "site": settings.BASE_URL,
    }
    with translation.override(interface_language(batch.version.language)):
        circular = Circular.render("delivery", context, gaps=())
    return mime.message(
        subject=circular.subject,
        text=circular.text(),
        html=circular.html(),
        sender=_sender(),
        to=(recipient.name, recipient.address),
        message_id=delivery.message_id,
        date=batch.frozen_at,
        attachments=(
            mime.Attachment(document.name, document.media_type, document.content())
            for document in batch.documents.all()
        ),
    )


def _sender() -> tuple[str, str]:
    """Return the name and the address of who sends all mail."""
    return _parsed(settings.DEFAULT_FROM_EMAIL)


_parsed = cache(parseaddr)
