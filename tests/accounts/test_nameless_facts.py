"""What is said of a fact whose owner is not named gives no name, and claims nothing instead."""

from datetime import date

import pytest

from accounts.facts import Detail, Fact, Method, explanation, headline

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("method", "subject", "detail", "few", "sentence"),
    [
        (
            Method.GITHUB_ACCOUNT,
            "",
            {},
            "GitHub account",
            "Signed in to GitHub on 22 November 2026.",
        ),
        (
            Method.SSH_KEY,
            "",
            {},
            "SSH key of a GitHub account",
            "Signed a statement on 22 November 2026 with a key that a GitHub account listed.",
        ),
        (
            Method.GITHUB_CONTRIBUTOR,
            "acme/widget",
            {"contributions": "pull requests"},
            "Pull requests merged into acme/widget",
            "Pull requests merged into acme/widget, as GitHub said on 22 November 2026.",
        ),
        (
            Method.GITHUB_CONTRIBUTOR,
            "acme/widget",
            {"contributions": "commits"},
            "Commits in acme/widget",
            (
                "Commits in acme/widget, as GitHub said on 22 November 2026. Commits say less than "
                "merged pull requests: their author is what the commit claims."
            ),
        ),
    ],
)
def test_fact_without_its_owner(
    method: Method, subject: str, detail: dict[str, Detail], few: str, sentence: str
) -> None:
    fact = Fact(method, DAY, subject, detail=detail)
    assert (headline(fact), explanation(fact)) == (few, sentence)
