"""Manage links: the private addresses at which signers look after their signatures, for ever.

A link is a capability: whoever has it may do all that the signer may. The database holds only a
hash of it. It does not depend on SECRET_KEY, so that a new key does not lock signers out.
"""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Self

from django.db import models, transaction
from django.utils import timezone

from .signature import Signature, SignatureState

TOKEN_BYTES = 32


class ManageLinkQuerySet(models.QuerySet["ManageLink"]):
    """Sets of manage links."""

    def usable(self) -> Self:
        """Links to signatures that were confirmed once."""
        return self.exclude(signature__state=SignatureState.PENDING)

    def open(self, slug: str, token: str) -> "ManageLink | None":
        """Return the link to a signature of the petition at `slug` that ends in this token."""
        links = self.usable().filter(signature__petition__slug=slug, token_hash=_hash(token))
        return links.select_related("signature__petition", "signature__version").first()

    def issue(self, signatures: Sequence[Signature]) -> list[str]:
        """Make a new link for each of these and return their tokens, in one statement."""
        tokens = [secrets.token_urlsafe(TOKEN_BYTES) for _ in signatures]
        today = timezone.now().date()
        self.bulk_create(
            ManageLink(signature=signature, token_hash=_hash(token), issued_on=today)
            for signature, token in zip(signatures, tokens, strict=True)
        )
        return tokens


class ManageLink(models.Model):
    """One link that was mailed or shown. Deleting it makes it void."""

    signature = models.ForeignKey(Signature, models.CASCADE, related_name="manage_links")
    token_hash = models.BinaryField(max_length=32, unique=True)
    issued_on = models.DateField()

    objects = ManageLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"link to {self.signature}"

    @classmethod
    def renew(cls, signature: Signature) -> tuple[str, "ManageLink"]:
        """Make all links of a signature void; return a new one's token, and the link."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with transaction.atomic():
            # One at a time, or two new links would each void the other.
            Signature.objects.select_for_update().get(pk=signature.pk)
            cls.objects.filter(signature=signature).delete()
            link = cls.objects.create(
                signature=signature, token_hash=_hash(token), issued_on=timezone.now().date()
            )
        return token, link


def _hash(token: str) -> bytes:
    """Return SHA-256; a token is random and long, so that nothing slower is needed."""
    return hashlib.sha256(token.encode()).digest()
