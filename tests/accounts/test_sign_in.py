"""Operators sign in by a code from their mail."""

import re

import pytest
from django.test import Client

from accounts.models import User
from local.inbox import Inbox
from tests.factories import make_petition

pytestmark = pytest.mark.django_db


def test_operator_signs_in_by_a_mailed_code(client: Client, inbox: Inbox) -> None:
    User.objects.create_superuser("operator@example.org")
    make_petition(opened=False)
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain
    client.post("/accounts/login/code/", {"email": "Operator@Example.org"})
    (message,) = inbox.messages
    body = message.get_body(("plain",))
    assert body is not None
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", body.get_content(), re.MULTILINE)
    assert code is not None
    response = client.post("/accounts/login/code/confirm/", {"code": code[1]})
    assert response["Location"] == "/admin/"
    html = client.get("/admin/petitions/petition/").content.decode()
    assert "weekends" in html


def test_stranger_learns_nothing_of_who_has_an_account(client: Client, inbox: Inbox) -> None:
    User.objects.create_superuser("operator@example.org")
    known = client.post("/accounts/login/code/", {"email": "operator@example.org"})
    unknown = Client().post("/accounts/login/code/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_admin_is_closed_to_others(client: Client) -> None:
    user = User.objects.create(email="ada@example.org")
    client.force_login(user)
    assert client.get("/admin/petitions/petition/").status_code in (302, 403)


def test_admin_shows_no_address_and_changes_no_signature(client: Client) -> None:
    from tests.factories import begin_signature

    operator = User.objects.create_superuser("operator@example.org")
    client.force_login(operator)
    signature = begin_signature(make_petition(), "ada@example.org")
    for url in ("", f"{signature.pk}/change/"):
        response = client.get(f"/admin/petitions/signature/{url}")
        assert response.status_code == 200
        assert "ada@example.org" not in response.content.decode()
    assert client.post(f"/admin/petitions/signature/{signature.pk}/delete/").status_code == 403


def test_operator_opens_and_closes_from_the_admin(client: Client) -> None:
    operator = User.objects.create_superuser("operator@example.org")
    client.force_login(operator)
    petition = make_petition(opened=False)
    for action, state in (("open_petitions", "open"), ("close_petitions", "closed")):
        data = {"action": action, "_selected_action": [str(petition.pk)]}
        client.post("/admin/petitions/petition/", data)
        petition.refresh_from_db()
        assert petition.state == state
    events = petition.events.exclude(actor=None)
    assert [event.actor for event in events] == [operator, operator]


def test_every_admin_page_opens(client: Client) -> None:
    from django.contrib import admin

    from tests.factories import sign_and_sequence

    client.force_login(User.objects.create_superuser("operator@example.org"))
    sign_and_sequence(make_petition(), 1)
    for model in admin.site._registry:
        url = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.get(url).status_code == 200, url
        first = model._default_manager.first()
        if first is not None:
            assert client.get(f"{url}{first.pk}/change/").status_code == 200, url
