"""Signers look after their signatures by a private link, for ever, and nobody else does."""

import json
import re
import time
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.core import signing
from django.test import Client
from pytest_django import Settings

from accounts.facts import Fact, Method
from local.inbox import Inbox
from petitions import confirmation, ownership, tasks
from petitions.log import leaf
from petitions.models import Petition, PetitionState, Signature, WorkProof
from tests.factories import (
    ask_for_evidence,
    begin_signature,
    make_petition,
    make_signature,
    manage_link,
    own_page,
    owner_of,
    sequence,
)

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

PAGE = "/petitions/weekends/signature/"
WALL = "/petitions/weekends/signatures/"
WORDS = {"name": "Ada Lovelace", "role": "Mathematician", "affiliation": "Example Corp"}
SHOWN = [
    "",
    "signature.json",
    "evidence/work/",
    "evidence/work/code/",
    "evidence/ssh/",
    "evidence/github/",
]
TAKEN = [
    "",
    "withdraw/",
    "forget/",
    "links/",
    "badges/1/drop/",
    "evidence/work/",
    "evidence/work/code/",
    "evidence/ssh/",
    "evidence/github/",
]
ORGANIZATION = Fact(
    Method.GITHUB_ORGANIZATION, date(2026, 11, 20), "acme", 9001, {"membership": "public"}
)


def all_of(signature: Signature) -> dict[str, object]:
    """All that the database has of a signature."""
    found = Signature.objects.filter(pk=signature.pk).values().first()
    row: dict[str, object] = dict(found) if found else {}
    relations = (signature.badges, signature.identities, signature.manage_links)
    return row | {related.model.__name__: list(related.values()) for related in relations}


def words_of(signature: Signature) -> tuple[str, ...]:
    now = Signature.objects.get(pk=signature.pk)
    return (now.state, now.visibility, now.name, now.role, now.affiliation)


def belongs_to_one_person(response: "Response") -> bool:
    stored = "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
    return stored and response["X-Robots-Tag"] == "noindex"


# --- Who may -----------------------------------------------------------------------------------


def test_link_leads_on_to_an_address_without_its_secret(client: Client, petition: Petition) -> None:
    response = client.get(manage_link(make_signature(petition)))
    assert (response.status_code, response["Location"]) == (303, PAGE)
    assert belongs_to_one_person(response)
    assert "Ada Lovelace" in client.get(PAGE).content.decode()


def test_cookie_is_for_the_owners_pages_and_for_an_hour(client: Client, petition: Petition) -> None:
    cookie = client.get(manage_link(make_signature(petition))).cookies[ownership.COOKIE]
    assert (cookie["path"], cookie["max-age"]) == (PAGE, 3600)
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")


def test_cookie_travels_encrypted_where_the_site_does(
    client: Client, petition: Petition, settings: Settings
) -> None:
    settings.HTTPS = True
    response = client.get(manage_link(make_signature(petition)))
    assert response.cookies[ownership.COOKIE]["secure"] is True


@pytest.mark.parametrize("page", SHOWN)
def test_pages_of_an_owner_are_neither_stored_nor_indexed(petition: Petition, page: str) -> None:
    ask_for_evidence(petition)
    response = owner_of(make_signature(petition)).get(PAGE + page)
    assert response.status_code == 200
    assert belongs_to_one_person(response)


@pytest.mark.parametrize("page", TAKEN)
def test_answers_to_an_owner_are_neither_stored_nor_indexed(petition: Petition, page: str) -> None:
    response = owner_of(make_signature(petition)).post(PAGE + page, {"sure": "on"})
    assert response.status_code in (200, 303, 422)
    assert belongs_to_one_person(response)


@pytest.mark.parametrize("page", SHOWN)
def test_stranger_sees_nothing(client: Client, petition: Petition, page: str) -> None:
    make_signature(petition)
    response = client.get(PAGE + page)
    assert response.status_code == 403
    assert "not looking after a signature" in response.content.decode()
    assert "Ada Lovelace" not in response.content.decode()
    assert belongs_to_one_person(response)


