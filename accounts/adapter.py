"""What allauth asks of the site."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    """allauth's own behaviour, with the site's sender and subjects."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Operators go to the admin, everybody else to the front page."""
        user = request.user
        return reverse("admin:index") if user.is_authenticated and user.is_staff else "/"

    def format_email_subject(self, subject: str) -> str:
        """Return the subject without the host name that allauth would put before it."""
        return str(subject)

    def get_from_email(self) -> str:
        """Return the sender of the site's mail."""
        return settings.DEFAULT_FROM_EMAIL
