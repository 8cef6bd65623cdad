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
