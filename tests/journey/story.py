"""What happens on the journey, which the tests then look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from local.inbox import reading
from local.stack import Stack
from tests.site import (
    Page,
    Signer,
    Visitor,
    confirmation_of,
    eventually,
    mails_to,
    petition_file,
    signers,
)

SLUG = "saturdays"
LETTER = f"/petitions/{SLUG}/"
DELIVERIES = f"{LETTER}deliveries/"
EVERY = 10
RECIPIENTS = ("press@example.com", "board@example.org")


@dataclass(frozen=True)
class Delivered:
    """A batch as a recipient has it."""

    message: EmailMessage

    @property
    def documents(self) -> dict[str, bytes]:
        return {each.filename: each.content for each in reading.attachments(self.message)}


@dataclass(frozen=True)
class Story:
    """A finished journey; its site still runs."""

    stack: Stack
    first: Sequence[Signer]
    second: Sequence[Signer]
    #: Signed, and never confirmed.
    undecided: Signer
    #: What people read after the first ten, and when all was delivered.
    letter: Page
    deliveries: Page

    @property
    def signed(self) -> list[Signer]:
        return [*self.first, *self.second]

    def batches_to(self, recipient: str) -> list[Delivered]:
        return [Delivered(mail) for mail in mails_to(self.stack.inbox.mailbox, recipient)]


def tell(stack: Stack, folder: Path) -> Story:
    """The journey itself: every step as its people take it."""
    create_and_open(stack, folder)
    first, second = signers("early", EVERY), signers("late", EVERY)
    undecided = Signer("Undecided Person", "undecided@example.net")
    visitor = Visitor(stack.base_url)

    sign_and_confirm(stack, first)
    visitor.sign(SLUG, undecided)
    letter = eventually(
        lambda: visitor.open(LETTER), "ten on the page", until=lambda page: page.count == EVERY
    )
    wait_for_batches(stack, 1)

    sign_and_confirm(stack, second)
    wait_for_batches(stack, 2)
    confirmation_of(stack.inbox.mailbox, undecided)
    deliveries = eventually(
        lambda: visitor.open(DELIVERIES),
        "the second batch on the record",
        until=lambda page: "Batch 2" in page.text and "being sent" not in page.text,
    )
    return Story(stack, first, second, undecided, letter, deliveries)


def create_and_open(stack: Stack, folder: Path) -> None:
    """As an operator does it: a draft first, which nobody sees, then the opening."""
    path = folder / "letter.md"
    path.write_text(petition_file(SLUG, every=EVERY, recipients=RECIPIENTS))
    stack.manage("petition", "create", str(path))
    assert Visitor(stack.base_url).open(LETTER).status == 404
    stack.manage("petition", "open", SLUG)


def sign_and_confirm(stack: Stack, people: Sequence[Signer]) -> None:
    """Every other one presses the button in the browser that signed; the rest type the code."""
    browsers = {signer: Visitor(stack.base_url) for signer in people}
    for signer, browser in browsers.items():
        assert browser.sign(SLUG, signer).status == 200
    for number, (signer, browser) in enumerate(browsers.items()):
        mail = confirmation_of(stack.inbox.mailbox, signer)
        if number % 2:
            page = browser.press(mail.link)
        else:
            page = Visitor(stack.base_url).type_code(mail.link, mail.code)
        assert (page.status, page.url) == (200, f"{stack.base_url}{LETTER}thanks/")


def wait_for_batches(stack: Stack, number: int) -> None:
    for recipient in RECIPIENTS:
        eventually(
            lambda: len(mails_to(stack.inbox.mailbox, recipient)),  # noqa: B023 (called at once)
            f"batch {number} at {recipient}",
            until=lambda mails: mails >= number,
        )
