"""Settings from the environment, each with a sentence that helps when it is missing or wrong."""

import os
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from .log.note import KeyFormatError, Signer


def required[T](name: str, parse: Callable[[str], T], remedy: str, *, secret: bool = False) -> T:
    """Return the parsed value of an environment variable that has no default.

    Raises ImproperlyConfigured with the name, the value seen (for a secret only its length) and
    the remedy. `parse` reports what is wrong by a ValueError.
    """
    raw = os.environ.get(name, "").strip()
    if not raw:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")
    try:
        return parse(raw)
    except (ValueError, ImproperlyConfigured) as error:
        seen = f"{len(raw)} characters" if secret else repr(raw)
        raise ImproperlyConfigured(f"{name} is {seen}: {error}. {remedy}") from error


def optional[T](name: str, parse: Callable[[str], T], default: str, remedy: str) -> T:
    """Return the parsed value of an environment variable, or of `default` where it is not set."""
    os.environ.setdefault(name, default)
    return required(name, parse, remedy) if os.environ[name].strip() else parse(default)


def secret_key(raw: str) -> str:
    """Return a key long enough to sign with."""
    if len(raw) < 32:
        raise ValueError("too short to sign anything with")
    return raw


def web_address(raw: str) -> str:
    """Return an http(s) address without a slash at its end."""
    if not raw.startswith(("http://", "https://")) or len(raw.split("://", 1)[1]) == 0:
        raise ValueError("not an address that starts with http:// or https://")
    return raw.rstrip("/")


def secure_address(raw: str) -> str:
    """Return an https address without a slash at its end."""
    if not raw.startswith("https://"):
        raise ValueError("not secure, while BASE_URL is https")
    return web_address(raw)


def host_names(raw: str) -> list[str]:
    """Return the comma-separated names."""
    names = [name.strip() for name in raw.split(",") if name.strip()]
    if "*" in names:
        raise ValueError("a star would accept any Host header")
    return names


def whole_number(raw: str) -> int:
    """Return a number of 0 or more."""
    if not raw.isascii() or not raw.isdigit():
        raise ValueError("not a whole number")
    return int(raw)


def database(raw: str) -> dict[str, Any]:
    """Return Django's settings of a PostgreSQL database."""
    if not raw.startswith(("postgres://", "postgresql://")):
        raise ValueError("not a postgres:// address")
    return dict(environ.Env.db_url_config(raw))


def redis_address(raw: str) -> str:
    """Return the address of a Redis server."""
    if not raw.startswith(("redis://", "rediss://")):
        raise ValueError("not a redis:// address")
    return raw


def mail_server(raw: str) -> dict[str, Any]:
    """Return the options of Django's SMTP mailer."""
    if not raw.startswith(("smtp://", "smtps://", "smtp+tls://", "smtp+ssl://")):
        raise ValueError("not an smtp://, smtp+tls:// or smtp+ssl:// address")
    found = environ.Env.email_url_config(raw)
    return {
        "host": found["EMAIL_HOST"],
        "port": found["EMAIL_PORT"] or 25,
        "username": found["EMAIL_HOST_USER"] or "",
        "password": found["EMAIL_HOST_PASSWORD"] or "",
        "use_tls": found.get("EMAIL_USE_TLS", False),
        "use_ssl": found.get("EMAIL_USE_SSL", False),
        "timeout": 20,
    }


def sender(raw: str) -> str:
    """Return a mailbox, with or without a name before it (RFC 5322)."""
    address = parseaddr(raw)[1]
    if address.count("@") != 1:
        raise ValueError("holds no address")
    return raw


def log_signer(raw: str) -> Signer:
    """Return the key that signs checkpoints."""
    try:
        return Signer.decode(raw)
    except KeyFormatError as error:
        raise ValueError(str(error)) from error
