"""Logs hold nothing that belongs to one person."""

import io
import logging

from petitions.log_records import WithoutTokens


def logged(message: str, *arguments: object, error: Exception | None = None) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(WithoutTokens())
    logger = logging.getLogger("tests.logging")
    logger.propagate = False
    logger.handlers = [handler]
    logger.error(message, *arguments, exc_info=error)
    return stream.getvalue()


def test_token_in_a_path_is_left_out() -> None:
    said = logged("Forbidden: %s", "/petitions/weekends/confirm/SECRET/")
    assert said == "Forbidden: /petitions/weekends/confirm/…/\n"


def test_row_in_an_error_of_the_database_is_left_out() -> None:
    error = ValueError("violates check\nDETAIL:  Failing row contains (ada@example.org).\nHINT: no")
    said = logged("failed", error=error)
    assert "ada@example.org" not in said
    assert "violates check" in said
    assert "HINT: no" in said
