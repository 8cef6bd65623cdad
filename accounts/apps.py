"""Accounts: who a person is, and what was verified about them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Knows nothing of petitions; they know of it."""

    name = "accounts"
    verbose_name = _("accounts")
