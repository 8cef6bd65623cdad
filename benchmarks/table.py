"""Results as a table for people, and as one for docs/performance.md."""

from collections.abc import Sequence

from .result import Result

HEAD = ("measurement", "product", "bare limit", "ratio", "wanted", "")
_VERDICTS = {True: "pass", False: "FAIL", None: ""}


def text(results: Sequence[Result]) -> str:
    """Return the table in columns."""
    rows = [HEAD, *map(_cells, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def line(result: Result) -> str:
    """Return a row by itself."""
    return "  ".join(cell for cell in _cells(result) if cell)


def markdown(results: Sequence[Result]) -> str:
    """Return the table in Markdown."""
    rows = [HEAD, ("---", "--:", "--:", "--:", "--:", "---"), *map(_cells, results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(result: Result) -> tuple[str, ...]:
    return (
        result.measurement,
        result.product,
        result.limit,
        result.ratio,
        result.wanted,
        _VERDICTS[result.passed],
    )
