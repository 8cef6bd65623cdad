"""Signatures: one person's assent to one version of a letter."""

import enum
import secrets
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Self

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import Address
from accounts.facts import Fact, Method
from petitions.log import leaf

from .assurance import Assurance
from .badge import Badge, work_domain
from .entry import Entry
from .event import Event, Verb
from .identity import Identity, IdentityKind
from .mailing import ToMail, ToMailQuerySet
from .petition import Petition, PetitionState
from .version import Version
from .visibility import NAMED, Visibility

if TYPE_CHECKING:
    from accounts.models import User

# How long a mailed code lasts; so also how long after the close somebody who asked in time may
# still confirm.
CONFIRMATION_LIFETIME = timedelta(hours=48)
# A six-digit code tried five times is guessed with a chance of 1 in 200,000.
CODE_ATTEMPTS = 5
RECORD_FORMAT = 1


class SignatureState(models.TextChoices):
    """The life of a signature so far; only confirmed ones are ever shown or counted."""

    PENDING = "pending", _("pending")
    CONFIRMED = "confirmed", _("confirmed")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Outcome(enum.Enum):
    """What came of an attempt to confirm."""

    CONFIRMED = enum.auto()
    CONFIRMED_BEFORE = enum.auto()
    ALREADY_SIGNED = enum.auto()
    WRONG_CODE = enum.auto()
    NO_ATTEMPTS_LEFT = enum.auto()
    EXPIRED = enum.auto()


class AnotherSignatureError(Exception):
    """What was proved belongs to somebody who has another signature under the same letter."""


class SignatureQuerySet(ToMailQuerySet["Signature"]):
    """Sets of signatures."""

    def pending(self, now: datetime) -> Self:
        """Signatures that may still be confirmed."""
        return self.filter(state=SignatureState.PENDING, expires_at__gt=now)

    def expired(self, now: datetime) -> Self:
        """Signatures that were never confirmed, and no longer can be."""
        return super().expired(now).filter(state=SignatureState.PENDING)

    def confirmed(self) -> Self:
        """Signatures that are shown and counted."""
        return self.filter(state=SignatureState.CONFIRMED)


