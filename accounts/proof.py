"""Proving one fact through GitHub: there, back, and nothing kept but the fact.

A proof is neither a login nor a sign-up. `begin` sends the browser to GitHub with exactly the scope
that the wanted fact needs. When it comes back, the fact is gathered in memory, the grant is revoked,
and the function that the setting ACCOUNTS_PROOF_RECEIVER names gets the proof and answers the
browser. Neither token nor address is ever written anywhere.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.http import HttpRequest, HttpResponse

from .addresses import Address
from .facts import Fact, Method
from .github.account import GitHubAccount
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
    wanted domains, to be hashed and forgotten. `account` is None where GitHub didn't get so far as
    to say who it is. `revoked` is False where GitHub still lists the permission, because it did not
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
