"""The whole product on one machine, without Docker.

PostgreSQL and Valkey come from PyPI wheels and keep their data under one folder; the application's
processes and a mail inbox run beside them. `python -m local up` is for people, `local.stack.Stack`
for tests and benchmarks. Nothing here imports the application: it is started as any operator would
start it, by its commands and its environment.
"""