@pytest.mark.parametrize("page", TAKEN)
def test_stranger_changes_nothing(client: Client, petition: Petition, page: str) -> None:
    signature = make_signature(petition)
    before = all_of(signature)
    assert client.post(PAGE + page, {"sure": "on", "name": "Eve"}).status_code == 403
    assert all_of(signature) == before


@pytest.mark.parametrize("page", TAKEN)
def test_other_sites_change_nothing(petition: Petition, page: str) -> None:
    signature = make_signature(petition)
    owner = Client(enforce_csrf_checks=True)
    owner.get(manage_link(signature))
    before = all_of(signature)
    assert owner.post(PAGE + page, {"sure": "on", **WORDS, "role": "Eve"}).status_code == 403
    assert all_of(signature) == before


def test_owner_sees_their_own_signature_only(petition: Petition) -> None:
    mine, other = make_signature(petition), make_signature(petition, name="Grace Hopper")
    html = owner_of(mine).get(PAGE).content.decode()
    assert "Ada Lovelace" in html
    assert "Grace Hopper" not in html
    owner_of(other).post(PAGE + "withdraw/", {"sure": "on"})
    assert words_of(mine)[0] == "confirmed"


def test_link_of_another_letter_leads_nowhere(client: Client, petition: Petition) -> None:
    elsewhere = make_signature(make_petition(slug="other"))
    link = manage_link(elsewhere).replace("/other/", "/weekends/")
    response = client.get(link)
    assert response.status_code == 410
    assert ownership.COOKIE not in response.cookies
    assert belongs_to_one_person(response)


def test_cookie_of_another_letter_opens_nothing(petition: Petition) -> None:
    elsewhere = make_signature(make_petition(slug="other"))
    owner = owner_of(elsewhere)
    assert owner.get(own_page(elsewhere)).status_code == 200
    assert owner.get(PAGE).status_code == 403


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "é" * 9, "-" * 500])
def test_link_that_we_did_not_make_is_told(client: Client, petition: Petition, token: str) -> None:
    make_signature(petition)
    response = client.get(f"{PAGE}{token}/")
    assert response.status_code == 410
    assert ownership.COOKIE not in response.cookies


def test_link_changes_nothing_by_any_other_method(client: Client, petition: Petition) -> None:
    link = manage_link(make_signature(petition))
    assert [client.post(link).status_code, client.put(link).status_code] == [405, 405]


def aged_cookie(signature: Signature, seconds: int) -> str:
    class Earlier(signing.TimestampSigner):
        def timestamp(self) -> str:
            return signing.b62_encode(int(time.time()) - seconds)

    return Earlier(salt="petitions.ownership").sign_object([signature.pk.hex, None])


@pytest.mark.parametrize(("seconds", "status"), [(3590, 200), (3610, 403)])
def test_cookie_ends_after_an_hour_by_our_clock(
    client: Client, petition: Petition, seconds: int, status: int
) -> None:
    client.cookies[ownership.COOKIE] = aged_cookie(make_signature(petition), seconds)
    assert client.get(PAGE).status_code == status


@pytest.mark.parametrize(
    "forge",
    [
        lambda _pk: "",
        lambda _pk: "x",
        lambda pk: pk,
        # Signed by us, for something else.
        lambda pk: signing.dumps([pk, None], salt="petitions.confirmation"),
        lambda pk: signing.dumps(pk, salt="petitions.ownership"),
        lambda pk: signing.dumps([pk], salt="petitions.ownership"),
        lambda _pk: signing.dumps([None, None], salt="petitions.ownership"),
        lambda _pk: signing.dumps([uuid4().hex, None], salt="petitions.ownership"),
        # A link that is not this signature's.
        lambda pk: signing.dumps([pk, 10**6], salt="petitions.ownership"),
    ],
)
def test_cookie_that_we_did_not_give_opens_nothing(
    client: Client, petition: Petition, forge: Callable[[str], str]
) -> None:
    client.cookies[ownership.COOKIE] = forge(make_signature(petition).pk.hex)
    assert client.get(PAGE).status_code == 403


