"""The wall is searched by tier, company and verified group; who is hidden is never found."""

from datetime import date
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.facts import Fact, Method
from petitions.models import Petition, Visibility
from petitions.views.signature import WALL_PAGE
from tests.factories import make_signature, sequence

URL = "/petitions/weekends/signatures/"
DAY = date(2026, 11, 20)
AT_WORK = Fact(Method.WORK_DOMAIN, DAY, "example.com", detail={"through": "mail"})
MEMBER = Fact(Method.GITHUB_ORGANIZATION, DAY, "acme", 9001, {"membership": "public"})
CONTRIBUTOR = Fact(
    Method.GITHUB_CONTRIBUTOR,
    DAY,
    "acme/widget",
    70001,
    {"contributions": "pull requests", "number": 12, "at_least": 0},
)
ACCOUNT = Fact(Method.GITHUB_ACCOUNT, DAY, "octocat", 7, {"created_on": "2011-01-25"})


def add(
    petition: Petition,
    name: str,
    *facts: Fact,
    affiliation: str = "",
    visibility: Visibility = Visibility.PUBLIC,
) -> None:
    signature = make_signature(petition, name=name)
    signature.amend(visibility=visibility, name=name, role="", affiliation=affiliation)
    if facts:
        signature.prove(facts, {})


@pytest.fixture
def petition(petition: Petition) -> Petition:
    """A petition with five signers, of whom one shows no name."""
    add(petition, "Plain", affiliation="Example Corp")
    add(petition, "Worker", AT_WORK, affiliation="EXAMPLE corp")
    add(petition, "Member", MEMBER, ACCOUNT, affiliation="Acme")
    add(petition, "Contributor", CONTRIBUTOR, AT_WORK, visibility=Visibility.PSEUDONYM)
    add(petition, "Hidden", AT_WORK, MEMBER, visibility=Visibility.VERIFIED_ONLY)
    sequence()
    return petition


def found(client: Client, **query: str) -> list[str]:
    """The names on the wall, in their order."""
    response = client.get(URL, query)
    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex"
    return [signer.name for signer in response.context["signers"]]


EVERYBODY = ["Contributor", "Member", "Worker", "Plain"]


@pytest.mark.parametrize(
    ("tier", "names"),
    [
        ("", EVERYBODY),
        ("email", ["Plain"]),
        ("work_domain", ["Worker"]),
        ("github_account", []),
        ("github_organization", ["Member"]),
        ("github_contributor", ["Contributor"]),
        ("organizer", []),
    ],
)
def test_wall_is_searched_by_the_highest_tier(
    client: Client, petition: Petition, tier: str, names: list[str]
) -> None:
    assert found(client, tier=tier) == names


@pytest.mark.parametrize(
    ("affiliation", "names"),
    [
        ("example corp", ["Worker", "Plain"]),
        ("  Acme ", ["Member"]),
        ("Acme%", []),
        ("Exampl_ Corp", []),
        ("Example", []),
    ],
)
def test_wall_is_searched_by_the_company_that_signers_gave(
    client: Client, petition: Petition, affiliation: str, names: list[str]
) -> None:
    assert found(client, affiliation=affiliation) == names


@pytest.mark.parametrize(
    ("organization", "names"),
    [
        ("example.com", ["Contributor", "Worker"]),
        ("EXAMPLE.com", ["Contributor", "Worker"]),
        ("acme", ["Member"]),
        ("acme/widget", ["Contributor"]),
        # An account is a person, and no group.
        ("octocat", []),
        ("%", []),
    ],
)
def test_wall_is_searched_by_verified_group(
    client: Client, petition: Petition, organization: str, names: list[str]
) -> None:
    assert found(client, organization=organization) == names


def test_all_that_is_searched_for_must_fit(client: Client, petition: Petition) -> None:
    both = {"affiliation": "example corp", "organization": "example.com"}
    assert found(client, **both) == ["Worker"]
    assert found(client, **both, tier="email") == []
    assert found(client, **both, tier="work_domain") == ["Worker"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"tier": "github_organization"},
        {"organization": "acme"},
        {"organization": "example.com"},
    ],
)
def test_who_is_hidden_is_never_found(
    client: Client, petition: Petition, query: dict[str, str]
) -> None:
    assert "Hidden" not in client.get(URL, query).content.decode()


