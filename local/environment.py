"""The environment that the application is configured by."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

#: What petitions/settings.py reads, of which nothing may leak from one installation to another.
SETTINGS = (
    "ALLOWED_HOSTS",
    "BASE_URL",
    "CODE_MAIL_FROM",
    "DATABASE_URL",
    "EMAIL_URL",
    "GITHUB_API_URL",
    "GITHUB_CLIENT_ID",
    "GITHUB_CLIENT_SECRET",
    "GITHUB_URL",
    "LOG_ORIGIN",
    "LOG_SIGNING_KEY",
    "MAILS_PER_ADDRESS",
    "MAIL_FROM",
    "MEDIA_ROOT",
    "MEDIA_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "SIGNINGS_PER_NETWORK",
    "STATIC_ROOT",
    "TRUSTED_PROXIES",
)


def operators() -> dict[str, str]:
    """Return the application's settings that whoever called us has set."""
    return {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}


def machines() -> dict[str, str]:
    """Return our own environment without the application's settings.

    Without PGHOST, PGSSLMODE and the like, too: they would steer a connection past its address.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name not in SETTINGS and not name.startswith("PG")
    }


def replace_in_process(settings: Mapping[str, str]) -> None:
    """Give this process the settings, and none of those that it inherited."""
    kept = machines()
    for name in set(os.environ) - set(kept):
        del os.environ[name]
    os.environ.update(settings)


def save(settings: Mapping[str, str], path: Path) -> None:
    """Keep the settings for `load`, readable by their owner only."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(settings, indent=2))


def load(path: Path) -> dict[str, str]:
    """Return the settings that `save` kept."""
    settings: dict[str, str] = json.loads(path.read_text())
    return settings
