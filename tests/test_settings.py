"""A missing or wrong setting stops the start with its name, the value seen and the remedy."""

import os
import subprocess
import sys

import pytest


def start(**changes: str | None) -> tuple[int, str]:
    """Start the site's command line with the environment of the tests, changed."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "petitions.settings"}
    for name, value in changes.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "BASE_URL",
        "ALLOWED_HOSTS",
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
        "MAIL_FROM",
        "LOG_ORIGIN",
        "LOG_SIGNING_KEY",
    ],
)
def test_missing_setting_is_named(name: str) -> None:
    status, said = start(**{name: None})
    assert status != 0
    assert f"ImproperlyConfigured: {name} is not set. " in said


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY is 5 characters: too short"),
        ("BASE_URL", "example.org", "BASE_URL is 'example.org': not an address"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS is '*': a star would accept any Host"),
        ("DATABASE_URL", "sqlite:///x", "DATABASE_URL is 'sqlite:///x': not a postgres://"),
        ("REDIS_URL", "localhost", "REDIS_URL is 'localhost': not a redis://"),
        ("EMAIL_URL", "console:", "EMAIL_URL is 'console:': not an smtp://"),
        ("MAIL_FROM", "Undersigned", "MAIL_FROM is 'Undersigned': holds no address"),
        ("LOG_SIGNING_KEY", "x+y+z", "LOG_SIGNING_KEY is 5 characters: a signing key starts"),
        ("GITHUB_URL", "github.com", "GITHUB_URL is 'github.com': not an address"),
        ("GITHUB_API_URL", "ftp://x", "GITHUB_API_URL is 'ftp://x': not an address"),
        ("TRUSTED_PROXIES", "two", "TRUSTED_PROXIES is 'two': not a whole number"),
    ],
)
def test_wrong_setting_is_shown_with_its_remedy(name: str, value: str, says: str) -> None:
    status, said = start(**{name: value})
    assert status != 0
    assert says in said
    assert "Set " in said or "Make one " in said


def test_right_settings_start() -> None:
    assert start() == (0, "")


def test_public_site_takes_no_stand_in_for_github() -> None:
    """The stand-in of `make up` speaks http, as no GitHub does."""
    status, said = start(BASE_URL="https://letters.example.org")
    assert status != 0
    assert (
        f"GITHUB_URL is '{os.environ['GITHUB_URL']}': not secure, while BASE_URL is https" in said
    )


@pytest.mark.parametrize(
    ("github", "api"),
    [
        ("", "https://api.github.com"),
        ("https://github.com/", "https://api.github.com"),
        ("https://github.example.com", "https://github.example.com/api/v3"),
    ],
)
def test_api_of_github_follows_from_its_address(github: str, api: str) -> None:
    asked = "from django.conf import settings; print(settings.GITHUB_API_URL)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "petitions.settings"}
    environment |= {"GITHUB_URL": github, "GITHUB_API_URL": ""}
    said = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == api
