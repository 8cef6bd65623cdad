"""Looks for a text in everything that a stack keeps."""

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from psycopg import sql

from local.stack import Stack

# The inbox is not ours: it stands for mail servers elsewhere. Nor is what stands for GitHub.
_ELSEWHERE = ("mail", "postgres", "log/github.log")
_HASHES = ("md5", "sha1", "sha256", "sha512")


def places(stack: Stack, text: str) -> list[str]:
    """Where the text is found, in whatever case, plain or as PostgreSQL writes bytes."""
    wanted = {text.lower().encode(), text.lower().encode().hex().encode()}
    kept = [*rows(stack), *values(stack), *files(stack)]
    return [place for place, content in kept if any(each in content.lower() for each in wanted)]


def guises(text: str) -> dict[str, bytes]:
    """How a text may have been written, by what that is, all in lower case.

    Base64 has three ways, by where in what was encoded the text began; each way without the
    letters at its ends that hold bits of its neighbours.
    """
    found: dict[str, bytes] = {}
    for case in {text, text.lower()}:
        raw = case.encode()
        found |= {f"plain {case}": raw, f"hex of {case}": raw.hex().encode()}
        for name in _HASHES:
            digest = hashlib.new(name, raw, usedforsecurity=False).digest()
            found[f"{name} of {case}, in hex"] = digest.hex().encode()
            found[f"{name} of {case}, in base64"] = base64.b64encode(digest).rstrip(b"=")
            found[f"{name} of {case}, in base64url"] = base64.urlsafe_b64encode(digest).rstrip(b"=")
            found[f"{name} of {case}, raw"] = digest
        for before in range(3):
            encoded = base64.b64encode(bytes(before) + raw)
            whole = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
            found[f"base64 of {case}, {before}"] = whole
            found[f"base64url of {case}, {before}"] = whole.translate(bytes.maketrans(b"+/", b"-_"))
    return {name: guise.lower() for name, guise in found.items()}


class Remains:
    """Everything that a stack keeps, read once, with what is compressed in it unpacked."""

    def __init__(self, stack: Stack) -> None:
        kept = [*rows(stack), *sessions(stack), *values(stack), *files(stack)]
        self._kept = [(place, content.lower()) for place, content in kept]

    @property
    def places(self) -> set[str]:
        return {place for place, _ in self._kept}

    def of(self, text: str) -> list[str]:
        """Where the text is found, in whatever guise, and in which."""
        return sorted(
            {
                f"{place}: {guise}"
                for guise, wanted in guises(text).items()
                for place, content in self._kept
                if wanted in content
            }
        )

    def of_number(self, digits: str) -> list[str]:
        """Where a code of a few digits is found; in longer numbers and words it is chance."""
        alone = re.compile(rb"(?<![\w.+-])" + digits.encode() + rb"(?![\w.])")
        plain = [f"{place}: alone" for place, content in self._kept if alone.search(content)]
        disguised = [each for each in self.of(digits) if ": plain" not in each]
        return sorted({*plain, *disguised})


def sessions(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Every session as JSON; in its table it is compressed."""
    with stack.postgres.connect() as connection:
        for (data,) in connection.execute("SELECT session_data FROM django_session"):
            packed, _, _ = str(data).partition(":")
            body = packed.removeprefix(".")
            raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
            yield "session", zlib.decompress(raw) if packed != body else raw


def rows(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Every row of every table, as text."""
    with stack.postgres.connect() as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert ("public", "petitions_signature") in tables
        for schema, table in tables:
            query = sql.SQL("SELECT each::text FROM {} AS each").format(
                sql.Identifier(schema, table)
            )
            for (row,) in connection.execute(query):
                yield f"table {table}", row.encode()


def values(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Every key of Valkey with its value. Not by DUMP: that compresses long ones."""
    with stack.redis.client() as client:
        for key in client.scan_iter():
            kind = client.type(key).decode()
            # It may have expired, or been taken by a worker, since.
            if kind != "none":
                yield f"key {key!r}", key + repr(_READ[kind](client, key)).encode()


_READ: dict[str, Callable[[Any, bytes], object]] = {
    "string": lambda client, key: client.get(key),
    "list": lambda client, key: client.lrange(key, 0, -1),
    "set": lambda client, key: client.smembers(key),
    "zset": lambda client, key: client.zrange(key, 0, -1),
    "hash": lambda client, key: client.hgetall(key),
}


def files(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Logs, documents and Valkey's own files."""
    for path in stack.data.rglob("*"):
        inside = path.relative_to(stack.data)
        if path.is_file() and not any(map(inside.is_relative_to, _ELSEWHERE)):
            yield f"file {inside}", _content(path)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
