"""One function for each fact that GitHub can tell. Each raises NotProved where it can't.

A fact is about an account's numeric id. Logins are handed on: whoever once had one may not be the
one who has it now, so whatever GitHub finds by login is checked against the id.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from accounts.addresses import Address, AddressError
from accounts.facts import Detail, Fact, Method
from accounts.refusal import Reason, Refusal

from .account import GitHubAccount
from .api import PAGE_SIZE, GitHub, Json
from .errors import NotFound, NotProved, ScopeMissing, Unavailable

#: More contributions than this many pages have don't say more about anybody.
_CONTRIBUTION_PAGES = 3
#: Nobody is listed as a member of more than a thousand organizations.
_ORGANIZATION_PAGES = 10
_ADDRESS_PAGES = 3
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class Found:
    """An organization or a repository: the id is for ever, the name is today's."""

    id: int
    name: str


def account_of(github: GitHub) -> GitHubAccount:
    """Return whose token it is."""
    return GitHubAccount.read(github.get("/user"))


def account(account: GitHubAccount) -> Fact:
    """State that somebody controls an account."""
    return Fact(
        Method.GITHUB_ACCOUNT,
        _today(),
        subject=account.login,
        subject_id=account.id,
        detail={"created_on": account.created_on.isoformat()},
    )


def public_membership(github: GitHub, account: GitHubAccount, organization_id: int) -> Fact:
    """State that an organization lists somebody as its member. Needs no scope."""
    path = f"/users/{account.login}/orgs"
    for page in github.pages(path, most=_ORGANIZATION_PAGES):
        for listed in _list(page):
            if listed["id"] == organization_id:
                return _membership(organization_id, listed["login"], "public")
    raise NotProved(Refusal(Reason.NOT_A_PUBLIC_MEMBER))


def private_membership(github: GitHub, organization_id: int) -> Fact:
    """State that somebody is an active member of an organization. Needs `read:org`."""
    _require(github, "read:org")
    organization = _organization(github.get(f"/organizations/{organization_id}"))
    try:
        found = github.get(f"/user/memberships/orgs/{organization.name}")
    except NotFound:
        raise NotProved(Refusal(Reason.NOT_A_MEMBER)) from None
    try:
        state, name, found_id = (
            found["state"],
            found["organization"]["login"],
            found["organization"]["id"],
        )
    except (KeyError, TypeError):
        raise Unavailable("what should be a membership is none") from None
    if found_id != organization_id:
        # Renamed between two questions; somebody else has the name now.
        raise NotProved(Refusal(Reason.NOT_A_MEMBER))
    if state == "pending":
        raise NotProved(Refusal(Reason.MEMBERSHIP_PENDING))
    if state != "active":
        raise NotProved(Refusal(Reason.NOT_A_MEMBER))
    return _membership(organization_id, name, "private")


def work_addresses(github: GitHub, domains: Collection[str]) -> tuple[Address, ...]:
    """Return the addresses at these domains that GitHub has verified. Needs `user:email`.

    For the caller to hash and forget. All others are forgotten here.
    """
    _require(github, "user:email")
    found = [
        address
        for page in github.pages("/user/emails", most=_ADDRESS_PAGES)
        for entry in _list(page)
        if entry.get("verified") is True
        and (address := _parsed(entry.get("email"))) is not None
        and address.domain in domains
    ]
    if not found:
        raise NotProved(Refusal(Reason.NO_WORK_ADDRESS))
    return tuple(dict.fromkeys(found))


def work_domain(address: Address) -> Fact:
    """State that somebody controls an address at a domain, according to GitHub."""
    return Fact(Method.WORK_DOMAIN, _today(), subject=address.domain, detail={"through": "github"})


def contributions(
    github: GitHub, account: GitHubAccount, repository_id: int, *, until: date | None
) -> Fact:
    """State how many pull requests of somebody were merged into a repository.

    Those from before the day `until` count; where there are none, those since then, marked so.
    Commits count instead only where there is no pull request at all: anybody may name anybody as
    the author of a commit. "At least" is said where GitHub has more than was counted.
    """
    repository = _repository(github.get(f"/repositories/{repository_id}"))
    for counted in _in_order_of_weight(github, account, repository, until):
        if counted.detail["number"]:
            return counted
    raise NotProved(Refusal(Reason.NO_CONTRIBUTIONS))


def resolve_organization(login: str) -> Found:
    """Return the organization that has this name now. Asks as nobody."""
    return _organization(GitHub().get(f"/orgs/{checked_name(login)}"))


