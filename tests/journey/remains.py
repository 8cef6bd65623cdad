"""Looks for a text in everything that a stack keeps."""

from collections.abc import Iterator
from pathlib import Path

from psycopg import sql

from local.stack import Stack

# The inbox is not ours: it stands for mail servers elsewhere.
_ELSEWHERE = ("mail", "postgres")


def places(stack: Stack, text: str) -> list[str]:
    """Where the text is found, in whatever case, plain or as PostgreSQL writes bytes."""
    wanted = {text.lower().encode(), text.lower().encode().hex().encode()}
    kept = [*rows(stack), *values(stack), *files(stack)]
    return [place for place, content in kept if any(each in content.lower() for each in wanted)]


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
    """Every key of Valkey with its value, as it would be copied to another server."""
    with stack.redis.client() as client:
        for key in client.scan_iter():
            yield f"key {key!r}", key + (client.dump(key) or b"")


def files(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Logs, documents and Valkey's own files."""
    for path in stack.data.rglob("*"):
        inside = path.relative_to(stack.data)
        if path.is_file() and inside.parts[0] not in _ELSEWHERE:
            yield f"file {inside}", _content(path)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
