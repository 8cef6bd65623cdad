"""Whoever signs a line with a listed key shows a GitHub account; what ssh-keygen writes is real."""

import html
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from local.github import GitHub
from local.github.world import Person
from petitions.models import Petition, Signature
from tests.accounts.test_ssh import Owner, run
from tests.factories import make_signature, owner_of, sequence

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.ssh_keygen

PAGE = "/petitions/weekends/signature/"
SSH = f"{PAGE}evidence/ssh/"
NAMESPACE = "undersigned@testserver"
BADGE = ("ssh_key", "ada-example", 101, {"created_on": "2012-12-10"})


def make_key(home: Path, kind: str = "ed25519") -> Owner:
    """A key where ssh-keygen has it by default, in a home of its own."""
    (home / ".ssh").mkdir(parents=True)
    file = home / ".ssh" / "id_ed25519"
    done = run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "ada@example.com", "-f", str(file))
    assert done.returncode == 0, done.stderr
    return Owner(file)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Owner:
    if not shutil.which("ssh-keygen"):
        pytest.skip("no ssh-keygen")
    return make_key(tmp_path_factory.mktemp("home"))


@pytest.fixture
def ada(github: GitHub, key: Owner) -> Person:
    """An account that lists the key, as GitHub does: without its comment."""
    line = " ".join(key.line.split()[:2])
    ada = Person(101, "ada-example", "2012-12-10T09:00:00Z", signing_keys=[line])
    github.put(ada)
    return ada


@pytest.fixture
def signature(petition: Petition) -> Signature:
    return make_signature(petition)


@pytest.fixture
def owner(signature: Signature) -> Client:
    return owner_of(signature)


def command_on(response: "Response") -> str:
    found = re.search(r'<pre class="command"[^>]*><code>(.*?)</code>', response.text, re.DOTALL)
    return html.unescape(found[1]) if found else ""


def line_of(command: str) -> bytes:
    """What echo gives to ssh-keygen."""
    return command.split("'")[1].encode() + b"\n"


def hidden_in(response: "Response") -> str:
    found = re.search(r'name="until" value="([^"]*)"', response.text)
    assert found is not None
    return html.unescape(found[1])


def begin(owner: Client, login: str = "ada-example") -> tuple[str, dict[str, str]]:
    """Have the command shown; return it, and the form that came with it."""
    response = owner.post(SSH, {"login": login})
    assert response.status_code == 200
    return command_on(response), {"login": login, "until": hidden_in(response)}


def send(owner: Client, form: dict[str, str], signed: str) -> "Response":
    return owner.post(SSH, form | {"signature": signed}, follow=True)


def badges_of(signature: Signature) -> list[tuple[str, str, int | None, dict[str, object]]]:
    return list(signature.badges.values_list("method", "subject", "subject_id", "detail"))


