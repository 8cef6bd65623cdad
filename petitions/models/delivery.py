"""Deliveries: one batch to one recipient, at most one copy without a person's decision.

A worker claims a delivery for the length of a lease, notes that it begins right before the
message goes out, and records the server's words after. If it dies before the note, the delivery
comes due again. If it dies after, nobody knows whether the server took the message: the delivery
is `unknown` and waits for a person.

Leases are compared by the database's clock, which all workers share.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .batch import Batch
from .event import Event, Verb
from .target import Recipient

if TYPE_CHECKING:
    from accounts.models import User

# Longer than a whole SMTP conversation at its slowest (RFC 5321, section 4.5.3.2).
LEASE = timedelta(minutes=30)
# After these waits a delivery that no server takes has failed: about three days.
RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440, 1440))


class DeliveryState(models.TextChoices):
    """The life of a delivery so far."""

    PENDING = "pending", _("waiting to be sent")
    CLAIMED = "claimed", _("being sent")
    SENT = "sent", _("sent")
    UNKNOWN = "unknown", _("perhaps sent; being looked into")
    FAILED = "failed", _("failed")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Sets of deliveries."""

    def due(self) -> Self:
        """Deliveries that a worker may claim, longest waiting first."""
        return self.filter(state=DeliveryState.PENDING, due_at__lte=Now()).order_by("due_at")

    def lapsed(self) -> Self:
        """Deliveries whose worker is gone."""
        return self.filter(state=DeliveryState.CLAIMED, leased_until__lte=Now())

    def claim(self) -> "Delivery | None":
        """Take the longest-waiting due delivery among these for this worker."""
        with transaction.atomic():
            due = self.due().select_for_update(skip_locked=True, of=("self",))
            delivery = due.select_related("batch__petition", "recipient").first()
            if delivery:
                delivery._move(
                    self.filter(pk=delivery.pk),
                    DeliveryState.CLAIMED,
                    Verb.DELIVERY_CLAIMED,
                    {"leased_until": Now() + LEASE, "attempts": F("attempts") + 1},
                )
        return delivery

    def recover(self) -> int:
        """Bring lapsed deliveries back: to the queue, or to a person. Returns how many."""
        recovered = 0
        for delivery in self.lapsed().select_related("batch__petition"):
            settle = delivery.doubt if delivery.begun_at else delivery.defer
            recovered += settle(_LOST)
        return recovered


# What a delivery that goes out again forgets.
_AFRESH: dict[str, object] = {"begun_at": None, "attempts": 0}
_LOST = "the worker that sent it is gone"


