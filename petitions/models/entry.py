"""Entries: the leaves of the public log, waiting for their index or holding it."""

from typing import TYPE_CHECKING, Optional, Self

from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from petitions.log.merkle import HASH_SIZE, hash_leaf

if TYPE_CHECKING:
    from .petition import Petition
    from .signature import Signature


class Kind(models.TextChoices):
    """What a leaf says."""

    VERSION = "version", _("version")
    OPEN = "open", _("open")
    CLOSE = "close", _("close")
    SIGN = "sign", _("sign")
    BATCH = "batch", _("batch")


# The index in the log, as an expression that only the index made for it can order by.
_PLACE = F("index") + 0


class EntryQuerySet(models.QuerySet["Entry"]):
    """Sets of entries."""

    def waiting(self) -> Self:
        """Entries that the sequencer has yet to give an index, oldest first."""
        return self.filter(index=None).order_by("id")

    def signatures_of(self, petition: "Petition") -> Self:
        """Sequenced signatures of a petition that are not erased, in the order of the log."""
        sequenced = self.filter(petition=petition, kind=Kind.SIGN, index__isnull=False)
        return sequenced.filter(signature__isnull=False).order_by("index")

    def newest_of(self, petition: "Petition", before: int | None = None) -> Self:
        """Sequenced signatures of a petition, newest first, from a place in the log backwards.

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

    def per_tier(self) -> dict[str, int]:
        """Count the signatures of these entries by how they were verified."""
        tiers = self.order_by().values_list("signature__assurance")
        return dict(tiers.annotate(number=Count("pk")))


class Entry(models.Model):
    """One leaf. A trigger lets only a missing index, or the link to an erased signature, change."""

    index = models.BigIntegerField(null=True, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=HASH_SIZE)
    petition = models.ForeignKey(
        "petitions.Petition", models.PROTECT, related_name="entries", db_index=False
    )
    signature = models.ForeignKey(
        "petitions.Signature",
        models.SET_NULL,
        null=True,
        related_name="entries",
        help_text=_("Who signed; the leaf itself holds only a commitment."),
    )

    MAX_INDEX = models.BigIntegerField.MAX_BIGINT

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = (
            models.Index("petition", _PLACE, name="entry_newest_of", condition=Q(kind=Kind.SIGN)),
            models.Index(fields=["id"], name="entry_waiting", condition=Q(index=None)),
        )
        constraints = (
            models.CheckConstraint(condition=Q(index__gte=0), name="entry_index_is_natural"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.index if self.index is not None else '(waiting)'}"

    @classmethod
    def append(
        cls,
        kind: Kind,
        leaf: bytes,
        petition: "Petition",
        signature: Optional["Signature"] = None,
    ) -> "Entry":
        """Add a leaf to the log; call it in the transaction of the change that it tells of."""
        return cls.objects.create(
            kind=kind,
            leaf=leaf,
            leaf_hash=hash_leaf(leaf),
            petition=petition,
            signature=signature,
        )
