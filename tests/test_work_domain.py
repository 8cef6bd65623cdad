"""A code mailed to an address at work shows control of it, and tells the employer nothing more."""

import re
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from local.inbox import Inbox
from petitions import confirmation, tasks
from petitions.models import Badge, Petition, Signature, WorkProof
from petitions.models.signature import CODE_ATTEMPTS
from tests.factories import ask_for_evidence, make_signature, owner_of, sequence

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

PAGE = "/petitions/weekends/signature/"
ASK = f"{PAGE}evidence/work/"
CODE = f"{PAGE}evidence/work/code/"
SIGN = "/petitions/weekends/signatures/"
WORK = "ada@example.com"


@pytest.fixture
def petition(petition: Petition) -> Petition:
    """A petition that names one domain."""
    ask_for_evidence(petition)
    return petition


@pytest.fixture
def signature(petition: Petition) -> Signature:
    return make_signature(petition, "ada@example.org")


@pytest.fixture
def owner(signature: Signature) -> Client:
    return owner_of(signature)


def code_in(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    (code,) = re.findall(r"\b\d{6}\b", body.get_content())
    return str(code)


def begun(owner: Client, inbox: Inbox, email: str = WORK) -> str:
    """Ask for a code; return the one that arrives."""
    assert owner.post(ASK, {"email": email}).status_code == 303
    tasks.mail_work_codes()
    return code_in(inbox.messages[-1])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def badges_of(signature: Signature) -> list[tuple[str, str, dict[str, object]]]:
    return list(signature.badges.values_list("method", "subject", "detail"))


BADGE = ("work_domain", "example.com", {"through": "mail"})


# --- Before the mail ---------------------------------------------------------------------------


def test_page_says_what_an_employer_can_see_before_any_mail(
    inbox: Inbox, owner: Client, settings: Settings
) -> None:
    settings.CODE_MAIL_FROM = "codes@mail.example"
    html = owner.get(ASK).content.decode()
    assert "Your employer can see that mail." in html
    assert "codes@mail.example sent a code" in html
    assert "<bdi>example.com</bdi>" in html
    tasks.mail_work_codes()
    assert not inbox.messages


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.org",
        # A sub-domain is listed or does not count.
        "ada@mail.example.com",
        "ada@example.com.evil.com",
        "ada@evilexample.com",
        "ada@xample.com",
        # Cyrillic а: another domain.
        "ada@ex\u0430mple.com",
        "ada@xn--exmple-4nf.com",
    ],
)
def test_address_at_another_domain_is_refused(
    owner: Client, signature: Signature, email: str
) -> None:
    response = owner.post(ASK, {"email": email})
    assert response.status_code == 422
    assert "is not among the domains of this letter: example.com." in response.text
    assert not WorkProof.objects.exists()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@[127.0.0.1]",
        "ada@[IPv6:::1]",
        "ada@example.com@evil.com",
        '"ada@evil.com"@example.com',
        "ada@example.com\r\nBcc: all@example.com",
        "ada@example.com, eve@example.com",
        "ada@example\u3002com\u200b",
        "=?utf-8?q?ada?=@example.com",
    ],
)
def test_what_is_no_address_is_refused(owner: Client, signature: Signature, email: str) -> None:
    response = owner.post(ASK, {"email": email})
    assert response.status_code == 422
    assert "Please correct this first" in response.text
    assert not WorkProof.objects.exists()


@pytest.mark.parametrize(
    "email", ["ada@EXAMPLE.com", "ada@mail.example.com", "ada@B\u00fccher.example"]
)
def test_listed_domain_counts_however_it_is_spelt(
    inbox: Inbox, owner: Client, signature: Signature, petition: Petition, email: str
) -> None:
    petition.work_domains = ["example.com", "mail.example.com", "xn--bcher-kva.example"]
    petition.save()
    owner.post(CODE, {"code": begun(owner, inbox, email)})
    domain = signature.badges.get().subject
    assert domain == email.partition("@")[2].lower().encode("idna").decode()


# --- The mail ----------------------------------------------------------------------------------


def raw_mail(inbox: Inbox) -> str:
    (name,) = inbox.mailbox.names()
    source = inbox.mailbox.source(name)
    assert source is not None
    return source.decode("ascii")


