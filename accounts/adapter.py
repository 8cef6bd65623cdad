"""What allauth asks of the site."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from . import proof
from .github.provider import SignInFailed
from .refusal import Reason, Refusal


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


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """allauth's own behaviour for logins; proofs end here, before they could become one."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Gather the fact of a proof and answer the browser."""
        if begun := proof.pending(sociallogin.state):
            assert sociallogin.token
            ended = proof.gather(begun, sociallogin.token.token)
            raise ImmediateHttpResponse(proof.hand_over(request, ended))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: object,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell the receiver of a proof why it came to nothing.

        Without a state of this browser's session there is no proof: allauth's own page says so.
        """
        begun = proof.pending((extra_context or {}).get("state"))
        if begun is None:
            return
        if error == AuthError.CANCELLED:
            ended = replace(begun, refusal=Refusal(Reason.CANCELLED))
        elif isinstance(exception, SignInFailed):
            ended = replace(begun, refusal=exception.refusal, revoked=exception.revoked)
        else:
            # Perhaps GitHub has noted the permission, but there is no token to take it back with.
            ended = replace(begun, refusal=Refusal(Reason.FAILED), revoked=exception is None)
        raise ImmediateHttpResponse(proof.hand_over(request, ended))
