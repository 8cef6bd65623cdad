"""What tests do behind GitHub's back: change the world, order faults, look at the grants.

Below /stand-in/, where nothing of GitHub is.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .faults import Fault
from .http import Answer, Request, data, not_found
from .world import Commit, Email, Member, Organization, Person, Pull, Repository

if TYPE_CHECKING:
    from .web import Site


def answer(site: "Site", request: Request) -> Answer:
    """Answer to a test."""
    match request.method, request.path.removeprefix("/stand-in/"):
        case "GET", "grants":
            return data([_grant(asdict(grant)) for grant in site.oauth.grants])
        case "GET", "tokens":
            return data([grant.token for grant in site.oauth.grants])
        case "GET", "asked":
            return data(site.asked)
        case "POST", "reset":
            site.reset()
        case "POST", "faults":
            site.faults.order(Fault(**request.json))
        case "POST", "people":
            _put(site.world.people, _person(request.json))
        case "POST", "organizations":
            _put(site.world.organizations, _organization(request.json))
        case "POST", "repositories":
            _put(site.world.repositories, _repository(request.json))
        case "POST", "search":
            site.world.incomplete_results = request.json["incomplete_results"]
        case _:
            return not_found()
    return Answer(204)


def _grant(content: dict[str, Any]) -> dict[str, Any]:
    """Leave the token out: who looks at a grant has no use for it."""
    return {name: value for name, value in content.items() if name != "token"}


def _put[Thing: Person | Organization | Repository](things: list[Thing], thing: Thing) -> None:
    """Add it, or put it in the place of the one with the same id."""
    things[:] = [*(other for other in things if other.id != thing.id), thing]


def _person(content: dict[str, Any]) -> Person:
    return Person(**content | {"emails": [Email(**one) for one in content["emails"]]})


def _organization(content: dict[str, Any]) -> Organization:
    return Organization(**content | {"members": [Member(**one) for one in content["members"]]})


def _repository(content: dict[str, Any]) -> Repository:
    pulls = [Pull(**one) for one in content["pulls"]]
    commits = [Commit(**one) for one in content["commits"]]
    return Repository(**content | {"pulls": pulls, "commits": commits})
