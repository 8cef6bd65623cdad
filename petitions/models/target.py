"""Targets: the companies that a petition addresses, and who gets its deliveries there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .petition import Petition


class Target(models.Model):
    """A company addressed by a petition."""

    petition = models.ForeignKey(Petition, models.PROTECT, related_name="targets")
    position = models.PositiveSmallIntegerField()
    company = models.CharField(_("company"), max_length=200)
    domain = models.CharField(_("domain"), max_length=253, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["petition", "position"], name="target_has_its_place"),
            models.UniqueConstraint(fields=["petition", "company"], name="target_is_named_once"),
        )

    def __str__(self) -> str:
        return self.company


class Recipient(models.Model):
    """A mailbox or person at a target that gets its deliveries."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="recipients")
    name = models.CharField(_("name"), max_length=200)
    address = models.EmailField(_("e-mail address"))

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["target", "address"], name="recipient_is_named_once"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.target})"
