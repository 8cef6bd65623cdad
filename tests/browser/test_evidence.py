"""Each way to show something about oneself ends as a badge that everybody can read and find."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from local.github.world import Person
from local.inbox import reading
from local.stack import Stack
from tests.browser.reader import PHONE, Reader
from tests.browser.signer import becomes, code_at, confirm, own, wall
from tests.site import Signer, mails_to

pytestmark = pytest.mark.browser

MakeReader = Callable[..., Reader]
DEVICES = pytest.mark.parametrize(
    "device",
    [{}, {"java_script_enabled": False, **PHONE}],
    ids=["desktop", "phone-without-javascript"],
)


def today() -> str:
    day = timezone.now().date()
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True)
class Shown:
    """What everybody should see of a signature."""

    name: str
    headline: str
    explanation: str
    tier: str
    #: Whom the filter by verified group finds it under, if under any.
    group: str = ""


def badge_of(page: Reader, name: str) -> Locator:
    return page.page.locator("li.signer", has_text=name).locator("details.badge")


def assert_everybody_sees(
    stack: Stack, letter: str, reader: MakeReader, shown: Shown, **device: object
) -> None:
    """The wall, the count by tier and the filter of the wall all say it."""
    becomes(stack, wall(letter), shown=f"1 {shown.tier}")
    becomes(stack, letter, shown=f"1 {shown.tier}")
    anybody = reader(**device)
    anybody.open(wall(letter))
    expect(anybody.page.locator(".tiers li")).to_have_text([f"1 {shown.tier}"])

    badge = badge_of(anybody, shown.name)
    expect(badge.locator("summary")).to_contain_text([shown.headline])
    expect(badge.locator("p")).to_be_hidden()
    badge.locator("summary").click()
    expect(badge.locator("p")).to_be_visible()
    expect(badge.locator("p")).to_have_text(shown.explanation)
    assert not anybody.overflows()

    anybody.page.get_by_text("Choose among the signers").click()
    anybody.page.get_by_label("Verified by").select_option(label=shown.tier)
    anybody.page.get_by_label("Verified domain").fill(shown.group)
    anybody.press("Show these")
    expect(anybody.page.locator(".signer-name")).to_have_text([shown.name])
    anybody.page.get_by_label("Verified by").select_option(label="checked by an organizer")
    anybody.press("Show these")
    expect(anybody.page.locator(".signer-name")).to_have_count(0)
    anybody.page.get_by_label("Verified by").select_option(label="any way")
    anybody.page.get_by_label("Verified domain").fill("elsewhere.example")
    anybody.press("Show these")
    expect(anybody.page.locator(".signer-name")).to_have_count(0)


def choose(person: Reader, fact: str) -> None:
    """Choose what to show, on the page that leads to GitHub, and go there."""
    person.page.get_by_label(fact).check()
    person.press("Continue at GitHub")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Let Undersigned in?")


def asked_for(person: Reader) -> list[str]:
    """The permissions that GitHub's page asks for."""
    boxes = person.page.locator("input[name=grant]").all()
    return [box.get_attribute("value") or "" for box in boxes]


def let_in(person: Reader, login: str) -> None:
    """Permit at GitHub what the site asks for, as this account."""
    with person.page.expect_navigation():
        person.page.locator(f"button[value={login}]").click()


