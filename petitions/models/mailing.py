"""Rows that wait for a mail: claimed by a worker for the length of a lease, then marked.

A mail may be sent twice if a worker dies between the server's answer and our note of it: a second
mail with the same code is harmless, a missing one is not.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

# Long enough for a worker to send its share of mails, short enough to be unnoticed if it dies.
MAIL_LEASE = timedelta(minutes=2)
# A server that says "later", or breaks off, may have taken the mail: nobody is mailed for ever.
MAIL_AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240))


class ToMailQuerySet[Row: "ToMail"](models.QuerySet[Row]):
    """Sets of rows that wait for a mail."""

    def waiting(self, now: datetime) -> Self:
        """Rows whose mail would still be of use."""
        return self.filter(expires_at__gt=now)

    def expired(self, now: datetime) -> Self:
        """Rows whose mail is of no use any more."""
        return self.filter(expires_at__lte=now)

    def due_for_mail(self, now: datetime) -> Self:
        """Rows whose mail is to be sent, longest waiting first."""
        return self.waiting(now).filter(mail_due_at__lte=now).order_by("mail_due_at")

    def claim_mail(self, limit: int, *related: str) -> list[Row]:
        """Take up to `limit` due rows for this process; if it dies, they come due again.

        Returns them with the `related` objects, each of which is read once, as many share them.
        """
        now = timezone.now()
        with transaction.atomic():
            due = self.due_for_mail(now).select_for_update(skip_locked=True, of=("self",))
            claimed = list(due.prefetch_related(*related)[:limit])
            self.filter(pk__in=[row.pk for row in claimed]).update(mail_due_at=now + MAIL_LEASE)
        return claimed

    def mailed(self, rows: Sequence[Row]) -> None:
        """Note that these have their mail."""
        self._unfinished(rows).update(mail_due_at=None)

    def put_back(self, rows: Sequence[Row], wait: timedelta) -> None:
        """Give up the claim to these: nothing was tried."""
        self._unfinished(rows).update(mail_due_at=timezone.now() + wait)

    def mail_again(self, rows: Sequence[Row]) -> None:
        """Try these again after a growing wait, a few times at most."""
        for row in rows:
            waits = MAIL_AGAIN_AFTER[row.mail_attempts :]
            self._unfinished([row]).update(
                mail_attempts=F("mail_attempts") + 1,
                mail_due_at=timezone.now() + waits[0] if waits else None,
            )

    def _unfinished(self, rows: Sequence[Row]) -> Self:
        # Those that were dealt with meanwhile need no mail any more.
        return self.filter(pk__in=[row.pk for row in rows], expires_at__isnull=False)


class ToMail(models.Model):
    """What a row needs to get its mail. It has an expiry as long as the mail is of use."""

    expires_at = models.DateTimeField(null=True)
    mail_due_at = models.DateTimeField(null=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        indexes = (
            models.Index(
                fields=["mail_due_at"],
                name="%(class)s_mail_due",
                condition=Q(mail_due_at__isnull=False),
            ),
        )
