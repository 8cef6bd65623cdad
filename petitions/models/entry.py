"""Entries: the leaves of the public log, waiting for their index or holding it.

A signature has one living entry at a time, which is linked to it. When what it says changes, or
it is withdrawn, the link is cut and a `withdraw` entry follows; a changed one enters anew.
"""

import secrets
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self, TypedDict

from django.db import models
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from petitions.log.merkle import HASH_SIZE, hash_leaf

from .assurance import Assurance

if TYPE_CHECKING:
    from .petition import Petition
    from .signature import Signature


class Kind(models.TextChoices):
    """What a leaf says."""

    VERSION = "version", _("version")
    OPEN = "open", _("open")
    CLOSE = "close", _("close")
    SIGN = "sign", _("sign")
    WITHDRAW = "withdraw", _("withdraw")
    BATCH = "batch", _("batch")


# The index in the log, as an expression that only the index made for it can order by.
_PLACE = F("index") + 0


class EntryQuerySet(models.QuerySet["Entry"]):
    """Sets of entries."""

    def waiting(self) -> Self:
        """Entries that the sequencer may give an index now, in the order in which it will.

        Those that were held come in an order of chance, so that the log does not tell who came
        first. A withdrawal waits until what it is about has its index.
        """
        free = Q(held_until=None) | Q(held_until__lte=timezone.now().date())
        nameable = Q(about=None) | Q(about__index__isnull=False)
        return self.filter(free, nameable, index=None).order_by("lot", "id")

    def held(self) -> Self:
        """Entries of sensitive petitions that the sequencer must not take yet."""
        return self.filter(index=None, held_until__gt=timezone.now().date())

    def signatures_of(self, petition: "Petition") -> Self:
        """Sequenced entries of a petition's living signatures, in the order of the log."""
        sequenced = self.filter(petition=petition, kind=Kind.SIGN, index__isnull=False)
        return sequenced.filter(signature__isnull=False).order_by("index")

    def newest_of(self, petition: "Petition", before: int | None = None) -> Self:
        """Sequenced entries of a petition's living signatures, newest first, from a place back.

        By an index of their own: ordered by the bare place, the planner would walk all newer
        entries of other letters.
        """
        newest = self.signatures_of(petition).alias(place=_PLACE)
        if before is not None:
            newest = newest.filter(place__lt=before)
        return newest.order_by("-place")

    def between(self, start: int, end: int) -> Self:
        """Entries of the log from index `start` up to, and without, `end`."""
        return self.filter(index__gte=start, index__lt=end)

    def signed_within(self, start: int, end: int) -> Self:
        """Signatures that the log gained between two sizes and did not lose again before `end`."""
        gained = self.between(start, end).filter(kind=Kind.SIGN)
        return gained.filter(
            Q(withdrawal=None) | Q(withdrawal__index=None) | Q(withdrawal__index__gte=end)
        )

    def withdrawn_within(self, start: int, end: int) -> Self:
        """Withdrawals, between two sizes of the log, of signatures from before `start`."""
        lost = self.between(start, end).filter(kind=Kind.WITHDRAW)
        return lost.filter(about__index__lt=start)

    def per_tier(self) -> Counter[str]:
        """Count what these entries add to each tier; withdrawals take away."""
        counts: Counter[str] = Counter()
        for kind, tier, number in self._per_kind("assurance"):
            counts[tier] += number if kind == Kind.SIGN else -number
        return counts

    def per_version_and_tier(self) -> Counter[tuple[object, int, str]]:
        """As `per_tier`, for each petition, version and tier."""
        counts: Counter[tuple[object, int, str]] = Counter()
        rows = self._per_kind("petition_id", "version_id", "assurance")
        for kind, petition, version, tier, number in rows:
            counts[petition, version, tier] += number if kind == Kind.SIGN else -number
        return counts

    def _per_kind(self, *fields: str) -> "models.QuerySet[Entry, tuple[Any, ...]]":
        counted = self.filter(kind__in=(Kind.SIGN, Kind.WITHDRAW)).order_by()
        return counted.values_list("kind", *fields).annotate(number=Count("pk"))