def test_cookie_of_the_browser_that_signed_is_no_cookie_of_an_owner(
    client: Client, petition: Petition
) -> None:
    client.post(WALL, {"name": "Ada Lovelace", "email": "ada@example.org"})
    client.cookies[ownership.COOKIE] = client.cookies[confirmation.COOKIE].value
    assert client.get(PAGE).status_code == 403


def test_browser_that_confirmed_may_look_after_the_signature(
    client: Client, petition: Petition
) -> None:
    signature = begin_signature(petition)
    link = f"/petitions/weekends/confirm/{confirmation.token(signature.pk)}/"
    assert client.get(PAGE).status_code == 403
    client.post(link, {"code": confirmation.code(signature.pk)})
    assert client.get(PAGE).status_code == 200


def test_mailed_link_is_of_use_once_the_signature_counts(
    inbox: Inbox, client: Client, petition: Petition
) -> None:
    signature = begin_signature(petition)
    tasks.mail_confirmations()
    (message,) = inbox.messages
    body = message.get_body(("plain",))
    assert body is not None
    (found,) = re.findall(r"http\S+/signature/\S+", body.get_content())
    link = urlsplit(found).path
    assert client.get(link).status_code == 410
    Signature.confirm("weekends", signature.pk, has_right_code=True)
    assert client.get(link).status_code == 303


# --- The link ----------------------------------------------------------------------------------


def new_link_on(response: "Response") -> str:
    (link,) = set(re.findall(r'href="http://testserver(/\S+/signature/\S+/)"', response.text))
    return str(link)


def test_new_link_makes_all_others_void(client: Client, petition: Petition) -> None:
    signature = make_signature(petition)
    seen_by_another, other_browser = manage_link(signature), Client()
    other_browser.get(seen_by_another)
    owner = owner_of(signature)
    link = new_link_on(owner.post(PAGE + "links/", {"sure": "on"}))
    assert client.get(seen_by_another).status_code == 410
    assert other_browser.get(PAGE).status_code == 403
    assert owner.get(PAGE).status_code == 200
    assert client.get(link).status_code == 303
    assert signature.manage_links.count() == 1


def test_new_link_is_shown_this_once(petition: Petition) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    link = new_link_on(owner.post(PAGE + "links/", {"sure": "on"}))
    assert link.split("/")[-2] not in owner.get(PAGE).content.decode()
    assert link.split("/")[-2] not in str(all_of(signature))


def test_mail_scanner_that_submits_bare_forms_changes_nothing(petition: Petition) -> None:
    signature = make_signature(petition)
    signature.prove([ORGANIZATION], {})
    scanner = owner_of(signature)
    before = all_of(signature)
    scanner.head(PAGE)
    badge = signature.badges.get()
    for form in ("withdraw/", "forget/", "links/", f"badges/{badge.pk}/drop/"):
        assert scanner.post(PAGE + form).status_code == 303
    assert scanner.post(PAGE, WORDS | {"visibility": "public"}).status_code == 303
    assert all_of(signature) == before


# --- Correcting and hiding ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visibility", "kept", "on_wall"),
    [
        ("public", ("Ada King", "Countess", "Example Org"), True),
        ("pseudonym", ("Ada King", "Countess", "Example Org"), True),
        ("verified", ("", "", ""), False),
        ("count", ("", "", ""), False),
    ],
)
def test_signature_appears_as_its_owner_chose(
    client: Client,
    petition: Petition,
    visibility: str,
    kept: tuple[str, ...],
    *,
    on_wall: bool,
) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    changed = {"name": "Ada King", "role": "Countess", "affiliation": "Example Org"}
    response = owner.post(PAGE, changed | {"visibility": visibility}, follow=True)
    assert "Your signature is changed" in response.text
    assert words_of(signature) == ("confirmed", visibility, *kept)
    sequence()
    wall = client.get(WALL)
    assert ("Ada King" in wall.text, "Lovelace" in wall.text) == (on_wall, False)
    assert wall.context["count"].total == 1


