"""Mails that many get: rendered once, with gaps for what is each one's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from django.template.loader import render_to_string
from django.utils.html import escape

# Characters for private use, which nothing that people type may hold (petitions/plain_text.py).
_GAP = "\ue000{}\ue001"
_GAPS = re.compile(_GAP.format(r"(\w+)"))


@dataclass(frozen=True, slots=True)
class Circular:
    """A mail from three templates in templates/email/: subject, text and HTML."""

    subject: str
    # Words and the names of gaps, in turns.
    _text: tuple[str, ...]
    _html: tuple[str, ...]

    @classmethod
    def render(cls, name: str, context: Mapping[str, object], *, gaps: tuple[str, ...]) -> Self:
        """Render the templates of a name. They show a gap as it is, without a filter."""
        filled = {**context, **{gap: _GAP.format(gap) for gap in gaps}}
        return cls(
            render_to_string(f"email/{name}.subject.txt", filled),
            tuple(_GAPS.split(render_to_string(f"email/{name}.txt", filled))),
            tuple(_GAPS.split(render_to_string(f"email/{name}.html", filled))),
        )

    def text(self, **values: str) -> str:
        """Return the text with its gaps filled."""
        return _filled(self._text, values)

    def html(self, **values: str) -> str:
        """Return the HTML with its gaps filled, and what fills them escaped."""
        return _filled(self._html, {gap: escape(value) for gap, value in values.items()})


def _filled(parts: tuple[str, ...], values: Mapping[str, str]) -> str:
    return "".join(values[part] if place % 2 else part for place, part in enumerate(parts))