def in_shell(command: str, key: Owner) -> str:
    """Run what the page shows, as it is."""
    done = run("sh", "-c", command, home=key.file.parent.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_command_as_it_is_shown_brings_the_badge(
    owner: Client, signature: Signature, key: Owner, ada: Person
) -> None:
    command, form = begin(owner)
    response = send(owner, form, in_shell(command, key))
    assert "Your signature has a new badge." in response.text
    assert "SSH key of GitHub: ada-example" in response.text
    assert badges_of(signature) == [BADGE]
    signature.refresh_from_db()
    assert signature.assurance == "github_account"
    assert sorted(signature.identities.values_list("kind", flat=True)) == ["address", "github"]


def test_wall_shows_the_badge(
    client: Client, owner: Client, signature: Signature, key: Owner, ada: Person
) -> None:
    command, form = begin(owner)
    send(owner, form, in_shell(command, key))
    sequence()
    wall = client.get("/petitions/weekends/signatures/").content.decode()
    assert "SSH key of GitHub: ada-example <time" in wall
    assert "with a key that the GitHub account ada-example listed." in wall


def test_key_for_access_counts_as_well(
    owner: Client, signature: Signature, key: Owner, ada: Person, github: GitHub
) -> None:
    github.put(Person(101, "ada-example", "2012-12-10T09:00:00Z", keys=ada.signing_keys))
    command, form = begin(owner)
    send(owner, form, in_shell(command, key))
    assert badges_of(signature) == [BADGE]


def test_line_says_what_for_and_until_when(owner: Client, settings: Settings) -> None:
    command, _ = begin(owner)
    line = line_of(command).decode()
    assert re.fullmatch(
        rf"I control the GitHub account {re.escape(settings.GITHUB_URL)}/ada-example"
        r" and want this to be noted at http://testserver/petitions/weekends/"
        r" \(challenge [0-9a-f]{24}, valid until \d{4}-\d\d-\d\d \d\d:\d\d UTC\)\.\n",
        line,
    )
    assert f"-n '{NAMESPACE}'" in command


@pytest.mark.parametrize(
    "login", ["", "-ada", "ada lovelace", "ada'; rm -rf ~; '", "../evil", "a" * 100, "ad\u00e4"]
)
def test_login_that_is_none_gets_into_no_command(owner: Client, login: str) -> None:
    response = owner.post(SSH, {"login": login})
    assert response.status_code == 422
    assert command_on(response) == ""


def test_signature_that_was_used_is_refused(
    owner: Client, signature: Signature, key: Owner, ada: Person
) -> None:
    command, form = begin(owner)
    signed = in_shell(command, key)
    send(owner, form, signed)
    signature.disprove(signature.badges.get())
    response = send(owner, form, signed)
    assert response.status_code == 422
    assert badges_of(signature) == []


def test_signature_is_of_no_use_to_another_signer(
    petition: Petition, owner: Client, key: Owner, ada: Person
) -> None:
    """Somebody who overhears it, before or after it was used."""
    command, form = begin(owner)
    signed = in_shell(command, key)
    eve = make_signature(petition)
    assert send(owner_of(eve), form, signed).status_code == 422
    assert badges_of(eve) == []


def test_line_is_no_longer_valid_after_its_time(
    owner: Client, signature: Signature, key: Owner, ada: Person
) -> None:
    command, form = begin(owner)
    form["until"] = (timezone.now() - timedelta(minutes=1)).isoformat("T", "minutes")
    response = send(owner, form, in_shell(command, key))
    assert response.status_code == 422
    assert "This line is no longer valid. Begin anew." in response.text
    assert badges_of(signature) == []


@pytest.mark.parametrize("hours", [-1, 1, 48])
def test_time_limit_that_was_changed_is_refused(
    owner: Client, signature: Signature, key: Owner, ada: Person, hours: int
) -> None:
    command, form = begin(owner)
    until = datetime.fromisoformat(form["until"]) + timedelta(hours=hours)
    response = send(
        owner, form | {"until": until.isoformat("T", "minutes")}, in_shell(command, key)
    )
    assert response.status_code == 422
    assert badges_of(signature) == []


@pytest.mark.parametrize(
    "until", ["", "x", "9999-12-31T23:59:59", "2026-13-01", "0001-01-01T00:00"]
)
def test_time_limit_that_is_none_is_refused(
    owner: Client, signature: Signature, key: Owner, ada: Person, until: str
) -> None:
    command, form = begin(owner)
    response = send(owner, form | {"until": until}, in_shell(command, key))
    assert response.status_code == 422
    assert badges_of(signature) == []


def test_login_that_was_changed_is_refused(
    owner: Client, signature: Signature, key: Owner, ada: Person, github: GitHub
) -> None:
    """A key may be listed by two accounts; the line names one."""
    github.put(Person(103, "newcomer-example", signing_keys=ada.signing_keys))
    command, form = begin(owner)
    response = send(owner, form | {"login": "newcomer-example"}, in_shell(command, key))
    assert response.status_code == 422
    assert badges_of(signature) == []


def test_key_that_is_not_listed_is_refused(
    owner: Client, signature: Signature, ada: Person, tmp_path: Path
) -> None:
    command, form = begin(owner)
    response = send(owner, form, in_shell(command, make_key(tmp_path)))
    assert response.status_code == 422
    assert "not among" in response.text
    assert badges_of(signature) == []


@pytest.mark.parametrize(
    ("login", "says"),
    [
        ("nobody-example", "GitHub does not show this"),
        ("helper-bot", "belongs to a bot or an organization"),
    ],
)
def test_account_that_has_no_keys_is_told(
    owner: Client, key: Owner, ada: Person, login: str, says: str
) -> None:
    command, form = begin(owner, login)
    response = send(owner, form, in_shell(command, key))
    assert response.status_code == 422
    assert says in response.text
    # Whoever tries again has the same line to sign.
    assert command_on(response) == command


def test_account_of_another_signature_is_refused(
    petition: Petition, owner: Client, signature: Signature, key: Owner, ada: Person
) -> None:
    command, form = begin(owner)
    send(owner, form, in_shell(command, key))
    other = make_signature(petition)
    eve = owner_of(other)
    command, form = begin(eve)
    response = send(eve, form, in_shell(command, key))
    assert response.status_code == 422
    assert "belongs to another signature under this letter" in response.text
    assert badges_of(other) == []


def test_private_key_is_not_shown_again(owner: Client, key: Owner, ada: Person) -> None:
    secret = key.file.read_text()
    _, form = begin(owner)
    response = send(owner, form, secret)
    assert response.status_code == 422
    assert "This is a private key, which nobody else may ever see." in response.text
    assert not any(line in response.text for line in secret.splitlines()[1:-1])


@pytest.mark.parametrize("change", [{"until": ""}, {"login": "-"}, {"signature": "x" * 16_001}])
def test_nothing_that_was_pasted_is_shown_again(
    owner: Client, key: Owner, ada: Person, change: dict[str, str]
) -> None:
    secret = key.file.read_text()
    _, form = begin(owner)
    response = owner.post(SSH, form | {"signature": secret} | change)
    assert response.status_code == 422
    assert not any(line in response.text for line in secret.splitlines()[1:-1])
    assert "xxxx" not in response.text


@pytest.mark.parametrize("signed", ["", " ", "\x00", "-----BEGIN SSH SIGNATURE-----", "é" * 99])
def test_what_is_no_signature_is_told(
    owner: Client, signature: Signature, ada: Person, signed: str
) -> None:
    _, form = begin(owner)
    response = send(owner, form, signed)
    assert response.status_code == 422
    assert "Please correct this first" in response.text
    assert badges_of(signature) == []


def test_who_shows_no_name_is_not_named_by_a_key(
    owner: Client, signature: Signature, key: Owner, ada: Person
) -> None:
    owner.post(PAGE, {"visibility": "verified"})
    command, form = begin(owner)
    send(owner, form, in_shell(command, key))
    assert badges_of(signature) == [("ssh_key", "", None, {})]


def test_github_is_asked_only_so_often(owner: Client, ada: Person, github: GitHub) -> None:
    _, form = begin(owner)
    statuses = [send(owner, form, "x").status_code for _ in range(22)]
    assert statuses[-2:] == [429, 429]
    assert set(statuses[:20]) == {422}
