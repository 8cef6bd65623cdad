"""Proving one fact through GitHub: there, back, and nothing kept but the fact.

A proof is neither a login nor a sign-up. `begin` sends the browser to GitHub with exactly the scope
that the wanted fact needs. When it comes back, the fact is gathered in memory, the grant is revoked,
and the function that the setting ACCOUNTS_PROOF_RECEIVER names gets the proof and answers the
browser. Neither token nor address is ever written anywhere.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.statekit import STATES_SESSION_KEY
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string

from .addresses import Address
from .facts import Fact, Method
from .github import facts as github_facts
from .github.account import GitHubAccount
from .github.api import GitHub, revoke
from .github.errors import GitHubError, NotProved
from .refusal import Refusal

logger = logging.getLogger(__name__)

#: Under this name in the data that allauth keeps with the state of a redirect.
_STATE = "proof"
#: A person who takes longer at GitHub starts again; allauth's states last as long.
_SECONDS = 600

type Receiver = Callable[[HttpRequest, "Proof"], HttpResponse]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The fact that somebody chose to prove.

    `subject` and `subject_id` are the name and the numeric id of an organization or a repository.
    `domains` are those of a work address, in lower-case IDNA ASCII. `until` is the day on which the
    letter was opened: contributions from before it are counted. `private` asks for a membership
    that the organization's page doesn't show.
    """

    method: Method
    subject: str = ""
    subject_id: int | None = None
    domains: tuple[str, ...] = ()
    until: date | None = None
    private: bool = False

    @property
    def scopes(self) -> frozenset[str]:
        """What has to be asked for at GitHub; nothing, for all that is public anyway."""
        if self.method == Method.WORK_DOMAIN:
            return frozenset({"user:email"})
        if self.method == Method.GITHUB_ORGANIZATION and self.private:
            return frozenset({"read:org"})
        return frozenset()

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can hold, for `from_json`."""
        return {
            "method": self.method.value,
            "subject": self.subject,
            "subject_id": self.subject_id,
            "domains": list(self.domains),
            "until": self.until and self.until.isoformat(),
            "private": self.private,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned."""
        return cls(
            method=Method(data["method"]),
            subject=data["subject"],
            subject_id=data["subject_id"],
            domains=tuple(data["domains"]),
            until=date.fromisoformat(data["until"]) if data["until"] else None,
            private=data["private"],
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """How it ended, for the receiver: facts, or a refusal that says why there are none.

    `context` and `next_url` are what `begin` was given. `addresses` are the verified ones at the
    wanted domains, to be hashed and forgotten. `account` is None with a refusal. `revoked` is False where GitHub still lists the permission, because it did not
    confirm that it took it back; the person can do it there.
    """

    wanted: Wanted
    context: str
    next_url: str
    account: GitHubAccount | None = None
    facts: tuple[Fact, ...] = ()
    addresses: tuple[Address, ...] = ()
    refusal: Refusal | None = None
    revoked: bool = True

    @property
    def permission_url(self) -> str:
        """Where the person can take the permission back at GitHub."""
        path = f"settings/connections/applications/{settings.GITHUB_CLIENT_ID}"
        return f"{settings.GITHUB_URL}/{path}"


def begin(request: HttpRequest, wanted: Wanted, next_url: str, context: str = "") -> HttpResponse:
    """Send the browser to GitHub, with exactly the scope of the wanted fact.

    `context` goes to the receiver as it is; it is kept in this browser's session until then, so it
    must be no secret. Raises ValueError for a `next_url` that is not a path of this site.
    """
    if not next_url.startswith("/") or not url_has_allowed_host_and_scheme(next_url, None):
        raise ValueError("next_url is not a path of this site")
    _receiver()  # A person must not come back to nobody.
    if not request.session.keys():
        # Made for this alone, so it goes when nobody comes back.
        request.session.set_expiry(_SECONDS)
    state = {"wanted": wanted.to_json(), "context": context, "next_url": next_url}
    provider = get_adapter(request).get_provider(request, "github")
    response: HttpResponse = provider.redirect(
        request, process=AuthProcess.REDIRECT, data={_STATE: state}, scope=sorted(wanted.scopes)
    )
    # The address holds the state.
    response["Cache-Control"] = "no-store"
    return response


def pending(state: Mapping[str, Any] | None) -> Proof | None:
    """Return the proof that a redirect's state belongs to, with nothing proved so far.

    None where it belongs to a login.
    """
    data = (state or {}).get("data") or {}
    if _STATE not in data:
        return None
    kept = data[_STATE]
    return Proof(Wanted.from_json(kept["wanted"]), kept["context"], kept["next_url"])


def gather(proof: Proof, token: str) -> Proof:
    """Return the proof with what GitHub says for this token, and give the token back."""
    try:
        ended = _asked(proof, GitHub(token))
    except NotProved as error:
        if isinstance(error, GitHubError):
            logger.warning("GitHub does not prove %s: %s", proof.wanted.method.value, error)
        ended = replace(proof, refusal=error.refusal)
    finally:
        revoked = revoke(token)
    return replace(ended, revoked=revoked)


def hand_over(request: HttpRequest, proof: Proof) -> HttpResponse:
    """Return the receiver's answer to a proof that has ended, whichever way."""
    response = _receiver()(request, proof)
    _forget_empty_session(request)
    response["Cache-Control"] = "no-store"
    return response


def _receiver() -> Receiver:
    if settings.ACCOUNTS_PROOF_RECEIVER is None:
        raise ImproperlyConfigured("ACCOUNTS_PROOF_RECEIVER is not set: nobody takes proofs.")
    receiver: Receiver = import_string(settings.ACCOUNTS_PROOF_RECEIVER)
    return receiver


def _asked(proof: Proof, github: GitHub) -> Proof:
    wanted = proof.wanted
    account = github_facts.account_of(github)
    addresses: tuple[Address, ...] = ()
    match wanted.method:
        case Method.GITHUB_ACCOUNT:
            facts = [github_facts.account(account)]
        case Method.GITHUB_ORGANIZATION if wanted.private:
            facts = [github_facts.private_membership(github, _id(wanted))]
        case Method.GITHUB_ORGANIZATION:
            facts = [github_facts.public_membership(github, account, _id(wanted))]
        case Method.GITHUB_CONTRIBUTOR:
            facts = [github_facts.contributions(github, account, _id(wanted), until=wanted.until)]
        case Method.WORK_DOMAIN:
            addresses = github_facts.work_addresses(github, wanted.domains)
            domains = {address.domain: address for address in addresses}
            facts = [github_facts.work_domain(address) for address in domains.values()]
        case _:
            raise ValueError(f"{wanted.method} is not proved through GitHub")
    return replace(proof, account=account, facts=tuple(facts), addresses=addresses)


def _id(wanted: Wanted) -> int:
    if wanted.subject_id is None:
        raise ValueError(f"{wanted.method} needs the numeric id of {wanted.subject!r}")
    return wanted.subject_id


def _forget_empty_session(request: HttpRequest) -> None:
    """Delete what `begin` made, unless it holds something else by now, such as a login."""
    session = request.session
    others = set(session.keys()) - {STATES_SESSION_KEY, "_session_expiry"}
    if not others and not session.get(STATES_SESSION_KEY):
        session.flush()
