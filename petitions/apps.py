"""Petitions: the domain of the site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PetitionsConfig(AppConfig):
    """Open letters, their signatures, the log and the deliveries."""

    name = "petitions"
    verbose_name = _("petitions")
