"""Assurance: the tier that evidence gives a signature."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.facts import Method


class Assurance(models.TextChoices):
    """The tiers, each taken to say more than those above it."""

    EMAIL = "email", _("e-mail address")
    ORGANIZER = "organizer", _("checked by an organizer")
    WORK_DOMAIN = "work_domain", _("work domain")
    GITHUB_ACCOUNT = "github_account", _("GitHub account")
    GITHUB_ORGANIZATION = "github_organization", _("GitHub organization")
    GITHUB_CONTRIBUTOR = "github_contributor", _("GitHub contributor")

    @classmethod
    def of(cls, methods: Iterable[str]) -> "Assurance":
        """Return the highest tier that evidence by these methods gives; e-mail without any."""
        tiers = [_TIERS[Method(method)] for method in methods]
        return max(tiers, key=list(cls).index, default=cls.EMAIL)


_TIERS = {
    Method.EMAIL: Assurance.EMAIL,
    Method.ORGANIZER: Assurance.ORGANIZER,
    Method.WORK_DOMAIN: Assurance.WORK_DOMAIN,
    Method.GITHUB_ACCOUNT: Assurance.GITHUB_ACCOUNT,
    Method.SSH_KEY: Assurance.GITHUB_ACCOUNT,
    Method.GITHUB_ORGANIZATION: Assurance.GITHUB_ORGANIZATION,
    Method.GITHUB_CONTRIBUTOR: Assurance.GITHUB_CONTRIBUTOR,
}