def test_search_without_result_says_so_and_leads_back(client: Client, petition: Petition) -> None:
    html = client.get(URL, {"affiliation": "Nowhere <b>"}).content.decode()
    assert "No signer who shows a name fits this." in html
    assert 'value="Nowhere &lt;b&gt;"' in html
    assert f'<a href="{URL}">Show all</a>' in html


@pytest.mark.parametrize(
    "query",
    [
        "tier=everybody",
        "tier=%00",
        "tier=email%27--",
        "affiliation=%00",
        "affiliation=+",
        "organization=%FF%FE%00",
        "before=" + "9" * 5000,
        "before=%E0%A5%A7",
        "before=-1",
        "unknown=1&tier=",
    ],
)
def test_rubbish_in_the_query_is_left_out(client: Client, petition: Petition, query: str) -> None:
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 200
    names = [signer.name for signer in response.context["signers"]]
    assert names == ([] if query.startswith("organization") else EVERYBODY)


def test_very_long_query_finds_nobody(client: Client, petition: Petition) -> None:
    assert found(client, affiliation="a" * 10_000) == []


def test_search_goes_on_to_the_next_page(client: Client, petition: Petition) -> None:
    for number in range(WALL_PAGE + 1):
        add(petition, f"Signer {number}", affiliation="Möbius & Co")
        add(petition, f"Other {number}")
    sequence()
    query = {"affiliation": "Möbius & Co"}
    first = client.get(URL, query)
    before = first.context["before"]
    link = f"?{urlencode(query)}&amp;before={before}"
    assert f'href="{link}"' in first.text
    second = client.get(URL + link.replace("&amp;", "&"))
    names = [signer.name for page in (first, second) for signer in page.context["signers"]]
    assert names == [f"Signer {number}" for number in range(WALL_PAGE, -1, -1)]


# --- Groups ------------------------------------------------------------------------------------


def groups(client: Client, **query: str) -> list[tuple[str, int]]:
    shown = client.get(URL, query).context["groups"]
    return [(group.subject, group.number) for group in shown]


@pytest.mark.parametrize(
    ("threshold", "shown"),
    [
        (2, [("example.com", 3), ("acme", 2)]),
        (3, [("example.com", 3)]),
        (4, []),
    ],
)
def test_group_is_shown_from_the_letters_threshold_on(
    client: Client, petition: Petition, threshold: int, shown: list[tuple[str, int]]
) -> None:
    add(petition, "One", AT_WORK, MEMBER, visibility=Visibility.VERIFIED_ONLY)
    add(petition, "Two", AT_WORK, visibility=Visibility.VERIFIED_ONLY)
    # Not in a group: shown by name, or in the count only.
    add(petition, "Three", AT_WORK)
    add(petition, "Four", AT_WORK, visibility=Visibility.COUNT_ONLY)
    sequence()
    Petition.objects.update(group_threshold=threshold)
    assert groups(client) == shown
    html = client.get(URL).content.decode()
    assert ("3 people verified by example.com, without a name" in html) == (threshold <= 3)
    assert ("2 people verified by acme, without a name" in html) == (threshold <= 2)


def test_group_grows_with_the_log_and_shrinks_with_a_withdrawal(
    client: Client, petition: Petition
) -> None:
    Petition.objects.update(group_threshold=2)
    signature = make_signature(petition)
    signature.amend(visibility=Visibility.VERIFIED_ONLY, name="", role="", affiliation="")
    signature.prove([AT_WORK], {})
    assert groups(client) == []
    sequence()
    assert groups(client) == [("example.com", 2)]
    signature.withdraw()
    sequence()
    assert groups(client) == []


def test_group_is_as_large_as_its_people(client: Client, petition: Petition) -> None:
    """Whoever has two kinds of evidence of one group is one person of each."""
    Petition.objects.update(group_threshold=1)
    assert groups(client) == [("acme", 1), ("example.com", 1)]
    assert "1 person verified by acme, without a name" in client.get(URL).content.decode()
