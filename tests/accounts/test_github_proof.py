"""The way to GitHub and back: what goes wrong proves nothing, and nothing stays behind."""

import logging
from collections.abc import Callable

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.facts import Method
from accounts.models import User
from accounts.proof import Proof, Wanted, begin
from accounts.refusal import Reason
from local.github import GitHub
from local.github.faults import Fault
from tests.accounts.prover import RECEIVED, Person, query

type MakePerson = Callable[[str], Person]

ACCOUNT = Wanted(Method.GITHUB_ACCOUNT)
PUBLIC = Wanted(Method.GITHUB_ORGANIZATION, "acme", 9001)
PRIVATE = Wanted(Method.GITHUB_ORGANIZATION, "acme", 9001, private=True)
ADDRESS = Wanted(Method.WORK_DOMAIN, domains=("example.com",))
WIDGET = Wanted(Method.GITHUB_CONTRIBUTOR, "acme/widget", 70001)
CALLBACK = "/accounts/github/login/callback/"


@pytest.mark.parametrize(
    ("wanted", "scope"),
    [(ACCOUNT, ""), (PUBLIC, ""), (WIDGET, ""), (PRIVATE, "read:org"), (ADDRESS, "user:email")],
)
def test_exactly_the_scope_of_the_fact_is_asked_for(
    person: MakePerson, wanted: Wanted, scope: str
) -> None:
    asked = query(person("ada-example").leave(wanted))
    assert (asked.get("scope", ""), asked["code_challenge_method"]) == (scope, "S256")


def test_nothing_of_the_fact_is_in_the_address(person: MakePerson) -> None:
    address = person("ada-example").leave(PRIVATE)
    assert not {"acme", "9001", "weekends", "signature"} & set(address.replace("=", " ").split())
    assert sorted(query(address)) == [
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    ]


@pytest.mark.parametrize("wanted", [ACCOUNT, PUBLIC, WIDGET, PRIVATE, ADDRESS])
def test_permission_is_given_back(person: MakePerson, github: GitHub, wanted: Wanted) -> None:
    proof = person("ada-example").prove(wanted)
    assert proof.revoked
    assert [grant["revoked"] for grant in github.grants] == [True]


@pytest.mark.parametrize("wanted", [ADDRESS, PRIVATE])
def test_permission_is_given_back_after_a_refusal(
    person: MakePerson, github: GitHub, wanted: Wanted
) -> None:
    proof = person("newcomer-example").prove(wanted)
    assert (proof.refusal is not None, proof.revoked) == (True, True)
    assert [grant["revoked"] for grant in github.grants] == [True]


def test_permission_is_given_back_when_github_does_not_say_whose_it_is(
    person: MakePerson, github: GitHub
) -> None:
    github.order(Fault("GET /api/v3/user", status=500, times=1))
    proof = person("ada-example").prove(ACCOUNT)
    assert (refusal_of(proof), proof.revoked) == (Reason.UNAVAILABLE, True)
    assert [grant["revoked"] for grant in github.grants] == [True]


def test_permission_that_github_keeps_is_admitted(person: MakePerson, github: GitHub) -> None:
    github.order(Fault("DELETE .*", status=500))
    proof = person("ada-example").prove(ACCOUNT)
    assert ([fact.method for fact in proof.facts], proof.revoked) == (
        [Method.GITHUB_ACCOUNT],
        False,
    )
    assert [asked for asked in github.asked if asked.startswith("DELETE")] == [
        "DELETE /api/v3/applications/stand-in/grant"
    ] * 2


def test_permission_is_given_back_at_the_second_try(person: MakePerson, github: GitHub) -> None:
    github.order(Fault("DELETE .*", status=502, times=1))
    assert person("ada-example").prove(ACCOUNT).revoked
    assert [grant["revoked"] for grant in github.grants] == [True]


def test_proof_makes_no_account_and_no_login(person: MakePerson) -> None:
    ada = person("ada-example")
    ada.prove(ADDRESS)
    assert (User.objects.count(), SocialAccount.objects.count(), SocialToken.objects.count()) == (
        0,
        0,
        0,
    )
    assert "_auth_user_id" not in ada.client.session


def test_proof_leaves_no_session(person: MakePerson) -> None:
    person("ada-example").prove(ADDRESS)
    assert Session.objects.count() == 0


