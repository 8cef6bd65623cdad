"""Signatures: one person's assent to one version of a letter."""

import enum
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import Address
from petitions.log import leaf

from .entry import Entry, Kind
from .event import Event, Verb
from .petition import Petition, PetitionState
from .version import Version

# How long a mailed code lasts; so also how long after the close somebody who asked in time may
# still confirm.
CONFIRMATION_LIFETIME = timedelta(hours=48)
# A six-digit code tried five times is guessed with a chance of 1 in 200,000.
CODE_ATTEMPTS = 5
# Long enough for a worker to send its share of mails, short enough to be unnoticed if it dies.
MAIL_LEASE = timedelta(minutes=2)
# A server that says "later", or breaks off, may have taken the mail: nobody is mailed for ever.
MAIL_AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240))
RECORD_FORMAT = 1


class SignatureState(models.TextChoices):
    """The life of a signature so far; only confirmed ones are ever shown or counted."""

    PENDING = "pending", _("pending")
    CONFIRMED = "confirmed", _("confirmed")


class Assurance(models.TextChoices):
    """The tier that evidence gives a signature."""

    EMAIL = "email", _("e-mail address")


class Outcome(enum.Enum):
    """What came of an attempt to confirm."""

    CONFIRMED = enum.auto()
    CONFIRMED_BEFORE = enum.auto()
    ALREADY_SIGNED = enum.auto()
    WRONG_CODE = enum.auto()
    NO_ATTEMPTS_LEFT = enum.auto()
    EXPIRED = enum.auto()


class SignatureQuerySet(models.QuerySet["Signature"]):
    """Sets of signatures."""

    def pending(self, now: datetime) -> Self:
        """Signatures that may still be confirmed."""
        return self.filter(state=SignatureState.PENDING, expires_at__gt=now)

    def expired(self, now: datetime) -> Self:
        """Signatures that were never confirmed, and no longer can be."""
        return self.filter(state=SignatureState.PENDING, expires_at__lte=now)

    def confirmed(self) -> Self:
        """Signatures that are shown and counted."""
        return self.filter(state=SignatureState.CONFIRMED)

    def due_for_mail(self, now: datetime) -> Self:
        """Pending signatures whose mail is to be sent, longest waiting first."""
        return self.pending(now).filter(mail_due_at__lte=now).order_by("mail_due_at")

    def claim_mail(self, limit: int) -> list["Signature"]:
        """Take up to `limit` due signatures for this process; if it dies, they come due again."""
        now = timezone.now()
        with transaction.atomic():
            due = self.due_for_mail(now).select_for_update(skip_locked=True, of=("self",))
            # Most are of one text, which is read once.
            claimed = list(due.prefetch_related("version__petition")[:limit])
            self.filter(pk__in=[signature.pk for signature in claimed]).update(
                mail_due_at=now + MAIL_LEASE
            )
        return claimed

    def mailed(self, signatures: Sequence["Signature"]) -> None:
        """Note that these have their mail."""
        self._waiting(signatures).update(mail_due_at=None)

    def put_back(self, signatures: Sequence["Signature"], wait: timedelta) -> None:
        """Give up the claim to these: nothing was tried."""
        self._waiting(signatures).update(mail_due_at=timezone.now() + wait)

    def mail_again(self, signatures: Sequence["Signature"]) -> None:
        """Try these again after a growing wait, a few times at most."""
        for signature in signatures:
            waits = MAIL_AGAIN_AFTER[signature.mail_attempts :]
            self._waiting([signature]).update(
                mail_attempts=F("mail_attempts") + 1,
                mail_due_at=timezone.now() + waits[0] if waits else None,
            )

    def _waiting(self, signatures: Sequence["Signature"]) -> Self:
        # Those that were confirmed meanwhile need no mail any more.
        waiting = self.filter(state=SignatureState.PENDING)
        return waiting.filter(pk__in=[each.pk for each in signatures])


