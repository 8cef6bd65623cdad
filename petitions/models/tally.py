"""Tallies: how many confirmed signatures the log holds, kept by the sequencer alone."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import F

from .assurance import Assurance
from .entry import Entry
from .petition import Petition
from .version import Version


@dataclass(frozen=True, slots=True)
class Count:
    """The confirmed signatures of a petition, and the moment and tree size they are of."""

    total: int
    per_tier: dict[Assurance, int]
    as_of: datetime | None
    tree_size: int

    @property
    def tiers(self) -> list[tuple[Assurance, int]]:
        """The tiers that somebody is in, with how many, the one that says most first."""
        return [
            (tier, number) for tier in reversed(Assurance) if (number := self.per_tier.get(tier))
        ]


class TallyQuerySet(models.QuerySet["Tally"]):
    """Sets of tallies."""

    def count_of(self, petition: Petition) -> Count:
        """Return a petition's count from one pass over its few tallies."""
        per_tier: Counter[Assurance] = Counter()
        tallies = self.filter(petition=petition).select_related("checkpoint")
        newest = None
        for tally in tallies.order_by("checkpoint"):
            per_tier[Assurance(tally.assurance)] += tally.signatures
            newest = tally.checkpoint
        return Count(
            per_tier.total(),
            dict(+per_tier),
            newest.made_at if newest else None,
            newest.size if newest else 0,
        )


class Tally(models.Model):
    """The confirmed signatures of one version in one tier, as of a checkpoint.

    No request counts or adds: the sequencer adds what it sequences, in the same transaction.
    """

    petition = models.ForeignKey(Petition, models.CASCADE, related_name="tallies")
    version = models.ForeignKey(Version, models.CASCADE, related_name="tallies", db_index=False)
    assurance = models.CharField(max_length=20, choices=Assurance)
    signatures = models.PositiveBigIntegerField()
    checkpoint = models.ForeignKey("petitions.Checkpoint", models.PROTECT, related_name="+")

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "tallies"
        constraints = (
            models.UniqueConstraint(
                fields=["version", "assurance"], name="tally_of_version_and_tier"
            ),
        )

    def __str__(self) -> str:
        return f"{self.signatures} by {self.assurance}"

    @classmethod
    def add(cls, start: int, checkpoint_id: int) -> None:
        """Count the signatures that the log gains and loses from `start` up to the checkpoint."""
        gained = Entry.objects.between(start, checkpoint_id).per_version_and_tier()
        for (petition, version, assurance), number in gained.items():
            moved = cls.objects.filter(version=version, assurance=assurance).update(
                signatures=F("signatures") + number, checkpoint=checkpoint_id
            )
            if not moved:
                cls.objects.create(
                    petition_id=petition,
                    version_id=version,
                    assurance=assurance,
                    signatures=number,
                    checkpoint_id=checkpoint_id,
                )