class Signature(ToMail):
    """One person's assent. While it is pending it holds the address; after that only a keyed hash.

    Somebody who signs by GitHub gives no address, and has nothing to be mailed.
    """

    # Random, and not in order of time: when somebody signed is nobody's business.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    petition = models.ForeignKey(
        Petition, models.PROTECT, related_name="signatures", db_index=False
    )
    version = models.ForeignKey(Version, models.PROTECT, related_name="signatures", db_index=False)
    state = models.CharField(max_length=20, choices=SignatureState, default=SignatureState.PENDING)
    visibility = models.CharField(
        max_length=20, choices=Visibility, default=Visibility.PUBLIC, db_default=Visibility.PUBLIC
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    role = models.CharField(_("role"), max_length=100, blank=True)
    affiliation = models.CharField(_("affiliation"), max_length=100, blank=True)
    language = models.CharField(max_length=35)
    assurance = models.CharField(max_length=20, choices=Assurance, default=Assurance.EMAIL)
    # While it is pending, the hash that it would be known by; then `identities` has it.
    address_hash = models.BinaryField(max_length=32, null=True)
    # The day of the confirmation; the salt of the entry that the log has of it now.
    confirmed_on = models.DateField(null=True)
    salt = models.BinaryField(max_length=leaf.SALT_SIZE, null=True)
    # What only a pending signature needs, and the confirmation clears.
    address = models.EmailField(max_length=254, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = SignatureQuerySet.as_manager()

    class Meta(ToMail.Meta):
        permissions = (("check_signature", "Can note a check by hand of who signed"),)
        indexes = (  # type: ignore[assignment]  # longer than what it extends
            *ToMail.Meta.indexes,
            models.Index(
                fields=["expires_at"],
                name="signature_expiry",
                condition=Q(state=SignatureState.PENDING),
            ),
            # The groups of those who are shown as members of one, and not by name.
            models.Index(
                fields=["petition"],
                name="signature_in_groups",
                condition=Q(visibility=Visibility.VERIFIED_ONLY, state=SignatureState.CONFIRMED),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state=SignatureState.PENDING, expires_at__isnull=False)
                & (Q(address="") ^ Q(address_hash__isnull=False))
                | ~Q(state=SignatureState.PENDING)
                & Q(address="", address_hash=None, expires_at=None, mail_due_at=None),
                name="signature_keeps_address_only_while_pending",
            ),
            models.CheckConstraint(
                condition=~Q(state=SignatureState.CONFIRMED)
                | Q(salt__isnull=False, confirmed_on__isnull=False),
                name="signature_confirmed_is_committed",
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=NAMED) & ~Q(name="") & ~Q(state=SignatureState.WITHDRAWN)
                | (~Q(visibility__in=NAMED) | Q(state=SignatureState.WITHDRAWN))
                & Q(name="", role="", affiliation=""),
                name="signature_has_a_name_if_it_shows_one",
            ),
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
        address: Address | None,
        visibility: Visibility = Visibility.PUBLIC,
    ) -> "Signature":
        """Write a pending signature, whose mail is due at once.

        Without an address it waits for a GitHub account. Of a signer who shows no name, none is
        kept.
        """
        now = timezone.now()
        signature = cls(
            petition=version.petition,
            version=version,
            visibility=visibility,
            **shown_words(visibility, name=name, role=role, affiliation=affiliation),
            language=language,
            address=str(address or ""),
            address_hash=version.petition.address_hash(address) if address else None,
            expires_at=now + CONFIRMATION_LIFETIME,
            mail_due_at=now if address else None,
        )
        signature.save(force_insert=True)
        return signature

    @property
    def is_named(self) -> bool:
        """Whether it appears with a name, the signer's own or a pseudonym."""
        return self.visibility in NAMED

    @property
    def is_confirmed(self) -> bool:
        """Whether it is counted."""
        return self.state == SignatureState.CONFIRMED

    @property
    def goes_to_work(self) -> bool:
        """Whether its mail goes to an employer's mail server, which may read it."""
        return self.address.rpartition("@")[2] in self.petition.work_domains

    @classmethod
    def confirm(cls, slug: str, pk: uuid.UUID, *, has_right_code: bool) -> Outcome:
        """Turn a pending signature of the petition at `slug` into a confirmed one, by its address.

        A caller who showed a wrong code uses up one of a few attempts. Nothing changes unless the
        answer is CONFIRMED (or an attempt was used up).
        """
        try:
            with transaction.atomic():
                return cls._confirm_locked(slug, pk, has_right_code=has_right_code)
        except IntegrityError as error:
            return cls._refuse_second(pk, error)

    @classmethod
    def confirm_by_account(
        cls,
        slug: str,
        pk: uuid.UUID,
        facts: Iterable[Fact],
        account_hash: bytes,
        address_hashes: Iterable[bytes] = (),
    ) -> Outcome:
        """As `confirm`, by a GitHub account: its facts and the petition's hash of its number.

        And those of the addresses that it proved, so that nobody signs by them again. Of a
        signature that waits for a mail it confirms nothing.
        """
        try:
            with transaction.atomic():
                signature = cls._lock_pending(slug, pk)
                if signature is None:
                    return cls._gone(slug, pk)
                if signature.address_hash is not None:
                    return Outcome.EXPIRED
                signature._pin(facts, {IdentityKind.GITHUB: account_hash})
                for address_hash in sorted(address_hashes):
                    signature._pin((), {IdentityKind.WORK_ADDRESS: address_hash})
                signature._commit(signature.badges.all())
                return Outcome.CONFIRMED
        except IntegrityError as error:
            return cls._refuse_second(pk, error)

    @classmethod
    def _refuse_second(cls, pk: uuid.UUID, error: IntegrityError) -> Outcome:
        if "signature_one_per_person" not in str(error):
            raise error
        cls.objects.filter(pk=pk, state=SignatureState.PENDING).delete()
        return Outcome.ALREADY_SIGNED

    @classmethod
    def _lock_pending(cls, slug: str, pk: uuid.UUID) -> "Signature | None":
        signature = (
            cls.objects.pending(timezone.now())
            .select_related("petition", "version")
            .select_for_update(of=("self",))
            .filter(pk=pk, petition__slug=slug)
            .first()
        )
        if signature and signature.petition.state in (PetitionState.OPEN, PetitionState.CLOSED):
            return signature
        return None

    @classmethod
    def _gone(cls, slug: str, pk: uuid.UUID) -> Outcome:
        """Say why a signature cannot be confirmed any more."""
        # Not to who has guessed too often: the answer would tell when the code was right.
        confirmed = cls.objects.confirmed().filter(attempts__lt=CODE_ATTEMPTS)
        known = confirmed.filter(pk=pk, petition__slug=slug).exists()
        return Outcome.CONFIRMED_BEFORE if known else Outcome.EXPIRED

    @classmethod
    def _confirm_locked(cls, slug: str, pk: uuid.UUID, *, has_right_code: bool) -> Outcome:
        # The lock makes guesses of the code queue up, so that no more than the few are tried.
        signature = cls._lock_pending(slug, pk)
        if not has_right_code:
            # The same answer whether or not there was anything to confirm, however often.
            tried = cls.objects.filter(pk=pk, petition__slug=slug, attempts__lt=CODE_ATTEMPTS)
            tried.update(attempts=F("attempts") + 1)
            return Outcome.WRONG_CODE
        if signature is None:
            return cls._gone(slug, pk)
        if signature.attempts >= CODE_ATTEMPTS:
            return Outcome.NO_ATTEMPTS_LEFT
        if signature.address_hash is None:
            return Outcome.EXPIRED
        # Without a look at the badges: of most signatures there are none.
        badges: Iterable[Badge] = ()
        if signature.goes_to_work:
            signature._pin([work_domain(Address.parse(signature.address).domain)], {})
            badges = signature.badges.all()
        signature._commit(badges)
        return Outcome.CONFIRMED

    def _commit(self, badges: Iterable[Badge]) -> None:
        self.state = SignatureState.CONFIRMED
        self.confirmed_on = timezone.now().date()
        self.address = ""
        self.address_hash = self.expires_at = self.mail_due_at = None
        self._enter(
            Verb.SIGNATURE_CONFIRMED,
            ["state", "confirmed_on", "address", "address_hash", "expires_at", "mail_due_at"],
            badges,
        )

    # --- What its owner does with it ----------------------------------------------------------

    def amend(self, *, visibility: Visibility, name: str, role: str, affiliation: str) -> bool:
        """Correct what it says, or hide it. Returns False unless it is confirmed.

        What somebody hides is erased, and so are its badges' names: to show them again, they are
        proved again.
        """
        with transaction.atomic():
            if not self.lock_confirmed():
                return False
            words = shown_words(visibility, name=name, role=role, affiliation=affiliation)
            before = (self.visibility, self.name, self.role, self.affiliation)
            self.visibility = visibility
            self.name, self.role, self.affiliation = words.values()
            if (self.visibility, self.name, self.role, self.affiliation) == before:
                return True
            Badge.blur(self)
            self._enter_anew(Verb.SIGNATURE_AMENDED, ["visibility", *words])
        return True

    def prove(self, facts: Iterable[Fact], identities: Mapping[IdentityKind, bytes]) -> bool:
        """Add evidence, and what else its owner is known by. Returns False unless confirmed.

        Raises AnotherSignatureError, and changes nothing, if that belongs to another signature, or
        if this one has another GitHub account already.
        """
        try:
            with transaction.atomic():
                if not self.lock_confirmed():
                    return False
                self._pin(facts, identities)
                self._enter_anew(Verb.SIGNATURE_PROVED, [])
        except IntegrityError as error:
            if "signature_one_per_person" in str(error):
                raise AnotherSignatureError from error
            raise
        return True

    def check_by_hand(self, seen: str, *, by: "User") -> bool:
        """Note that a person of the team saw something that shows who signed, and what it was.

        Never a copy of it. Only of somebody who shows their name: of others a team knows nothing.
        What was seen stands on the badge alone, and goes with it. Returns False unless it is
        confirmed and public.
        """
        fact = Fact(
            method=Method.ORGANIZER, checked_on=timezone.now().date(), detail={"seen": seen}
        )
        with transaction.atomic():
            if not self.lock_confirmed() or self.visibility != Visibility.PUBLIC:
                return False
            self.prove([fact], {})
            Event.record(Verb.SIGNATURE_CHECKED, self.petition, self, by=by)
        return True

    def disprove(self, badge: Badge) -> bool:
        """Take a badge off. Returns False unless it is confirmed and has such a badge.

        False too if nothing would be known of its signer then: who signed by an account alone
        cannot be counted as having an address.
        """
        with transaction.atomic():
            if not self.lock_confirmed() or self._rests_on(badge):
                return False
            if not self.badges.filter(pk=badge.pk).delete()[0]:
                return False
            self._enter_anew(Verb.SIGNATURE_DISPROVED, [])
        return True

    def withdraw(self) -> bool:
        """Take it back: out of count, wall and next batch, and all that it said is erased.

        Returns False unless it is confirmed. Its owner may sign anew.
        """
        with transaction.atomic():
            if not self.lock_confirmed():
                return False
            self.entry.withdraw()
            self.badges.all().delete()
            self.identities.all().delete()
            if hasattr(self, "work_proof"):
                self.work_proof.delete()
            self.state = SignatureState.WITHDRAWN
            self.name = self.role = self.affiliation = ""
            self.assurance = Assurance.EMAIL
            self.salt = self.confirmed_on = None
            erased = ["name", "role", "affiliation", "assurance", "salt", "confirmed_on"]
            self.save(update_fields=["state", *erased])
            Event.record(Verb.SIGNATURE_WITHDRAWN, self.petition, self)
        return True

    def forget(self) -> None:
        """Withdraw it, and delete all that is left of it, its manage links included."""
        with transaction.atomic():
            self.withdraw()
            Signature.objects.filter(pk=self.pk).delete()

    def lock_confirmed(self) -> bool:
        """Take the row's lock and its newest state; say whether it is confirmed.

        Whoever changes what belongs to a signature takes this lock before any other, so that
        nobody waits for each other.
        """
        try:
            self.refresh_from_db(from_queryset=Signature.objects.confirmed().select_for_update())
        except Signature.DoesNotExist:
            return False
        return True

    def _rests_on(self, badge: Badge) -> bool:
        """Whether this badge is all that is known of the signer."""
        has_address = self.identities.filter(kind=IdentityKind.ADDRESS).exists()
        return not has_address and not self.badges.exclude(pk=badge.pk).exists()

    def _pin(self, facts: Iterable[Fact], identities: Mapping[IdentityKind, bytes]) -> None:
        for fact in facts:
            Badge.pin(self, fact)
        # In an order, so that two who claim the same ones don't wait for each other.
        for kind, hash_ in sorted(identities.items(), key=itemgetter(1)):
            mine = Identity.objects.filter(signature=self, hash=hash_)
            if not mine.exists():
                self._claim(kind, hash_)
        self.assurance = Assurance.of(badge.method for badge in self.badges.all())

    def _claim(self, kind: IdentityKind, hash_: bytes) -> None:
        if kind == IdentityKind.GITHUB and self.identities.filter(kind=kind).exists():
            raise AnotherSignatureError
        Identity.objects.create(petition_id=self.petition_id, signature=self, kind=kind, hash=hash_)

    def _enter_anew(self, verb: Verb, changed: Iterable[str]) -> None:
        """Put a new entry into the log, with what the signature says now, for the one it has."""
        self.entry.withdraw()
        badges = list(self.badges.all())
        self.assurance = Assurance.of(badge.method for badge in badges)
        self._enter(verb, changed, badges)

    def _enter(self, verb: Verb, changed: Iterable[str], badges: Iterable[Badge]) -> None:
        """Save what changed, with its Event and an entry of the log."""
        self.salt = secrets.token_bytes(leaf.SALT_SIZE)
        self.save(force_update=True, update_fields=[*changed, "assurance", "salt"])
        Event.record(verb, self.petition, self)
        commitment = leaf.commitment(self.salt, self.record_with(badges))
        text_hash, today = bytes(self.version.text_hash), timezone.now().date()
        Entry.append_signature(leaf.signed(text_hash, self.assurance, commitment, today), self)

    @property
    def record(self) -> bytes:
        """What the log's commitment is to, as `record_with` its badges."""
        return self.record_with(self.badges.all())

    def record_with(self, badges: Iterable[Badge]) -> bytes:
        """Return canonical JSON of what is public about the signer.

        `visibility` is left out where it is "public", `evidence` where there is none.
        """
        value: dict[str, object] = {
            "v": RECORD_FORMAT,
            "name": self.name,
            "role": self.role,
            "affiliation": self.affiliation,
        }
        if self.visibility != Visibility.PUBLIC:
            value["visibility"] = str(self.visibility)
        if evidence := [badge.fact.to_json() for badge in badges]:
            value["evidence"] = evidence
        return leaf.canonical_json(value)


def shown_words(visibility: str, *, name: str, role: str, affiliation: str) -> dict[str, str]:
    """Return what is kept of what a signer typed: nothing, of one who shows no name."""
    if visibility not in NAMED:
        name = role = affiliation = ""
    return {"name": name, "role": role, "affiliation": affiliation}