class Signature(models.Model):
    """One person's assent. While it is pending it holds the address; after that only a keyed hash.

    Mails may be sent twice if a worker dies between the server's answer and our note of it: a
    second confirmation mail is harmless, a missing one is not.
    """

    # Random, and not in order of time: when somebody signed is nobody's business.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    petition = models.ForeignKey(
        Petition, models.PROTECT, related_name="signatures", db_index=False
    )
    version = models.ForeignKey(Version, models.PROTECT, related_name="signatures", db_index=False)
    state = models.CharField(max_length=20, choices=SignatureState, default=SignatureState.PENDING)
    name = models.CharField(_("name"), max_length=100)
    role = models.CharField(_("role"), max_length=100, blank=True)
    affiliation = models.CharField(_("affiliation"), max_length=100, blank=True)
    language = models.CharField(max_length=35)
    assurance = models.CharField(max_length=20, choices=Assurance, default=Assurance.EMAIL)
    address_hash = models.BinaryField(max_length=32)
    # The day and the salted commitment of the log's entry; set by the confirmation.
    confirmed_on = models.DateField(null=True)
    salt = models.BinaryField(max_length=leaf.SALT_SIZE, null=True)
    # What only a pending signature needs, and the confirmation clears.
    address = models.EmailField(max_length=254, blank=True)
    expires_at = models.DateTimeField(null=True)
    mail_due_at = models.DateTimeField(null=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = SignatureQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=["mail_due_at"],
                name="signature_mail_due",
                condition=Q(mail_due_at__isnull=False),
            ),
            models.Index(
                fields=["expires_at"],
                name="signature_expiry",
                condition=Q(state=SignatureState.PENDING),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["petition", "address_hash"],
                condition=Q(state=SignatureState.CONFIRMED),
                name="signature_one_per_person",
            ),
            models.CheckConstraint(
                condition=Q(state=SignatureState.PENDING, expires_at__isnull=False) & ~Q(address="")
                | ~Q(state=SignatureState.PENDING)
                & Q(address="", expires_at=None, mail_due_at=None),
                name="signature_keeps_address_only_while_pending",
            ),
            models.CheckConstraint(
                condition=Q(state=SignatureState.PENDING)
                | Q(salt__isnull=False, confirmed_on__isnull=False),
                name="signature_confirmed_is_committed",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="signature_has_a_name"),
        )

    def __str__(self) -> str:
        return f"signature {self.pk}"

    @classmethod
    def begin(
        cls,
        version: Version,
        *,
        name: str,
        role: str,
        affiliation: str,
        language: str,
        address: Address,
    ) -> "Signature":
        """Write a pending signature, whose mail is due at once."""
        now = timezone.now()
        signature = cls(
            petition=version.petition,
            version=version,
            name=name,
            role=role,
            affiliation=affiliation,
            language=language,
            address=str(address),
            address_hash=address.keyed_hash(bytes(version.petition.address_key)),
            expires_at=now + CONFIRMATION_LIFETIME,
            mail_due_at=now,
        )
        signature.save(force_insert=True)
        return signature

    @classmethod
    def confirm(cls, slug: str, pk: uuid.UUID, *, has_right_code: bool) -> Outcome:
        """Turn a pending signature of the petition at `slug` into a confirmed one.

        A caller who showed a wrong code uses up one of a few attempts. Nothing changes unless the
        answer is CONFIRMED (or an attempt was used up).
        """
        try:
            with transaction.atomic():
                return cls._confirm_locked(slug, pk, has_right_code=has_right_code)
        except IntegrityError as error:
            if "signature_one_per_person" not in str(error):
                raise
            cls.objects.filter(pk=pk).delete()
            return Outcome.ALREADY_SIGNED

    @classmethod
    def _confirm_locked(cls, slug: str, pk: uuid.UUID, *, has_right_code: bool) -> Outcome:
        # The lock makes guesses of the code queue up, so that no more than the few are tried.
        signature = (
            cls.objects.pending(timezone.now())
            .select_related("petition", "version")
            .select_for_update(of=("self",))
            .filter(pk=pk, petition__slug=slug)
            .first()
        )
        if not has_right_code:
            # The same answer whether or not there was anything to confirm, however often.
            tried = cls.objects.filter(pk=pk, petition__slug=slug, attempts__lt=CODE_ATTEMPTS)
            tried.update(attempts=F("attempts") + 1)
            return Outcome.WRONG_CODE
        if signature is None or signature.petition.state not in (
            PetitionState.OPEN,
            PetitionState.CLOSED,
        ):
            confirmed = cls.objects.confirmed().filter(pk=pk, petition__slug=slug).exists()
            return Outcome.CONFIRMED_BEFORE if confirmed else Outcome.EXPIRED
        if signature.attempts >= CODE_ATTEMPTS:
            return Outcome.NO_ATTEMPTS_LEFT
        signature._commit()
        return Outcome.CONFIRMED

    def _commit(self) -> None:
        self.state = SignatureState.CONFIRMED
        self.confirmed_on = timezone.now().date()
        self.salt = secrets.token_bytes(leaf.SALT_SIZE)
        self.address = ""
        self.expires_at = self.mail_due_at = None
        self.save(
            force_update=True,
            update_fields=["state", "confirmed_on", "salt", "address", "expires_at", "mail_due_at"],
        )
        Event.record(Verb.SIGNATURE_CONFIRMED, self.petition, self)
        commitment = leaf.commitment(self.salt, self.record)
        signed = leaf.signed(
            bytes(self.version.text_hash), self.assurance, commitment, self.confirmed_on
        )
        Entry.append(Kind.SIGN, signed, self.petition, self)

    @property
    def record(self) -> bytes:
        """What the log's commitment is to: canonical JSON of what is public about the signer."""
        return leaf.canonical_json(
            {
                "v": RECORD_FORMAT,
                "name": self.name,
                "role": self.role,
                "affiliation": self.affiliation,
            }
        )
