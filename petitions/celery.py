"""Celery: the doorbell. PostgreSQL holds the truth.

Every task takes an id or nothing, loads, checks the state and does one verb; beat's sweeps find
whatever is due. A lost, late, repeated or reordered task changes nothing, and the settings below
are chosen with that in mind.
"""

import os

from celery import Celery
from celery.contrib.django.task import DjangoTask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "petitions.settings")

from django.conf import settings  # needs the line above

LOG_QUEUE = "log"

app = Celery("petitions", broker=settings.REDIS_URL, task_cls=DjangoTask)
app.conf.update(
    # Only ids travel; nothing that could run code on arrival.
    task_serializer="json",
    accept_content=["json"],
    # Nobody reads results: what a task did is in the database.
    task_ignore_result=True,
    # A message is dealt with when its task is, and not when it arrives.
    task_acks_late=True,
    # kombu's bookkeeping of unacknowledged messages can end the worker for good when Redis restarts
    # (5.7: "'NoneType' object has no attribute 'hostname'"). Without it a killed worker's message is
    # lost, and no visibility time-out brings it back: the next sweep finds the work all the same.
    broker_transport_options={"ack_emulation": False},
    task_time_limit=20 * 60,
    task_soft_time_limit=18 * 60,
    # The log has a queue, and so a worker, of its own: mail servers that hang and batches that take
    # long hold up each other, but not the checkpoints.
    task_routes={"petitions.tasks.sequence": {"queue": LOG_QUEUE}},
    # Take one task at a time: a long batch must not hold back mails that wait behind it.
    worker_prefetch_multiplier=1,
    # typst keeps its memory; a child that grew beyond this (KiB) is replaced after its task.
    worker_max_memory_per_child=400_000,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    worker_hijack_root_logger=False,
    # A doorbell that nobody answered in time is thrown away: the next one says the same.
    beat_schedule={
        name: {"task": f"petitions.tasks.{name}", "schedule": seconds, "options": {"expires": most}}
        for name, seconds, most in (
            ("sequence", 1, 5),
            ("mail_confirmations", 1, 5),
            ("mail_work_codes", 1, 5),
            ("mail_manage_links", 1, 5),
            ("freeze_due_batches", 5, 10),
            ("document_batches", 10, 20),
            ("deliver_due", 1, 5),
            ("recover_deliveries", 60, 60),
            ("forget_expired", 600, 600),
        )
    },
)
app.autodiscover_tasks(["petitions"])
