"""The REST API: one function for each path, in the shapes of GitHub's OpenAPI description."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .http import Answer, Request, data, message, not_found, page_of, redirect
from .oauth import Grant
from .search import SearchError, found_pulls
from .world import Member, Organization, Person, Repository, World

PREFIX = "/api/v3"
RESTRICTED = (
    "Although you appear to have the correct authorization credentials, the `{}` organization has"
    " enabled OAuth App access restrictions, meaning that data access to third-parties is limited."
    " For more information on these restrictions, including how to enable this app, visit"
    " https://docs.github.com/articles/restricting-access-to-your-organization-s-data/"
)
SAML = (
    "Resource protected by organization SAML enforcement. You must grant your OAuth token access"
    " to an organization within this enterprise."
)


@dataclass(frozen=True)
class Call:
    """A request to the API, and who makes it: nobody, without a token."""

    request: Request
    world: World
    base: str
    grant: Grant | None
    person: Person | None

    def has(self, *scopes: str) -> bool:
        """Whether the token has one of the scopes."""
        return self.grant is not None and not set(scopes).isdisjoint(self.grant.scopes)

    def page(self, items: list[Any]) -> Answer:
        """Answer with the page of a list that was asked for."""
        content, headers = page_of(items, self.request, self.base)
        return _with(data(content), headers)


def answer(call: Call) -> Answer:
    """Answer a request below PREFIX."""
    path = call.request.path.removeprefix(PREFIX)
    for pattern, resource in _ROUTES:
        if found := re.fullmatch(pattern, path):
            return resource(call, *found.groups())
    return not_found()


def _me(call: Call) -> Answer:
    if call.person is None:
        return message(401, "Requires authentication")
    return data(_user(call.person) | _profile(call.person))


def _my_emails(call: Call) -> Answer:
    if call.person is None:
        return message(401, "Requires authentication")
    accepted = {"X_Accepted_OAuth_Scopes": "user, user:email"}
    if not call.has("user", "user:email"):
        return message(404, "Not Found", **accepted)
    emails = [
        {
            "email": one.email,
            "primary": one.primary,
            "verified": one.verified,
            "visibility": "private" if one.primary else None,
        }
        for one in call.person.emails
    ]
    return call.page(emails)


def _my_membership(call: Call, login: str) -> Answer:
    if call.person is None:
        return message(401, "Requires authentication")
    organization = call.world.organization(login)
    member = _member(organization, call.person)
    if not call.has("read:org"):
        said = (
            "You need at least read:org scope or user scope to read your organization memberships."
        )
        return message(403, said, X_Accepted_OAuth_Scopes="admin:org, read:org, user, write:org")
    if organization is None or member is None:
        return not_found()
    if organization.restricted:
        return message(403, RESTRICTED.format(organization.login))
    if organization.saml:
        url = f"{call.base}/orgs/{organization.login}/sso?authorization_request=A1B2"
        return message(403, SAML, X_GitHub_SSO=f"required; url={url}")
    return data(
        {
            "url": f"{call.base}{PREFIX}/orgs/{organization.login}/memberships/{call.person.login}",
            "state": member.state,
            "role": member.role,
            "organization": _simple_organization(organization),
            "user": _user(call.person),
        }
    )


def _person(call: Call, login: str) -> Answer:
    person = call.world.person(login)
    return data(_user(person) | _profile(person)) if person else not_found()


def _organizations_of(call: Call, login: str) -> Answer:
    person = call.world.person(login)
    if person is None:
        return not_found()
    shown = [
        _simple_organization(organization)
        for organization in call.world.organizations
        if (member := _member(organization, person)) and member.public and member.state == "active"
    ]
    return call.page(shown)


def _keys_of(call: Call, login: str) -> Answer:
    person = call.world.person(login)
    if person is None:
        return not_found()
    return call.page([{"id": number, "key": key} for number, key in enumerate(person.keys, 1)])


def _signing_keys_of(call: Call, login: str) -> Answer:
    person = call.world.person(login)
    if person is None:
        return not_found()
    return call.page(
        [
            {"id": number, "key": key, "title": "", "created_at": person.created_at}
            for number, key in enumerate(person.signing_keys, 1)
        ]
    )


def _organization(call: Call, login: str) -> Answer:
    organization = call.world.organization(login)
    return data(_simple_organization(organization)) if organization else not_found()


def _organization_by_id(call: Call, number: str) -> Answer:
    organization = call.world.organization_by_id(int(number))
    return data(_simple_organization(organization)) if organization else not_found()


def _public_member(call: Call, organization: str, login: str) -> Answer:
    person, found = call.world.person(login), call.world.organization(organization)
    member = _member(found, person) if person else None
    return Answer(204) if member and member.public else not_found()


def _repository(call: Call, full_name: str) -> Answer:
    if repository := call.world.repository(full_name):
        return _shown(call, repository)
    if renamed := call.world.repository_once_named(full_name):
        address = f"{call.base}{PREFIX}/repositories/{renamed.id}"
        moved = redirect(address, 301)
        moved.body = data({"message": "Moved Permanently", "url": address}).body
        return moved
    return not_found()


def _repository_by_id(call: Call, number: str) -> Answer:
    repository = call.world.repository_by_id(int(number))
    return _shown(call, repository) if repository else not_found()


def _shown(call: Call, repository: Repository) -> Answer:
    if repository.private:
        return not_found()
    return data(
        {
            "id": repository.id,
            "name": repository.full_name.partition("/")[2],
            "full_name": repository.full_name,
            "private": repository.private,
            "url": f"{call.base}{PREFIX}/repos/{repository.full_name}",
        }
    )


def _commits(call: Call, full_name: str) -> Answer:
    return _commits_of(call, call.world.repository(full_name))


def _commits_by_id(call: Call, number: str) -> Answer:
    return _commits_of(call, call.world.repository_by_id(int(number)))


def _commits_of(call: Call, repository: Repository | None) -> Answer:
    if repository is None or repository.private:
        return not_found()
    author, since, until = (call.request.query.get(name) for name in ("author", "since", "until"))
    return call.page(
        [
            {
                "sha": f"{number:040x}",
                "commit": {"author": {"name": one.login, "date": one.date}},
                "author": _author(call.world, one.user_id, one.login),
            }
            for number, one in enumerate(repository.commits, 1)
            if (author is None or one.login.lower() == author.lower())
            and (since is None or one.date >= since)
            and (until is None or one.date <= until)
        ]
    )


def _search(call: Call) -> Answer:
    try:
        pulls = found_pulls(call.request.query.get("q", ""), call.world)
    except SearchError as error:
        return message(422, str(error))
    items = [
        {
            "id": 500000 + number,
            "number": number,
            "title": f"Change {number}",
            "state": "closed" if pull.merged_at else "open",
            "user": _author(call.world, pull.user_id, pull.login),
            "closed_at": pull.merged_at or None,
            "pull_request": {"merged_at": pull.merged_at or None},
        }
        for number, pull in enumerate(pulls, 1)
    ]
    # Search never shows more than a thousand.
    shown, headers = page_of(items[:1000], call.request, call.base)
    content = {
        "total_count": len(items),
        "incomplete_results": call.world.incomplete_results,
        "items": shown,
    }
    return _with(data(content), headers)


def _with(answer: Answer, headers: dict[str, str]) -> Answer:
    answer.headers |= headers
    return answer


def _member(organization: Organization | None, person: Person) -> Member | None:
    members = organization.members if organization else []
    return next((one for one in members if one.user_id == person.id), None)


def _author(world: World, user_id: int, login: str) -> dict[str, Any] | None:
    person = world.person_by_id(user_id)
    return {**_user(person), "login": login} if person else None


def _user(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "login": person.login,
        "type": person.type,
        "site_admin": False,
        "html_url": f"https://github.invalid/{person.login}",
    }


def _profile(person: Person) -> dict[str, Any]:
    return {"name": None, "email": None, "created_at": person.created_at}


def _simple_organization(organization: Organization) -> dict[str, Any]:
    return {"id": organization.id, "login": organization.login, "description": ""}


_NAME = r"([\w.-]+)"
_FULL_NAME = r"([\w.-]+/[\w.-]+)"
_ROUTES: list[tuple[str, Callable[..., Answer]]] = [
    (r"/user", _me),
    (r"/user/emails", _my_emails),
    (rf"/user/memberships/orgs/{_NAME}", _my_membership),
    (rf"/users/{_NAME}", _person),
    (rf"/users/{_NAME}/orgs", _organizations_of),
    (rf"/users/{_NAME}/keys", _keys_of),
    (rf"/users/{_NAME}/ssh_signing_keys", _signing_keys_of),
    (rf"/orgs/{_NAME}", _organization),
    (rf"/orgs/{_NAME}/public_members/{_NAME}", _public_member),
    (r"/organizations/(\d+)", _organization_by_id),
    (rf"/repos/{_FULL_NAME}", _repository),
    (rf"/repos/{_FULL_NAME}/commits", _commits),
    (r"/repositories/(\d+)", _repository_by_id),
    (r"/repositories/(\d+)/commits", _commits_by_id),
    (r"/search/issues", _search),
]