def test_what_was_hidden_is_nowhere_in_the_answer(petition: Petition) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    owner.post(PAGE, WORDS | {"visibility": "count"})
    for page in ("", "signature.json"):
        assert "Lovelace" not in owner.get(PAGE + page).content.decode()


def test_name_that_was_hidden_is_typed_again(petition: Petition) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    owner.post(PAGE, WORDS | {"visibility": "count"})
    response = owner.post(PAGE, {"visibility": "public", "name": ""})
    assert response.status_code == 422
    assert "Please give the name that you sign with." in response.text
    assert owner.post(PAGE, WORDS | {"visibility": "public"}).status_code == 303
    assert words_of(signature)[1:3] == ("public", "Ada Lovelace")


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "123"},
        {"role": "see www.example.com"},
        {"affiliation": "a" * 101},
        {"visibility": "nobody"},
    ],
)
def test_correction_that_makes_no_sense_changes_nothing(
    petition: Petition, change: dict[str, str]
) -> None:
    signature = make_signature(petition)
    before = all_of(signature)
    owner = owner_of(signature)
    before = all_of(signature)
    response = owner.post(PAGE, WORDS | {"visibility": "public"} | change)
    assert response.status_code == 422
    assert "Please correct this first" in response.text
    assert all_of(signature) == before


def test_correction_of_what_was_withdrawn_meanwhile_is_not_claimed(petition: Petition) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    signature.withdraw()
    response = owner.post(PAGE, WORDS | {"visibility": "public"}, follow=True)
    assert "Your signature is changed" not in response.text
    assert words_of(signature) == ("withdrawn", "public", "", "", "")


# --- Leaving -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "says"),
    [("withdraw/", "Nothing was withdrawn"), ("forget/", "Nothing was deleted")],
)
def test_leaving_needs_its_tick(petition: Petition, page: str, says: str) -> None:
    signature = make_signature(petition)
    owner = owner_of(signature)
    before = all_of(signature)
    response = owner.post(PAGE + page, follow=True)
    assert says in response.text
    assert all_of(signature) == before


def test_withdrawal_takes_the_signature_away(client: Client, petition: Petition) -> None:
    signature = make_signature(petition, "ada@example.org")
    sequence()
    owner = owner_of(signature)
    response = owner.post(PAGE + "withdraw/", {"sure": "on"}, follow=True)
    assert "You have withdrawn your signature" in response.text
    sequence()
    wall = client.get(WALL)
    assert "Ada Lovelace" not in wall.text
    assert wall.context["count"].total == 0
    # The owner may sign anew.
    again = make_signature(petition, "ada@example.org")
    assert words_of(again)[0] == "confirmed"


def test_owner_of_what_was_withdrawn_may_still_see_and_forget_it(petition: Petition) -> None:
    signature = make_signature(petition)
    link = manage_link(signature)
    owner = owner_of(signature)
    owner.post(PAGE + "withdraw/", {"sure": "on"})
    owner = Client()
    assert owner.get(link, follow=True).status_code == 200
    assert json.loads(owner.get(PAGE + "signature.json").content)["state"] == "withdrawn"
    assert owner.post(PAGE + "forget/", {"sure": "on"}).status_code == 200
    assert not Signature.objects.filter(pk=signature.pk).exists()


def test_forgetting_leaves_nothing(client: Client, petition: Petition) -> None:
    signature = make_signature(petition)
    signature.prove([ORGANIZATION], {})
    link = manage_link(signature)
    sequence()
    owner = owner_of(signature)
    response = owner.post(PAGE + "forget/", {"sure": "on"})
    assert response.status_code == 200
    assert "all that we had of it is deleted" in response.text
    cookie = response.cookies[ownership.COOKIE]
    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("", 0, PAGE)
    assert all_of(signature) == {"Badge": [], "Identity": [], "ManageLink": []}
    assert client.get(link).status_code == 410
    sequence()
    assert client.get(WALL).context["count"].total == 0


