"""Whether any statement's cost grows with the number of signatures."""

from collections.abc import Callable, Iterator

from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks.plans import Cost, explained
from benchmarks.result import Result
from benchmarks.signatures import MANY, add_confirmed, add_pending, fill, forget_pending, petition
from local.ports import HOST
from local.stack import Stack
from petitions import confirmation
from petitions.models import Checkpoint

FEW = 1_000
NEWER = 5_000
# An index of a hundred times more rows is a level deeper, and a page or two more are touched.
WANTED = 2.0
WAITING = 100


def measure(stack: Stack) -> Iterator[Result]:
    """Yield a row for each thing that people or the sequencer do."""
    with connection.cursor() as cursor:
        fill(petition(), FEW)
        # The planner would read so small a table whole, and what is to be compared is one plan.
        cursor.execute("SET enable_seqscan = off")
        few = {name: _costs(act) for name, act in ACTS.items()}
        cursor.execute("RESET enable_seqscan")
        fill(petition(), MANY)
        # The newest entries of the log are those of another letter.
        fill(petition("newer"), NEWER)
        many = {name: _costs(act) for name, act in ACTS.items()}
    for name in ACTS:
        yield _result(name, few[name], many[name])


def _costs(act: Callable[[], Callable[[], object]]) -> list[Cost]:
    run = act()
    with explained() as costs:
        run()
    forget_pending()
    return costs


def _result(name: str, few: list[Cost], many: list[Cost]) -> Result:
    growth = max(after.growth(before) for before, after in zip(few, many, strict=True))
    return Result(
        f"worst growth of a statement, {FEW:,} to {MANY:,} signatures: {name}",
        f"{growth:.1f} ×",
        wanted=f"≤ {WANTED:g} ×",
        passed=growth <= WANTED,
    )


def _page() -> Callable[[], object]:
    return lambda: _client().get(petition().get_absolute_url())


def _sign() -> Callable[[], object]:
    form = {"name": "Ada", "email": "ada@example.org"}
    path = reverse("signatures", args=[petition().slug])
    return lambda: _client().post(path, form)


def _confirm() -> Callable[[], object]:
    (pending,) = add_pending(petition(), 1)
    path = reverse("confirmation-link", args=[petition().slug, confirmation.token(pending.pk)])
    return lambda: _client().post(path, {"code": confirmation.code(pending.pk)})


def _sequence() -> Callable[[], object]:
    add_confirmed(petition(), WAITING)
    return Checkpoint.advance


def _client() -> Client:
    return Client(SERVER_NAME=HOST, raise_request_exception=True)


#: Each prepares something to do, and returns the doing.
ACTS: dict[str, Callable[[], Callable[[], object]]] = {
    "page": _page,
    "signing": _sign,
    "confirmation": _confirm,
    f"sequencing {WAITING}": _sequence,
}
