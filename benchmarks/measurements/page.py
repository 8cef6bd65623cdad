"""The hot page through the app server alone, against a view of one line in the same server."""

from collections.abc import Iterator
from functools import partial

from benchmarks.bare.server import bare_web
from benchmarks.load import Request, rate, warm_up
from benchmarks.result import Result, against_limit
from benchmarks.rounds import alternately
from benchmarks.signatures import MANY, fill, petition
from local.stack import Stack

WANTED = 0.6


def measure(stack: Stack) -> Iterator[Result]:
    """Yield the row."""
    hot = petition()
    fill(hot, MANY)
    with stack.web, bare_web(stack) as bare:
        page = Request(stack.web.url + hot.get_absolute_url())
        one_line = Request(bare.url + "/")
        warm_up(page, one_line)
        rates = alternately(partial(rate, page), partial(rate, one_line))
    yield against_limit(
        f"page with {MANY:,} signatures : one-line view", *rates, "req/s", wanted=WANTED
    )
