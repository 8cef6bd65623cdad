"""Limits on how often something may be done. They live in Redis, expire, and name nobody.

Redis holds only keyed hashes. Where it does not answer, nobody is stopped: the truth is in the
database, and a letter must go on collecting signatures while Redis restarts.
"""

import logging
from functools import cache
from ipaddress import ip_address, ip_network
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

from accounts.addresses import Address

logger = logging.getLogger(__name__)

# A signer must not wait for a Redis that hangs.
_TIMEOUTS = ("socket_timeout", "socket_connect_timeout")


def may_sign_from_network(request: HttpRequest) -> bool:
    """Count a signing by the reader's network, and say whether that is still few enough."""
    limit = RateLimitItemPerHour(settings.SIGNINGS_PER_NETWORK, namespace="signings")
    return _hit(limit, _network_of(request))


def may_mail_to(address: Address) -> bool:
    """Count a mail to this mailbox, and say whether that is still few enough."""
    limit = RateLimitItemPerHour(settings.MAILS_PER_ADDRESS, namespace="mails")
    return _hit(limit, address.canonical)


def may_ask_github(request: HttpRequest) -> bool:
    """Count a question to GitHub that a network caused: it answers us 60 an hour without a token."""
    return _hit(RateLimitItemPerHour(20, namespace="github"), _network_of(request))


def may_resend(what: UUID) -> bool:
    """Count a mail that is asked for once more, and say whether the last is a minute ago."""
    return _hit(RateLimitItemPerMinute(1, namespace="resend"), what.hex)


def _hit(limit: RateLimitItem, who: str) -> bool:
    key = salted_hmac("petitions.throttle", who, algorithm="sha256").hexdigest()
    try:
        return _limiter().hit(limit, key)
    except RedisError as error:
        logger.warning("limits are not counted: Redis does not answer (%s)", type(error).__name__)
        return True


@cache
def _limiter() -> FixedWindowRateLimiter:
    storage = storage_from_string(
        settings.REDIS_URL,
        key_prefix="limits",
        retry=None,  # type: ignore[arg-type]  # goes to redis-py as it is
        **dict.fromkeys(_TIMEOUTS, 0.3),
    )
    return FixedWindowRateLimiter(storage)


def _network_of(request: HttpRequest) -> str:
    """Return the /24 or /48 that the request comes from, as seen by the outermost trusted proxy."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    hops = [hop.strip() for hop in forwarded if hop.strip()]
    trusted = hops[-settings.TRUSTED_PROXIES :] if settings.TRUSTED_PROXIES else []
    try:
        client = ip_address(trusted[0] if trusted else request.META["REMOTE_ADDR"])
        client = getattr(client, "ipv4_mapped", None) or client
    except (KeyError, ValueError):
        return "unknown"
    return str(ip_network((client, 24 if client.version == 4 else 48), strict=False))
