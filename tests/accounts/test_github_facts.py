"""Each fact that GitHub tells: asked for with its scope alone, and told as it is."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from accounts.addresses import Address
from accounts.facts import Fact, Method
from accounts.github.errors import NotFound
from accounts.github.facts import Found, resolve_organization, resolve_repository
from accounts.proof import Proof, Wanted
from accounts.refusal import Reason, Refusal
from local.github import GitHub
from local.github.faults import Fault
from local.github.world import Commit, Email, Member, Organization, Pull, Repository
from local.github.world import Person as Account
from tests.accounts.prover import Person

type MakePerson = Callable[[str], Person]

TODAY = datetime.now(tz=UTC).date()
ACCOUNT = Wanted(Method.GITHUB_ACCOUNT)
PUBLIC = Wanted(Method.GITHUB_ORGANIZATION, "acme", 9001)
PRIVATE = Wanted(Method.GITHUB_ORGANIZATION, "acme", 9001, private=True)
ADDRESS = Wanted(Method.WORK_DOMAIN, domains=("example.com",))
WIDGET = Wanted(Method.GITHUB_CONTRIBUTOR, "acme/widget", 70001)


def refused(reason: Reason) -> tuple[tuple[Fact, ...], Refusal | None]:
    return (), Refusal(reason)


def outcome(proof: Proof) -> tuple[tuple[Fact, ...], Refusal | None]:
    return proof.facts, proof.refusal


def contributed(**detail: str | int) -> Fact:
    return Fact(Method.GITHUB_CONTRIBUTOR, TODAY, "acme/widget", 70001, detail)


def test_account_is_its_id_with_the_day_of_its_creation(person: MakePerson) -> None:
    proof = person("ada-example").prove(ACCOUNT)
    fact = Fact(
        Method.GITHUB_ACCOUNT, TODAY, "ada-example", 101, detail={"created_on": "2012-12-10"}
    )
    assert outcome(proof) == ((fact,), None)
    assert proof.account is not None
    assert proof.account.identity == "github:127.0.0.1:101"
    assert (proof.context, proof.next_url, proof.addresses) == (
        "signature 7",
        "/petitions/weekends/",
        (),
    )


def test_bot_proves_nothing(person: MakePerson) -> None:
    assert outcome(person("helper-bot").prove(ACCOUNT)) == refused(Reason.NOT_A_PERSON)


def test_public_membership_needs_no_scope(person: MakePerson, github: GitHub) -> None:
    proof = person("ada-example").prove(PUBLIC)
    fact = Fact(Method.GITHUB_ORGANIZATION, TODAY, "acme", 9001, {"membership": "public"})
    assert outcome(proof) == ((fact,), None)
    assert [grant["scopes"] for grant in github.grants] == [[]]


def test_public_membership_is_found_on_a_later_page(person: MakePerson, github: GitHub) -> None:
    for number in range(150):
        github.put(Organization(number + 1, f"org-{number}", [Member(102, public=True)]))
    github.put(Organization(9001, "acme", [Member(102, public=True)]))
    assert person("grace-example").prove(PUBLIC).refusal is None


def test_private_member_is_no_public_one(person: MakePerson) -> None:
    assert outcome(person("grace-example").prove(PUBLIC)) == refused(Reason.NOT_A_PUBLIC_MEMBER)


def test_private_membership_is_told_with_the_members_permission(person: MakePerson) -> None:
    fact = Fact(Method.GITHUB_ORGANIZATION, TODAY, "acme", 9001, {"membership": "private"})
    assert outcome(person("grace-example").prove(PRIVATE)) == ((fact,), None)


def test_organization_is_known_by_its_id_under_a_new_name(
    person: MakePerson, github: GitHub
) -> None:
    github.put(Organization(9001, "acme-renamed", [Member(102)]))
    github.put(Organization(9009, "acme", []))
    (fact,) = person("grace-example").prove(PRIVATE).facts
    assert (fact.subject, fact.subject_id) == ("acme-renamed", 9001)


def test_member_of_whoever_has_the_old_name_is_refused(person: MakePerson, github: GitHub) -> None:
    github.put(Organization(9001, "acme-renamed", []))
    github.put(Organization(9009, "acme", [Member(102, public=True)]))
    grace = person("grace-example")
    assert outcome(grace.prove(PRIVATE)) == refused(Reason.NOT_A_MEMBER)
    assert outcome(grace.prove(PUBLIC)) == refused(Reason.NOT_A_PUBLIC_MEMBER)


def test_membership_of_another_organization_is_none(person: MakePerson, github: GitHub) -> None:
    """The name went to somebody else between two questions."""
    other = '{"state": "active", "organization": {"id": 9009, "login": "acme"}}'
    github.order(Fault("GET .*/memberships/orgs/acme", 200, other))
    assert outcome(person("grace-example").prove(PRIVATE)) == refused(Reason.NOT_A_MEMBER)


def test_pending_membership_is_none(person: MakePerson) -> None:
    newcomer = person("newcomer-example")
    assert outcome(newcomer.prove(PRIVATE)) == refused(Reason.MEMBERSHIP_PENDING)


def test_stranger_is_no_member(person: MakePerson, github: GitHub) -> None:
    github.put(Account(105, "stranger-example"))
    assert outcome(person("stranger-example").prove(PRIVATE)) == refused(Reason.NOT_A_MEMBER)


@pytest.mark.parametrize(
    ("organization_id", "reason"),
    [(9002, Reason.ORGANIZATION_RESTRICTED), (9003, Reason.SAML_REQUIRED), (9999, Reason.GONE)],
)
def test_closed_organization_is_explained_and_nobody_is_asked(
    person: MakePerson, organization_id: int, reason: Reason
) -> None:
    wanted = Wanted(Method.GITHUB_ORGANIZATION, "closed", organization_id, private=True)
    proof = person("ada-example").prove(wanted)
    assert outcome(proof) == refused(reason)
    assert proof.refusal is not None
    # Neither a link nor the address by which GitHub would have the owners asked.
    assert "http" not in proof.refusal.words
    assert "sso" not in proof.refusal.words.lower()


def test_verified_work_address_is_handed_over_and_no_other(person: MakePerson) -> None:
    proof = person("ada-example").prove(ADDRESS)
    fact = Fact(Method.WORK_DOMAIN, TODAY, "example.com", detail={"through": "github"})
    assert outcome(proof) == ((fact,), None)
    assert proof.addresses == (Address("ada.lovelace", "example.com"),)


def test_unverified_work_address_is_none(person: MakePerson) -> None:
    assert outcome(person("grace-example").prove(ADDRESS)) == refused(Reason.NO_WORK_ADDRESS)


@pytest.mark.parametrize(
    "address",
    ["m@example.com.evil.example", "m@mail.example.com", "m@exаmple.com", "m@[127.0.0.1]", "m"],
)
def test_domain_is_exact(person: MakePerson, github: GitHub, address: str) -> None:
    github.put(Account(106, "mallory-example", emails=[Email(address, primary=True)]))
    assert outcome(person("mallory-example").prove(ADDRESS)) == refused(Reason.NO_WORK_ADDRESS)


def test_pull_requests_from_before_the_opening_count(person: MakePerson) -> None:
    wanted = Wanted(Method.GITHUB_CONTRIBUTOR, "acme/widget", 70001, until=date(2025, 7, 3))
    fact = contributed(contributions="pull requests", number=6, at_least=0, until="2025-07-03")
    assert outcome(person("ada-example").prove(wanted)) == ((fact,), None)


def test_pull_requests_since_the_opening_are_marked(person: MakePerson) -> None:
    wanted = Wanted(Method.GITHUB_CONTRIBUTOR, "acme/widget", 70001, until=date(2024, 1, 1))
    fact = contributed(contributions="pull requests", number=12, at_least=0, since="2024-01-01")
    assert outcome(person("ada-example").prove(wanted)) == ((fact,), None)


def test_commits_are_the_fallback(person: MakePerson) -> None:
    fact = contributed(contributions="commits", number=3, at_least=0)
    assert outcome(person("grace-example").prove(WIDGET)) == ((fact,), None)


def test_commits_before_the_opening_come_before_later_ones(
    person: MakePerson, github: GitHub
) -> None:
    github.put(
        Repository(
            70001,
            "acme/widget",
            commits=[
                Commit(102, "grace-example", day)
                for day in ("2024-12-31T23:00:00Z", "2025-01-01T10:00:00Z", "2025-02-01T10:00:00Z")
            ],
        )
    )
    wanted = Wanted(Method.GITHUB_CONTRIBUTOR, "acme/widget", 70001, until=date(2025, 1, 1))
    fact = contributed(contributions="commits", number=1, at_least=0, until="2025-01-01")
    assert outcome(person("grace-example").prove(wanted)) == ((fact,), None)


def test_nobody_contributes_by_another_ones_former_login(
    person: MakePerson, github: GitHub
) -> None:
    """Ada's login was let go and taken by somebody else, while search still finds hers by it."""
    github.put(Account(101, "ada-renamed"))
    github.put(Account(666, "ada-example", created_at="2026-11-01T00:00:00Z"))
    github.put(
        Repository(
            70001,
            "acme/widget",
            pulls=[Pull(101, "ada-example", "2025-01-01T00:00:00Z")],
            commits=[Commit(101, "ada-example", "2025-01-01T00:00:00Z")],
        )
    )
    assert outcome(person("ada-example").prove(WIDGET)) == refused(Reason.NO_CONTRIBUTIONS)


