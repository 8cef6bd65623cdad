"""The stand-in for GitHub is one: strict where GitHub is, labelled, and only on a machine of one's own."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPErrorProcessor, ProxyHandler, Request, build_opener

import pytest

from local import CHECKOUT
from local.github import CLIENT_ID, GitHub
from local.stack import Stack
from tests.accounts.prover import query

CALLBACK = "http://testserver/accounts/github/login/callback/"
VERIFIER = "a-verifier-that-nobody-guesses-as-it-is-long-enough"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")


class _EveryStatus(HTTPErrorProcessor):
    def http_response(self, request: Any, response: Any) -> Any:
        return response


def send(request: Request) -> tuple[int, dict[str, str], str]:
    opener = build_opener(ProxyHandler({}), _EveryStatus())
    with opener.open(request, timeout=10) as response:
        return response.status, dict(response.headers), response.read().decode()


def authorize_url(github: GitHub, **changes: str) -> str:
    asked = {
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "scope": "read:org",
        "state": "s",
        "code_challenge": CHALLENGE.decode(),
        "code_challenge_method": "S256",
    }
    return f"{github.url}/login/oauth/authorize?{urlencode(asked | changes)}"


def exchange(github: GitHub, servers: Stack, code: str, **changes: str) -> dict[str, str]:
    form = {
        "client_id": CLIENT_ID,
        "client_secret": servers.settings["GITHUB_CLIENT_SECRET"],
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    address = f"{github.url}/login/oauth/access_token"
    body = urlencode(form | changes).encode()
    status, _, text = send(Request(address, body, {"Accept": "application/json"}))
    assert status == 200
    answer: dict[str, str] = json.loads(text)
    return answer


def new_code(github: GitHub, **changes: str) -> str:
    return query(github.decide(authorize_url(github, **changes), "ada-example"))["code"]


def test_page_says_that_it_is_a_stand_in(github: GitHub) -> None:
    status, headers, html = send(Request(authorize_url(github)))
    assert status == 200
    assert "This is a stand-in for GitHub on your machine." in html
    assert "form-action 'self' http://testserver;" in headers["Content-Security-Policy"] + ";"


def test_code_is_good_for_one_token(github: GitHub, servers: Stack) -> None:
    code = new_code(github)
    first, second = (exchange(github, servers, code) for _ in range(2))
    assert (first["scope"], first["token_type"]) == ("read:org", "bearer")
    assert second["error"] == "bad_verification_code"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "another"}, "bad_verification_code"),
        ({"code_verifier": ""}, "bad_verification_code"),
        ({"code": "made-up"}, "bad_verification_code"),
        ({"client_secret": "wrong"}, "incorrect_client_credentials"),
        ({"redirect_uri": "http://testserver/else"}, "redirect_uri_mismatch"),
    ],
)
def test_wrong_exchange_is_refused_with_status_200(
    github: GitHub, servers: Stack, changes: dict[str, str], error: str
) -> None:
    assert exchange(github, servers, **{"code": new_code(github)} | changes)["error"] == error


def test_callback_elsewhere_is_refused(github: GitHub) -> None:
    address = authorize_url(github, redirect_uri="http://evil.example/")
    status, headers, _ = send(Request(address))
    assert (status, query(headers["Location"])["error"]) == (302, "redirect_uri_mismatch")
    assert headers["Location"].startswith(CALLBACK)


def test_unknown_application_is_not_found(github: GitHub) -> None:
    assert send(Request(authorize_url(github, client_id="another")))[0] == 404


def test_other_host_names_are_refused(github: GitHub) -> None:
    assert (
        send(Request(f"{github.url}/api/v3/users/ada-example", headers={"Host": "evil"}))[0] == 421
    )


def test_revoked_token_is_good_for_nothing(github: GitHub, servers: Stack) -> None:
    token = exchange(github, servers, new_code(github))["access_token"]
    me = Request(f"{github.api_url}/user", headers={"Authorization": f"Bearer {token}"})
    before = send(me)
    secret = servers.settings["GITHUB_CLIENT_SECRET"]
    credentials = base64.b64encode(f"{CLIENT_ID}:{secret}".encode()).decode()
    revoked = send(
        Request(
            f"{github.api_url}/applications/{CLIENT_ID}/grant",
            json.dumps({"access_token": token}).encode(),
            {"Authorization": f"Basic {credentials}"},
            method="DELETE",
        )
    )
    assert [before[0], revoked[0], send(me)[0]] == [200, 204, 401]
    assert before[1]["X-OAuth-Scopes"] == "read:org"


def test_it_runs_beside_the_other_servers(servers: Stack) -> None:
    assert servers.settings["GITHUB_URL"] == servers.github.url


@pytest.mark.parametrize("name", ["GITHUB_CLIENT_ID", "GITHUB_URL", "GITHUB_API_URL"])
def test_it_does_not_run_beside_a_github_of_ones_own(tmp_path: Path, name: str) -> None:
    given = {name: "https://github.example.com"}
    with Stack(tmp_path, processes=["github"], settings=given) as stack:
        assert stack.processes == []
        assert {key: value for key, value in stack.settings.items() if "GITHUB" in key} == given


def test_it_is_in_no_image() -> None:
    let_through = (CHECKOUT / ".dockerignore").read_text().splitlines()
    assert "*" in let_through
    assert "!local" not in [line.rstrip("/*") for line in let_through]