class Delivery(models.Model):
    """One batch to one recipient."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="deliveries", db_index=False)
    recipient = models.ForeignKey(Recipient, models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=20, choices=DeliveryState, default=DeliveryState.PENDING)
    message_id = models.CharField(max_length=255, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(
        null=True, help_text=_("When the message itself began to go out.")
    )
    sent_at = models.DateTimeField(null=True)
    reply = models.TextField(blank=True, help_text=_("The server's words."))

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = (
            models.Index(
                fields=["due_at"], name="delivery_due", condition=Q(state=DeliveryState.PENDING)
            ),
            models.Index(
                fields=["leased_until"],
                name="delivery_lease",
                condition=Q(state=DeliveryState.CLAIMED),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["batch", "recipient"], name="delivery_once_per_recipient"
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.CLAIMED) ^ Q(leased_until=None),
                name="delivery_claimed_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.SENT)
                | Q(sent_at__isnull=False, begun_at__isnull=False),
                name="delivery_sent_has_its_times",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.PENDING) | Q(begun_at=None),
                name="delivery_begun_never_waits_again",
            ),
        )

    def __str__(self) -> str:
        return f"{self.batch} to {self.recipient}"

    @staticmethod
    def schedule(batch: Batch) -> None:
        """Create a delivery for each recipient; its Message-ID never changes."""
        host = urlsplit(settings.BASE_URL).hostname
        recipients = Recipient.objects.filter(target__petition=batch.petition)
        Delivery.objects.bulk_create(
            Delivery(
                batch=batch,
                recipient=recipient,
                message_id=f"<{batch.petition_id.hex}.{batch.number}.{recipient.pk}@{host}>",
                due_at=timezone.now(),
            )
            for recipient in recipients.order_by("target__position", "pk")
        )

    def begin(self) -> bool:
        """Note, before the message goes out, that it may have reached the server.

        Returns False if the lease lapsed meanwhile: then the message must not go out.
        """
        mine = Delivery.objects.filter(
            pk=self.pk, state=DeliveryState.CLAIMED, leased_until=self.leased_until
        )
        if not mine.filter(leased_until__gt=Now(), begun_at=None).update(begun_at=Now()):
            return False
        self.refresh_from_db(fields=["begun_at"])
        return True

    def succeed(self, reply: str) -> bool:
        """Record that the server took the message."""
        return self._end(DeliveryState.SENT, Verb.DELIVERY_SENT, reply, sent_at=timezone.now())

    def fail(self, reply: str) -> bool:
        """Record that the server refused for good."""
        return self._end(DeliveryState.FAILED, Verb.DELIVERY_FAILED, reply)

    def doubt(self, reply: str) -> bool:
        """Record that nobody knows whether the server took the message."""
        return self._end(DeliveryState.UNKNOWN, Verb.DELIVERY_UNKNOWN, reply)

    def defer(self, reply: str) -> bool:
        """Put it back into the queue: the server took nothing. Fails when patience is at an end."""
        if self.attempts > len(RETRY_AFTER):
            return self.fail(reply)
        wait = RETRY_AFTER[max(self.attempts, 1) - 1]
        return self._end(
            DeliveryState.PENDING,
            Verb.DELIVERY_DEFERRED,
            reply,
            begun_at=None,
            due_at=timezone.now() + wait,
        )

    def settle(self, *, was_sent: bool, by: "User", reason: str = "") -> bool:
        """Decide what a person found out: it arrived, or it did not and goes out again.

        What failed goes out again when its recipient's address is mended.
        """
        changes: dict[str, object]
        if was_sent:
            sources = [DeliveryState.UNKNOWN]
            to, changes = DeliveryState.SENT, {"sent_at": F("begun_at")}
        else:
            sources = [DeliveryState.UNKNOWN, DeliveryState.FAILED]
            to, changes = DeliveryState.PENDING, _AFRESH | {"due_at": Now()}
        mine = Delivery.objects.filter(pk=self.pk, state__in=sources)
        with transaction.atomic():
            return self._move(
                mine, to, Verb.DELIVERY_SETTLED, changes, by=by, reason=f"{to.value}: {reason}"
            )

    def _end(self, to: DeliveryState, verb: Verb, reply: str, **changes: object) -> bool:
        # The lease says whose it is; `begun_at`, that nothing has happened since it was looked at.
        holders = Q(state=DeliveryState.CLAIMED, leased_until=self.leased_until)
        if self.begun_at and to != DeliveryState.UNKNOWN:
            # The lease lapsed while the server was silent. What it says at last about the message
            # that we began is better than that nobody knows.
            holders |= Q(state=DeliveryState.UNKNOWN)
        mine = Delivery.objects.filter(holders, pk=self.pk, begun_at=self.begun_at)
        with transaction.atomic():
            changes |= {"reply": reply, "leased_until": None}
            return self._move(mine, to, verb, changes, reason=reply)

    def _move(
        self,
        mine: DeliveryQuerySet,
        to: DeliveryState,
        verb: Verb,
        changes: dict[str, object],
        *,
        by: "User | None" = None,
        reason: str = "",
    ) -> bool:
        if not mine.update(state=to, **changes):
            return False
        self.refresh_from_db(fields=["state", *changes])
        Event.record(verb, self.batch.petition, self, by=by, reason=reason)
        return True
