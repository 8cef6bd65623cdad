"""Confirmation mails by the worker, against a loop that only sends the same bytes."""

import secrets
import smtplib
import time
from collections.abc import Callable, Iterator
from functools import partial

from django.conf import settings
from django.test import override_settings

from benchmarks.result import Result, against_limit
from benchmarks.rounds import alternately
from benchmarks.signatures import add_pending, forget_pending, petition
from benchmarks.sink import Sink
from local.application import Worker
from local.stack import Stack
from local.trouble import Trouble
from petitions import mail, tasks
from petitions.models import Signature
from petitions.smtp import mail_server

MESSAGES = 2000
ROUNDS = 5
WANTED = 0.6
PATIENCE = 60
WORKERS_PROCESSES = 2


def measure(stack: Stack) -> Iterator[Result]:
    """Yield a row for the worker as shipped and one for a single process, for each mail server."""
    yield from _measure("", stack.worker)
    with Sink(stack.data, keeps=False) as sink:
        environment = stack.environment | {"EMAIL_URL": sink.url}
        worker = Worker(log_path=stack.worker.log_path, environment=environment)
        with override_settings(MAIL_SERVER=settings.MAIL_SERVER | {"port": sink.port}):
            mail_server().close()
            yield from _measure(", to a server that keeps nothing", worker)
            mail_server().close()


def _measure(server: str, worker: Worker) -> Iterator[Result]:
    bare = Loop()
    with worker:
        by_worker = alternately(partial(_rate, ring_worker), bare.rate, rounds=ROUNDS)
    name = f"confirmation mails{server}, worker with 2 processes : loop"
    yield against_limit(name, *by_worker, "mails/s", wanted=WANTED)
    alone = alternately(partial(_rate, tasks.mail_confirmations), bare.rate, rounds=ROUNDS)
    name = f"confirmation mails{server}, one process : loop"
    yield against_limit(name, *alone, "mails/s", wanted=WANTED)


class Loop:
    """Sends messages that are ready, over one connection that is kept."""

    def __init__(self) -> None:
        pending = add_pending(petition(), MESSAGES)
        circular = mail.confirmation_circular(petition().current_version, "en", is_named=True)
        token = secrets.token_urlsafe(32)
        self._messages = [
            (s.address, mail.confirmation_message(s, circular, token).message) for s in pending
        ]
        forget_pending()

    def rate(self) -> float:
        """Return how many messages a second the mail server takes."""
        server = settings.MAIL_SERVER
        with smtplib.SMTP(server["host"], server["port"]) as connection:
            began = time.perf_counter()
            for address, message in self._messages:
                connection.sendmail("letters@localhost", address, message)
            passed = time.perf_counter() - began
        return len(self._messages) / passed


def _rate(ring: Callable[[], None]) -> float:
    add_pending(petition(), MESSAGES)
    began = time.perf_counter()
    send_all(ring)
    passed = time.perf_counter() - began
    forget_pending()
    return MESSAGES / passed


def send_all(ring: Callable[[], None]) -> None:
    """Ring every second, as beat does, until no mail is due any more."""
    began, rung_at = time.monotonic(), 0.0
    while Signature.objects.filter(mail_due_at__isnull=False).exists():
        if time.monotonic() > began + PATIENCE:
            raise Trouble(f"Confirmation mails wait for more than {PATIENCE} s: see the log.")
        if time.monotonic() > rung_at + 1:
            rung_at = time.monotonic()
            ring()
        time.sleep(0.01)


def ring_worker() -> None:
    """Ring for each of the worker's processes."""
    for _ in range(WORKERS_PROCESSES):
        tasks.mail_confirmations.delay()
