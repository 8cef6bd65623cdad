"""What people type into one line: normalised, with nothing in it that cannot be seen.

Names go into pages, mails, documents and the log, so what could reorder or hide text there is
refused where it is typed, with its name: bidirectional controls, zero-width characters, control
characters, and what comes of bytes that are not UTF-8. Zero-width joiners stay, as Persian and the
languages of India need them inside words.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_JOINERS = "\u200c\u200d"
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
# Letters and marks by category, but nothing is seen of them (Default_Ignorable_Code_Point).
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\u2800")
# More marks on one letter than any language writes.
_TOO_MANY_MARKS = 5


def clean_line(value: str) -> str:
    """Return the line in NFC with single spaces. Raises ValidationError with what is wrong."""
    line = unicodedata.normalize("NFC", re.sub(r"[ \t\u00a0\u3000]+", " ", value).strip())
    if "\ufffd" in line:
        raise ValidationError(_("This holds bytes that are not UTF-8 text. Please type it again."))
    marks = 0
    for position, character in enumerate(line):
        category = unicodedata.category(character)
        hidden = category in _REFUSED_CATEGORIES or character in _INVISIBLE
        if hidden and not _joins(line, position):
            raise ValidationError(
                _("This holds a character that cannot be seen (%(character)s). Please remove it."),
                params={"character": _named(character)},
            )
        marks = marks + 1 if category.startswith("M") else 0
        if marks >= _TOO_MANY_MARKS:
            raise ValidationError(_("This holds too many marks on one letter."))
    return line


def _joins(line: str, position: int) -> bool:
    """Whether there is a joiner at this place between two characters of a joining script."""
    neighbours = line[max(position - 1, 0) : position] + line[position + 1 : position + 2]
    return (
        line[position] in _JOINERS
        and len(neighbours) == 2
        and all(unicodedata.category(each)[0] in "LM" and each > "\u0590" for each in neighbours)
    )


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
