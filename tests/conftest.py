"""What all tests share: a letter, and the static files that pages name."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.management import call_command
from pytest_django import Settings

from petitions.models import Petition
from petitions.smtp import mail_server
from tests.factories import make_petition


@pytest.fixture(scope="session", autouse=True)
def _static_files(django_test_environment: None) -> None:
    """Pages name static files by their hash, which collecting them computes."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _mail_server() -> Iterator[None]:
    """Take leave of the mail server at the end."""
    yield
    mail_server().close()


@pytest.fixture(autouse=True)
def _smtp(settings: Settings) -> None:
    """Mail goes out by SMTP to the inbox of the tests; Django's test runner would keep it."""
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": settings.MAIL_SERVER}}


@pytest.fixture(autouse=True)
def _fresh_redis() -> Iterator[None]:
    """No test inherits another's limits."""
    yield
    cache.clear()


@pytest.fixture
def petition(db: None) -> Petition:
    """An open petition with two targets and a batch for every three signatures."""
    return make_petition()
