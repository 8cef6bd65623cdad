"""Memory at its peak: of the web processes, of the worker, and of the largest batch."""

import time
from collections.abc import Callable, Iterator

from benchmarks.load import Request, rate
from benchmarks.machine import PROCESSES, Peak, peak_of
from benchmarks.result import Result, at_most
from benchmarks.signatures import MANY, add_pending, fill, forget_pending, petition
from local.stack import Stack
from local.trouble import Trouble
from petitions import tasks
from petitions.models import Batch, DeliveryState

from .mail import ring_worker, send_all
from .sign import FORM

MAILS = 300
WANTED = 400
PATIENCE = 120


def measure(stack: Stack) -> Iterator[Result]:
    """Yield the three rows, as far as this machine says what processes hold."""
    if not PROCESSES.is_dir():
        yield Result("memory", "only Linux says")
        return
    fill(petition(), MANY)
    yield _web(stack)
    yield from _worker(stack)


def _web(stack: Stack) -> Result:
    page = stack.base_url + petition().get_absolute_url()
    with stack.web, peak_of(stack.web.pid) as peak:
        rate(Request(page))
        rate(Request(f"{page}signatures/", FORM))
    forget_pending()
    return _all("web", peak)


def _worker(stack: Stack) -> Iterator[Result]:
    with stack.worker:
        with peak_of(stack.worker.pid) as peak:
            _mail()
        yield _all("worker", peak)
        batch = Batch.freeze(petition())
        assert batch
        with peak_of(stack.worker.pid) as peak:
            tasks.document_batch.delay(batch.pk)
            _wait_until(lambda: not Batch.objects.undocumented().exists())
        yield _one(f"the process that writes a batch of {MANY:,}", peak)
        with peak_of(stack.worker.pid) as peak:
            _wait_until(lambda: not batch.deliveries.exclude(state=DeliveryState.SENT).exists())
        yield _one("the process that sends it", peak)


def _mail() -> None:
    add_pending(petition(), MAILS)
    send_all(ring_worker)
    forget_pending()


def _all(name: str, peak: Peak) -> Result:
    return Result(f"memory of {name}: 2 processes and their parent", f"{peak.together:.0f} MB")


def _one(name: str, peak: Peak) -> Result:
    return at_most(f"memory of {name}", peak.one, "MB", wanted=WANTED)


def _wait_until(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_done():
        if time.monotonic() > deadline:
            raise Trouble(f"The worker isn't done after {PATIENCE} s: see its log.")
        time.sleep(0.02)
