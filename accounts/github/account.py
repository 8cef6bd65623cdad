"""A person's account on the GitHub server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings

from accounts.refusal import Reason, Refusal

from .errors import NotProved, Unavailable


@dataclass(frozen=True, slots=True)
class GitHubAccount:
    """Who somebody is there. The id is for ever; a login may go to somebody else."""

    id: int
    login: str
    created_on: date

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Read GitHub's "private-user" or "public-user".

        Raises NotProved for bots and organizations, Unavailable for what is no user at all.
        """
        try:
            found = cls(
                id=int(data["id"]),
                login=str(data["login"]),
                created_on=date.fromisoformat(str(data["created_at"])[:10]),
            )
            kind = data["type"]
        except (KeyError, TypeError, ValueError) as error:
            raise Unavailable("what should be an account is none") from error
        if kind != "User" or found.login.endswith("[bot]"):
            raise NotProved(Refusal(Reason.NOT_A_PERSON))
        return found

    @property
    def identity(self) -> str:
        """Text that no other account on any server has, for petitions to hash under their keys."""
        return f"github:{urlsplit(settings.GITHUB_URL).hostname}:{self.id}"
