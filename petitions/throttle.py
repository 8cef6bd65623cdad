"""Limits on how often something may be done. They live in Redis, expire, and name nobody.

Redis holds only keyed hashes. Where it does not answer, nobody is stopped: the truth is in the
database, and a letter must go on collecting signatures while Redis restarts.
"""

import logging
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from accounts.addresses import Address

logger = logging.getLogger(__name__)

# A signer must not wait for a Redis that hangs.
_PATIENCE_SECONDS = 0.3
# One round trip for all limits. The first count of a period begins it.
_COUNT = """
    for number, key in ipairs(KEYS) do
        local times = redis.call("INCR", key)
        if times == 1 then
            redis.call("EXPIRE", key, ARGV[2 * number])
        end
        if times > tonumber(ARGV[2 * number - 1]) then
            return number
        end
    end
    return 0
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """How often something may be done in so many seconds, by or to whom."""

    what: str
    who: str
    most: int
    seconds: int = 60 * 60

    @property
    def key(self) -> str:
        """The key in Redis, which names nobody."""
        who = salted_hmac("petitions.throttle", self.who, algorithm="sha256").hexdigest()
        return f"limits:{self.what}:{who}"


def signings_from_network(request: HttpRequest) -> Limit:
    """Return the limit of the network that a request comes from."""
    return Limit("signings", _network_of(request), settings.SIGNINGS_PER_NETWORK)


def mails_to(address: Address) -> Limit:
    """Return the limit of a mailbox, whatever the number of petitions."""
    return Limit("mails", address.canonical, settings.MAILS_PER_ADDRESS)


def questions_to_github(request: HttpRequest) -> Limit:
    """Return the limit of a network that makes us ask GitHub, which without a token answers few."""
    return Limit("github", _network_of(request), 20)


def work_codes(what: UUID) -> Limit:
    """Return the limit of the codes that one signer may try to guess, whatever the mailboxes."""
    return Limit("work", what.hex, 5, 24 * 60 * 60)


def mails_again(what: UUID) -> Limit:
    """Return the limit of a mail that is asked for once more: one a minute."""
    return Limit("again", what.hex, 1, 60)


def reached(*limits: Limit) -> Limit | None:
    """Count one more under each in turn, and return the first that was reached before, if any.

    What comes after that one is not counted.
    """
    bounds = [bound for limit in limits for bound in (limit.most, limit.seconds)]
    try:
        number = _count()([limit.key for limit in limits], bounds)
    except RedisError as error:
        logger.warning("limits are not counted: Redis does not answer (%s)", type(error).__name__)
        return None
    return limits[number - 1] if number else None


@cache
def _count() -> Script:
    redis = Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=_PATIENCE_SECONDS,
        socket_connect_timeout=_PATIENCE_SECONDS,
        retry=None,
    )
    return redis.register_script(_COUNT)


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