def test_mail_names_neither_letter_nor_site(
    inbox: Inbox, owner: Client, petition: Petition, settings: Settings
) -> None:
    settings.CODE_MAIL_FROM = "codes@mail.example"
    code = begun(owner, inbox)
    raw = raw_mail(inbox)
    (message,) = inbox.messages
    assert sorted(set(message.keys())) == [
        "Auto-Submitted",
        "Content-Type",
        "Date",
        "Delivered-To",
        "From",
        "MIME-Version",
        "Message-ID",
        "Return-Path",
        "Subject",
        "To",
    ]
    assert message["Return-Path"] == "<codes@mail.example>"
    assert message["From"] == "codes@mail.example"
    assert message["To"] == WORK
    assert message["Subject"] == "Your code"
    assert re.fullmatch(r"<[\d.]+@mail\.example>", message["Message-ID"])
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == (
        f"Your code: {code}\n\nIt is valid for 48 hours. If you did not ask for it, do nothing.\n\n"
    )
    told = [raw, *(str(part.get_content()) for part in message.iter_parts())]
    for text in told:
        for word in ("undersigned", "weekends", "letter", "petition", "sign", "testserver"):
            assert word not in text.lower()
        assert not re.search(r"https?:|href|src=|www\.", text)


def test_mail_comes_from_an_address_without_a_name(inbox: Inbox, owner: Client) -> None:
    begun(owner, inbox)
    assert site.DEFAULT_FROM_EMAIL == "Undersigned <letters@example.org>"
    assert inbox.messages[0]["From"] == "letters@example.org"
    assert "Undersigned" not in raw_mail(inbox)


def test_one_mailbox_gets_a_few_codes_and_the_page_stays_the_same(
    inbox: Inbox, owner: Client, settings: Settings
) -> None:
    settings.MAILS_PER_ADDRESS = 2
    for _ in range(4):
        response = owner.post(ASK, {"email": WORK})
        tasks.mail_work_codes()
        assert (response.status_code, response["Location"]) == (303, CODE)
    assert len(inbox.messages) == 2


def test_network_that_asks_too_often_is_told(owner: Client, settings: Settings) -> None:
    settings.SIGNINGS_PER_NETWORK = 1
    statuses = [owner.post(ASK, {"email": f"a{n}@example.com"}).status_code for n in range(2)]
    assert statuses == [303, 429]


def test_code_is_mailed_once(inbox: Inbox, owner: Client) -> None:
    begun(owner, inbox)
    tasks.mail_work_codes()
    assert len(inbox.messages) == 1


# --- The code ----------------------------------------------------------------------------------


def test_right_code_gives_the_badge_and_deletes_the_address(
    inbox: Inbox, owner: Client, signature: Signature
) -> None:
    code = begun(owner, inbox)
    response = owner.post(CODE, {"code": f"{code[:3]} {code[3:]}"}, follow=True)
    assert "Your signature has a new badge." in response.text
    assert "example.com address" in response.text
    assert badges_of(signature) == [BADGE]
    signature.refresh_from_db()
    assert signature.assurance == "work_domain"
    assert not WorkProof.objects.exists()


def test_wall_shows_the_badge_with_method_and_date(
    inbox: Inbox, client: Client, owner: Client, signature: Signature
) -> None:
    owner.post(CODE, {"code": begun(owner, inbox)})
    sequence()
    html = client.get(SIGN).content.decode()
    assert "example.com address <time" in html
    day = f"{timezone.now():%-d %B %Y}"
    assert f"Controlled an address at example.com on {day}, by a code mailed to it." in html
    assert WORK not in html


def test_wrong_code_is_told_and_uses_up_an_attempt(
    inbox: Inbox, owner: Client, signature: Signature
) -> None:
    code = begun(owner, inbox)
    response = owner.post(CODE, {"code": wrong(code)})
    assert response.status_code == 422
    assert "This is not the code in the mail." in response.text
    assert WorkProof.objects.get().attempts == 1
    assert badges_of(signature) == []
    assert owner.post(CODE, {"code": code}).status_code == 303
    assert badges_of(signature) == [BADGE]


def test_code_cannot_be_guessed(inbox: Inbox, owner: Client, signature: Signature) -> None:
    code = begun(owner, inbox)
    for _ in range(CODE_ATTEMPTS):
        assert "This is not the code" in owner.post(CODE, {"code": wrong(code)}).text
    response = owner.post(CODE, {"code": code})
    assert response.status_code == 422
    assert "Too many wrong codes." in response.text
    assert badges_of(signature) == []


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\uff11" * 6, "12345\x00"])
def test_code_of_the_wrong_shape_uses_up_nothing(owner: Client, inbox: Inbox, code: str) -> None:
    begun(owner, inbox)
    assert owner.post(CODE, {"code": code}).status_code == 422
    assert WorkProof.objects.get().attempts == 0


def test_expired_code_is_told(inbox: Inbox, owner: Client, signature: Signature) -> None:
    code = begun(owner, inbox)
    WorkProof.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "no longer valid" in owner.post(CODE, {"code": code}).text
    assert badges_of(signature) == []


