"""Visibility: how a signature appears to everybody, its organizers and targets included."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Visibility(models.TextChoices):
    """Chosen by the signer, and changed by the signer alone."""

    PUBLIC = "public", _("with my name")
    PSEUDONYM = "pseudonym", _("with a pseudonym")
    VERIFIED_ONLY = "verified", _("without a name, as a verified member of a group")
    COUNT_ONLY = "count", _("in the count only")


# Of these a name is shown; of all others none is kept.
NAMED = (Visibility.PUBLIC, Visibility.PSEUDONYM)
