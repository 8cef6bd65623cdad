"""Anybody may sign; nobody learns who did."""

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from petitions import confirmation
from petitions.models import Petition, Signature, Version
from tests.factories import make_petition, make_signature

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

URL = "/petitions/weekends/signatures/"
SIGNER = {"name": "Ada Lovelace", "email": "ada@example.org", "role": "", "affiliation": ""}


def sign(client: Client, **changes: str) -> "Response":
    return client.post(URL, SIGNER | changes)


def same_but_for_the_cookie(one: "Response", other: "Response") -> bool:
    return (
        (one.status_code, one.content, dict(one.items()))
        == (other.status_code, other.content, dict(other.items()))
        and len(one.cookies[confirmation.COOKIE].value)
        == len(other.cookies[confirmation.COOKIE].value)
    )  # fmt: skip


def test_signing_writes_one_pending_row_and_leads_to_the_code(
    client: Client, petition: Petition
) -> None:
    response = sign(client, role="Countess", affiliation="Example Corp")
    assert (response.status_code, response["Location"]) == (303, "/petitions/weekends/confirm/")
    assert response["Cache-Control"] == "no-store"
    signature = Signature.objects.get()
    assert signature.state == "pending"
    assert (signature.name, signature.role, signature.affiliation) == (
        "Ada Lovelace",
        "Countess",
        "Example Corp",
    )
    assert client.get(response["Location"]).status_code == 200


def test_answer_is_the_same_for_new_repeated_confirmed_and_refused_addresses(
    petition: Petition,
) -> None:
    make_signature(petition, "confirmed@example.org")
    new = sign(Client(), email="new@example.org")
    repeated = sign(Client(), email="new@example.org")
    confirmed = sign(Client(), email="confirmed@example.org")
    for _ in range(settings.MAILS_PER_ADDRESS):
        refused = sign(Client(), email="flooded@example.org")
    refused = sign(Client(), email="flooded@example.org")
    flooded = Signature.objects.filter(address="flooded@example.org")
    assert flooded.count() == settings.MAILS_PER_ADDRESS
    for other in (repeated, confirmed, refused):
        assert same_but_for_the_cookie(new, other)


def test_mail_to_one_mailbox_is_limited_however_it_is_spelt(petition: Petition) -> None:
    for number in range(settings.MAILS_PER_ADDRESS + 3):
        sign(Client(), email=f"a.d.a+{number}@gmail.com")
    assert Signature.objects.count() == settings.MAILS_PER_ADDRESS


def test_network_that_signs_too_often_is_told_so(
    client: Client, petition: Petition, settings: Settings
) -> None:
    settings.SIGNINGS_PER_NETWORK = 2
    answers = [sign(client, email=f"ada{number}@example.org").status_code for number in range(3)]
    assert answers == [303, 303, 429]
    assert Signature.objects.count() == 2


def test_network_at_its_limit_uses_up_nobodys_mails(
    client: Client, petition: Petition, settings: Settings
) -> None:
    settings.SIGNINGS_PER_NETWORK = 1
    assert sign(client).status_code == 303
    for _ in range(settings.MAILS_PER_ADDRESS):
        assert sign(client).status_code == 429
    settings.SIGNINGS_PER_NETWORK = 500
    for _ in range(settings.MAILS_PER_ADDRESS):
        sign(client)
    assert Signature.objects.count() == settings.MAILS_PER_ADDRESS


def test_limits_are_counted_on_when_redis_has_forgotten_scripts(
    client: Client, petition: Petition, settings: Settings
) -> None:
    settings.SIGNINGS_PER_NETWORK = 1
    assert sign(client).status_code == 303
    cache._cache.get_client(write=True).script_flush()  # type: ignore[attr-defined]
    assert sign(client).status_code == 429


