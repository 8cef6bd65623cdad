"""The whole product on one machine, without Docker.

PostgreSQL and Valkey come from PyPI wheels and keep their data under one folder; the application's
processes and a mail inbox run beside them. `python -m local up` is for people, `local.stack.Stack`
for tests and benchmarks. Nothing here imports the application: it is started as any operator would
start it, by its commands and its environment.
"""

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
#: Where the environment keeps granian, celery and the like.
PROGRAMS = Path(sys.executable).parent
