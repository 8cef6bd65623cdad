"""What GitHub says becomes a badge, or a signature: one account is one person under a letter."""

import logging
from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from pytest_django import Settings

from local.github import GitHub
from local.github.faults import Fault
from local.github.world import Person
from petitions.models import IdentityKind, ManageLink, Outcome, Petition, Signature
from tests.factories import (
    ask_for_evidence,
    begin_signature,
    make_petition,
    make_signature,
    own_page,
    owner_of,
    sequence,
)

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

PAGE = "/petitions/weekends/signature/"
ADD = f"{PAGE}evidence/github/"
SIGNATURES = "/petitions/weekends/signatures/"
SIGN = "/petitions/weekends/confirm/github/"
THANKS = "/petitions/weekends/thanks/"


@pytest.fixture
def petition(petition: Petition, github: GitHub) -> Petition:
    """A petition that asks about a domain, an organization and a repository."""
    ask_for_evidence(petition)
    return petition


def key(petition: Petition, kind: str, of: str) -> str:
    """The name of a choice on the form."""
    return f"{kind}-{petition.github_subjects.get(name=of).pk}"


def prove(
    client: Client,
    github: GitHub,
    fact: str,
    login: str = "ada-example",
    *,
    page: str = ADD,
    scopes: list[str] | None = None,
) -> "Response":
    """Choose a fact, let the site in at GitHub as this person, and come back."""
    there = client.post(page, {"fact": fact})
    assert there.status_code == 302
    back = github.decide(there["Location"], login, scopes)
    return client.get(back.removeprefix("http://testserver"))


def sign_by_github(
    client: Client, github: GitHub, login: str, fact: str = "account", **signer: str
) -> "Response":
    form = {"name": "Ada Lovelace", "email": "", "by_github": "1"} | signer
    assert client.post(SIGNATURES, form)["Location"] == SIGN
    return prove(client, github, fact, login, page=SIGN)


def badges_of(signature: Signature) -> list[tuple[str, str, int | None, dict[str, object]]]:
    return list(signature.badges.values_list("method", "subject", "subject_id", "detail"))


ACCOUNT = ("github_account", "ada-example", 101, {"created_on": "2012-12-10"})
MEMBER = ("github_organization", "acme", 9001, {"membership": "public"})
ADDRESS = ("work_domain", "example.com", None, {"through": "github"})


