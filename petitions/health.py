"""The state of the parts behind the web process.

The sequencer and the worker each leave a mark in Redis when beat has called them and they have
done what was due; the marks expire. Fresh ones say that beat, broker and both are alive.
"""

from django.conf import settings
from django.db import DatabaseError, connection
from redis import Redis
from redis.exceptions import RedisError

SEQUENCER, WORKER = "health:sequencer", "health:worker"
# A worker may be busy with one long task in each of its processes.
MAX_AGE_SECONDS = {SEQUENCER: 30, WORKER: 300}


def mark(part: str) -> None:
    """Note that a part has just done its work."""
    with _redis() as redis:
        redis.set(part, 1, ex=MAX_AGE_SECONDS[part])


def checks() -> dict[str, bool]:
    """Return each part with whether it works."""
    broker = worker = sequencer = False
    try:
        with _redis() as redis:
            broker = bool(redis.ping())
            worker = bool(redis.exists(WORKER))
            sequencer = bool(redis.exists(SEQUENCER))
    except RedisError:
        pass
    return {"database": _database(), "broker": broker, "worker": worker, "sequencer": sequencer}


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM petitions_petition LIMIT 1")
    except DatabaseError:
        return False
    return True


def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