def test_limits_name_nobody(client: Client, petition: Petition) -> None:
    sign(client)
    redis = cache._cache.get_client(write=True)  # type: ignore[attr-defined]
    keys = redis.keys("*")
    assert any(b"mails" in key for key in keys)
    assert any(b"signings" in key for key in keys)
    # Not "ada" alone, which a hash may hold.
    assert not any(b"ada@" in key or b"127.0.0" in key for key in keys)
    assert all(redis.ttl(key) > 0 for key in keys if b"limits" in key)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "Please give the name that you sign with."),
        ("name", "   ", "Please give the name that you sign with."),
        ("name", "a" * 101, "at most 100 characters"),
        ("name", "Ada\u202eecalevoL", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("name", "Ada\u200bLovelace", "U+200B ZERO WIDTH SPACE"),
        ("name", "Ada\r\nBcc: all@example.org", "U+000D"),
        ("name", "Ada\x00", "U+0000"),
        ("name", "Ada\ufffd", "not UTF-8"),
        ("name", "\u3164", "U+3164 HANGUL FILLER"),
        ("name", "Cheap loans at https://example.net", "an address of a page or a mailbox"),
        ("role", "Write to me@example.net", "an address of a page or a mailbox"),
        ("name", "12345", "“12345” has no letters in it."),
        ("name", "A" + "\u0301" * 9, "too many marks"),
        ("role", "Boss\u2066", "U+2066"),
        ("affiliation", "x" * 101, "at most 100 characters"),
        ("email", "", "Please give an address"),
        ("email", "ada", "“ada” is not an address that mail can be sent to"),
        ("email", "ada@[127.0.0.1]", "is not an address"),
        ("email", "ada@example.org\r\nBcc: x@example.org", "is not an address"),
        ("email", "a@" + "b" * 300 + ".org", "at most 254 characters"),
    ],
)
def test_bad_input_is_refused_with_what_is_wrong(
    client: Client, petition: Petition, field: str, value: str, says: str
) -> None:
    response = sign(client, **{field: value})
    html = response.content.decode()
    assert response.status_code == 422
    assert says in html
    assert f'href="#id_{field}"' in html
    assert not Signature.objects.exists()


def test_error_keeps_what_was_typed(client: Client, petition: Petition) -> None:
    html = sign(client, email="ada", affiliation="<Corp>").content.decode()
    assert 'value="Ada Lovelace"' in html
    assert 'value="&lt;Corp&gt;"' in html


def test_error_is_said_in_the_letters_language(client: Client, db: None) -> None:
    make_petition(language="zh-Hans")
    html = sign(client, name="").content.decode()
    assert '<html lang="zh-hans"' in html
    assert "请" in html


@pytest.mark.parametrize(
    "name", ["José Nuñez", "李明", "محمد علي", "नमस्ते", "می\u200cخواهم", "O’Brien", "Ж. Ю."]
)
def test_names_of_the_world_are_taken_as_they_are(
    client: Client, petition: Petition, name: str
) -> None:
    assert sign(client, name=name).status_code == 303
    assert Signature.objects.get().name == name


def test_name_is_normalised(client: Client, petition: Petition) -> None:
    sign(client, name="  Jose\u0301 \u00a0 Nun\u0303ez ")
    assert Signature.objects.get().name == "José Nuñez"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"name=Jos%E9&email=ada%40example.org", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nJos\xe9\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_body_that_is_not_utf8_is_refused(
    client: Client, petition: Petition, body: bytes, content_type: str
) -> None:
    response = client.post(URL, body, content_type)
    assert response.status_code == 422
    assert "not UTF-8" in response.content.decode()
    assert not Signature.objects.exists()


def test_body_that_is_far_too_long_is_refused(client: Client, petition: Petition) -> None:
    response = sign(client, name="a" * 100_000)
    assert response.status_code == 413
    assert "far too long" in response.content.decode()
    assert not Signature.objects.exists()


def test_body_that_is_no_form_is_refused(client: Client, petition: Petition) -> None:
    response = client.post(URL, b"--x\r\nbroken", "multipart/form-data; boundary=x")
    assert response.status_code in (400, 422)
    assert not Signature.objects.exists()


def test_other_sites_cannot_make_browsers_sign(petition: Petition) -> None:
    response = sign(Client(headers={"Sec-Fetch-Site": "cross-site"}))
    assert response.status_code == 403
    assert not Signature.objects.exists()


def test_signature_is_under_the_newest_text(client: Client, petition: Petition) -> None:
    newest = Version.publish(petition, language="en", title="Weekends, again", text="Please.")
    sign(client)
    assert Signature.objects.get().version == newest


def test_draft_takes_no_signature(client: Client, db: None) -> None:
    make_petition(opened=False)
    assert sign(client).status_code == 404


def test_closed_letter_takes_no_signature(client: Client, petition: Petition) -> None:
    petition.close()
    response = sign(client)
    assert response.status_code == 409
    assert "This letter is closed" in response.content.decode()
    assert not Signature.objects.exists()


def test_unknown_letter_takes_no_signature(client: Client, db: None) -> None:
    assert sign(client).status_code == 404


def test_method_that_makes_no_sense_is_refused(client: Client, petition: Petition) -> None:
    assert client.delete(URL).status_code == 405
    assert client.post("/petitions/weekends/").status_code == 405
