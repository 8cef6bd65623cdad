"""One task, which nobody takes from its queue."""

import os

from celery import Celery

app = Celery("bare", broker=os.environ["REDIS_URL"], set_as_current=False)
app.conf.update(task_ignore_result=True, task_default_queue="bare")


@app.task
def signed(signer_id: int) -> None:
    """Stand for what follows a signature."""
