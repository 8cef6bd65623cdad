"""Background work: each task loads by id or sweeps what is due, and calls one verb.

A sweep does what is due until nothing is, or its turn is over: beat rings again, and no kind of
work can keep the others out of the few processes of a worker. Two sweeps of the same kind at once
share the work by row locks.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic

from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from . import health, mail
from .celery import app
from .documents import batch as batch_documents
from .models import (
    Batch,
    Checkpoint,
    Delivery,
    DeliveryPlan,
    Entry,
    LinkRequest,
    Signature,
    WorkProof,
)

logger = logging.getLogger(__name__)

TURN_SECONDS = 2


def _turn() -> Iterator[None]:
    """Yield until the turn is over, once at least."""
    end = monotonic() + TURN_SECONDS
    yield
    while monotonic() < end:
        yield


@app.task
def sequence() -> None:
    """Give waiting log entries their place, sign checkpoints, refresh counts."""
    moved = False
    for _ in _turn():
        if not Checkpoint.advance():
            break
        moved = True
    # Where nothing moves though something waits, the log is stuck: no mark says so.
    if moved or not Entry.objects.waiting().exists():
        health.mark(health.SEQUENCER)


@app.task
def mail_confirmations() -> None:
    """Send the confirmation mails that are due."""
    for _ in _turn():
        if not mail.send_confirmations():
            break


@app.task
def mail_work_codes() -> None:
    """Send the codes to addresses at work that are due."""
    for _ in _turn():
        if not mail.send_work_codes():
            break


@app.task
def mail_manage_links() -> None:
    """Send the manage links that were asked for."""
    for _ in _turn():
        if not mail.send_manage_links():
            break


@app.task
def freeze_due_batches() -> None:
    """Freeze the batches whose milestone is reached."""
    for plan in DeliveryPlan.objects.due().select_related("petition"):
        if batch := plan.carry_out():
            logger.info("froze batch %s of %s", batch.number, batch.petition)
            document_batch.delay_on_commit(batch.pk)
    health.mark(health.WORKER)


@app.task
def document_batch(batch_id: int) -> None:
    """Write the documents of a frozen batch, which creates its deliveries."""
    if batch_documents.write(batch_id):
        deliver_due.delay_on_commit()


@app.task
def document_batches() -> None:
    """Write the documents of batches whose doorbell was lost."""
    for batch_id in Batch.objects.undocumented().values_list("pk", flat=True):
        try:
            document_batch(batch_id)
        except Exception:
            # One batch that cannot be written must not hold up those behind it.
            logger.exception("batch %s cannot be documented", batch_id)


@app.task
def deliver_due() -> None:
    """Send the deliveries that are due."""
    for _ in _turn():
        delivery = Delivery.objects.claim()
        if delivery is None:
            break
        mail.deliver(delivery)


@app.task
def recover_deliveries() -> None:
    """Bring back the deliveries of workers that are gone."""
    if recovered := Delivery.objects.recover():
        logger.warning("recovered %s deliveries of workers that are gone", recovered)


@app.task
def forget_expired() -> None:
    """Delete what was never confirmed, proved or mailed, and the addresses with it."""
    now = timezone.now()
    WorkProof.objects.expired(now).delete()
    LinkRequest.objects.expired(now).delete()
    # A day's grace, so that a late click is told that it came too late for a while.
    # A session of somebody who went to GitHub and did not come back ends by itself; so does its row.
    SessionStore.clear_expired()
    number, _ = Signature.objects.expired(now - timedelta(days=1)).delete()
    if number:
        logger.info("forgot %s signatures that were never confirmed", number)
