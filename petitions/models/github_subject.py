"""GitHub subjects: the organizations and repositories that a petition asks evidence about."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .petition import Petition


class SubjectKind(models.TextChoices):
    """What it is on GitHub."""

    ORGANIZATION = "organization", _("organization")
    REPOSITORY = "repository", _("repository")


class GitHubSubject(models.Model):
    """An organization or repository, by its number, which survives a new name."""

    petition = models.ForeignKey(Petition, models.PROTECT, related_name="github_subjects")
    kind = models.CharField(max_length=20, choices=SubjectKind)
    github_id = models.BigIntegerField(help_text=_("Its number on GitHub."))
    name = models.CharField(
        max_length=200, help_text=_("As it was called then: acme, or acme/widget.")
    )

    class Meta:
        ordering = ("kind", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["petition", "kind", "github_id"], name="github_subject_is_named_once"
            ),
        )

    def __str__(self) -> str:
        return self.name
