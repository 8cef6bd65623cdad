"""How many signatures a batch reports: the same numbers in the letter and in the manifest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class TierCount:
    """How many signatures were verified in one way: the tier's key, and its name for readers."""

    assurance: str
    label: "StrOrPromise"
    signatures: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Confirmed signatures as of an aware moment: all of them, the batch's own, and per tier."""

    total: int
    new: int
    tiers: Sequence[TierCount]
    as_of: datetime
