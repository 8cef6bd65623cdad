"""Two rates, measured so that what else the machine does falls on both."""

from collections.abc import Callable
from statistics import median

ROUNDS = 5


def alternately(
    product: Callable[[], float], limit: Callable[[], float], *, rounds: int = ROUNDS
) -> tuple[float, float]:
    """Return the medians of the product's and of the bare limit's rate, measured in turns."""
    rates = [(product(), limit()) for _ in range(rounds)]
    return median(rate for rate, _ in rates), median(rate for _, rate in rates)