# --- Badges ------------------------------------------------------------------------------------


def test_badge_is_forgotten_by_its_owner(petition: Petition) -> None:
    signature = make_signature(petition)
    signature.prove([ORGANIZATION], {})
    owner = owner_of(signature)
    assert "Member of acme" in owner.get(PAGE).content.decode()
    badge = signature.badges.get()
    response = owner.post(f"{PAGE}badges/{badge.pk}/drop/", {"sure": "on"}, follow=True)
    assert "The badge is gone" in response.text
    assert "Member of acme" not in response.text
    assert not signature.badges.exists()


def test_badge_of_somebody_else_stays(petition: Petition) -> None:
    other = make_signature(petition)
    other.prove([ORGANIZATION], {})
    owner = owner_of(make_signature(petition))
    response = owner.post(
        f"{PAGE}badges/{other.badges.get().pk}/drop/", {"sure": "on"}, follow=True
    )
    assert "The badge is gone" not in response.text
    assert other.badges.count() == 1


# --- Taking along ------------------------------------------------------------------------------


def test_export_is_complete(petition: Petition) -> None:
    signature = make_signature(petition, "ada@example.org")
    signature.prove([ORGANIZATION], {})
    make_signature(petition, "grace@example.org", name="Grace Hopper")
    sequence()
    owner = owner_of(signature)
    response = owner.get(PAGE + "signature.json")
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"] == 'attachment; filename="signature-weekends.json"'
    signature.refresh_from_db()
    version = petition.current_version
    today = signature.confirmed_on.isoformat()  # type: ignore[union-attr]  # it is confirmed
    assert json.loads(response.content) == {
        "petition": "http://testserver/petitions/weekends/",
        "version": 1,
        "text_sha256": bytes(version.text_hash).hex(),
        "state": "confirmed",
        "visibility": "public",
        **WORDS,
        "language": "en",
        "assurance": "github_organization",
        "confirmed_on": today,
        "evidence": [ORGANIZATION.to_json()],
        "known_by_keyed_hashes_of": ["address"],
        "address_waiting_for_its_code": None,
        "manage_links_issued_on": [today],
        "log": {
            "index": signature.entry.index,
            "leaf": bytes(signature.entry.leaf or b"").decode(),
            "salt": bytes(signature.salt or b"").hex(),
            "record": signature.record.decode(),
        },
    }


def test_export_lets_its_owner_check_the_log(petition: Petition) -> None:
    signature = make_signature(petition)
    sequence()
    log = json.loads(owner_of(signature).get(PAGE + "signature.json").content)["log"]
    commitment = leaf.commitment(bytes.fromhex(log["salt"]), log["record"].encode())
    assert commitment.hex() in log["leaf"]


def test_export_holds_the_address_that_waits_for_its_code(petition: Petition) -> None:
    ask_for_evidence(petition)
    signature = make_signature(petition)
    owner = owner_of(signature)
    owner.post(PAGE + "evidence/work/", {"email": "ada@example.com"})
    assert WorkProof.objects.count() == 1
    exported = json.loads(owner.get(PAGE + "signature.json").content)
    assert exported["address_waiting_for_its_code"] == "ada@example.com"


# --- For ever ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [PetitionState.CLOSED, PetitionState.ARCHIVED])
def test_owner_may_do_all_of_it_for_ever(petition: Petition, state: PetitionState) -> None:
    signature = make_signature(petition)
    petition.close()
    Petition.objects.update(state=state)
    owner = owner_of(signature)
    for page in ("", "signature.json", "evidence/ssh/"):
        assert owner.get(PAGE + page).status_code == 200
    owner.post(PAGE, WORDS | {"visibility": "pseudonym", "name": "Enchantress"})
    assert words_of(signature)[1:3] == ("pseudonym", "Enchantress")
    owner.post(PAGE + "withdraw/", {"sure": "on"})
    assert words_of(signature)[0] == "withdrawn"
    owner.post(PAGE + "forget/", {"sure": "on"})
    assert not Signature.objects.exists()
