"""The part of GitHub's search that counts merged pull requests.

https://docs.github.com/en/search-github/searching-on-github/searching-issues-and-pull-requests
"""

import operator
import re

from .world import Pull, World

_COMPARED = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class SearchError(Exception):
    """A query that GitHub finds "unprocessable"."""


def found_pulls(query: str, world: World) -> list[Pull]:
    """Return the pull requests that a query means, the first merged first. Raises SearchError."""
    terms = dict(term.partition(":")[::2] for term in query.split() if not term.startswith("is:"))
    wanted = {term for term in query.split() if term.startswith("is:")}
    if wanted != {"is:pr", "is:merged"} or not {"repo", "author"} <= terms.keys():
        raise SearchError(
            "This stand-in searches merged pull requests of an author in a repository"
        )
    repository = world.repository(terms["repo"])
    if repository is None or repository.private:
        raise SearchError(
            "The listed users and repositories cannot be searched either because the resources do"
            " not exist or you do not have permission to view them."
        )
    author = terms["author"].lower()
    found = [pull for pull in repository.pulls if pull.merged_at and pull.login.lower() == author]
    return sorted(
        (pull for pull in found if _is_within(pull, terms.get("merged", ""))),
        key=lambda pull: pull.merged_at,
    )


def _is_within(pull: Pull, bound: str) -> bool:
    if not bound:
        return True
    parts = re.fullmatch(r"([<>]=?)(\d{4}-\d\d-\d\d)", bound)
    if parts is None:
        raise SearchError(f"{bound!r} is not a recognized date/time format")
    return bool(_COMPARED[parts[1]](pull.merged_at[:10], parts[2]))
