"""Signing, against a view that validates, writes one row durably and enqueues one task.

Neither side has a worker: what is measured is how fast signatures can be taken.
"""

from collections.abc import Iterator
from functools import partial

from benchmarks.bare.server import bare_web
from benchmarks.load import Request, rate, warm_up
from benchmarks.result import Result, against_limit
from benchmarks.rounds import alternately
from benchmarks.signatures import MANY, fill, forget_pending, petition
from local.stack import Stack

WANTED = 0.6
FORM = "name=Ada+Signer&email=ada-{number}%40example.org"


def measure(stack: Stack) -> Iterator[Result]:
    """Yield the row."""
    hot = petition()
    fill(hot, MANY)
    with stack.web, bare_web(stack) as bare:
        product = Request(f"{stack.web.url}{hot.get_absolute_url()}signatures/", FORM)
        limit = Request(f"{bare.url}/sign/", FORM)
        warm_up(product, limit)
        rates = alternately(partial(rate, product), partial(rate, limit))
    _clean_up(stack)
    yield against_limit("signing : form, INSERT and task", *rates, "req/s", wanted=WANTED)


def _clean_up(stack: Stack) -> None:
    """Drop the queue, and what a worker would have to mail."""
    with stack.redis.client() as client:
        client.delete("bare")
    forget_pending()
