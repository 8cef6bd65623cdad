"""What people do with a signature of their own, in a browser."""

from local.stack import Stack
from tests.browser.reader import Reader
from tests.site import (
    Signer,
    Visitor,
    code_in,
    confirmation_of,
    eventually,
    mails_to,
    manage_link_in,
)

#: Each process of the web server keeps pages for a second of its own.
LOOKS = 8


def confirm(person: Reader, stack: Stack, letter: str, signer: Signer) -> None:
    """Sign, type the mailed code, and go to the page of one's own signature."""
    person.sign(letter, signer)
    person.field("one-time-code").fill(confirmation_of(stack.inbox.mailbox, signer).code)
    person.submit()
    person.follow("Add a badge or change your signature")
    assert person.path == own(letter)


def own(letter: str) -> str:
    """The page of one's own signature."""
    return f"{letter}signature/"


def wall(letter: str) -> str:
    """The page of all signers."""
    return f"{letter}signatures/"


def manage_link_of(stack: Stack, signer: Signer) -> str:
    """The private link in the newest mail to a signer."""
    return manage_link_in(mails_to(stack.inbox.mailbox, signer.address)[-1])


def code_at(stack: Stack, address: str) -> str:
    """The code in the newest mail to an address, when it is there."""
    mails = eventually(lambda: mails_to(stack.inbox.mailbox, address), f"mail to {address}")
    return code_in(mails[-1])


def becomes(stack: Stack, path: str, *, shown: str = "", gone: str = "") -> None:
    """Wait until everybody who opens a page sees one text and not the other."""

    def right() -> bool:
        texts = [Visitor(stack.base_url).open(path).text for _ in range(LOOKS)]
        return all(shown in text and (not gone or gone not in text) for text in texts)

    eventually(right, f"{shown!r} and not {gone!r} on {path}")
