"""Mail: one function for each message that the site sends.

Each has three templates in templates/email/: subject, text and HTML.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
from .models import Delivery, LinkRequest, ManageLink, Signature, ToMail, Version, WorkProof
from .models.mailing import MAIL_LEASE, ToMailQuerySet
from .smtp import Doubtful, Reply, Unreachable, Unsent, mail_server

logger = logging.getLogger(__name__)

MAILS_AT_ONCE = 100
TRY_AGAIN_AFTER = timedelta(minutes=1)


def send_confirmations(limit: int = MAILS_AT_ONCE) -> int:
    """Mail the code to signers who wait for it; return how many were dealt with."""
    claimed = Signature.objects.claim_mail(limit, "petition", "version")
    # An employer's mail server gets a code, and no link.
    private = [signature for signature in claimed if not signature.goes_to_work]
    links = dict(zip(private, ManageLink.objects.issue(private), strict=True))
    circular = cache(confirmation_circular)

    def write(signature: Signature) -> Letter:
        if signature not in links:
            code = confirmation.code(signature.pk)
            return neutral_code(signature.address, code, signature.language)
        common = circular(signature.version, signature.language, is_named=signature.is_named)
        return confirmation_message(signature, common, links[signature])

    outcome = _send_all(claimed, write)
    Signature.objects.mailed(outcome.done)
    _later(Signature.objects.all(), outcome)
    return outcome.dealt_with


def send_work_codes(limit: int = MAILS_AT_ONCE) -> int:
    """Mail codes to addresses at work; return how many were dealt with."""
    claimed = WorkProof.objects.claim_mail(limit, "signature")
    outcome = _send_all(claimed, work_code_message)
    WorkProof.objects.mailed(outcome.done)
    _later(WorkProof.objects.all(), outcome)
    return outcome.dealt_with


def send_manage_links(limit: int = MAILS_AT_ONCE) -> int:
    """Mail their links to signers who asked; return how many requests were dealt with.

    A request of somebody who has not signed is dealt with by deleting it.
    """
    claimed = LinkRequest.objects.claim_mail(limit, "signature__petition", "signature__version")
    known = [request for request in claimed if request.signature]
    tokens = ManageLink.objects.issue([_signed(request) for request in known])
    links = dict(zip(known, tokens, strict=True))
    outcome = _send_all(known, lambda request: manage_link_message(request, links[request]))
    unknown = [request.pk for request in claimed if not request.signature]
    sent = [request.pk for request in outcome.done]
    LinkRequest.objects.filter(pk__in=[*sent, *unknown]).delete()
    _later(LinkRequest.objects.all(), outcome)
    return outcome.dealt_with + len(unknown)


@dataclass(slots=True)
class _Sent[Row: ToMail]:
    """What became of claimed rows: mailed or refused for good, to be tried again, not tried."""

    done: list[Row] = field(default_factory=list)
    again: list[Row] = field(default_factory=list)
    untried: list[Row] = field(default_factory=list)
    wait: timedelta = timedelta()

    @property
    def dealt_with(self) -> int:
        return len(self.done) + len(self.again)


def _send_all[Row: ToMail](rows: Sequence[Row], write: Callable[[Row], "Letter"]) -> _Sent[Row]:
    """Send each row's mail, until the server is unreachable or the claim would lapse."""
    outcome: _Sent[Row] = _Sent()
    end = monotonic() + MAIL_LEASE.total_seconds() / 2
    for position, row in enumerate(rows):
        try:
            sent = _send(row, write)
        except Unreachable as error:
            logger.warning("the mail server cannot be reached: %s", _nameless(error))
            outcome.untried, outcome.wait = list(rows[position:]), TRY_AGAIN_AFTER
            break
        (outcome.done if sent else outcome.again).append(row)
        if monotonic() > end:
            outcome.untried = list(rows[position + 1 :])
            break
    return outcome