def test_session_of_who_does_not_come_back_is_over_in_minutes(person: MakePerson) -> None:
    ada = person("ada-example")
    ada.leave(ADDRESS)
    assert ada.client.cookies["sessionid"]["max-age"] == 600


def test_neither_token_nor_address_is_kept_or_logged(
    person: MakePerson, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ada = person("ada-example")
    ada.leave(ACCOUNT)
    ada.prove(ADDRESS)
    kept = " ".join([dump(), *(str(session.get_decoded()) for session in Session.objects.all())])
    # It would be found: this session was left open.
    assert "signature 7" in kept
    for secret in ("gho_", "lovelace@", "ada@example.org"):
        assert secret not in kept
        assert secret not in caplog.text


def test_who_is_logged_in_stays_so(person: MakePerson) -> None:
    user = User.objects.create(email="ada@example.org")
    ada = person("ada-example")
    ada.client.force_login(user)
    ada.prove(ACCOUNT)
    assert ada.client.session["_auth_user_id"] == str(user.pk)


def test_cancelling_is_said(person: MakePerson, github: GitHub) -> None:
    proof = person("").prove(PRIVATE)
    assert (refusal_of(proof), proof.revoked) == (Reason.CANCELLED, True)
    assert (proof.context, proof.next_url) == ("signature 7", "/petitions/weekends/")
    assert github.grants == []


@pytest.mark.parametrize("wanted", [ADDRESS, PRIVATE])
def test_scope_that_was_not_granted_is_missed(
    person: MakePerson, github: GitHub, wanted: Wanted
) -> None:
    assert refusal_of(person("ada-example").prove(wanted, scopes=[])) == Reason.SCOPE_MISSING
    assert [grant["revoked"] for grant in github.grants] == [True]


def test_state_of_another_browser_is_refused(person: MakePerson, github: GitHub) -> None:
    ada, mallory = person("ada-example"), person("grace-example")
    back = github.decide(ada.leave(ACCOUNT), "ada-example")
    assert nothing_proved(lambda: mallory.come_back(back).status_code) == 401
    assert "GET /api/v3/user" not in github.asked


@pytest.mark.parametrize("state", ["", "0123456789abcdef"])
def test_made_up_state_is_refused(person: MakePerson, github: GitHub, state: str) -> None:
    ada = person("ada-example")
    code = query(github.decide(ada.leave(ACCOUNT), "ada-example"))["code"]
    forged = f"{CALLBACK}?code={code}&state={state}"
    assert nothing_proved(lambda: ada.come_back(forged).status_code) == 401


def test_callback_works_once(person: MakePerson, github: GitHub) -> None:
    ada = person("ada-example")
    back = github.decide(ada.leave(ACCOUNT), "ada-example")
    assert ada.come_back(back).status_code == 302
    assert nothing_proved(lambda: ada.come_back(back).status_code) == 401


def test_code_of_an_earlier_way_is_refused(person: MakePerson, github: GitHub) -> None:
    ada = person("ada-example")
    code = query(github.decide(ada.leave(ACCOUNT), "ada-example"))["code"]
    for reason in (None, Reason.FAILED):
        state = query(ada.leave(ACCOUNT))["state"]
        ada.come_back(f"{CALLBACK}?code={code}&state={state}")
        # The first has a verifier of its own and so fails as well.
        assert refusal_of(RECEIVED[-1]) == (reason or Reason.FAILED)
    assert github.grants == []


def test_code_of_another_browser_is_refused(person: MakePerson, github: GitHub) -> None:
    """Somebody else's code, put into one's own way back: PKCE binds it to the browser."""
    ada, mallory = person("ada-example"), person("grace-example")
    stolen = query(github.decide(ada.leave(ACCOUNT), "ada-example"))["code"]
    state = query(mallory.leave(ACCOUNT))["state"]
    mallory.come_back(f"{CALLBACK}?code={stolen}&state={state}")
    assert refusal_of(RECEIVED[-1]) == Reason.FAILED
    # There may be a permission without a token that could take it back.
    assert not RECEIVED[-1].revoked


@pytest.mark.parametrize(
    ("fault", "reason", "retry_after"),
    [
        (Fault("GET .*/emails", 403, "{}", {"Retry-After": "90"}), Reason.RATE_LIMITED, 90),
        (Fault("GET .*/emails", 429, "{}"), Reason.RATE_LIMITED, 60),
        (
            Fault("GET .*/emails", 403, '{"message": "You have exceeded a secondary rate limit"}'),
            Reason.RATE_LIMITED,
            60,
        ),
        (
            Fault(
                "GET .*/emails",
                403,
                "{}",
                {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"},
            ),
            Reason.RATE_LIMITED,
            1,
        ),
        (Fault("GET .*/emails", 403, "{}"), Reason.FAILED, None),
        (Fault("GET .*/emails", 401, "{}"), Reason.FAILED, None),
        (Fault("GET .*/emails", 500, "oops"), Reason.UNAVAILABLE, None),
        (Fault("GET .*/emails", 200, "<html>"), Reason.UNAVAILABLE, None),
        (Fault("GET .*/emails", 200, '{"a": 1}'), Reason.UNAVAILABLE, None),
        (Fault("GET .*/emails", 200, "[1, null]"), Reason.UNAVAILABLE, None),
        (Fault("GET .*/emails", 200, "["), Reason.UNAVAILABLE, None),
        (Fault("GET .*/emails", seconds=9), Reason.UNAVAILABLE, None),
        (
            Fault("GET .*/emails", 302, "", {"Location": "/api/v3/user/emails"}),
            Reason.UNAVAILABLE,
            None,
        ),
        (Fault("POST /login/oauth/access_token", 500, "oops"), Reason.FAILED, None),
        (Fault("POST /login/oauth/access_token", 200, "{"), Reason.FAILED, None),
        (Fault("GET /api/v3/user", 200, '{"id": "x"}', times=1), Reason.UNAVAILABLE, None),
        (Fault("GET /api/v3/user", 200, "[]", times=1), Reason.UNAVAILABLE, None),
    ],
)
def test_github_in_trouble_is_told_apart(
    person: MakePerson, github: GitHub, fault: Fault, reason: Reason, retry_after: int | None
) -> None:
    github.order(fault)
    proof = person("ada-example").prove(ADDRESS)
    assert proof.refusal is not None
    assert (proof.refusal.reason, proof.refusal.retry_after) == (reason, retry_after)
    assert (proof.facts, proof.addresses) == ((), ())
    assert all(grant["revoked"] for grant in github.grants)


@pytest.mark.parametrize("way", ["redirect", "next page"])
def test_token_goes_to_no_other_host(person: MakePerson, github: GitHub, way: str) -> None:
    # The same server by another name, which would answer.
    elsewhere = f"{github.api_url}/user/emails".replace("127.0.0.1", "localhost")
    fault = {
        "redirect": Fault("GET .*/emails", 302, "", {"Location": elsewhere}, times=1),
        "next page": Fault(
            "GET .*/emails", 200, "[]", {"Link": f'<{elsewhere}>; rel="next"'}, times=1
        ),
    }[way]
    github.order(fault)
    assert refusal_of(person("ada-example").prove(ADDRESS)) == Reason.UNAVAILABLE
    assert github.asked.count("GET /api/v3/user/emails") == 1


@pytest.mark.parametrize(
    "next_url",
    [
        "//evil.example/",
        "/\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "",
        "x",
        "\t//evil.example",
        "/\t/evil.example",
    ],
)
def test_way_back_to_another_site_is_refused(settings: Settings, next_url: str) -> None:
    settings.ACCOUNTS_PROOF_RECEIVER = "tests.accounts.prover.receive"
    with pytest.raises(ValueError, match="not a path of this site"):
        begin(RequestFactory().post("/"), ACCOUNT, next_url)


def test_nobody_is_sent_away_where_nobody_takes_the_proof(settings: Settings) -> None:
    settings.ACCOUNTS_PROOF_RECEIVER = None
    with pytest.raises(ImproperlyConfigured):
        begin(RequestFactory().post("/"), ACCOUNT, "/")


@pytest.mark.django_db
@pytest.mark.parametrize("process", ["login", "redirect"])
def test_address_can_ask_for_no_scope(client: Client, process: str) -> None:
    address = f"/accounts/github/login/?process={process}&scope=repo&auth_params=scope%3Drepo"
    asked = query(client.post(address)["Location"])
    assert "repo" not in asked.get("scope", "")


def refusal_of(proof: Proof) -> Reason | None:
    return proof.refusal.reason if proof.refusal else None


def dump() -> str:
    """All rows of all tables."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return str(rows)


def nothing_proved[T](do: Callable[[], T]) -> T:
    before = len(RECEIVED)
    result = do()
    assert RECEIVED[before:] == []
    return result
