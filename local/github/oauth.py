"""The web application flow: codes, tokens and grants of one OAuth app.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from . import pages
from .http import Answer, Request, data, message, not_found, redirect
from .world import Person, World

_ERRORS = "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/"
#: Those that the site may ask for; GitHub leaves out any that it does not know.
SCOPES = ("read:org", "user:email")


@dataclass(frozen=True, slots=True)
class Code:
    """Good for one token."""

    user_id: int
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str


@dataclass(slots=True)
class Grant:
    """A person's permission for the app, until it is revoked."""

    user_id: int
    scopes: tuple[str, ...]
    token: str
    revoked: bool = False


class OAuth:
    """The one app that is registered here, and who let it in."""

    def __init__(self, client_id: str, secret: str, callbacks: list[str]) -> None:
        self.client_id = client_id
        self.secret = secret
        self.callbacks = callbacks
        self._codes: dict[str, Code] = {}
        self.grants: list[Grant] = []

    def grant_of(self, token: str) -> Grant | None:
        """Return the permission that a token stands for."""
        return next((one for one in self.grants if one.token == token and not one.revoked), None)

    def forget(self) -> None:
        """Return to the state of the start."""
        self._codes.clear()
        self.grants.clear()

    def ask(self, request: Request, world: World) -> Answer:
        """Show the page on which a person lets the app in, or doesn't."""
        asked = request.query
        if asked.get("client_id") != self.client_id:
            return not_found()
        if not self._is_callback(asked.get("redirect_uri", "")):
            return redirect(
                _with(self.callbacks[0], error="redirect_uri_mismatch", **_state(asked))
            )
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            return redirect(_with(asked["redirect_uri"], error="invalid_request", **_state(asked)))
        return pages.consent(asked, world, _known(asked.get("scope", "").split()))

    def decide(self, request: Request, world: World) -> Answer:
        """Take what the person chose on that page."""
        form = dict(request.form)
        back = form.get("redirect_uri", "")
        person = world.person(form.get("login", ""))
        if not self._is_callback(back):
            return not_found()
        if person is None:
            said = "The user has denied your application access."
            return redirect(
                _with(back, error="access_denied", error_description=said, **_state(form))
            )
        granted = _known([value for name, value in request.form if name == "grant"])
        code = secrets.token_hex(10)
        self._codes[code] = Code(person.id, granted, back, form.get("code_challenge", ""))
        return redirect(_with(back, code=code, **_state(form)))

    def exchange(self, request: Request) -> Answer:
        """Give a token for a code. Errors have status 200, as they do at GitHub."""
        form = dict(request.form)
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.secret):
            return _error(
                "incorrect_client_credentials",
                "The client_id and/or client_secret passed are incorrect.",
            )
        # Taken whatever comes next: nobody gets a second guess at its verifier.
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or not _verifies(code.challenge, form.get("code_verifier", "")):
            return _error("bad_verification_code", "The code passed is incorrect or expired.")
        if form.get("redirect_uri", code.redirect_uri) != code.redirect_uri:
            return _error(
                "redirect_uri_mismatch",
                "The redirect_uri MUST match the registered callback URL for this application.",
            )
        grant = Grant(code.user_id, code.scopes, f"gho_{secrets.token_hex(18)}")
        self.grants.append(grant)
        return _in_format_of(
            request,
            {
                "access_token": grant.token,
                "scope": ",".join(grant.scopes),
                "token_type": "bearer",
            },
        )

    def revoke(self, request: Request, client_id: str) -> Answer:
        """Delete a grant, and with it all tokens that its owner gave the app."""
        if client_id != self.client_id or request.credentials != (self.client_id, self.secret):
            return not_found()
        grant = self.grant_of(str(request.json.get("access_token", "")))
        if grant is None:
            return message(422, "Validation Failed")
        for one in self.grants:
            one.revoked |= one.user_id == grant.user_id
        return Answer(204)

    def _is_callback(self, address: str) -> bool:
        """Whether host and port are a registered callback's, and the path is its or below it."""
        asked = urlsplit(address)
        return any(
            (asked.scheme, asked.netloc) == (known.scheme, known.netloc)
            and asked.path.startswith(known.path)
            for known in map(urlsplit, self.callbacks)
        )


def owner(grant: Grant | None, world: World) -> Person | None:
    """Return whose permission it is."""
    return world.person_by_id(grant.user_id) if grant else None


def _known(scopes: list[str]) -> tuple[str, ...]:
    return tuple(scope for scope in SCOPES if scope in scopes)


def _verifies(challenge: str, verifier: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    return not challenge or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge


def _state(asked: dict[str, str]) -> dict[str, str]:
    return {"state": asked["state"]} if asked.get("state") else {}


def _with(address: str, **parameters: str) -> str:
    return f"{address}?{urlencode(parameters)}"


def _error(code: str, description: str) -> Answer:
    uri = f"{_ERRORS}#{code.replace('_', '-')}"
    return data({"error": code, "error_description": description, "error_uri": uri})


def _in_format_of(request: Request, content: dict[str, str]) -> Answer:
    if "application/json" in request.headers.get("accept", ""):
        return data(content)
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return Answer(200, urlencode(content).encode(), form)
