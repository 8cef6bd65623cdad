"""Petitions: one open letter, who may sign it, to whom it goes, and its state."""

import hashlib
import hmac
import secrets
import uuid
from typing import TYPE_CHECKING, Optional, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import Address
from petitions.log import leaf

from .entry import Entry, Kind
from .event import Event, Verb

if TYPE_CHECKING:
    from accounts.models import User

    from .version import Version


class PetitionState(models.TextChoices):
    """The life of a petition, in order."""

    DRAFT = "draft", _("draft")
    REVIEW = "review", _("in review")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", _("archived")


PUBLIC_STATES = (PetitionState.OPEN, PetitionState.CLOSED, PetitionState.ARCHIVED)


def new_address_key() -> bytes:
    """Return a key for the hashes of signers' addresses, 32 random bytes."""
    return secrets.token_bytes(32)


class PetitionQuerySet(models.QuerySet["Petition"]):
    """Sets of petitions."""

    def public(self) -> Self:
        """Petitions that anybody may read."""
        return self.filter(state__in=PUBLIC_STATES)


class Petition(models.Model):
    """A campaign. Its text is in its versions, its addressees in its targets."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    audience = models.CharField(_("who may sign"), max_length=200)
    state = models.CharField(
        max_length=20, choices=PetitionState, default=PetitionState.DRAFT, editable=False
    )
    opened_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    # Without it the hashes of addresses say nothing; destroyed when a petition's data may go.
    address_key = models.BinaryField(max_length=32, default=new_address_key, editable=False)
    # An address at one of these shows that somebody works there; sub-domains are listed one by one.
    work_domains = ArrayField(
        models.CharField(max_length=253), default=list, db_default=[], blank=True
    )
    is_sensitive = models.BooleanField(
        _("sensitive"),
        default=False,
        db_default=False,
        help_text=_("Signatures appear a day later, in an order of chance."),
    )
    # Signers who show no name appear as a group, from so many of one group on.
    group_threshold = models.PositiveSmallIntegerField(default=10, db_default=10)

    objects = PetitionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=(PetitionState.DRAFT, PetitionState.REVIEW))
                | Q(opened_at__isnull=False),
                name="petition_that_was_published_has_its_date",
            ),
        )

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        """Return the path of the letter's page."""
        return reverse("petition", args=[self.slug])

    def address_hash(self, address: Address) -> bytes:
        """Return what is kept of a signer's address, 32 bytes."""
        return address.keyed_hash(bytes(self.address_key))

    def account_hash(self, account: str) -> bytes:
        """Return what is kept of a signer's GitHub account, 32 bytes.

        `account` is `github:<host>:<numeric id>`, which no address can be.
        """
        return hmac.digest(bytes(self.address_key), account.encode(), hashlib.sha256)

    @property
    def is_public(self) -> bool:
        """Whether anybody may read it."""
        return self.state in PUBLIC_STATES

    @property
    def accepts_signatures(self) -> bool:
        """Whether somebody may begin to sign. Who began in time may confirm after the close."""
        return self.state == PetitionState.OPEN

    @property
    def current_version(self) -> "Version":
        """The text that is signed now."""
        return self.versions.latest("number")

    def open(self, *, by: Optional["User"] = None) -> bool:
        """Publish and let people sign. Returns False if it was published already."""
        version = self.current_version
        with transaction.atomic():
            if not self._move(
                (PetitionState.DRAFT, PetitionState.REVIEW),
                PetitionState.OPEN,
                Verb.PETITION_OPENED,
                by=by,
                opened_at=timezone.now(),
            ):
                return False
            text_hash = bytes(version.text_hash)
            Entry.append(Kind.VERSION, leaf.version(self.id, version.number, text_hash), self)
            Entry.append(Kind.OPEN, leaf.opened(self.id, text_hash), self)
        return True

    def close(self, *, by: Optional["User"] = None, reason: str = "") -> bool:
        """End the signing. Returns False if it was not open."""
        with transaction.atomic():
            if not self._move(
                (PetitionState.OPEN,),
                PetitionState.CLOSED,
                Verb.PETITION_CLOSED,
                by=by,
                reason=reason,
                closed_at=timezone.now(),
            ):
                return False
            Entry.append(Kind.CLOSE, leaf.closed(self.id), self)
        return True

    def _move(
        self,
        sources: tuple[PetitionState, ...],
        to: PetitionState,
        verb: Verb,
        *,
        by: Optional["User"],
        reason: str = "",
        **changes: object,
    ) -> bool:
        if not Petition.objects.filter(pk=self.pk, state__in=sources).update(state=to, **changes):
            return False
        self.refresh_from_db()
        Event.record(verb, self, self, by=by, reason=reason)
        return True