def resolve_repository(full_name: str) -> Found:
    """Return the repository that has this name now, or had it once. Asks as nobody."""
    owner, _, name = full_name.partition("/")
    return _repository(GitHub().get(f"/repos/{checked_name(owner)}/{checked_name(name)}"))


def _in_order_of_weight(
    github: GitHub, account: GitHubAccount, repository: Found, until: date | None
) -> Iterator[Fact]:
    if until is not None:
        yield _merged(github, account, repository, {"until": until.isoformat()})
        yield _merged(github, account, repository, {"since": until.isoformat()})
        yield _committed(github, account, repository, {"until": until.isoformat()})
        yield _committed(github, account, repository, {"since": until.isoformat()})
    else:
        yield _merged(github, account, repository, {})
        yield _committed(github, account, repository, {})


def _merged(
    github: GitHub, account: GitHubAccount, repository: Found, days: dict[str, Detail]
) -> Fact:
    """Count merged pull requests, https://docs.github.com/en/rest/search/search."""
    query = f"repo:{repository.name} is:pr is:merged author:{account.login}"
    query += f" merged:<{days['until']}" if "until" in days else ""
    query += f" merged:>={days['since']}" if "since" in days else ""
    number, at_least = 0, False
    seen = 0
    for page in github.pages("/search/issues", most=_CONTRIBUTION_PAGES, q=query):
        try:
            items, total = _list(page["items"]), int(page["total_count"])
            at_least |= bool(page["incomplete_results"])
        except (KeyError, TypeError, ValueError):
            raise Unavailable("what should be a search is none") from None
        seen += len(items)
        number += sum(_is_of(account, item.get("user")) for item in items)
    return _contribution(
        repository, "pull requests", number, days, at_least=at_least or seen < total
    )


def _committed(
    github: GitHub, account: GitHubAccount, repository: Found, days: dict[str, Detail]
) -> Fact:
    path = f"/repositories/{repository.id}/commits"
    midnight = {name: f"{day}T00:00:00Z" for name, day in days.items()}
    number, size = 0, 0
    pages = 0
    for page in github.pages(path, most=_CONTRIBUTION_PAGES, author=account.login, **midnight):
        commits = _list(page)
        pages, size = pages + 1, len(commits)
        number += sum(_is_of(account, commit.get("author")) for commit in commits)
    full = pages == _CONTRIBUTION_PAGES and size == PAGE_SIZE
    return _contribution(repository, "commits", number, days, at_least=full)


def _contribution(
    repository: Found, kind: str, number: int, days: dict[str, Detail], *, at_least: bool
) -> Fact:
    detail: dict[str, Detail] = {"contributions": kind, "number": number, "at_least": int(at_least)}
    return Fact(
        Method.GITHUB_CONTRIBUTOR,
        _today(),
        subject=repository.name,
        subject_id=repository.id,
        detail=detail | days,
    )


def _membership(organization_id: int, name: str, membership: str) -> Fact:
    return Fact(
        Method.GITHUB_ORGANIZATION,
        _today(),
        subject=name,
        subject_id=organization_id,
        detail={"membership": membership},
    )


def _require(github: GitHub, scope: str) -> None:
    """Look at what was granted: a person may have taken scopes away at GitHub."""
    granted = github.granted()
    if scope not in granted:
        raise ScopeMissing(f"needs {scope}", granted=granted)


def _is_of(account: GitHubAccount, author: Json) -> bool:
    """Whether a user in an answer is this account; GitHub has none for deleted ones."""
    return isinstance(author, dict) and author.get("id") == account.id


def _organization(data: Json) -> Found:
    try:
        return Found(int(data["id"]), str(data["login"]))
    except (KeyError, TypeError, ValueError):
        raise Unavailable("what should be an organization is none") from None


def _repository(data: Json) -> Found:
    try:
        return Found(int(data["id"]), str(data["full_name"]))
    except (KeyError, TypeError, ValueError):
        raise Unavailable("what should be a repository is none") from None


def _list(page: Json) -> list[dict[str, Json]]:
    if not isinstance(page, list) or not all(isinstance(entry, dict) for entry in page):
        raise Unavailable("what should be a list is none")
    return page


def _parsed(text: Json) -> Address | None:
    try:
        return Address.parse(str(text))
    except AddressError:
        return None


def checked_name(text: str) -> str:
    """Return a name as GitHub allows them. Raises NotFound for all that isn't one."""
    if not _NAME.fullmatch(text) or text in {".", ".."}:
        raise NotFound("no name that GitHub allows")
    return text


def _today() -> date:
    return timezone.now().date()
