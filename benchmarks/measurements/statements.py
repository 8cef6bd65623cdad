"""How many statements PostgreSQL gets from a signing and from a confirmation, by its own log.

BEGIN and COMMIT are statements too. The check that a kept connection still lives, before the first of
each request, is not counted.
"""

import http.client
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from benchmarks.load import Request, warm_up
from benchmarks.result import Result, at_most
from benchmarks.signatures import add_pending, forget_pending, petition, sequence
from local.ports import HOST
from local.stack import Stack
from petitions import confirmation
from petitions.models import Signature

from .sign import FORM

TIMES = 20
WANTED_SIGNING = 4
WANTED_CONFIRMATION = 6
# As a browser has it that has got the form before.
CSRF_SECRET = "benchmark" * 3 + "12345"
_STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): (.*)")
# Until PostgreSQL has surely written its log.
_PAUSE = 0.05


def measure(stack: Stack) -> Iterator[Result]:
    """Yield a row for each, with the largest number that any of some requests took."""
    signed = petition()
    path = reverse("signatures", args=[signed.slug])
    with stack.web:
        # Every thread of the server gets its connection, which takes statements of its own.
        warm_up(Request(stack.web.url + path, FORM))
        forms = [(path, {"name": "Ada", "email": f"a{n}@example.org"}) for n in range(TIMES)]
        links = [_confirmation(signature) for signature in add_pending(signed, TIMES)]
        with _logged(stack):
            signing = max(_statements(stack, *form) for form in forms)
            confirming = max(_statements(stack, *link) for link in links)
    forget_pending()
    sequence()
    yield at_most("signing POST", signing, "statements", wanted=WANTED_SIGNING)
    yield at_most("confirmation POST", confirming, "statements", wanted=WANTED_CONFIRMATION)


def _confirmation(signature: Signature) -> tuple[str, dict[str, str]]:
    token = confirmation.token(signature.pk)
    path = reverse("confirmation-link", args=[signature.petition.slug, token])
    return path, {"code": confirmation.code(signature.pk), "csrfmiddlewaretoken": CSRF_SECRET}


@contextmanager
def _logged(stack: Stack) -> Iterator[None]:
    with stack.postgres.connect() as connection:
        # What the load was still waiting for is done by then.
        time.sleep(1)
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(_PAUSE)
        yield
        connection.execute("ALTER SYSTEM RESET log_statement")
        connection.execute("SELECT pg_reload_conf()")


def _statements(stack: Stack, path: str, form: dict[str, str]) -> int:
    """Return how many statements a POST takes. It has to succeed."""
    log = stack.postgres.log_path
    before = log.stat().st_size
    connection = http.client.HTTPConnection(HOST, stack.web.port)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"{settings.CSRF_COOKIE_NAME}={CSRF_SECRET}",
    }
    connection.request("POST", path, urlencode(form), headers)
    status = connection.getresponse().status
    connection.close()
    assert status == 303, f"{path} answers {status}"
    time.sleep(_PAUSE)
    statements = _STATEMENT.findall(log.read_bytes()[before:].decode())
    return sum(statement.strip() != "SELECT 1" for statement in statements)
