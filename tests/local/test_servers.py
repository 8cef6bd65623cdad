"""The servers keep what they acknowledged, whatever ends them."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from local.ports import next_free
from local.postgres import Postgres
from local.redis import Redis


@pytest.fixture
def postgres(tmp_path: Path) -> Postgres:
    return Postgres(
        tmp_path / "postgres",
        port=next_free(0),
        password="correct horse",
        log_path=tmp_path / "postgres.log",
    )


@pytest.fixture
def redis(tmp_path: Path) -> Redis:
    return Redis(
        tmp_path / "redis", port=next_free(0), password="battery", log_path=tmp_path / "redis.log"
    )


def test_postgres_keeps_its_rows_when_killed_amid_work(postgres: Postgres) -> None:
    with postgres:
        with postgres.connect() as connection:
            connection.execute("CREATE TABLE letter AS SELECT 'Dear neighbours' AS opening")
        work = threading.Thread(target=_work_long, args=[postgres])
        work.start()
        os.kill(postgres.pid, signal.SIGKILL)
        work.join()

        postgres.restart()

        with postgres.connect() as connection:
            assert connection.execute("TABLE letter").fetchall() == [("Dear neighbours",)]


def test_postgres_starts_over_the_lock_file_of_another_life(postgres: Postgres) -> None:
    with postgres:
        lock = (postgres.directory / "postmaster.pid").read_text()
    # As after a crash of the machine, when the process id has become somebody else's.
    others = f"{os.getpid()}\n{lock.partition('\n')[2]}"
    (postgres.directory / "postmaster.pid").write_text(others)

    with postgres:
        assert postgres.answers()


def test_postgres_names_nobody_in_its_log(postgres: Postgres) -> None:
    insert = "INSERT INTO signer VALUES ('ada@example.org', 1)"
    with postgres, postgres.connect() as connection:
        connection.execute(
            "CREATE TABLE signer (address text PRIMARY KEY, age int CHECK (age > 0))"
        )
        connection.execute(insert.encode())
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(insert.encode())
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("UPDATE signer SET age = -1")
    log = postgres.log()
    assert "duplicate key" in log
    assert "ada@" not in log


def test_postgres_lets_nobody_in_without_the_password(postgres: Postgres) -> None:
    with postgres, pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url.replace(postgres.password, "wrong"))


def test_postgres_sorts_and_folds_letters_of_every_script(postgres: Postgres) -> None:
    with postgres, postgres.connect() as connection:
        assert connection.execute("SELECT lower('ÉΣЖ')").fetchone() == ("éσж",)


def test_redis_keeps_its_queue_when_killed(redis: Redis) -> None:
    with redis:
        with redis.client() as client:
            client.rpush("queue", "task")

        redis.kill()
        redis.restart()

        with redis.client() as client:
            assert client.lrange("queue", 0, -1) == [b"task"]


def test_redis_does_not_answer_for_another_ones_password(tmp_path: Path, redis: Redis) -> None:
    stranger = Redis(tmp_path, port=redis.port, password="other", log_path=tmp_path / "log")
    with redis:
        assert not stranger.answers()


def _work_long(postgres: Postgres) -> None:
    with suppress(psycopg.OperationalError), postgres.connect() as connection:
        connection.execute("SELECT count(*) FROM generate_series(1, 1000000000)")
