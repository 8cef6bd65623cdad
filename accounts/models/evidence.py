"""What a person with an account keeps of what was verified, to use it under more than one letter."""

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.facts import Fact, Method, explanation, headline

from .user import User


class Evidence(models.Model):
    """One fact about a person, and the identity that it was proved with.

    The identity is text that only one person has: GitHubAccount.identity, or the address at work.
    A letter needs it to see whether the same person signs it twice. Nothing else is done with it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="evidence")
    method = models.CharField(_("method"), max_length=30, choices=Method)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    subject_id = models.BigIntegerField(_("numeric id at GitHub"), null=True, blank=True)
    detail = models.JSONField(_("detail"), default=dict)
    checked_on = models.DateField(_("checked on"))
    identity = models.CharField(_("identity"), max_length=320)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ("-checked_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("user", "method", "subject", "subject_id"),
                nulls_distinct=False,
                name="evidence_is_kept_once",
            ),
        )

    def __str__(self) -> str:
        return self.headline

    @classmethod
    def keep(cls, user: User, fact: Fact, identity: str) -> "Evidence":
        """Keep a fact, in place of an older one about the same thing, whatever its name then."""
        with transaction.atomic():
            # One at a time for each person, or two copies would be kept of one fact.
            User.objects.select_for_update().get(pk=user.pk)
            older = cls.objects.filter(user=user, method=fact.method)
            if fact.subject_id is None:
                older.filter(subject=fact.subject).delete()
            else:
                older.filter(subject_id=fact.subject_id).delete()
            return cls.objects.create(
                user=user,
                method=fact.method,
                subject=fact.subject,
                subject_id=fact.subject_id,
                detail=dict(fact.detail),
                checked_on=fact.checked_on,
                identity=identity,
            )

    def forget(self) -> None:
        """Keep it no longer. Signatures that got a copy of the fact are not changed by that."""
        self.delete()

    @property
    def fact(self) -> Fact:
        """What was checked."""
        return Fact(
            Method(self.method), self.checked_on, self.subject, self.subject_id, self.detail
        )

    @property
    def headline(self) -> str:
        """A few words."""
        return headline(self.fact)

    @property
    def explanation(self) -> str:
        """A sentence."""
        return explanation(self.fact)
