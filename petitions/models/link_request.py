"""Link requests: somebody typed an address and wants the manage link of its signature."""

import uuid

from django.db import models
from django.utils import timezone

from accounts.addresses import Address

from .identity import Identity, IdentityKind
from .mailing import ToMail, ToMailQuerySet
from .petition import Petition
from .signature import CONFIRMATION_LIFETIME, Signature


class LinkRequest(ToMail):
    """A mail with a link that waits to be sent. A worker deletes it, and the address with it.

    An address that has not signed gets a row too, and no mail: the answer to the form takes as
    long and says the same.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    signature = models.ForeignKey(
        Signature, models.CASCADE, null=True, related_name="link_requests"
    )
    address = models.EmailField(max_length=254)
    language = models.CharField(max_length=35)

    objects = ToMailQuerySet["LinkRequest"].as_manager()

    class Meta(ToMail.Meta):
        pass

    def __str__(self) -> str:
        return f"link request {self.pk}"

    @classmethod
    def make(cls, petition: Petition, address: Address, language: str) -> "LinkRequest":
        """Note that the owner of this address wants a link to their signature, if there is one.

        An address at work gets none: its mail is the employer's to read, who could so ask for
        everybody's.
        """
        identity = Identity.objects.of_address(petition, address)
        at_work = address.domain in petition.work_domains
        if identity and (at_work or identity.kind != IdentityKind.ADDRESS):
            identity = None
        now = timezone.now()
        return cls.objects.create(
            signature=identity.signature if identity else None,
            address=str(address),
            language=language,
            expires_at=now + CONFIRMATION_LIFETIME,
            mail_due_at=now,
        )
