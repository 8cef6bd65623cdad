"""The hot page through nginx with the shipped configuration, against a static file in nginx."""

import shutil
import urllib.request
from collections.abc import Iterator
from functools import partial

from benchmarks.front import bare, shipped
from benchmarks.load import Request, rate, warm_up
from benchmarks.result import Result, against_limit
from benchmarks.rounds import alternately
from benchmarks.signatures import MANY, fill, petition
from local.stack import Stack

WANTED = 0.8
NAME = "page through nginx : the same bytes and headers as a static file"
#: What else a machine does lasts for seconds.
ROUNDS = 9


def measure(stack: Stack) -> Iterator[Result]:
    """Yield the row."""
    if not shutil.which("nginx"):
        yield Result(NAME, "nginx not found")
        return
    hot = petition()
    fill(hot, MANY)
    with stack.web, shipped(stack) as front:
        url = front.url + hot.get_absolute_url()
        with urllib.request.urlopen(url) as answer:
            page = answer.read()
            headers = {name.lower(): value for name, value in answer.headers.items()}
        with bare(stack, page, headers) as limit:
            requests = Request(url), Request(f"{limit.url}/page.html")
            warm_up(*requests)
            rates = alternately(*(partial(rate, request) for request in requests), rounds=ROUNDS)
    yield against_limit(NAME, *rates, "req/s", wanted=WANTED)
