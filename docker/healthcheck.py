#!/usr/bin/env python
"""Ends with 0 if the process of this container does its work: `healthcheck.py web|worker|beat`."""

import http.client
import os
import socket
import sys
import time
from pathlib import Path

# Celery's beat writes its schedule every three minutes.
BEAT_FILE = Path("/tmp/beat")  # noqa: S108  # the only folder that it may write to
BEAT_SILENCE_SECONDS = 600


def web() -> bool:
    """Whether granian answers, by a name that the site accepts."""
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip()
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=5)
    connection.request("GET", "/healthz", headers={"Host": host})
    return connection.getresponse().status == http.HTTPStatus.OK


def worker() -> bool:
    """Whether the worker of this container, not another's, answers through the broker."""
    from petitions.celery import app

    return bool(app.control.ping(destination=[f"celery@{socket.gethostname()}"], timeout=5))


def beat() -> bool:
    """Whether beat still writes down what it has rung."""
    return time.time() - BEAT_FILE.stat().st_mtime < BEAT_SILENCE_SECONDS


if __name__ == "__main__":
    sys.exit(not {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]())
