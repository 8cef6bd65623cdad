"""Anybody can read, sign and confirm, with whatever browser they have."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.conftest import CHINESE
from tests.browser.reader import PHONE, Reader
from tests.site import Confirmation, Signer, Visitor, confirmation_of, eventually

pytestmark = pytest.mark.browser

MakeReader = Callable[..., Reader]


def code_for(stack: Stack, signer: Signer) -> Confirmation:
    return confirmation_of(stack.inbox.mailbox, signer)


def count_on(stack: Stack, path: str) -> int:
    return Visitor(stack.base_url).open(path).count


def becomes_counted(stack: Stack, path: str, count: int) -> None:
    # Each process of the web server keeps the page for a second of its own.
    eventually(
        lambda: {count_on(stack, path) for _ in range(10)},
        f"{count} on {path}",
        until=lambda counts: counts == {count},
    )


def slug_of(path: str) -> str:
    return path.split("/")[2]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_letter_is_signed_on_a_phone_without_javascript(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada = Signer("Ada Lovelace", "ada@example.net")
    phone = reader(java_script_enabled=False, **PHONE)

    assert phone.open(letter) == 200
    expect(phone.page.get_by_role("heading", level=1)).to_have_text(
        "Keep the workshop open on Saturdays"
    )
    phone.fill_in(ada)
    phone.submit()
    assert phone.path == f"{letter}confirm/"

    phone.open(code_for(stack, ada).link)
    expect(phone.page.get_by_role("main")).to_contain_text(ada.name)
    expect(phone.field("one-time-code")).to_have_count(0)
    phone.submit()
    assert phone.path == f"{letter}thanks/"

    becomes_counted(stack, letter, 1)
    phone.open(letter)
    expect(phone.page.get_by_role("main")).to_contain_text(ada.name)


def test_code_is_typed_where_the_signing_browser_is_not(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada = Signer("Ada Lovelace", "ada.elsewhere@example.net")
    reader().sign(letter, ada)
    mail = code_for(stack, ada)
    other = reader()

    other.open(mail.link)
    expect(other.field("one-time-code")).to_be_visible()
    other.type_code(mail.link, mail.code)

    assert other.path == f"{letter}thanks/"
    becomes_counted(stack, letter, 1)


def test_code_is_typed_on_the_page_that_follows_the_signing(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada = Signer("Ada Lovelace", "ada.same-page@example.net")
    desktop = reader()
    desktop.sign(letter, ada)

    desktop.field("one-time-code").fill(code_for(stack, ada).code)
    desktop.submit()

    assert desktop.path == f"{letter}thanks/"
    becomes_counted(stack, letter, 1)


def test_wrong_code_confirms_nothing_and_may_be_corrected(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada = Signer("Ada Lovelace", "ada.wrong-code@example.net")
    reader().sign(letter, ada)
    mail = code_for(stack, ada)
    other = reader()

    other.type_code(mail.link, wrong(mail.code))
    expect(other.alert).to_be_visible()
    assert other.path != f"{letter}thanks/"

    other.field("one-time-code").fill(mail.code)
    other.submit()
    assert other.path == f"{letter}thanks/"


def test_link_that_was_used_says_so(stack: Stack, letter: str, reader: MakeReader) -> None:
    ada = Signer("Ada Lovelace", "ada.used-link@example.net")
    reader().sign(letter, ada)
    mail = code_for(stack, ada)
    other = reader()
    other.type_code(mail.link, mail.code)

    assert other.open(mail.link) == 410
    expect(other.page.locator("main form")).to_have_count(0)


def test_mail_scanner_confirms_nothing(stack: Stack, letter: str, reader: MakeReader) -> None:
    ada = Signer("Ada Lovelace", "ada.scanned@example.net")
    signing = reader()
    signing.sign(letter, ada)
    mail = code_for(stack, ada)

    without_cookies = Visitor(stack.base_url)
    assert without_cookies.open(mail.link, method="HEAD").status == 200
    assert without_cookies.post(mail.link, {}).status == 403
    # It follows links and submits forms as they stand, cookies and all.
    thorough = Visitor(stack.base_url)
    assert thorough.submit(thorough.open(mail.link)).status == 422
    with_a_browser = reader()
    with_a_browser.open(mail.link)
    with_a_browser.submit()
    expect(with_a_browser.alert).to_be_visible()

    # It was for nothing: the link still waits for the person, and counts one.
    signing.open(mail.link)
    signing.submit()
    assert signing.path == f"{letter}thanks/"
    becomes_counted(stack, letter, 1)


@pytest.mark.parametrize("javascript", ["with", "without"])
def test_mistakes_are_named_beside_what_was_typed(
    stack: Stack, letter: str, reader: MakeReader, javascript: str
) -> None:
    desktop = reader(java_script_enabled=javascript == "with")
    desktop.open(letter)
    desktop.field("name").fill("12345")
    desktop.field("email").fill("ada.example.net")
    desktop.page.get_by_text("Add your role and company").click()
    desktop.field("organization").fill("Example Works")
    desktop.submit()

    expect(desktop.field("name")).to_have_value("12345")
    expect(desktop.field("email")).to_have_value("ada.example.net")
    expect(desktop.field("organization")).to_be_visible()
    expect(desktop.field("organization")).to_have_value("Example Works")
    links = desktop.alert.get_by_role("link")
    expect(links).to_have_count(2)
    for link, token in zip(links.all(), ("name", "email"), strict=True):
        link.click()
        expect(desktop.field(token)).to_be_focused()

    desktop.fill_in(Signer("Ada Lovelace", f"ada.{javascript}@example.net"))
    desktop.submit()
    assert desktop.path == f"{letter}confirm/"


def test_closed_letter_has_no_form_and_waits_for_those_who_asked_in_time(
    stack: Stack, letter: str, reader: MakeReader
) -> None:
    ada, late = Signer("Ada Lovelace", "ada.closed@example.net"), reader()
    reader().sign(letter, ada)
    mail = code_for(stack, ada)
    late.open(letter)
    late.fill_in(Signer("Too Late", "late@example.net"))

    stack.manage("petition", "close", slug_of(letter))

    late.submit()
    expect(late.page.locator("main form")).to_have_count(0)
    expect(late.page.get_by_role("heading", name="closed")).to_be_visible()
    in_time = reader()
    in_time.type_code(mail.link, mail.code)
    assert in_time.path == f"{letter}thanks/"
    becomes_counted(stack, letter, 1)


def test_chinese_letter_has_a_chinese_interface(stack: Stack, reader: MakeReader) -> None:
    path = f"/petitions/{CHINESE}/"
    ada = Signer("林爱达", "ada.chinese@example.net")
    desktop = reader(locale="en-GB")

    desktop.sign(path, ada)
    seen = [desktop.language]
    for page in (path, f"{path}signatures/", f"{path}deliveries/", code_for(stack, ada).link):
        desktop.open(page)
        seen.append(desktop.language)
    desktop.submit()

    assert desktop.path == f"{path}thanks/"
    assert [*seen, desktop.language] == ["zh-hans"] * 6


def test_reading_leaves_nothing_in_the_browser(letter: str, reader: MakeReader) -> None:
    desktop = reader()
    for page in (letter, f"{letter}signatures/", f"{letter}deliveries/", "/", "/no-such-page/"):
        desktop.open(page)
    assert desktop.page.context.cookies() == []
    assert desktop.page.evaluate("localStorage.length + sessionStorage.length") == 0


@pytest.fixture(scope="module")
def signed(stack: Stack) -> dict[str, str]:
    """Pages of a letter that has signers, by what they are."""
    path = f"/petitions/{CHINESE}/"
    people = [Signer(f"测试人{number}", f"axe.{number}@example.net") for number in range(3)]

    def sign(signer: Signer) -> Confirmation:
        Visitor(stack.base_url).sign(CHINESE, signer, role="工程师", affiliation="示例公司")
        return code_for(stack, signer)

    with ThreadPoolExecutor() as pool:
        mails = list(pool.map(sign, people))
    for mail in mails[:-1]:
        Visitor(stack.base_url).type_code(mail.link, mail.code)
    eventually(lambda: "测试人0" in Visitor(stack.base_url).open(path).text, "signers on the page")
    stack.manage("petition", "batch", CHINESE)
    eventually(
        lambda: "manifest.json" in Visitor(stack.base_url).open(f"{path}deliveries/").text,
        "a delivered batch",
    )
    return {
        "front page": "/",
        "letter": path,
        "wall": f"{path}signatures/",
        "deliveries": f"{path}deliveries/",
        "inbox notice": f"{path}confirm/",
        "confirmation": mails[-1].link,
        "expired link": f"{path}confirm/no-such-token/",
        "thanks": f"{path}thanks/",
        "not found": "/petitions/no-such-letter/",
    }


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_pages_have_no_barriers(
    signed: dict[str, str], reader: MakeReader, colours: str, device: dict[str, object]
) -> None:
    person = reader(color_scheme=colours, **device)
    found: dict[str, object] = {}
    for name, address in signed.items():
        person.open(address)
        found[name] = [*person.barriers(), *(["scrolls sideways"] if person.overflows() else [])]
    person.open(signed["letter"])
    person.submit()
    expect(person.alert).to_be_visible()
    found["mistakes"] = person.barriers()
    person.open(signed["confirmation"])
    person.submit()
    expect(person.alert).to_be_visible()
    found["wrong code"] = person.barriers()

    assert found == {name: [] for name in found}