def test_incomplete_search_says_at_least(person: MakePerson, github: GitHub) -> None:
    github.let_search_give_up()
    (fact,) = person("ada-example").prove(WIDGET).facts
    assert (fact.detail["number"], fact.detail["at_least"]) == (12, 1)


def test_many_pull_requests_are_counted_up_to_a_point(person: MakePerson, github: GitHub) -> None:
    pulls = [Pull(101, "ada-example", "2025-01-01T00:00:00Z") for _ in range(301)]
    github.put(Repository(70001, "acme/widget", pulls=pulls[:150]))
    (few,) = person("ada-example").prove(WIDGET).facts
    github.put(Repository(70001, "acme/widget", pulls=pulls))
    (many,) = person("ada-example").prove(WIDGET).facts
    assert [(fact.detail["number"], fact.detail["at_least"]) for fact in (few, many)] == [
        (150, 0),
        (300, 1),
    ]


def test_renamed_repository_is_known_by_its_id(person: MakePerson, github: GitHub) -> None:
    github.put(
        Repository(70001, "acme/renamed", pulls=[Pull(101, "ada-example", "2025-01-01T00:00:00Z")])
    )
    github.put(Repository(70009, "acme/widget"))
    (fact,) = person("ada-example").prove(WIDGET).facts
    assert (fact.subject, fact.subject_id, fact.detail["number"]) == ("acme/renamed", 70001, 1)


def test_hidden_repository_is_gone(person: MakePerson, github: GitHub) -> None:
    github.put(Repository(70001, "acme/widget", private=True))
    assert outcome(person("ada-example").prove(WIDGET)) == refused(Reason.GONE)


def test_names_are_resolved_to_ids(github: GitHub) -> None:
    assert resolve_organization("ACME") == Found(9001, "acme")
    assert resolve_repository("acme/widget") == Found(70001, "acme/widget")
    assert resolve_repository("acme/gadget") == Found(70001, "acme/widget")


@pytest.mark.parametrize("name", ["", "..", "a/b", "acme?x=1", "acme%2Fwidget", "nobody-here"])
def test_name_of_nothing_is_not_found(github: GitHub, name: str) -> None:
    with pytest.raises(NotFound):
        resolve_organization(name)
    with pytest.raises(NotFound):
        resolve_repository(f"acme/{name}")
