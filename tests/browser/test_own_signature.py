"""A signature stays in its owner's hands, for ever, without an account, on whatever device."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from local.inbox import reading
from local.stack import Stack
from tests.browser.reader import PHONE, Reader
from tests.browser.signer import becomes, code_at, confirm, manage_link_of, own, wall
from tests.site import Signer, eventually, mails_to

pytestmark = pytest.mark.browser

MakeReader = Callable[..., Reader]
Device = dict[str, object]
DEVICES = pytest.mark.parametrize(
    "device",
    [{}, {"java_script_enabled": False, **PHONE}],
    ids=["desktop", "phone-without-javascript"],
)
VERIFIED_ONLY = "without a name, as a verified member of a group"
COUNT_ONLY = "in the count only"
#: A choice, and what its owner is told of it.
HIDDEN = pytest.mark.parametrize(
    "hidden",
    [
        (VERIFIED_ONLY, "A smaller group could be guessed at."),
        (COUNT_ONLY, "Nobody will see anything of you but a count that is one higher"),
    ],
    ids=["verified-only", "count-only"],
)
NOT_HERE = "This browser is not looking after a signature"
CHANGED = "Your signature is changed, as you see it below."


def ada_of(letter: str) -> Signer:
    """Who signs this letter, with an address that nobody else has."""
    return Signer("Ada Lovelace", f"ada.own{letter.strip('/').split('-')[-1]}@example.net")


def says(person: Reader, message: str) -> None:
    expect(person.page.get_by_role("status")).to_have_text(message)


def is_headed(person: Reader, heading: str) -> None:
    expect(person.page.get_by_role("heading", level=1)).to_have_text(heading)


@HIDDEN
@DEVICES
def test_name_is_hidden_from_the_start(
    stack: Stack, letter: str, reader: MakeReader, device: Device, hidden: tuple[str, str]
) -> None:
    choice, said = hidden
    ada, person = ada_of(letter), reader(**device)
    person.open(letter)
    person.fill_in(ada)
    person.page.get_by_text("Choose who sees what").click()
    person.page.get_by_label(choice).check()
    person.submit()
    code = code_at(stack, ada.address)
    (mail,) = mails_to(stack.inbox.mailbox, ada.address)
    assert ada.name not in f"{mail['Subject']} {reading.text(mail)} {reading.html(mail)}"

    person.field("one-time-code").fill(code)
    person.submit()

    person.follow("Add a badge or change your signature")
    expect(person.page.locator(".appearance")).to_contain_text(said)
    expect(person.field("name")).to_have_value("")
    for page in (letter, wall(letter)):
        becomes(stack, page, shown="1 confirmed signature", gone=ada.name)


@HIDDEN
@DEVICES
def test_name_is_hidden_afterwards(
    stack: Stack, letter: str, reader: MakeReader, device: Device, hidden: tuple[str, str]
) -> None:
    choice, said = hidden
    ada, person = ada_of(letter), reader(**device)
    confirm(person, stack, letter, ada)
    becomes(stack, wall(letter), shown=ada.name)

    person.page.get_by_label(choice).check()
    person.press("Save")

    says(person, CHANGED)
    expect(person.page.locator(".appearance")).to_contain_text(said)
    expect(person.field("name")).to_have_value("")
    assert not person.overflows()
    for page in (letter, wall(letter)):
        becomes(stack, page, shown="1 confirmed signature", gone=ada.name)


@DEVICES
def test_name_gives_way_to_a_pseudonym(
    stack: Stack, letter: str, reader: MakeReader, device: Device
) -> None:
    ada, person = ada_of(letter), reader(**device)
    confirm(person, stack, letter, ada)

    person.field("name").fill("Night Owl")
    person.page.get_by_label("with a pseudonym").check()
    person.press("Save")

    says(person, CHANGED)
    expect(person.page.locator(".preview .signer-name")).to_have_text("Night Owl")
    becomes(stack, wall(letter), shown="Night Owl", gone=ada.name)


@DEVICES
def test_signature_is_corrected(
    stack: Stack, letter: str, reader: MakeReader, device: Device
) -> None:
    ada, person = ada_of(letter), reader(**device)
    confirm(person, stack, letter, ada)

    person.field("name").fill("12345")
    person.press("Save")
    expect(person.alert).to_contain_text("“12345” has no letters in it.")
    person.field("name").fill("Ada King")
    person.field("organization-title").fill("Analyst")
    person.field("organization").fill("Analytical Engines")
    person.press("Save")

    says(person, CHANGED)
    expect(person.page.locator(".preview .signer-affiliation")).to_have_text(
        "Analyst · Analytical Engines"
    )
    becomes(stack, wall(letter), shown="Ada King Analyst · Analytical Engines", gone=ada.name)
    anybody = reader(**device)
    anybody.open(wall(letter))
    anybody.page.get_by_text("Choose among the signers").click()
    anybody.page.get_by_label("Company, as signers gave it").fill("analytical engines")
    anybody.press("Show these")
    expect(anybody.page.locator(".signer-name")).to_have_text(["Ada King"])


@DEVICES
def test_signature_is_withdrawn_and_given_again(
    stack: Stack, letter: str, reader: MakeReader, device: Device
) -> None:
    ada, person = ada_of(letter), reader(**device)
    confirm(person, stack, letter, ada)
    becomes(stack, wall(letter), shown=ada.name)

    person.press("Withdraw")
    says(person, "Nothing was withdrawn: please tick the box first.")
    person.page.get_by_label("I want to withdraw my signature.").check()
    person.press("Withdraw")

    is_headed(person, "You have withdrawn your signature")
    for page in (letter, wall(letter)):
        becomes(stack, page, shown="0 confirmed signatures", gone=ada.name)
    again = reader(**device)
    again.sign(letter, Signer("Ada Again", ada.address))
    eventually(lambda: len(mails_to(stack.inbox.mailbox, ada.address)) == 2, "another code")
    again.field("one-time-code").fill(code_at(stack, ada.address))
    again.submit()
    becomes(stack, wall(letter), shown="Ada Again")


@DEVICES
def test_signature_is_forgotten(
    stack: Stack, letter: str, reader: MakeReader, device: Device
) -> None:
    ada, person = ada_of(letter), reader(**device)
    confirm(person, stack, letter, ada)
    link = manage_link_of(stack, ada)

    person.press("Forget me")
    says(person, "Nothing was deleted: please tick the box first.")
    person.page.get_by_label("I want to withdraw, and have all of it deleted.").check()
    person.press("Forget me")

    is_headed(person, "Deleted")
    assert person.open(own(letter)) == 403
    assert person.open(link) == 410
    is_headed(person, NOT_HERE)
    for page in (letter, wall(letter)):
        becomes(stack, page, shown="0 confirmed signatures", gone=ada.name)


@DEVICES
def test_link_is_mailed_to_another_device(
    stack: Stack, letter: str, reader: MakeReader, device: Device
) -> None:
    ada, other = ada_of(letter), reader(**device)
    confirm(reader(), stack, letter, ada)

    assert other.open(own(letter)) == 403
    is_headed(other, NOT_HERE)
    other.open(letter)
    other.follow("You have signed? Correct, hide or withdraw your signature")
    # Another spelling of the same mailbox.
    other.field("email").fill(ada.address.upper())
    other.press("Mail me my link")
    is_headed(other, "Look into your inbox")
    eventually(
        lambda: mails_to(stack.inbox.mailbox, _as_sent(ada.address)), "the mail with the link"
    )
    link = manage_link_of(stack, Signer(ada.name, _as_sent(ada.address)))
    other.open(link)

    assert other.path == own(letter)
    other.field("name").fill("Ada King")
    other.press("Save")
    says(other, CHANGED)
    becomes(stack, wall(letter), shown="Ada King", gone=ada.name)


def _as_sent(address: str) -> str:
    """The spelling of it in capitals: the domain's case is gone, the local part's is kept."""
    local, _, domain = address.partition("@")
    return f"{local.upper()}@{domain}"


def test_nobody_learns_who_signed_by_asking_for_a_link(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada, curious = ada_of(letter), reader()
    confirm(reader(), stack, letter, ada)
    answers = []
    for address in (f"not.{ada.address}", ada.address):
        curious.open(f"{letter}link/")
        curious.field("email").fill(address)
        curious.press("Mail me my link")
        answers.append(curious.page.locator("main").inner_html())

    assert answers[0] == answers[1]
    eventually(lambda: len(mails_to(stack.inbox.mailbox, ada.address)) == 2, "the link mailed")
    assert mails_to(stack.inbox.mailbox, f"not.{ada.address}") == []


@DEVICES
def test_links_that_others_may_have_seen_are_made_void(
    stack: Stack, letter: str, reader: MakeReader, device: Device
) -> None:
    ada, person, finder = ada_of(letter), reader(**device), reader()
    confirm(person, stack, letter, ada)
    mailed = manage_link_of(stack, ada)
    finder.open(mailed)
    assert finder.path == own(letter)

    person.page.get_by_label("I want my link to be void.").check()
    person.press("Make a new link, and all others void")

    assert not person.overflows()
    new = person.page.locator(".secret").inner_text()
    assert finder.open(own(letter)) == 403
    assert finder.open(mailed) == 410
    person.follow("Back to your signature")
    assert person.path == own(letter)
    other = reader(**device)
    other.open(new)
    assert other.path == own(letter)


def test_link_of_a_signature_that_is_not_confirmed_opens_nothing(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada, person = ada_of(letter), reader()
    person.sign(letter, ada)
    code_at(stack, ada.address)

    assert person.open(manage_link_of(stack, ada)) == 410


@DEVICES
def test_owner_takes_all_data_along(
    stack: Stack, letter: str, reader: MakeReader, device: Device, tmp_path: Path
) -> None:
    ada, person = ada_of(letter), reader(**device)
    confirm(person, stack, letter, ada)

    with person.page.expect_download() as download:
        person.page.get_by_role("link", name="All that we have of you, as JSON").click()
    download.value.save_as(tmp_path / "data.json")

    text = (tmp_path / "data.json").read_text()
    data = json.loads(text)
    assert (data["name"], data["state"], data["visibility"]) == (ada.name, "confirmed", "public")
    assert data["petition"] == f"{stack.base_url}{letter}"
    assert data["known_by_keyed_hashes_of"] == ["address"]
    assert ada.address not in text


def test_letter_shows_while_it_is_filled_in_what_everybody_will_see(
    letter: str, reader: MakeReader
) -> None:
    person = reader()
    person.open(letter)
    preview = person.page.locator(".live-preview")
    expect(preview).to_be_hidden()

    person.field("name").fill("Ada Lovelace")
    expect(preview.locator(".signer-name")).to_have_text("Ada Lovelace")
    person.page.get_by_text("Add your role and company").click()
    person.field("organization-title").fill("Analyst")
    expect(preview.locator(".signer-affiliation")).to_have_text("Analyst")
    person.field("organization").fill("<b>Engines</b>")
    expect(preview.locator(".signer-affiliation")).to_have_text("Analyst · <b>Engines</b>")
    person.page.get_by_text("Choose who sees what").click()
    for choice in (COUNT_ONLY, VERIFIED_ONLY):
        person.page.get_by_label(choice).check()
        expect(preview.locator(".signers")).to_be_hidden()
    person.page.get_by_label(COUNT_ONLY).check()
    expect(preview).to_contain_text("No name, only the count.")
    expect(preview.get_by_text("No name, only the count.")).to_be_visible()
    person.page.get_by_label("with a pseudonym").check()
    person.field("name").fill("Night Owl")
    expect(preview.locator(".signer-name")).to_be_visible()
    expect(preview.locator(".signer-name")).to_have_text("Night Owl")


def test_letter_previews_nothing_without_javascript(letter: str, reader: MakeReader) -> None:
    person = reader(java_script_enabled=False)
    person.open(letter)
    expect(person.page.locator(".live-preview")).to_be_hidden()


class Inspection:
    """Looks at pages for what is in the way of people with disabilities."""

    def __init__(self, person: Reader) -> None:
        self.person = person
        self.found: dict[str, list[str]] = {}

    def look(self, what: str) -> None:
        """Note what is wrong with the page that is open."""
        wide = ["scrolls sideways"] if self.person.overflows() else []
        self.found[what] = [*self.person.barriers(), *wide]

    def assert_nothing_found(self) -> None:
        assert self.found == {name: [] for name in self.found}


COLOURS = pytest.mark.parametrize("colours", ["light", "dark"])
SCREENS = pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])


@pytest.fixture
def inspection(reader: MakeReader, colours: str, screen: Device) -> Inspection:
    return Inspection(reader(color_scheme=colours, **screen))


@COLOURS
@SCREENS
def test_way_to_github_has_no_barriers(stack: Stack, letter: str, inspection: Inspection) -> None:
    person, look = inspection.person, inspection.look
    person.open(letter)
    person.field("name").fill("Ada Lovelace")
    for details in ("Add your role and company", "Choose who sees what"):
        person.page.get_by_text(details).click()
    look("letter with everything unfolded")
    person.press("Sign with GitHub instead of an e-mail address")
    look("GitHub instead of an address")
    person.press("Continue at GitHub")
    person.press("Cancel")
    look("cancelled at GitHub")
    person.page.get_by_label("That I am a public member of acme").check()
    person.press("Continue at GitHub")
    with person.page.expect_navigation():
        person.page.locator("button[value=ada-example]").click()
    look("thanks")
    person.open(own(letter))
    look("own signature with a badge")
    person.open(f"{own(letter)}evidence/github/")
    look("GitHub proof")
    becomes(stack, wall(letter), shown="Member of acme")
    person.open(f"{wall(letter)}?tier=github_organization")
    person.page.locator("details.badge summary").click()
    look("wall, filtered, with an open badge")
    person.open(f"{wall(letter)}?tier=organizer")
    look("wall without anybody")

    inspection.assert_nothing_found()


@COLOURS
@SCREENS
def test_other_evidence_has_no_barriers(stack: Stack, letter: str, inspection: Inspection) -> None:
    person, look = inspection.person, inspection.look
    confirm(person, stack, letter, ada_of(letter))
    look("own signature")
    person.open(f"{own(letter)}evidence/work/")
    look("work proof")
    person.press("Mail a code there")
    look("work proof with a mistake")
    person.page.get_by_label("Address at work").fill("ada.at.work@example.com")
    person.press("Mail a code there")
    look("code of the work proof")
    person.press("Add the badge")
    look("code of the work proof with a mistake")
    person.open(f"{own(letter)}evidence/ssh/")
    look("SSH proof")
    person.page.get_by_label("Your GitHub login").fill("ada-example")
    person.press("Show me what to sign")
    look("command of the SSH proof")
    person.page.get_by_label("What the command wrote").fill("nothing")
    person.press("Check it")
    look("SSH proof with a mistake")

    inspection.assert_nothing_found()


@COLOURS
@SCREENS
def test_own_signature_has_no_barriers(stack: Stack, letter: str, inspection: Inspection) -> None:
    person, look, ada = inspection.person, inspection.look, ada_of(letter)
    person.open(own(letter))
    look("no signature")
    person.open(f"{letter}link/")
    look("request of a link")
    person.press("Mail me my link")
    look("request of a link with a mistake")
    person.field("email").fill(ada.address)
    person.press("Mail me my link")
    look("link is mailed")
    confirm(person, stack, letter, ada)
    person.field("name").fill("")
    person.press("Save")
    look("own signature with a mistake")
    person.page.get_by_label(VERIFIED_ONLY).check()
    person.press("Save")
    look("own signature without a name")
    person.page.get_by_label("I want my link to be void.").check()
    person.press("Make a new link, and all others void")
    look("new link")
    person.follow("Back to your signature")
    person.page.get_by_label("I want to withdraw my signature.").check()
    person.press("Withdraw")
    look("withdrawn")
    person.page.get_by_label("I want to withdraw, and have all of it deleted.").check()
    person.press("Forget me")
    look("forgotten")

    inspection.assert_nothing_found()
