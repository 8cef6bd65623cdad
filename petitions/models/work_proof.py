"""Work proofs: a signer shows control of an address at a domain that the petition names."""

import enum
import uuid

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from accounts.addresses import Address

from .badge import work_domain
from .identity import IdentityKind
from .mailing import ToMail, ToMailQuerySet
from .signature import CODE_ATTEMPTS, CONFIRMATION_LIFETIME, AnotherSignatureError, Signature


class WorkOutcome(enum.Enum):
    """What came of a typed code."""

    PROVED = enum.auto()
    WRONG_CODE = enum.auto()
    NO_ATTEMPTS_LEFT = enum.auto()
    EXPIRED = enum.auto()
    OF_ANOTHER_SIGNATURE = enum.auto()


class WorkProof(ToMail):
    """A code that waits to be typed. It is deleted, and the address with it, by success or expiry."""

    # Random: the code is derived from it.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    signature = models.OneToOneField(Signature, models.CASCADE, related_name="work_proof")
    address = models.EmailField(max_length=254)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = ToMailQuerySet["WorkProof"].as_manager()

    class Meta(ToMail.Meta):
        pass

    def __str__(self) -> str:
        return f"work proof of {self.signature_id}"

    @classmethod
    def begin(cls, signature: Signature, address: Address) -> "WorkProof | None":
        """Ask for a code at the address, in place of an earlier one that was asked for.

        Returns None unless the signature is confirmed.
        """
        now = timezone.now()
        with transaction.atomic():
            if not signature.lock_confirmed():
                return None
            cls.objects.filter(signature=signature).delete()
            return cls.objects.create(
                signature=signature,
                address=str(address),
                expires_at=now + CONFIRMATION_LIFETIME,
                mail_due_at=now,
            )

    def finish(self, *, has_right_code: bool) -> WorkOutcome:
        """Give the signature its evidence if this proof's code was typed, else use up an attempt.

        EXPIRED also if another was begun in its place: a code says nothing of another address.
        """
        try:
            with transaction.atomic():
                return self._finish_locked(has_right_code=has_right_code)
        except AnotherSignatureError:
            WorkProof.objects.filter(pk=self.pk).delete()
            return WorkOutcome.OF_ANOTHER_SIGNATURE

    def _finish_locked(self, *, has_right_code: bool) -> WorkOutcome:
        signature = self.signature
        # The lock of the signature, as everywhere; guesses of the code queue up for it too.
        if not signature.lock_confirmed():
            return WorkOutcome.EXPIRED
        proof = WorkProof.objects.waiting(timezone.now()).filter(pk=self.pk).first()
        if proof is None:
            return WorkOutcome.EXPIRED
        if proof.attempts >= CODE_ATTEMPTS:
            return WorkOutcome.NO_ATTEMPTS_LEFT
        if not has_right_code:
            WorkProof.objects.filter(pk=self.pk).update(attempts=F("attempts") + 1)
            return WorkOutcome.WRONG_CODE
        address = Address.parse(proof.address)
        proof.delete()
        signature.prove(
            [work_domain(address.domain)],
            {IdentityKind.WORK_ADDRESS: signature.petition.address_hash(address)},
        )
        return WorkOutcome.PROVED
