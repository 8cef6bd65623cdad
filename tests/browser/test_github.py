"""Through GitHub and back in a real browser, whose content security policy has a say in it."""

import re
from collections.abc import Callable

import pytest

from local.inbox import reading
from local.stack import Stack
from tests.browser.reader import Reader
from tests.site import eventually, mails_to

pytestmark = pytest.mark.browser

type MakeReader = Callable[..., Reader]


def test_person_signs_up_by_github(stack: Stack, reader: MakeReader) -> None:
    grace = reader()
    grace.open("/accounts/login/")
    grace.page.get_by_role("link", name="GitHub").click()
    grace.page.get_by_role("button", name="Continue").click()
    assert "This is a stand-in for GitHub on your machine." in grace.page.inner_text("body")
    assert grace.barriers() == []
    grace.page.get_by_role("button", name=re.compile("grace-example")).click()
    assert grace.path == "/accounts/3rdparty/signup/"
    grace.page.get_by_label("Email").fill("grace@example.org")
    grace.submit()
    mails = eventually(lambda: mails_to(stack.inbox.mailbox, "grace@example.org"), "mail to Grace")
    text = reading.text(mails[-1]) or ""
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", text, re.MULTILINE)
    assert code is not None
    grace.page.locator("input[name=code]").fill(code[1])
    grace.page.locator("main form[method=post] button").first.click()
    assert grace.open("/accounts/evidence/") == 200
    assert grace.page.get_by_text("Nothing is kept.").is_visible()
    assert grace.barriers() == []


def test_person_who_cancels_at_github_is_nobody_here(stack: Stack, reader: MakeReader) -> None:
    ada = reader(java_script_enabled=False)
    ada.open("/accounts/github/login/")
    ada.submit()
    ada.page.get_by_role("button", name="Cancel").click()
    assert ada.path == "/accounts/3rdparty/login/cancelled/"
    ada.open("/accounts/evidence/")
    assert ada.path == "/accounts/login/"