class Entry(models.Model):
    """One leaf. A trigger lets only what is missing be filled in, and the link to a signature go.

    The leaf of a withdrawal names the index of the entry that it is about. Until that has one the
    leaf cannot be written, so the sequencer does it.
    """

    index = models.BigIntegerField(null=True, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    leaf = models.BinaryField(null=True)
    leaf_hash = models.BinaryField(max_length=HASH_SIZE, null=True)
    petition = models.ForeignKey(
        "petitions.Petition", models.PROTECT, related_name="entries", db_index=False
    )
    signature = models.OneToOneField(
        "petitions.Signature",
        models.PROTECT,
        null=True,
        related_name="entry",
        help_text=_("Who signed; the leaf itself holds only a commitment."),
    )
    version = models.ForeignKey(
        "petitions.Version", models.PROTECT, null=True, related_name="+", db_index=False
    )
    assurance = models.CharField(max_length=20, choices=Assurance, blank=True)
    about = models.OneToOneField("self", models.PROTECT, null=True, related_name="withdrawal")
    held_until = models.DateField(null=True)
    lot = models.BigIntegerField(default=0)

    MAX_INDEX = models.BigIntegerField.MAX_BIGINT

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = (
            models.Index(
                "petition",
                _PLACE,
                name="entry_newest_of",
                condition=Q(kind=Kind.SIGN, signature__isnull=False),
            ),
            models.Index(fields=["lot", "id"], name="entry_waiting", condition=Q(index=None)),
        )
        constraints = (
            models.CheckConstraint(condition=Q(index__gte=0), name="entry_index_is_natural"),
            models.CheckConstraint(
                condition=Q(leaf__isnull=False, leaf_hash__isnull=False)
                | Q(leaf=None, leaf_hash=None, index=None, kind=Kind.WITHDRAW),
                name="entry_in_the_log_has_its_leaf",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.WITHDRAW) ^ Q(about=None),
                name="entry_withdrawal_has_its_about",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=(Kind.SIGN, Kind.WITHDRAW))
                | Q(version__isnull=False) & ~Q(assurance=""),
                name="entry_that_counts_says_for_what",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.index if self.index is not None else '(waiting)'}"

    @classmethod
    def append(cls, kind: Kind, leaf: bytes, petition: "Petition") -> "Entry":
        """Add a leaf to the log; call it in the transaction of the change that it tells of."""
        return cls.objects.create(
            kind=kind, leaf=leaf, leaf_hash=hash_leaf(leaf), petition=petition
        )

    @classmethod
    def append_signature(cls, leaf: bytes, signature: "Signature") -> "Entry":
        """Add the leaf of a signature, which waits for the next day if the petition is sensitive."""
        return cls.objects.create(
            kind=Kind.SIGN,
            leaf=leaf,
            leaf_hash=hash_leaf(leaf),
            petition=signature.petition,
            version_id=signature.version_id,
            assurance=signature.assurance,
            signature=signature,
            **_hold(signature.petition),
        )

    def withdraw(self) -> None:
        """Take a signature out of the log: unlink it, and add a leaf that says so.

        One that is held, so that nobody has seen it, vanishes instead. Call it in the transaction
        of the change that it tells of.
        """
        held = Entry.objects.held().filter(pk=self.pk)
        # Locked, as the sequencer may take it while we look: its clock may be ahead.
        if entry := held.select_for_update().first():
            entry.delete()
            return
        Entry.objects.filter(pk=self.pk).update(signature=None)
        Entry.objects.create(
            kind=Kind.WITHDRAW,
            petition=self.petition,
            version_id=self.version_id,
            assurance=self.assurance,
            about=self,
            **_hold(self.petition),
        )


class _Hold(TypedDict):
    held_until: date | None
    lot: int


def _hold(petition: "Petition") -> _Hold:
    """Say until when an entry waits, and its place among those that it waits with."""
    if not petition.is_sensitive:
        return {"held_until": None, "lot": 0}
    tomorrow = timezone.now().date() + timedelta(days=1)
    return {"held_until": tomorrow, "lot": secrets.randbelow(Entry.MAX_INDEX) + 1}
