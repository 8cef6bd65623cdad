"""A fact's words: what, by which method, on which date, never more than was checked."""

import json
from datetime import date

import pytest
from django.utils.translation import override

from accounts.facts import Detail, Fact, Method, explanation, headline
from accounts.refusal import Reason, Refusal

DAY = date(2026, 11, 22)
MERGED: dict[str, Detail] = {"contributions": "pull requests", "number": 12, "at_least": 0}

FACTS = [
    (
        Fact(Method.EMAIL, DAY),
        "E-mail confirmed",
        "Confirmed an e-mail address on 22 November 2026, by a mail to it.",
    ),
    (
        Fact(Method.WORK_DOMAIN, DAY, "example.com", detail={"through": "mail"}),
        "example.com address",
        "Controlled an address at example.com on 22 November 2026, by a code mailed to it.",
    ),
    (
        Fact(Method.WORK_DOMAIN, DAY, "example.com", detail={"through": "github"}),
        "example.com address",
        (
            "Controlled an address at example.com on 22 November 2026: GitHub had verified it for the"
            " signer's account."
        ),
    ),
    (
        Fact(Method.GITHUB_ACCOUNT, DAY, "octocat", 1, {"created_on": "2011-01-25"}),
        "GitHub: octocat",
        (
            "Signed in to GitHub as octocat on 22 November 2026. The account was created on"
            " 25 January 2011."
        ),
    ),
    (
        Fact(Method.GITHUB_ORGANIZATION, DAY, "acme", 2, {"membership": "public"}),
        "Member of acme",
        "Was listed as a public member of the GitHub organization acme on 22 November 2026.",
    ),
    (
        Fact(Method.GITHUB_ORGANIZATION, DAY, "acme", 2, {"membership": "private"}),
        "Member of acme",
        (
            "Was an active member of the GitHub organization acme on 22 November 2026, as GitHub said"
            " with the member's permission."
        ),
    ),
    (
        Fact(Method.GITHUB_CONTRIBUTOR, DAY, "acme/widget", 3, MERGED | {"until": "2026-11-01"}),
        "12 pull requests merged into acme/widget",
        (
            "12 pull requests merged into acme/widget before 1 November 2026, as GitHub said on"
            " 22 November 2026."
        ),
    ),
    (
        Fact(
            Method.GITHUB_CONTRIBUTOR,
            DAY,
            "acme/widget",
            3,
            MERGED | {"number": 1, "since": "2026-11-01"},
        ),
        "1 pull request merged into acme/widget",
        (
            "1 pull request merged into acme/widget since the letter was opened on 1 November 2026, as"
            " GitHub said on 22 November 2026."
        ),
    ),
    (
        Fact(
            Method.GITHUB_CONTRIBUTOR,
            DAY,
            "acme/widget",
            3,
            {"contributions": "commits", "number": 300, "at_least": 1},
        ),
        "At least 300 commits in acme/widget",
        (
            "At least 300 commits in acme/widget, as GitHub said on 22 November 2026. Commits say less"
            " than merged pull requests: their author is what the commit claims."
        ),
    ),
    (
        Fact(Method.SSH_KEY, DAY, "octocat", 1, {"created_on": "2011-01-25"}),
        "SSH key of GitHub: octocat",
        (
            "Signed a statement on 22 November 2026 with a key that the GitHub account octocat listed."
            " The account was created on 25 January 2011."
        ),
    ),
    (
        Fact(Method.ORGANIZER, DAY, detail={"seen": "a 100% real badge, {in} person"}),
        "Checked by an organizer",
        "Checked by an organizer on 22 November 2026, who saw: a 100% real badge, {in} person.",
    ),
    (
        Fact(Method.ORGANIZER, DAY),
        "Checked by an organizer",
        "Checked by an organizer on 22 November 2026.",
    ),
]


@pytest.mark.parametrize(("fact", "few", "sentence"), FACTS)
def test_fact_says_what_how_and_when(fact: Fact, few: str, sentence: str) -> None:
    with override("en"):
        assert (headline(fact), explanation(fact)) == (few, sentence)


@pytest.mark.parametrize("fact", [fact for fact, _, _ in FACTS])
def test_fact_survives_json(fact: Fact) -> None:
    assert Fact.from_json(json.loads(json.dumps(fact.to_json()))) == fact


@pytest.mark.parametrize("fact", [fact for fact, _, _ in FACTS])
def test_fact_speaks_the_readers_language(fact: Fact) -> None:
    with override("en"):
        english = headline(fact), explanation(fact)
    with override("zh-hans"):
        chinese = headline(fact), explanation(fact)
    assert [one == other for one, other in zip(english, chinese, strict=True)] == [False, False]


@pytest.mark.parametrize(
    ("seconds", "ending"),
    [(1, "in 1 minute."), (60, "in 1 minute."), (61, "in 2 minutes."), (3600, "in 60 minutes.")],
)
def test_limit_says_when_to_try_again(seconds: int, ending: str) -> None:
    with override("en"):
        words = Refusal(Reason.RATE_LIMITED, retry_after=seconds).words
    assert words == f"GitHub wants to be asked less often. Please try again {ending}"
