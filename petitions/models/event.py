"""Events: who did what, when and why. Written with every change of state, never changed."""

from typing import TYPE_CHECKING, Optional

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User

    from .petition import Petition


class Verb(models.TextChoices):
    """What can happen."""

    PETITION_CREATED = "petition created", _("petition created")
    PETITION_OPENED = "petition opened", _("petition opened")
    PETITION_CLOSED = "petition closed", _("petition closed")
    SIGNATURE_CONFIRMED = "signature confirmed", _("signature confirmed")
    SIGNATURE_AMENDED = "signature amended", _("signature amended by its owner")
    SIGNATURE_PROVED = "signature proved", _("evidence added to a signature")
    SIGNATURE_DISPROVED = "signature disproved", _("evidence taken off a signature")
    SIGNATURE_CHECKED = "signature checked", _("signature checked by an organizer")
    SIGNATURE_WITHDRAWN = "signature withdrawn", _("signature withdrawn by its owner")
    RECIPIENT_CHANGED = "recipient changed", _("recipient changed")
    BATCH_FROZEN = "batch frozen", _("batch frozen")
    BATCH_DOCUMENTED = "batch documented", _("batch documented")
    DELIVERY_CLAIMED = "delivery claimed", _("delivery claimed")
    DELIVERY_SENT = "delivery sent", _("delivery sent")
    DELIVERY_DEFERRED = "delivery deferred", _("delivery deferred")
    DELIVERY_FAILED = "delivery failed", _("delivery failed")
    DELIVERY_UNKNOWN = "delivery unknown", _("delivery unknown")
    DELIVERY_SETTLED = "delivery settled", _("delivery settled by a person")


# The hour at which somebody signed can give them away; the day cannot be helped.
_OF_SIGNERS = {
    Verb.SIGNATURE_CONFIRMED,
    Verb.SIGNATURE_AMENDED,
    Verb.SIGNATURE_PROVED,
    Verb.SIGNATURE_DISPROVED,
    Verb.SIGNATURE_WITHDRAWN,
}


class Event(models.Model):
    """One thing that happened to a petition or to something that belongs to it.

    A database trigger refuses to change or delete events.
    """

    at = models.DateTimeField()
    verb = models.CharField(max_length=40, choices=Verb)
    petition = models.ForeignKey("petitions.Petition", models.PROTECT, related_name="events")
    subject = models.CharField(max_length=64, help_text=_("What it happened to, by its key."))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        help_text=_("The person with an account who did it; empty for signers and for workers."),
    )
    reason = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=["petition", "id"], name="event_timeline"),)

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"

    @classmethod
    def record(
        cls,
        verb: Verb,
        petition: "Petition",
        subject: models.Model,
        *,
        by: Optional["User"] = None,
        reason: str = "",
    ) -> "Event":
        """Write an event; call it in the transaction of the change that it tells of."""
        at = timezone.now()
        if verb in _OF_SIGNERS:
            at = at.replace(hour=0, minute=0, second=0, microsecond=0)
        return cls.objects.create(
            at=at,
            verb=verb,
            petition=petition,
            subject=f"{subject._meta.model_name} {subject.pk}",
            actor=by,
            reason=reason,
        )
