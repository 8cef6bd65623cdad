"""How many signatures a batch reports: the same numbers in the letter and in the manifest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class TierCount:
    """How many signatures were verified in one way: the tier's key, and its name for readers.

    `withdrawn` of earlier batches are not among the `signatures` any more.
    """

    assurance: str
    label: "StrOrPromise"
    signatures: int
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How many signers without a name belong to a group: its method and subject, and its words."""

    method: str
    subject: str
    label: str
    signatures: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Confirmed signatures as of an aware moment: all of them, the batch's own, and per tier.

    Of the batch's `new` ones the roll lists `nameless` without a name. `withdrawn` were in earlier
    batches. Who is in `groups` is in the tiers too, and may be in several groups.
    """

    total: int
    new: int
    tiers: Sequence[TierCount]
    as_of: datetime
    nameless: int = 0
    withdrawn: int = 0
    groups: Sequence[GroupCount] = ()
