"""The SSH keys that an account shows to everybody."""

from dataclasses import dataclass
from typing import Any

from .account import GitHubAccount
from .api import GitHub
from .errors import Unavailable
from .facts import checked_name

_PAGES = 3


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """Keys in the format of `authorized_keys`, those for signing and those for signing in."""

    account: GitHubAccount
    lines: tuple[str, ...]


def public_keys(login: str) -> PublicKeys:
    """Return an account's keys. Asks as nobody. Raises NotProved, for bots too.

    The account is read before and after the keys: whoever lets a login go while another takes it
    must not lend the one's keys to the other.
    """
    github = GitHub()
    account = GitHubAccount.read(github.get(f"/users/{checked_name(login)}"))
    lines = [
        _line(entry)
        for path in ("ssh_signing_keys", "keys")
        for page in github.pages(f"/users/{account.login}/{path}", most=_PAGES)
        for entry in page
    ]
    if GitHubAccount.read(github.get(f"/users/{account.login}")) != account:
        raise Unavailable("the login has changed hands just now")
    return PublicKeys(account, tuple(dict.fromkeys(lines)))


def _line(entry: Any) -> str:
    try:
        return str(entry["key"])
    except (KeyError, TypeError):
        raise Unavailable("what should be a key is none") from None
