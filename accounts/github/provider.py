"""GitHub for allauth: the configured server, no scope beyond what is meant, and little kept."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.base.provider import ProviderException
from allauth.socialaccount.providers.github.provider import GitHubProvider
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.http import HttpRequest

from accounts.refusal import Refusal

from .api import GitHub, revoke
from .errors import GitHubError, Unavailable


class SignInFailed(ProviderException):
    """GitHub gave a token and then did not say whose it is. `revoked` as in accounts.proof."""

    def __init__(self, refusal: Refusal, *, revoked: bool) -> None:
        super().__init__(refusal.reason.value)
        self.refusal = refusal
        self.revoked = revoked


class Adapter(GitHubOAuth2Adapter):
    """The OAuth endpoints of the configured server, where allauth knows only github.com's own."""

    headers = {"Accept": "application/json"}  # noqa: RUF012 (as in its base)

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.authorize_url = f"{settings.GITHUB_URL}/login/oauth/authorize"
        self.access_token_url = f"{settings.GITHUB_URL}/login/oauth/access_token"

    def get_access_token_data(self, *arguments: Any, **options: Any) -> Any:
        """Return GitHub's answer with the token. Raises OAuth2Error, also where it is no answer."""
        try:
            return super().get_access_token_data(*arguments, **options)
        except (KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("no answer that can be read") from error

    def complete_login(
        self, request: HttpRequest, app: object, token: SocialToken, **kwargs: Any
    ) -> Any:
        """Return a SocialLogin of who the token belongs to.

        Raises SignInFailed. The token is lost with it, so it is given back first.
        """
        try:
            user = GitHub(token.token).get("/user")
            if not isinstance(user, dict) or not {"id", "login"} <= user.keys():
                raise Unavailable("what should be an account is none")
        except GitHubError as error:
            raise SignInFailed(error.refusal, revoked=revoke(token.token)) from error
        provider = get_adapter(request).get_provider(request, self.provider_id)
        return provider.sociallogin_from_response(request, user)


class Provider(GitHubProvider):
    """Replaces allauth's by `provider_class` in its settings."""

    oauth2_adapter_class = Adapter

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Ignore what an address may ask for: only `accounts.proof` asks for scopes."""
        asked: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        connecting = asked["process"] == AuthProcess.CONNECT
        process = AuthProcess.CONNECT if connecting else AuthProcess.LOGIN
        return asked | {"process": process, "scope": [], "auth_params": {}}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Suggest the public address for the sign-up form, and no name."""
        return {"email": data.get("email")}

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Keep the login alone; GitHub tells much more about a person."""
        return {"login": data["login"]}


provider_classes = [Provider]