def dump() -> str:
    """All rows of all tables."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return str(rows)


# --- A badge -----------------------------------------------------------------------------------


def test_page_offers_what_the_letter_asks_about_the_least_telling_first(
    petition: Petition,
) -> None:
    html = owner_of(make_signature(petition)).get(ADD)
    assert [(choice.label, choice.permission) for choice in html.context["choices"]] == [
        ("That a GitHub account is mine", PUBLIC),
        ("That I am a public member of acme", PUBLIC),
        (
            "That I am a member of acme, though not publicly",
            "GitHub asks you to let us read your memberships of organizations.",
        ),
        ("That I contributed to acme/widget", PUBLIC),
        (
            "That GitHub verified an address of mine at example.com",
            "GitHub asks you to let us read your e-mail addresses.",
        ),
    ]


PUBLIC = "GitHub asks you for no permission but to see what is public."


def test_account_becomes_a_badge(petition: Petition, github: GitHub) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    response = prove(owner, github, "account")
    assert (response.status_code, response["Location"]) == (303, PAGE)
    html = owner.get(PAGE).content.decode()
    assert "Your signature has a new badge." in html
    assert "GitHub: ada-example" in html
    assert "The account was created on 10 December 2012." in html
    assert badges_of(signature) == [ACCOUNT]
    signature.refresh_from_db()
    assert signature.assurance == "github_account"
    assert [grant["revoked"] for grant in github.grants] == [True]


@pytest.mark.parametrize(
    ("kind", "login", "scopes"),
    [
        ("organization", "ada-example", []),
        ("membership", "grace-example", ["read:org"]),
    ],
)
def test_membership_that_was_chosen_becomes_a_badge(
    petition: Petition, github: GitHub, kind: str, login: str, scopes: list[str]
) -> None:
    signature = make_signature(petition)
    prove(owner_of(signature), github, key(petition, kind, "acme"), login)
    shown = {"membership": "public" if kind == "organization" else "private"}
    assert badges_of(signature) == [("github_organization", "acme", 9001, shown)]
    assert [grant["scopes"] for grant in github.grants] == [scopes]


def test_contributions_from_before_the_letter_become_a_badge(
    petition: Petition, github: GitHub
) -> None:
    signature = make_signature(petition)
    fact = key(petition, "repository", "acme/widget")
    prove(owner_of(signature), github, fact, "grace-example")
    assert petition.opened_at is not None
    detail = {
        "contributions": "commits",
        "number": 3,
        "at_least": 0,
        "until": petition.opened_at.date().isoformat(),
    }
    assert badges_of(signature) == [("github_contributor", "acme/widget", 70001, detail)]


def test_wall_shows_the_badge(client: Client, petition: Petition, github: GitHub) -> None:
    signature = make_signature(petition)
    prove(owner_of(signature), github, key(petition, "organization", "acme"))
    sequence()
    assert "Member of acme <time" in client.get(SIGNATURES).content.decode()


def test_verified_address_is_kept_as_its_domain_alone(
    petition: Petition, github: GitHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    signature = make_signature(petition)
    prove(owner_of(signature), github, "address")
    assert badges_of(signature) == [ADDRESS]
    assert sorted(signature.identities.values_list("kind", flat=True)) == [
        "address",
        "github",
        "work_address",
    ]
    assert not Session.objects.exists()
    for secret in ("lovelace@", "ada@example.org", "gho_"):
        assert secret not in dump()
        assert secret not in caplog.text


def test_account_of_who_shows_no_name_is_not_named(petition: Petition, github: GitHub) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    owner.post(PAGE, {"visibility": "verified"})
    prove(owner, github, "account")
    assert badges_of(signature) == [("github_account", "", None, {})]
    assert "ada-example" not in dump()


def test_one_account_is_on_one_signature(petition: Petition, github: GitHub) -> None:
    first, second = make_signature(petition), make_signature(petition)
    prove(owner_of(first), github, "account")
    eve = owner_of(second)
    prove(eve, github, key(petition, "organization", "acme"))
    html = eve.get(PAGE).content.decode()
    assert "belongs to another signature under this letter" in html
    assert "Your signature has a new badge." not in html
    assert (badges_of(first), badges_of(second)) == ([ACCOUNT], [])


def test_one_signature_has_one_account(petition: Petition, github: GitHub) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    prove(owner, github, "account")
    prove(owner, github, "account", "grace-example")
    assert "belongs to another signature" in owner.get(PAGE).content.decode()
    assert badges_of(signature) == [ACCOUNT]


def test_account_may_be_shown_under_each_letter(petition: Petition, github: GitHub) -> None:
    elsewhere = make_petition(slug="other")
    here, there = make_signature(petition), make_signature(elsewhere)
    prove(owner_of(here), github, "account")
    prove(owner_of(there), github, "account", page=f"{own_page(there)}evidence/github/")
    assert (badges_of(here), badges_of(there)) == ([ACCOUNT], [ACCOUNT])
    kept = [bytes(one.identities.get(kind="github").hash) for one in (here, there)]
    assert kept[0] != kept[1]


def test_address_of_another_signature_gives_nothing_at_all(
    petition: Petition, github: GitHub
) -> None:
    make_signature(petition, "ada.lovelace@example.com")
    petition.work_domains = ["example.com", "example.org"]
    petition.save()
    signature = make_signature(petition)
    owner = owner_of(signature)
    # GitHub verified two addresses at these domains, and only one is somebody else's.
    prove(owner, github, "address")
    assert "belongs to another signature" in owner.get(PAGE).content.decode()
    assert badges_of(signature) == []
    assert list(signature.identities.values_list("kind", flat=True)) == ["address"]


def test_two_verified_addresses_are_two_badges(petition: Petition, github: GitHub) -> None:
    petition.work_domains = ["example.com", "example.org"]
    petition.save()
    signature = make_signature(petition, "ada@example.org")
    prove(owner_of(signature), github, "address")
    assert sorted(subject for _, subject, _, _ in badges_of(signature)) == [
        "example.com",
        "example.org",
    ]
    assert signature.identities.count() == 3


# --- What does not work ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "login", "says"),
    [
        ("account", "", "You cancelled at GitHub."),
        ("account", "helper-bot", "belongs to a bot or an organization"),
        ("organization", "grace-example", "does not list your account as a public member"),
        ("membership", "newcomer-example", "only an invitation so far"),
        ("repository", "newcomer-example", "neither merged pull requests nor commits"),
        ("address", "grace-example", "no verified address at one of the domains"),
    ],
)
def test_refusal_is_said_in_words(
    petition: Petition, github: GitHub, kind: str, login: str, says: str
) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    names = {"organization": "acme", "membership": "acme", "repository": "acme/widget"}
    fact = key(petition, kind, names[kind]) if kind in names else kind
    response = prove(owner, github, fact, login)
    assert (response.status_code, response["Location"]) == (303, PAGE)
    html = owner.get(PAGE).content.decode()
    assert says in html
    assert "Your signature has a new badge." not in html
    assert badges_of(signature) == []
    assert all(grant["revoked"] for grant in github.grants)


@pytest.mark.parametrize(
    ("number", "name", "says"),
    [
        (9002, "guarded", "asking them would tell them about you, so we don"),
        (9003, "enterprise", "own sign-in (SAML), where the company would see it"),
    ],
)
def test_organization_that_keeps_us_out_is_never_asked_to_let_us_in(
    petition: Petition, github: GitHub, number: int, name: str, says: str
) -> None:
    petition.github_subjects.create(kind="organization", github_id=number, name=name)
    owner = owner_of(make_signature(petition))
    prove(owner, github, key(petition, "membership", name))
    assert says in owner.get(PAGE).content.decode()


def test_scope_that_was_not_granted_is_said(petition: Petition, github: GitHub) -> None:
    owner = owner_of(make_signature(petition))
    prove(owner, github, "address", scopes=[])
    assert "permission that this check needs was not given" in owner.get(PAGE).content.decode()


def test_permission_that_github_keeps_is_admitted(petition: Petition, github: GitHub) -> None:
    github.order(Fault("DELETE .*", status=500))
    signature = make_signature(petition)
    owner = owner_of(signature)
    prove(owner, github, "account")
    html = owner.get(PAGE).content.decode()
    assert "GitHub did not confirm that it forgot the permission you gave." in html
    assert badges_of(signature) == [ACCOUNT]


def test_github_that_wants_to_be_left_alone_is_said(petition: Petition, github: GitHub) -> None:
    github.order(Fault("GET /api/v3/user/emails", 403, "{}", {"Retry-After": "90"}))
    owner = owner_of(make_signature(petition))
    prove(owner, github, "address")
    html = owner.get(PAGE).content.decode()
    assert "GitHub wants to be asked less often. Please try again in 2 minutes." in html


@pytest.mark.parametrize("fact", ["", "nothing", "organization-0", "membership-999999"])
def test_choice_that_is_not_offered_leads_nowhere(petition: Petition, fact: str) -> None:
    assert owner_of(make_signature(petition)).post(ADD, {"fact": fact}).status_code == 422


def test_way_back_of_another_browser_gives_nothing(petition: Petition, github: GitHub) -> None:
    mine, other = make_signature(petition), make_signature(petition)
    there = owner_of(mine).post(ADD, {"fact": "account"})["Location"]
    back = github.decide(there, "ada-example").removeprefix("http://testserver")
    assert owner_of(other).get(back).status_code == 401
    assert (badges_of(mine), badges_of(other)) == ([], [])


def test_way_back_works_once(petition: Petition, github: GitHub) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    there = owner.post(ADD, {"fact": "account"})["Location"]
    back = github.decide(there, "ada-example").removeprefix("http://testserver")
    assert owner.get(back).status_code == 303
    signature.disprove(signature.badges.get())
    assert owner.get(back).status_code == 401
    assert badges_of(signature) == []


def test_signature_that_was_withdrawn_meanwhile_gains_nothing(
    petition: Petition, github: GitHub
) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    there = owner.post(ADD, {"fact": "account"})["Location"]
    back = github.decide(there, "ada-example").removeprefix("http://testserver")
    signature.withdraw()
    assert owner.get(back)["Location"] == PAGE
    assert "new badge" not in owner.get(PAGE).content.decode()
    assert badges_of(signature) == []


def test_site_without_an_application_offers_nothing(
    client: Client, petition: Petition, settings: Settings
) -> None:
    settings.GITHUB_CLIENT_ID = ""
    owner = owner_of(make_signature(petition))
    assert owner.get(ADD).status_code == 404
    assert "evidence/github/" not in owner.get(PAGE).content.decode()
    assert "by_github" not in client.get("/petitions/weekends/").content.decode()
    # Then the address is needed, whatever the form says.
    response = client.post(SIGNATURES, {"name": "Ada", "email": "", "by_github": "1"})
    assert response.status_code == 422


# --- Who is told -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("server", "domain", "sees"),
    [
        ("https://github.com", "github.com", True),
        ("https://github.com", "microsoft.com", True),
        ("https://github.com", "example.com", False),
        # GitHub Enterprise: on a machine of the company's, or run by GitHub for it.
        ("https://git.example.com", "example.com", True),
        ("https://example.com", "example.com", True),
        ("https://git.example.com", "github.com", False),
        ("https://git.notexample.com", "example.com", False),
        ("https://acme.ghe.com", "github.com", True),
        ("https://acme.ghe.com", "microsoft.com", True),
        ("https://git.example.com:8443", "example.com", True),
    ],
)
def test_target_that_runs_the_server_is_named_before_the_way_there(
    petition: Petition, settings: Settings, server: str, domain: str, *, sees: bool
) -> None:
    settings.GITHUB_URL = server
    petition.targets.filter(company="Example Corp").update(domain=domain)
    html = owner_of(make_signature(petition)).get(ADD).content.decode()
    assert ("Example Corp can see this." in html) == sees
    assert ("Use an SSH key" in html) == sees
    assert "Example Foundation can see this." not in html


def test_who_signs_is_told_as_well(client: Client, petition: Petition, settings: Settings) -> None:
    settings.GITHUB_URL = "https://github.com"
    petition.targets.filter(company="Example Corp").update(domain="microsoft.com")
    client.post(SIGNATURES, {"name": "Ada Lovelace", "email": "", "by_github": "1"})
    html = client.get(SIGN).content.decode()
    assert "Example Corp can see this." in html
    assert "Signing with a private e-mail address does not involve them." in html


# --- Signing -----------------------------------------------------------------------------------


def test_signature_by_github_needs_no_address(
    client: Client, petition: Petition, github: GitHub
) -> None:
    response = sign_by_github(client, github, "ada-example", role="Countess")
    assert (response.status_code, response["Location"]) == (303, THANKS)
    signature = Signature.objects.get()
    assert (signature.state, signature.role, signature.assurance) == (
        "confirmed",
        "Countess",
        "github_account",
    )
    assert badges_of(signature) == [ACCOUNT]
    assert list(signature.identities.values_list("kind", flat=True)) == ["github"]
    assert "Ada Lovelace" in client.get(PAGE).content.decode()
    assert not ManageLink.objects.exists()


def test_address_that_was_typed_is_let_go(
    client: Client, petition: Petition, github: GitHub
) -> None:
    sign_by_github(client, github, "ada-example", email="typed@example.org")
    assert "typed@example.org" not in dump()
    assert Signature.objects.get().state == "confirmed"


def test_signature_counts_only_once_github_has_spoken(
    client: Client, petition: Petition, github: GitHub
) -> None:
    client.post(SIGNATURES, {"name": "Ada Lovelace", "email": "", "by_github": "1"})
    response = client.get(SIGN)
    assert "Ada Lovelace" in response.text
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert Signature.objects.get().state == "pending"
    # Nor does any code confirm it.
    client.post("/petitions/weekends/confirm/", {"code": "123456"})
    assert Signature.objects.get().state == "pending"


@pytest.mark.parametrize(
    ("login", "says"), [("", "You cancelled at GitHub."), ("helper-bot", "belongs to a bot")]
)
def test_who_is_refused_may_try_again(
    client: Client, petition: Petition, github: GitHub, login: str, says: str
) -> None:
    response = sign_by_github(client, github, login)
    assert (response.status_code, response["Location"]) == (303, SIGN)
    assert says in client.get(SIGN).content.decode()
    assert Signature.objects.get().state == "pending"
    assert prove(client, github, "account", page=SIGN)["Location"] == THANKS
    assert Signature.objects.get().state == "confirmed"


def test_browser_that_did_not_sign_is_led_to_the_letter(client: Client, petition: Petition) -> None:
    for response in (client.get(SIGN), client.post(SIGN, {"fact": "account"})):
        assert (response.status_code, response["Location"]) == (303, "/petitions/weekends/#sign")


def test_signature_that_waits_for_a_mail_is_not_confirmed_by_github(
    client: Client, petition: Petition
) -> None:
    client.post(SIGNATURES, {"name": "Ada Lovelace", "email": "ada@example.org"})
    assert client.get(SIGN).status_code == 303
    assert Signature.objects.get().state == "pending"


def test_one_account_signs_once(petition: Petition, github: GitHub) -> None:
    sign_by_github(Client(), github, "ada-example", name="First")
    again = Client()
    response = sign_by_github(
        again, github, "ada-example", key(petition, "organization", "acme"), name="Second"
    )
    assert (response.status_code, response["Location"]) == (303, PAGE)
    html = again.get(PAGE).content.decode()
    assert "You had signed this letter already. That signature now has the badge." in html
    signature = Signature.objects.get()
    assert signature.name == "First"
    assert badges_of(signature) == [ACCOUNT, MEMBER]


def test_who_signed_by_mail_and_then_by_github_has_one_signature_that_gained_evidence(
    client: Client, petition: Petition, github: GitHub
) -> None:
    signature = make_signature(petition, "Ada.Lovelace@Example.com")
    response = sign_by_github(client, github, "ada-example", "address", name="Second")
    assert (response.status_code, response["Location"]) == (303, PAGE)
    assert Signature.objects.get() == signature
    assert ADDRESS in badges_of(signature)
    assert signature.identities.filter(kind=IdentityKind.GITHUB).count() == 1
    assert "Second" not in dump()


def test_who_signed_by_github_does_not_sign_by_the_same_verified_address(
    client: Client, petition: Petition, github: GitHub
) -> None:
    sign_by_github(client, github, "ada-example", "address")
    signature = Signature.objects.get()
    assert badges_of(signature) == [ADDRESS]
    again = begin_signature(petition, "ada.lovelace@example.com")
    outcome = Signature.confirm("weekends", again.pk, has_right_code=True)
    assert outcome is Outcome.ALREADY_SIGNED
    assert Signature.objects.get() == signature


def test_unverified_address_joins_nobody(
    client: Client, petition: Petition, github: GitHub
) -> None:
    make_signature(petition, "grace@example.com", name="Grace Hopper")
    response = sign_by_github(client, github, "grace-example", "address", name="Eve")
    assert response["Location"] == SIGN
    assert "no verified address" in client.get(SIGN).content.decode()
    assert client.get(PAGE).status_code == 403


def test_login_that_somebody_else_has_now_is_somebody_else(
    petition: Petition, github: GitHub
) -> None:
    sign_by_github(Client(), github, "ada-example", name="First")
    github.put(Person(101, "ada-renamed"))
    github.put(Person(555, "ada-example"))
    assert sign_by_github(Client(), github, "ada-example", name="Second")["Location"] == THANKS
    assert sign_by_github(Client(), github, "ada-renamed", name="Third")["Location"] == PAGE
    assert sorted(Signature.objects.values_list("name", flat=True)) == ["First", "Second"]


def test_signature_of_who_never_comes_back_expires_unconfirmed(
    client: Client, petition: Petition, github: GitHub
) -> None:
    client.post(SIGNATURES, {"name": "Ada Lovelace", "email": "", "by_github": "1"})
    there = client.post(SIGN, {"fact": "account"})["Location"]
    Signature.objects.update(expires_at="2020-01-01T00:00:00Z")
    back = github.decide(there, "ada-example").removeprefix("http://testserver")
    response = client.get(back)
    assert (response.status_code, response["Location"]) == (303, "/petitions/weekends/link/")
    assert Signature.objects.get().state == "pending"
