"""Identities: by what a signer is known, so that one person signs a letter once."""

from django.db import models

from accounts.addresses import Address

from .petition import Petition


class IdentityKind(models.TextChoices):
    """What the hash is of."""

    ADDRESS = "address"
    WORK_ADDRESS = "work_address"
    GITHUB = "github"


class IdentityQuerySet(models.QuerySet["Identity"]):
    """Sets of identities."""

    def of_address(self, petition: Petition, address: Address) -> "Identity | None":
        """Return who signed a petition with this address, or proved it later."""
        hash_ = address.keyed_hash(bytes(petition.address_key))
        return self.filter(petition=petition, hash=hash_).select_related("signature").first()

    def of_github(self, petition: Petition, account: str) -> "Identity | None":
        """Return who signed a petition with this GitHub account, or proved it later."""
        hash_ = petition.account_hash(account)
        return self.filter(petition=petition, hash=hash_).select_related("signature").first()


class Identity(models.Model):
    """A keyed hash of a mailbox or account that a counted signature has.

    The one of the address that somebody signed with is written by a trigger of the database when
    the signature is confirmed, so that no path leads around it.
    """

    petition = models.ForeignKey(
        Petition, models.PROTECT, related_name="identities", db_index=False
    )
    signature = models.ForeignKey("petitions.Signature", models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=20, choices=IdentityKind)
    hash = models.BinaryField(max_length=32)

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "identities"
        constraints = (
            models.UniqueConstraint(fields=["petition", "hash"], name="signature_one_per_person"),
            models.UniqueConstraint(
                fields=["signature"],
                condition=models.Q(kind=IdentityKind.GITHUB),
                name="signature_has_one_github_account",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.signature_id}"
