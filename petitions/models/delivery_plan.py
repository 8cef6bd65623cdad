"""Delivery plans: when the signatures of a petition go to its targets."""

from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from .batch import Batch
from .petition import Petition
from .tally import Tally


class DeliveryPlanQuerySet(models.QuerySet["DeliveryPlan"]):
    """Sets of delivery plans."""

    def due(self) -> Self:
        """Plans whose milestone is reached, by the tallies alone."""
        tallies = Tally.objects.filter(petition=OuterRef("petition")).values("petition")
        batches = Batch.objects.filter(petition=OuterRef("petition")).order_by("-number")
        return self.annotate(
            confirmed=Coalesce(Subquery(tallies.annotate(sum=Sum("signatures")).values("sum")), 0),
            batched=Coalesce(Subquery(batches.values("total")[:1]), 0),
        ).filter(confirmed__gte=F("batched") + F("every"))


class DeliveryPlan(models.Model):
    """A batch for every so many new signatures."""

    petition = models.OneToOneField(Petition, models.CASCADE, related_name="delivery_plan")
    every = models.PositiveIntegerField(
        _("signatures a batch"), help_text=_("A batch is frozen as soon as so many are new.")
    )

    objects = DeliveryPlanQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(every__gte=1), name="plan_counts_from_one"),
        )

    def __str__(self) -> str:
        return f"every {self.every}"

    def carry_out(self) -> Batch | None:
        """Freeze the batch that is due; None if none is."""
        return Batch.freeze(self.petition, at_least=self.every)
