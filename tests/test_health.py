"""Health pages say which part does not work."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from petitions import tasks

pytestmark = pytest.mark.django_db


def test_process_answers(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


def test_site_is_ready_when_the_sequencer_runs(client: Client) -> None:
    cache.clear()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "database": True,
        "broker": True,
        "worker": False,
        "sequencer": False,
    }
    tasks.sequence()
    assert client.get("/readyz").json()["sequencer"] is True
    tasks.freeze_due_batches()
    response = client.get("/readyz")
    assert response.status_code == 200
    assert all(response.json().values())


def test_site_is_not_ready_without_redis(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["broker"] is False
