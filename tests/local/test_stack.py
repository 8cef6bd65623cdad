"""A stack has its folder for itself, and finds there what it left."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local import environment
from local.application import MARK
from local.stack import SERVERS, Stack
from local.trouble import Trouble


def test_second_stack_on_a_folder_is_refused(tmp_path: Path) -> None:
    with Stack(tmp_path, processes=[]):
        message = f"Process {os.getpid()} runs on {tmp_path} already"
        with pytest.raises(Trouble, match=re.escape(message)):
            Stack(tmp_path)


def test_stack_finds_its_data_again(tmp_path: Path) -> None:
    with Stack(tmp_path, processes=SERVERS) as first:
        with first.postgres.connect() as connection:
            connection.execute("CREATE TABLE letter AS SELECT 'Dear neighbours' AS opening")
        with first.redis.client() as client:
            client.set("limit", 4)
        settings = first.settings

    with Stack(tmp_path, processes=SERVERS) as second:
        assert second.settings["SECRET_KEY"] == settings["SECRET_KEY"]
        assert second.settings["LOG_SIGNING_KEY"] == settings["LOG_SIGNING_KEY"]
        with second.postgres.connect() as connection:
            assert connection.execute("TABLE letter").fetchall() == [("Dear neighbours",)]
        with second.redis.client() as client:
            assert client.get("limit") == b"4"


def test_stack_uses_the_servers_that_it_is_given(tmp_path: Path) -> None:
    with Stack(tmp_path / "servers", processes=SERVERS, durable=False) as servers:
        given = {"DATABASE_URL": servers.postgres.url, "EMAIL_URL": servers.inbox.smtp_url}

        with Stack(tmp_path / "own", processes=SERVERS, settings=given) as own:
            assert [process.name for process in own.processes] == ["redis", "github"]
            assert own.settings["DATABASE_URL"] == servers.postgres.url


def test_secrets_are_their_owners_only(tmp_path: Path) -> None:
    with Stack(tmp_path, processes=["redis"]):
        readable = [
            path.name
            for path in (tmp_path / "settings.json", tmp_path / "redis" / "valkey.conf")
            if path.stat().st_mode & 0o077
        ]

    assert readable == []


def test_stack_ends_what_an_earlier_one_left_behind(tmp_path: Path) -> None:
    survivor = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        env=environment.machines() | {MARK: str(tmp_path.resolve())},
        start_new_session=True,
    )
    with Stack(tmp_path, processes=[]):
        assert survivor.wait(timeout=5) < 0


def test_tests_run_on_throw_away_servers(servers: Stack) -> None:
    assert os.environ["DATABASE_URL"] == servers.postgres.url
    assert os.environ["REDIS_URL"] == servers.redis.url
    assert os.environ["EMAIL_URL"] == servers.inbox.smtp_url
    assert Path(os.environ["MEDIA_ROOT"]).is_relative_to(servers.data)
    assert servers.data.name.startswith("undersigned-")
