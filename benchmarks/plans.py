"""What statements cost by PostgreSQL's own count, whatever else the machine does."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

#: So many rows or pages are nothing: a table of a few rows may be read whole.
NOTHING = 20
_PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@dataclass(frozen=True, slots=True)
class Cost:
    """A statement with the rows and the pages of 8 KB that it touched."""

    sql: str
    rows: int
    pages: int

    def growth(self, earlier: "Cost") -> float:
        """Return how much more this costs, in rows or in pages, whichever grew more."""
        return max(self.rows / max(earlier.rows, NOTHING), self.pages / max(earlier.pages, NOTHING))


@contextmanager
def explained() -> Iterator[list[Cost]]:
    """Collect the cost of each statement in order.

    Each runs twice: once by EXPLAIN ANALYZE, whose effects are rolled back, and once in truth.
    """
    costs: list[Cost] = []

    def explain(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        if sql.lstrip().upper().startswith(_PLANNED):
            costs.append(_cost(sql, params))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(explain):
        yield costs


def _cost(sql: str, params: Any) -> Cost:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0][0]["Plan"]
        transaction.set_rollback(True)
    pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return Cost(" ".join(sql.split()), _rows(plan), pages)


def _rows(plan: Mapping[str, Any]) -> int:
    """Return the rows that a plan's nodes gave out or looked at in vain."""
    looked_at: float = plan["Actual Rows"] + sum(
        figure for name, figure in plan.items() if name.startswith("Rows Removed by")
    )
    own: int = round(looked_at * plan["Actual Loops"])
    return own + sum(_rows(child) for child in plan.get("Plans", ()))