def _later[Row: ToMail](rows: ToMailQuerySet[Row], outcome: _Sent[Row]) -> None:
    rows.mail_again(outcome.again)
    rows.put_back(outcome.untried, outcome.wait)


def _send[Row: ToMail](row: Row, write: Callable[[Row], "Letter"]) -> bool:
    """Send one mail; return False if it should be sent again later.

    A permanent refusal ends it: what it was for expires, and is forgotten in time. Raises
    Unreachable.
    """
    try:
        letter = write(row)
        reply = mail_server().submit(
            letter.message, sender=letter.sender, recipient=letter.recipient
        )
    except Unreachable:
        raise
    except (Unsent, Doubtful) as error:
        logger.warning("a mail to a signer broke off: %s", _nameless(error))
        return False
    except (ValueError, HeaderParseError) as error:
        # One row that no mail can be written for must not hold up the others.
        logger.error("a mail to a signer cannot be written: %s", _nameless(error))  # noqa: TRY400
        return True
    assert reply is not None
    if not reply.accepted:
        logger.warning("a mail to a signer was refused with %s", reply.code)
    return reply.accepted or reply.permanent


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail with its envelope."""

    message: bytes
    sender: str
    recipient: str


def _nameless(error: Exception) -> str:
    """Return what may be logged of an error: its words may hold an address."""
    return type(error.__cause__ or error).__name__


def confirmation_circular(version: Version, language: str, *, is_named: bool) -> Circular:
    """Return what all confirmation mails about a text have in common."""
    context = {"version": version, "site": settings.BASE_URL, "is_named": is_named}
    with translation.override(language):
        return Circular.render(
            "confirmation", context, gaps=("name", "code", "link", "manage_link")
        )


def confirmation_message(signature: Signature, circular: Circular, manage_token: str) -> Letter:
    """Return the mail that asks the owner of an address to confirm a signature.

    With the signature's manage link, which is of use after that.
    """
    slug = signature.petition.slug
    confirm = reverse("confirmation-link", args=[slug, confirmation.token(signature.pk)])
    manage = reverse("manage-link", args=[slug, manage_token])
    own = {
        "name": signature.name,
        "code": confirmation.code(signature.pk),
        "link": settings.BASE_URL + confirm,
        "manage_link": settings.BASE_URL + manage,
    }
    return _letter(circular, own, signature.address)


def work_code_message(proof: WorkProof) -> Letter:
    """Return the mail with a code to an address at work: of no petition, and without a link."""
    return neutral_code(proof.address, confirmation.code(proof.pk), proof.signature.language)


def neutral_code(address: str, code: str, language: str) -> Letter:
    """Return the mail with a code that says nothing of what it is for."""
    with translation.override(language):
        circular = Circular.render("work_code", {"code": code}, gaps=())
    return _letter(circular, {}, address, sender=settings.CODE_MAIL_FROM)


def manage_link_message(request: LinkRequest, token: str) -> Letter:
    """Return the mail with a new manage link to the owner of a signature."""
    signature = _signed(request)
    path = reverse("manage-link", args=[signature.petition.slug, token])
    context = {
        "version": signature.version,
        "link": settings.BASE_URL + path,
        "site": settings.BASE_URL,
    }
    with translation.override(request.language):
        circular = Circular.render("manage_link", context, gaps=())
    return _letter(circular, {}, request.address)


def _signed(request: LinkRequest) -> Signature:
    assert request.signature is not None
    return request.signature


def _letter(
    circular: Circular, own: Mapping[str, str], address: str, *, sender: str = ""
) -> Letter:
    """Put a mail to one person together: what all get, and their own words in its gaps."""
    from_ = parseaddr(sender or settings.DEFAULT_FROM_EMAIL)
    message = mime.message(
        subject=circular.subject,
        text=circular.text(**own),
        html=circular.html(**own),
        sender=from_,
        to=("", address),
        date=timezone.now(),
    )
    return Letter(message, from_[1], address)


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
    return parseaddr(settings.DEFAULT_FROM_EMAIL)
