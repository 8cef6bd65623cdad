"""Batches: the signatures that the log gained between two checkpoints, frozen for delivery."""

from typing import TYPE_CHECKING, Optional, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from petitions.log import leaf

from .checkpoint import Checkpoint
from .entry import Entry, EntryQuerySet, Kind
from .event import Event, Verb
from .petition import Petition
from .version import Version

if TYPE_CHECKING:
    from accounts.models import User


class BatchState(models.TextChoices):
    """Frozen first; documented when its documents and deliveries are there."""

    FROZEN = "frozen", _("being prepared")
    DOCUMENTED = "documented", _("ready")


class BatchQuerySet(models.QuerySet["Batch"]):
    """Sets of batches."""

    def undocumented(self) -> Self:
        """Batches whose documents are still to be written, oldest first."""
        return self.filter(state=BatchState.FROZEN).order_by("pk")


class Batch(models.Model):
    """What one delivery round holds: the entries of the log from `start` up to `checkpoint`.

    A batch begins where the one before it ended, so each signature is in exactly one.
    """

    petition = models.ForeignKey(Petition, models.PROTECT, related_name="batches")
    number = models.PositiveIntegerField()
    version = models.ForeignKey(Version, models.PROTECT, related_name="batches")
    start = models.BigIntegerField(help_text=_("Index of the first entry that it may hold."))
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="+")
    signatures = models.PositiveBigIntegerField(help_text=_("How many are new in this batch."))
    withdrawals = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text=_("How many of earlier batches were taken back.")
    )
    total = models.PositiveBigIntegerField(help_text=_("How many there are with this batch."))
    per_tier = models.JSONField(help_text=_("The total, split by how signatures were verified."))
    state = models.CharField(max_length=20, choices=BatchState, default=BatchState.FROZEN)
    frozen_at = models.DateTimeField()
    manifest_hash = models.BinaryField(max_length=32, null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        get_latest_by = "number"
        constraints = (
            models.UniqueConstraint(fields=["petition", "number"], name="batch_number_is_unique"),
            models.UniqueConstraint(fields=["petition", "start"], name="batch_starts_once"),
            models.CheckConstraint(
                condition=Q(start__lt=F("checkpoint_id")), name="batch_has_a_range"
            ),
            models.CheckConstraint(
                condition=Q(signatures__gte=1) | Q(withdrawals__gte=1), name="batch_has_signatures"
            ),
            models.CheckConstraint(
                condition=Q(state=BatchState.FROZEN) ^ Q(manifest_hash__isnull=False),
                name="batch_documented_has_its_manifest",
            ),
        )

    def __str__(self) -> str:
        return f"{self.petition} batch {self.number}"

    def get_absolute_url(self) -> str:
        """Return the path of the petition's deliveries."""
        return reverse("deliveries", args=[self.petition.slug])

    @property
    def entries(self) -> EntryQuerySet:
        """The log entries of its signatures, in order.

        One whose signer changed or withdrew it meanwhile has no signature any more.
        """
        signed = self.petition.entries.signed_within(self.start, self.checkpoint_id)
        return signed.order_by("index")

    @property
    def withdrawn(self) -> EntryQuerySet:
        """The log entries of withdrawals of signatures that were in earlier batches, in order."""
        lost = self.petition.entries.withdrawn_within(self.start, self.checkpoint_id)
        return lost.select_related("about").order_by("about__index")

    @classmethod
    def freeze(
        cls, petition: Petition, *, at_least: int = 0, by: Optional["User"] = None
    ) -> "Batch | None":
        """Cut a batch at the newest checkpoint, if that gives it at least so many signatures.

        None of nothing; but of withdrawals alone, if no signature is asked for.
        """
        with transaction.atomic():
            # The petition's lock makes two cuts queue up; the second finds nothing new. Without
            # its key, so that signing, which refers to the petition, goes on meanwhile.
            Petition.objects.select_for_update(no_key=True).get(pk=petition.pk)
            last = petition.batches.order_by("-number").first()
            checkpoint = Checkpoint.latest()
            if checkpoint is None:
                return None
            start = last.checkpoint_id if last else 0
            # Counted from the entries of the range, not from the tallies: those may already be
            # of a later checkpoint.
            own = petition.entries.all()
            new = own.signed_within(start, checkpoint.size).count()
            lost = own.withdrawn_within(start, checkpoint.size).count()
            if not new + lost or new < at_least:
                return None
            per_tier = own.between(start, checkpoint.size).per_tier()
            per_tier.update(last.per_tier if last else {})
            batch = cls.objects.create(
                petition=petition,
                number=last.number + 1 if last else 1,
                version=petition.current_version,
                start=start,
                checkpoint=checkpoint,
                signatures=new,
                withdrawals=lost,
                total=sum(per_tier.values()),
                per_tier=+per_tier,
                frozen_at=timezone.now(),
            )
            Event.record(Verb.BATCH_FROZEN, petition, batch, by=by)
        return batch

    def seal(self, manifest_hash: bytes) -> bool:
        """Say that the documents are written, with a log entry that binds their manifest.

        Call it in the transaction that stores documents and deliveries. Returns False if that
        was done before.
        """
        moved = Batch.objects.filter(pk=self.pk, state=BatchState.FROZEN).update(
            state=BatchState.DOCUMENTED, manifest_hash=manifest_hash
        )
        if not moved:
            return False
        self.refresh_from_db(fields=["state", "manifest_hash"])
        Event.record(Verb.BATCH_DOCUMENTED, self.petition, self)
        batched = leaf.batched(
            self.petition_id, self.number, self.checkpoint_id, bytes(manifest_hash)
        )
        Entry.append(Kind.BATCH, batched, self.petition)
        return True