def test_code_without_a_mail_is_told(owner: Client, signature: Signature) -> None:
    assert "no longer valid" in owner.post(CODE, {"code": "123456"}).text
    assert badges_of(signature) == []


def test_code_is_of_the_address_that_was_asked_for_last(
    inbox: Inbox, owner: Client, signature: Signature, petition: Petition
) -> None:
    petition.work_domains = ["example.com", "example.org"]
    petition.save()
    first = begun(owner, inbox)
    second = begun(owner, inbox, "ada@example.org")
    assert owner.post(CODE, {"code": first}).status_code == 422
    assert owner.post(CODE, {"code": second}).status_code == 303
    assert [subject for _, subject, _ in badges_of(signature)] == ["example.org"]


def test_code_of_somebody_else_gives_nothing(
    inbox: Inbox, owner: Client, signature: Signature, petition: Petition
) -> None:
    begun(owner, inbox)
    other = make_signature(petition)
    code = begun(owner_of(other), inbox, "eve@example.com")
    assert owner.post(CODE, {"code": code}).status_code == 422
    assert (badges_of(signature), badges_of(other)) == ([], [])


def test_address_at_work_belongs_to_one_signature(
    inbox: Inbox, owner: Client, signature: Signature, petition: Petition
) -> None:
    other = make_signature(petition)
    others = owner_of(other)
    others.post(CODE, {"code": begun(others, inbox)})
    response = owner.post(CODE, {"code": begun(owner, inbox, "ADA@example.com")})
    assert response.status_code == 422
    assert "belongs to another signature under this letter" in response.text
    assert (badges_of(signature), badges_of(other)) == ([], [BADGE])
    assert not WorkProof.objects.exists()


def test_code_of_what_was_withdrawn_meanwhile_gives_nothing(
    inbox: Inbox, owner: Client, signature: Signature
) -> None:
    code = begun(owner, inbox)
    signature.withdraw()
    response = owner.post(CODE, {"code": code}, follow=True)
    assert "Your signature has a new badge." not in response.text
    assert not Badge.objects.exists()


# --- Signing with an address at work -----------------------------------------------------------


def sign(client: Client, **more: str) -> "Response":
    return client.post(SIGN, {"name": "Ada Lovelace", "email": WORK, **more})


def test_form_asks_again_before_it_mails_where_an_employer_reads(
    inbox: Inbox, client: Client, petition: Petition
) -> None:
    assert "may_be_read" not in client.get("/petitions/weekends/").content.decode()
    response = sign(client)
    assert response.status_code == 422
    assert "Whoever runs example.com can see mail that goes there." in response.text
    assert 'name="may_be_read"' in response.text
    assert not Signature.objects.exists()
    tasks.mail_confirmations()
    assert not inbox.messages


def test_form_does_not_ask_about_other_addresses(client: Client, petition: Petition) -> None:
    assert sign(client, email="ada@mail.example.com").status_code == 303


def test_who_ticks_the_box_gets_the_neutral_mail(
    inbox: Inbox, client: Client, petition: Petition
) -> None:
    assert sign(client, may_be_read="on").status_code == 303
    tasks.mail_confirmations()
    (message,) = inbox.messages
    assert (message["Subject"], message["From"]) == ("Your code", "letters@example.org")
    signature = Signature.objects.get()
    assert code_in(message) == confirmation.code(signature.pk)
    raw = raw_mail(inbox)
    for word in ("weekends", "Undersigned", "Lovelace", "http", "href", "testserver"):
        assert word not in raw
    # A link for an employer to open is not even made.
    assert not signature.manage_links.exists()


def test_confirmation_by_an_address_at_work_brings_the_badge(
    inbox: Inbox, client: Client, petition: Petition
) -> None:
    sign(client, may_be_read="on")
    tasks.mail_confirmations()
    code = code_in(inbox.messages[0])
    response = client.post("/petitions/weekends/confirm/", {"code": code})
    assert response["Location"] == "/petitions/weekends/thanks/"
    signature = Signature.objects.get()
    assert (signature.state, signature.assurance) == ("confirmed", "work_domain")
    assert badges_of(signature) == [BADGE]
    assert WORK not in str(Signature.objects.values())


def test_code_that_is_mailed_again_is_as_neutral(
    inbox: Inbox, client: Client, petition: Petition
) -> None:
    sign(client, may_be_read="on")
    tasks.mail_confirmations()
    client.post("/petitions/weekends/confirm/resend/")
    tasks.mail_confirmations()
    assert [message["Subject"] for message in inbox.messages] == ["Your code", "Your code"]
