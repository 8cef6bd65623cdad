"""The state of the parts behind the web process.

The sequencer leaves a mark in Redis each time it has run in a worker, called by beat; the mark
expires. A fresh mark therefore says that beat, broker, worker and sequencer are all alive.
"""

from django.conf import settings
from django.db import DatabaseError, connection
from redis import Redis
from redis.exceptions import RedisError

SEQUENCER_MARK = "health:sequencer"
SEQUENCER_MAX_AGE_SECONDS = 30


def mark_sequencer() -> None:
    """Note that the sequencer has just run."""
    with _redis() as redis:
        redis.set(SEQUENCER_MARK, 1, ex=SEQUENCER_MAX_AGE_SECONDS)


def checks() -> dict[str, bool]:
    """Return each part with whether it works."""
    broker = sequencer = False
    try:
        with _redis() as redis:
            broker = bool(redis.ping())
            sequencer = bool(redis.exists(SEQUENCER_MARK))
    except RedisError:
        pass
    return {"database": _database(), "broker": broker, "worker": sequencer, "sequencer": sequencer}


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM petitions_petition LIMIT 1")
    except DatabaseError:
        return False
    return True


def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