def test_signature_by_mail_counts_as_one_and_has_no_badge(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada, person = Signer("Ada Lovelace", "ada.by-mail@example.net"), reader()

    confirm(person, stack, letter, ada)

    becomes(stack, wall(letter), shown="1 e-mail address")
    anybody = reader()
    anybody.open(f"{wall(letter)}?tier=email")
    expect(anybody.page.locator(".signer-name")).to_have_text([ada.name])
    expect(badge_of(anybody, ada.name)).to_have_count(0)


@DEVICES
def test_work_address_is_shown_by_a_code_mailed_there(
    stack: Stack, letter: str, reader: MakeReader, device: dict[str, object]
) -> None:
    ada, person = Signer("Ada Lovelace", f"ada.{letter[-3:-1]}@example.net"), reader(**device)
    at_work = f"a.lovelace{letter[-3:-1]}@example.com"
    confirm(person, stack, letter, ada)

    person.follow("An address at work, by a code mailed there")
    expect(person.page.get_by_text("Your employer can see that mail.")).to_be_visible()
    assert mails_to(stack.inbox.mailbox, at_work) == []
    person.page.get_by_label("Address at work").fill(at_work)
    person.press("Mail a code there")
    code = code_at(stack, at_work)
    (mail,) = mails_to(stack.inbox.mailbox, at_work)
    assert (mail["From"], mail["Subject"]) == ("letters@example.org", "Your code")
    said = f"{reading.text(mail)} {reading.html(mail)}".replace("letter-spacing", "")
    telling = ("://", letter, "letter", "sign", "workshop", "Undersigned", ada.name)
    assert [word for word in telling if word in said] == []
    person.field("one-time-code").fill(code)
    person.press("Add the badge")

    assert person.path == own(letter)
    shown = Shown(
        ada.name,
        "example.com address",
        f"Controlled an address at example.com on {today()}, by a code mailed to it.",
        "work domain",
        "example.com",
    )
    assert_everybody_sees(stack, letter, reader, shown, **device)


def test_address_elsewhere_is_no_work_address(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada, person = Signer("Ada Lovelace", "ada.elsewhere-at-work@example.net"), reader()
    confirm(person, stack, letter, ada)
    person.follow("An address at work, by a code mailed there")

    # The "a" is Cyrillic.
    for domain in ("mail.example.com", "example.com.evil.example", "ex\u0430mple.com"):
        person.page.get_by_label("Address at work").fill(f"ada@{domain}")
        person.press("Mail a code there")
        expect(person.alert).to_be_visible()
        assert person.path == f"{own(letter)}evidence/work/"


@dataclass(frozen=True)
class Way:
    """One fact that GitHub can tell, as a person chooses it, and what becomes of it."""

    fact: str
    scopes: tuple[str, ...]
    login: str
    headline: str
    explanation: str
    tier: str
    group: str = ""


WAYS = [
    Way(
        "That a GitHub account is mine",
        (),
        "ada-example",
        "GitHub: ada-example",
        "Signed in to GitHub as ada-example on {today}. The account was created on"
        " 10 December 2012.",
        "GitHub account",
    ),
    Way(
        "That I am a public member of acme",
        (),
        "ada-example",
        "Member of acme",
        "Was listed as a public member of the GitHub organization acme on {today}.",
        "GitHub organization",
        "acme",
    ),
    Way(
        "That I am a member of acme, though not publicly",
        ("read:org",),
        "grace-example",
        "Member of acme",
        "Was an active member of the GitHub organization acme on {today}, as GitHub said with the"
        " member's permission.",
        "GitHub organization",
        "acme",
    ),
    Way(
        "That I contributed to acme/widget",
        (),
        "ada-example",
        "12 pull requests merged into acme/widget",
        "12 pull requests merged into acme/widget before {today}, as GitHub said on {today}.",
        "GitHub contributor",
        "acme/widget",
    ),
    Way(
        "That GitHub verified an address of mine at example.com",
        ("user:email",),
        "ada-example",
        "example.com address",
        "Controlled an address at example.com on {today}: GitHub had verified it for the signer's"
        " account.",
        "work domain",
        "example.com",
    ),
]
IDS = ["account", "public-organization", "private-membership", "contributor", "work-address"]


@pytest.mark.parametrize("way", WAYS, ids=IDS)
@DEVICES
def test_fact_is_shown_through_github(
    stack: Stack, letter: str, reader: MakeReader, way: Way, device: dict[str, object]
) -> None:
    ada, person = Signer("Ada Lovelace", f"ada.{letter[-3:-1]}@example.net"), reader(**device)
    confirm(person, stack, letter, ada)

    person.follow("GitHub: an account, a membership, contributions")
    assert not person.overflows()
    choose(person, way.fact)
    assert asked_for(person) == list(way.scopes)
    let_in(person, way.login)

    assert person.path == own(letter)
    expect(person.page.get_by_role("status")).to_have_text("Your signature has a new badge.")
    assert [grant for grant in stack.github.grants if not grant["revoked"]] == []
    explanation = way.explanation.format(today=today())
    shown = Shown(ada.name, way.headline, explanation, way.tier, way.group)
    assert_everybody_sees(stack, letter, reader, shown, **device)


def test_what_github_does_not_confirm_is_no_badge(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada, person = Signer("Ada Lovelace", "ada.refused@example.net"), reader()
    confirm(person, stack, letter, ada)
    said = {}
    for fact, answer in {
        "That I am a member of acme, though not publicly": "newcomer-example",
        "That I am a public member of acme": "grace-example",
        "That I contributed to acme/widget": "newcomer-example",
        "That GitHub verified an address of mine at example.com": "grace-example",
        "That a GitHub account is mine": "helper-bot",
    }.items():
        person.open(f"{own(letter)}evidence/github/")
        choose(person, fact)
        let_in(person, answer)
        said[fact] = person.page.get_by_role("status").inner_text().split(".")[0]
    person.open(f"{own(letter)}evidence/github/")
    choose(person, "That I am a member of acme, though not publicly")
    person.page.locator("input[name=grant]").uncheck()
    let_in(person, "grace-example")
    said["unticked"] = person.page.get_by_role("status").inner_text().split(".")[0]
    person.open(f"{own(letter)}evidence/github/")
    choose(person, "That a GitHub account is mine")
    person.press("Cancel")
    said["cancelled"] = person.page.get_by_role("status").inner_text().split(".")[0]

    assert said == {
        "That I am a member of acme, though not publicly": (
            "Your membership of this organization is only an invitation so far"
        ),
        "That I am a public member of acme": (
            "GitHub does not list your account as a public member of this organization"
        ),
        "That I contributed to acme/widget": (
            "GitHub shows neither merged pull requests nor commits of your account in this"
            " repository"
        ),
        "That GitHub verified an address of mine at example.com": (
            "Your GitHub account has no verified address at one of the domains of this letter"
        ),
        "That a GitHub account is mine": (
            "This GitHub account belongs to a bot or an organization"
        ),
        "unticked": "The permission that this check needs was not given at GitHub",
        "cancelled": "You cancelled at GitHub",
    }
    expect(person.page.locator(".own-badges")).to_have_count(0)
    assert [grant for grant in stack.github.grants if not grant["revoked"]] == []


@DEVICES
def test_letter_is_signed_with_github_instead_of_an_address(
    stack: Stack, letter: str, reader: MakeReader, device: dict[str, object]
) -> None:
    person = reader(**device)
    person.open(letter)
    person.field("name").fill("Ada Lovelace")

    person.press("Sign with GitHub instead of an e-mail address")
    choose(person, "That a GitHub account is mine")
    let_in(person, "ada-example")

    assert person.path == f"{letter}thanks/"
    shown = Shown(
        "Ada Lovelace",
        "GitHub: ada-example",
        f"Signed in to GitHub as ada-example on {today()}. The account was created on"
        " 10 December 2012.",
        "GitHub account",
    )
    assert_everybody_sees(stack, letter, reader, shown, **device)
    person.follow("Add a badge or change your signature")
    assert person.path == own(letter)


def test_one_person_who_signs_by_mail_and_by_github_counts_once(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada, person = Signer("Ada Lovelace", "ada.counts-once@example.net"), reader()
    confirm(person, stack, letter, ada)
    person.follow("GitHub: an account, a membership, contributions")
    choose(person, "That a GitHub account is mine")
    let_in(person, "ada-example")

    again = reader()
    again.open(letter)
    again.field("name").fill("Ada King")
    again.press("Sign with GitHub instead of an e-mail address")
    choose(again, "That I am a public member of acme")
    let_in(again, "ada-example")

    assert again.path == own(letter)
    expect(again.field("name")).to_have_value(ada.name)
    becomes(stack, wall(letter), shown="1 GitHub organization", gone="Ada King")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of somebody with a key where OpenSSH puts it."""
    home = tmp_path_factory.mktemp("home")
    file = home / ".ssh" / "id_ed25519"
    file.parent.mkdir(mode=0o700)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(file), home=home)
    return home


def run(*command: str, home: Path) -> str:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


@pytest.mark.ssh_keygen
@DEVICES
def test_account_is_shown_by_an_ssh_key(
    stack: Stack, letter: str, reader: MakeReader, home: Path, device: dict[str, object]
) -> None:
    key = (home / ".ssh" / "id_ed25519.pub").read_text().strip()
    stack.github.put(Person(301, "keen-example", "2014-03-02T00:00:00Z", signing_keys=[key]))
    ada, person = Signer("Ada Lovelace", f"ada.{letter[-3:-1]}@example.net"), reader(**device)
    confirm(person, stack, letter, ada)

    person.follow("A GitHub account, by an SSH key")
    person.page.get_by_label("Your GitHub login").fill("keen-example")
    person.press("Show me what to sign")
    assert not person.overflows()
    command = person.page.locator("pre.command").inner_text()
    person.page.get_by_label("What the command wrote").fill("not a signature")
    person.press("Check it")
    expect(person.alert).to_be_visible()
    assert person.page.locator("pre.command").inner_text() == command
    person.page.get_by_label("What the command wrote").fill(run("sh", "-c", command, home=home))
    person.press("Check it")

    assert person.path == own(letter)
    shown = Shown(
        ada.name,
        "SSH key of GitHub: keen-example",
        f"Signed a statement on {today()} with a key that the GitHub account keen-example listed."
        " The account was created on 2 March 2014.",
        "GitHub account",
    )
    assert_everybody_sees(stack, letter, reader, shown, **device)


def test_badge_opens_by_keyboard(stack: Stack, letter: str, reader: MakeReader) -> None:
    person, anybody = reader(), reader()
    person.open(letter)
    person.field("name").fill("Ada Lovelace")
    person.press("Sign with GitHub instead of an e-mail address")
    choose(person, "That a GitHub account is mine")
    let_in(person, "ada-example")
    becomes(stack, wall(letter), shown="1 GitHub account")

    anybody.open(wall(letter))
    badge = badge_of(anybody, "Ada Lovelace")
    for _ in range(40):
        anybody.page.keyboard.press("Tab")
        if badge.locator("summary:focus").count():
            break
    expect(badge.locator("summary")).to_be_focused()
    anybody.page.keyboard.press("Enter")
    expect(badge.locator("p")).to_be_visible()
    anybody.page.keyboard.press("Enter")
    expect(badge.locator("p")).to_be_hidden()


def test_badge_is_forgotten_by_its_owner(stack: Stack, letter: str, reader: MakeReader) -> None:
    ada, person = Signer("Ada Lovelace", "ada.forgets-badge@example.net"), reader()
    confirm(person, stack, letter, ada)
    person.follow("GitHub: an account, a membership, contributions")
    choose(person, "That I am a public member of acme")
    let_in(person, "ada-example")
    becomes(stack, wall(letter), shown="Member of acme")

    person.page.get_by_label("I want this badge to be deleted.").check()
    person.press("Forget this")

    expect(person.page.locator(".own-badges")).to_have_count(0)
    becomes(stack, wall(letter), shown="1 e-mail address", gone="acme")
