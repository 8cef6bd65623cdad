"""After all that a signer can do, nothing that could name them is left anywhere.

That is: in the database, its sessions included, in Valkey and its files, in the logs of every
process, in what was delivered and published. Whatever is looked for is looked for plainly, in
lower case, in hex, in base64, and as a hash without a key, which whoever has a directory undoes.
"""

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from local.stack import Stack
from tests.journey.remains import Remains, guises
from tests.journey.story import Story
from tests.site import (
    EVIDENCE,
    Page,
    Signer,
    Visitor,
    code_in,
    confirmation_of,
    eventually,
    mails_to,
    manage_link_in,
    publish,
)

SLUG = "leaving-nothing"
LETTER = f"/petitions/{SLUG}/"
OWN = f"{LETTER}signature/"
WALL = f"{LETTER}signatures/"


@dataclass
class Secrets:
    """What a journey was made of, by what it is."""

    addresses: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Left:
    """What was left after the journey, and what to look for."""

    stack: Stack
    secrets: Secrets
    remains: Remains


def last_of(address: str) -> str:
    """What a link or a path ends in."""
    return urlsplit(address).path.rstrip("/").rpartition("/")[2]


def through_github(stack: Stack, browser: Visitor, fact: str, page: Page) -> tuple[str, Page]:
    """Choose a fact, let the site in as Ada, and return the way back and where it ended."""
    consent = browser.submit(page, fact=fact)
    assert consent.url.startswith(f"{stack.github.url}/login/oauth/authorize?"), consent.url
    back = stack.github.decide(consent.url, "ada-example")
    return back, browser.open(back)


def choice(page: Page, word: str) -> str:
    """The value of the choice on the page whose name begins with a word."""
    found = re.search(rf'value="({word}[-\w]*)"', page.body.decode())
    assert found, f"no {word} on {page.url}"
    return found[1]


def travel(stack: Stack, secrets: Secrets) -> None:
    """Sign, confirm, look after it with every means that there is, and withdraw."""
    ada = Signer("Ada Lovelace", "Ada.Leaving+tag@example.net")
    at_work = "Ada.At-Work@example.com"
    # As it is on the account of the stand-in's Ada.
    by_github = "ada.lovelace@example.com"
    secrets.addresses |= {"address": ada.address, "work address": at_work, "GitHub's": by_github}
    inbox, browser = stack.inbox.mailbox, Visitor(stack.base_url)

    assert browser.sign(SLUG, ada).status == 200
    mail = confirmation_of(inbox, ada)
    secrets.codes["confirmation code"] = mail.code
    secrets.tokens["confirmation token"] = last_of(mail.link)
    secrets.tokens["manage token"] = last_of(manage_link_in(mails_to(inbox, ada.address)[-1]))
    assert browser.press(mail.link).url.endswith("/thanks/")

    browser.submit(browser.open(f"{OWN}evidence/work/"), email=at_work)
    (work_mail,) = eventually(lambda: mails_to(inbox, at_work), "the code at work")
    secrets.codes["work code"] = code_in(work_mail)
    done = browser.submit(
        browser.open(f"{OWN}evidence/work/code/"), code=secrets.codes["work code"]
    )
    assert "example.com address" in done.text

    asking = Visitor(stack.base_url)
    asking.submit(asking.open(f"{LETTER}link/"), email=ada.address)
    mails = eventually(
        lambda: mails_to(inbox, ada.address), "the link", until=lambda mails: len(mails) == 2
    )
    link = manage_link_in(mails[-1])
    secrets.tokens["second manage token"] = last_of(link)
    other = Visitor(stack.base_url)
    assert other.open(link).url.endswith(OWN)

    ways = other.open(f"{OWN}evidence/github/")
    for number, fact in enumerate(("account", choice(ways, "membership"), "address")):
        back, ended = through_github(stack, other, fact, other.open(f"{OWN}evidence/github/"))
        assert ended.url.endswith(OWN), ended.text
        secrets.tokens[f"OAuth code {number}"] = parse_qs(urlsplit(back).query)["code"][0]
        secrets.tokens[f"OAuth state {number}"] = parse_qs(urlsplit(back).query)["state"][0]
    secrets.tokens |= {f"OAuth token {n}": each for n, each in enumerate(stack.github.tokens)}
    # A signature that changes is off the wall until the log has it anew.
    eventually(
        lambda: Visitor(stack.base_url).open(WALL).text,
        "badges on the wall",
        until=lambda text: "GitHub: ada-example" in text and "Member of acme" in text,
    )

    gone = other.submit(other.open(OWN), f"{OWN}withdraw/", sure="on")
    assert "You have withdrawn your signature" in gone.text


@pytest.fixture(scope="module")
def left(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Left:
    stack, secrets = story.stack, Secrets()
    publish(stack, tmp_path_factory.mktemp("leaving"), [SLUG], every=1000, more=EVIDENCE)
    travel(stack, secrets)
    # Somebody goes to GitHub and never comes back: of them a session is left, for ten minutes.
    lost = Visitor(stack.base_url)
    lost.sign(SLUG, Signer("Lost Person", "lost@example.net"))
    mail = confirmation_of(stack.inbox.mailbox, Signer("Lost Person", "lost@example.net"))
    lost.press(mail.link)
    lost.submit(lost.open(f"{OWN}evidence/github/"), fact="address")
    secrets.addresses["address of who went to GitHub"] = "lost@example.net"
    eventually(
        lambda: Visitor(stack.base_url).open(WALL).text,
        "the one who stays on the wall, alone",
        until=lambda text: "1 confirmed signature " in text and "Lost Person" in text,
    )
    return Left(stack, secrets, Remains(stack))


def test_everything_that_is_kept_is_looked_at(left: Left) -> None:
    for place in ("table django_session", "session", "table petitions_signature"):
        assert place in left.remains.places
    logs = {f"file log/{name}.log" for name in ("web", "worker", "beat", "sequencer", "postgres")}
    assert logs | {"file log/redis.log"} <= left.remains.places
    assert any(place.startswith("key ") for place in left.remains.places)
    assert left.remains.of("Lost Person") != []


@pytest.mark.parametrize("before", ["", "1", "22"])
def test_text_is_found_in_whatever_guise(before: str) -> None:
    encoded = base64.b64encode(f"{before}Ada.Leaving@example.net, and more".encode()).lower()
    assert any(guise in encoded for guise in guises("Ada.Leaving@example.net").values())


def test_no_address_is_left(left: Left) -> None:
    found = {name: left.remains.of(each) for name, each in left.secrets.addresses.items()}
    assert found == {name: [] for name in left.secrets.addresses}


def test_no_code_is_left(left: Left) -> None:
    assert len(left.secrets.codes) == 2
    found = {name: left.remains.of_number(each) for name, each in left.secrets.codes.items()}
    assert found == {name: [] for name in left.secrets.codes}


def test_no_token_is_left_but_the_hash_that_opens_a_manage_link(left: Left) -> None:
    found = {name: left.remains.of(each) for name, each in left.secrets.tokens.items()}
    hashed = {
        name: [f"table petitions_managelink: sha256 of {token}, in hex"]
        for name, token in left.secrets.tokens.items()
        if name.endswith("manage token")
    }
    assert len(hashed) == 2
    assert found == {name: hashed.get(name, []) for name in left.secrets.tokens}
