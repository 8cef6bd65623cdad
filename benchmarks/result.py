"""A row of the table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of the product, and what it is held against.

    `passed` is None where nothing is wanted of the figure, or where it could not be taken.
    """

    measurement: str
    product: str
    limit: str = ""
    ratio: str = ""
    wanted: str = ""
    passed: bool | None = None


def against_limit(
    measurement: str, product: float, limit: float, unit: str, *, wanted: float
) -> Result:
    """Return a rate of the product beside the bare limit's of the same run."""
    ratio = product / limit
    return Result(
        measurement,
        f"{amount(product)} {unit}",
        f"{amount(limit)} {unit}",
        f"{ratio:.2f}",
        f"≥ {wanted:g}",
        ratio >= wanted,
    )


def at_least(measurement: str, figure: float, unit: str, *, wanted: float) -> Result:
    """Return a figure that should be large."""
    return Result(
        measurement,
        f"{amount(figure)} {unit}",
        wanted=f"≥ {amount(wanted)} {unit}",
        passed=figure >= wanted,
    )


def at_most(measurement: str, figure: float, unit: str, *, wanted: float) -> Result:
    """Return a figure that should be small."""
    return Result(
        measurement,
        f"{amount(figure)} {unit}",
        wanted=f"≤ {amount(wanted)} {unit}",
        passed=figure <= wanted,
    )


def amount(figure: float) -> str:
    """Return the figure with as many places as mean something."""
    return f"{figure:,.0f}" if figure >= 20 or figure == int(figure) else f"{figure:.1f}"
