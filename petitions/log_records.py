"""Log records without what belongs to one person."""

import logging
import re

# What follows in a path could confirm a signature or manage it; PostgreSQL quotes whole rows.
_TOKEN = re.compile(r"(/(?:confirm|signature)/)[^/\s]+")
_ROW = re.compile(r"^DETAIL:.*$", re.MULTILINE)


class WithoutTokens(logging.Filter):
    """Takes tokens out of paths, and rows out of what the database says of an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; it is always logged."""
        record.msg, record.args = _clean(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _clean(logging.Formatter().formatException(record.exc_info))
        return True


def _clean(text: str) -> str:
    return _ROW.sub("DETAIL: (left out)", _TOKEN.sub(r"\1…", text))
