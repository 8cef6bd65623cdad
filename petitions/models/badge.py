"""Badges: what was verified about a signer, as a signature shows it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Max
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.facts import Fact, Method

from .visibility import Visibility

if TYPE_CHECKING:
    from .petition import Petition
    from .signature import Signature


# Of these the subject is a group of people.
OF_GROUPS = (Method.WORK_DOMAIN, Method.GITHUB_ORGANIZATION, Method.GITHUB_CONTRIBUTOR)


@dataclass(frozen=True, slots=True)
class Group:
    """Signers without a name who have the same evidence, as many as may be shown."""

    method: Method
    subject: str
    number: int


class BadgeQuerySet(models.QuerySet["Badge"]):
    """Sets of badges."""

    def groups_of(self, petition: "Petition", before: int | None = None) -> list[Group]:
        """Return a petition's groups of signers without a name, the largest first.

        Of those whose entry is in the log, ahead of the index `before`. Below the petition's
        threshold a group could be guessed at, and is left out. What is on GitHub is one group by
        its number, whatever it was called when.
        """
        shown = self.filter(
            method__in=OF_GROUPS,
            signature__petition=petition,
            signature__visibility=Visibility.VERIFIED_ONLY,
            signature__state="confirmed",
            signature__entry__index__isnull=False,
        )
        if before is not None:
            shown = shown.filter(signature__entry__index__lt=before)
        same = Coalesce(Cast("subject_id", models.CharField()), "subject")
        counted = shown.order_by().values("method", same=same)
        groups = counted.annotate(name=Max("subject"), number=Count("signature", distinct=True))
        large = groups.filter(number__gte=petition.group_threshold)
        return [
            Group(Method(method), name, number)
            for method, name, number in large.order_by("-number", "name", "method").values_list(
                "method", "name", "number"
            )
        ]


class Badge(models.Model):
    """A signature's own copy of a checked fact: it stays as it was, whatever the person does.

    Where the signer is not shown by name, it never holds what could name them.
    """

    signature = models.ForeignKey(
        "petitions.Signature", models.CASCADE, related_name="badges", db_index=False
    )
    method = models.CharField(max_length=20, choices=Method)
    subject = models.CharField(
        max_length=200, blank=True, help_text=_("Domain, account, organization or repository.")
    )
    subject_id = models.BigIntegerField(null=True, help_text=_("Its number on GitHub."))
    detail = models.JSONField(default=dict)
    checked_on = models.DateField()

    objects = BadgeQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=["method", "subject"], name="badge_by_group"),)
        constraints = (
            models.UniqueConstraint(
                fields=["signature", "method", "subject"], name="badge_is_shown_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.subject}"

    @property
    def fact(self) -> Fact:
        """The fact that the badge is a copy of."""
        return Fact(
            method=Method(self.method),
            subject=self.subject,
            subject_id=self.subject_id,
            detail=self.detail,
            checked_on=self.checked_on,
        )

    @classmethod
    def pin(cls, signature: "Signature", fact: Fact) -> None:
        """Put a fact on a signature, in the place of an older one of the same.

        What GitHub gave a new name keeps its number, and so is the same.
        """
        shown = discreet(fact, signature.visibility)
        if shown.subject_id is not None:
            same = cls.objects.filter(signature=signature, method=shown.method)
            same.filter(subject_id=shown.subject_id).exclude(subject=shown.subject).delete()
        cls.objects.update_or_create(
            signature=signature,
            method=shown.method,
            subject=shown.subject,
            defaults={
                "subject_id": shown.subject_id,
                "detail": shown.detail,
                "checked_on": shown.checked_on,
            },
        )

    @classmethod
    def blur(cls, signature: "Signature") -> None:
        """Forget for good what its badges say beyond the signature's visibility."""
        facts = [badge.fact for badge in signature.badges.all()]
        signature.badges.all().delete()
        for fact in facts:
            cls.pin(signature, fact)


# Of these the subject is the signer; of the others it is a group that the signer belongs to.
_OF_ONE_PERSON = (Method.GITHUB_ACCOUNT, Method.SSH_KEY, Method.ORGANIZER)


def discreet(fact: Fact, visibility: str) -> Fact:
    """Return what may be shown of a fact: of somebody without a name nothing that names them.

    A number of contributions, or the day on which an account was made, is as good as a name to
    whoever looks it up.
    """
    if visibility == Visibility.PUBLIC:
        return fact
    if fact.method in _OF_ONE_PERSON:
        return replace(fact, subject="", subject_id=None, detail={})
    if fact.method == Method.GITHUB_CONTRIBUTOR:
        kept = {key: value for key, value in fact.detail.items() if key == "contributions"}
        return replace(fact, detail=kept)
    return fact


def work_domain(domain: str, through: str = "mail") -> Fact:
    """Return the fact that somebody controlled an address at a domain today."""
    return Fact(
        method=Method.WORK_DOMAIN,
        subject=domain,
        detail={"through": through},
        checked_on=timezone.now().date(),
    )
