"""Mail: one function for each message that the site sends.

Each has three templates in templates/email/: subject, text and HTML.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.errors import HeaderParseError
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, make_msgid, parseaddr
from time import monotonic

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from . import confirmation
from .languages import interface_language
from .models import Delivery, Signature
from .models.mailing import MAIL_LEASE
from .smtp import Doubtful, Reply, Unreachable, Unsent, mail_server

logger = logging.getLogger(__name__)

CONFIRMATIONS_AT_ONCE = 100
_WIRE = policy.compat32.clone(linesep="\r\n")
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
TRY_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message."""

    name: str
    media_type: str
    content: bytes


def send_confirmations(limit: int = CONFIRMATIONS_AT_ONCE) -> int:
    """Mail the code to signers who wait for it; return how many were dealt with.

    What is claimed and not dealt with, because the server cannot be reached or is so slow that
    the claim would lapse, is put back.
    """
    claimed = Signature.objects.claim_mail(limit, "petition", "version")
    end = monotonic() + MAIL_LEASE.total_seconds() / 2
    done: list[Signature] = []
    again: list[Signature] = []
    wait = timedelta()
    for signature in claimed:
        try:
            (done if _send_confirmation(signature) else again).append(signature)
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


def _send_confirmation(signature: Signature) -> bool:
    """Send one mail; return False if it should be sent again later.

    Raises Unreachable.

    A permanent refusal ends it: the signature stays unconfirmed and is forgotten in time.
    """
    try:
        reply = mail_server().submit(
            confirmation_message(signature),
            sender=_sender_address(),
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


def confirmation_message(signature: Signature) -> bytes:
    """Return the mail that asks the owner of an address to confirm a signature."""
    path = reverse(
        "confirmation-link", args=[signature.petition.slug, confirmation.token(signature.pk)]
    )
    context = {
        "signature": signature,
        "version": signature.version,
        "code": confirmation.code(signature.pk),
        "link": settings.BASE_URL + path,
        "site": settings.BASE_URL,
    }
    with translation.override(signature.language):
        return _message("confirmation", context, to=("", signature.address))


def deliver(delivery: Delivery) -> None:
    """Send a claimed delivery and record how the conversation ended."""
    try:
        reply = mail_server().submit(
            delivery_message(delivery),
            sender=_sender_address(),
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
        return _message(
            "delivery",
            context,
            to=(recipient.name, recipient.address),
            message_id=delivery.message_id,
            date=batch.frozen_at,
            attachments=(
                Attachment(document.name, document.media_type, document.content())
                for document in batch.documents.all()
            ),
        )


def _message(
    name: str,
    context: dict[str, object],
    *,
    to: tuple[str, str],
    message_id: str = "",
    date: datetime | None = None,
    attachments: Iterable[Attachment] = (),
) -> bytes:
    """Build a message from its three templates. RFC 5322 and MIME, with CRLF.

    With the older of Python's two e-mail interfaces, which takes a third of the time.
    """
    message = MIMEMultipart("alternative")
    message.attach(_text(render_to_string(f"email/{name}.txt", context), "plain"))
    message.attach(_text(render_to_string(f"email/{name}.html", context), "html"))
    if files := [_file(attachment) for attachment in attachments]:
        message = MIMEMultipart("mixed", _subparts=[message, *files])
    # One line: whatever a title or a name holds cannot become a header of its own.
    subject = " ".join(render_to_string(f"email/{name}.subject.txt", context).split())
    display_name, address = to
    message["Subject"] = Header(subject, header_name="Subject").encode()
    message["From"] = formataddr(parseaddr(settings.DEFAULT_FROM_EMAIL))
    message["To"] = formataddr((" ".join(display_name.split()), address))
    message["Date"] = format_datetime(date or timezone.now())
    message["Message-ID"] = message_id or make_msgid(domain=_sender_address().partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    if message_id:
        _fix_boundaries(message, message_id)
    return message.as_bytes(policy=_WIRE)


def _text(content: str, subtype: str) -> MIMEText:
    return MIMEText(content, subtype, _UTF8)  # type: ignore[arg-type]  # a Charset is allowed


def _file(attachment: Attachment) -> MIMENonMultipart:
    part = MIMENonMultipart(*attachment.media_type.split("/"))
    if part.get_content_maintype() == "text":
        # All text that we write is UTF-8; a reader that is not told may take it for ASCII.
        part.set_param("charset", "utf-8")
    part.set_payload(attachment.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    return part


def _fix_boundaries(message: Message, message_id: str) -> None:
    """Replace the random boundaries, so that a message built twice is the same twice."""
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{message_id.strip('<>').partition('@')[0]}_{number}")


def _sender_address() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
