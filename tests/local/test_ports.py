"""A taken port is passed over, a wrong one refused."""

import socket
from collections.abc import Iterator

import pytest

from local.ports import HOST, next_free
from local.trouble import Trouble


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((HOST, next_free(0)))
        listener.listen()
        yield listener.getsockname()[1]


def test_taken_port_gives_the_next_free_one(taken: int) -> None:
    assert taken < next_free(taken) <= taken + 100


def test_free_port_is_given_as_wanted() -> None:
    port = next_free(0)

    assert next_free(port) == port


def test_port_that_is_meant_for_something_else_is_passed_over() -> None:
    port = next_free(0)

    assert next_free(port, besides=[port]) > port


def test_port_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Trouble, match="There is no port 70000: choose one from 1024 to 65535"):
        next_free(70000)
