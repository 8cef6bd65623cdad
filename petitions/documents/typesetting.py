"""Data and a typst template become a PDF, whatever characters the data holds."""

import json
import logging
import re
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typst import Fonts, PDFStandard

logger = logging.getLogger(__name__)

# A replaced cluster may bring out another; after these the PDF doesn't claim PDF/UA.
ROUNDS = 3

# Controls, the code points that PDF/UA forbids, and the overrides that turn text around.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufff0-\ufffb\ufffe\uffff\u202d\u202e]"
)
# How typst 0.15 names what it has no glyph for: one diagnostic for each cluster of characters.
_WITHOUT_GLYPH = re.compile(r'(?:text|codepoint) `"((?:[^"\\]|\\.)+)"`')
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")


def typeset(
    template: Path, data: dict[str, object], created_at: datetime, *, system_fonts: bool = True
) -> bytes:
    """Return the PDF that a typst template makes of `data`, which it finds in `sys.inputs.data`.

    The PDF is tagged, as PDF/UA-1 asks, and the same input gives the same bytes as long as typst
    and the fonts are the same. Without `system_fonts` only those within typst are used. A
    character that no font has is logged and printed as its code point, such as [U+4F60]. Raises
    typst.TypstError for a fault in the template.
    """
    from typst import TypstError  # 84 MB, which only a process that sets documents shall load

    text = json.dumps(_printable(data), ensure_ascii=False)
    compile_data = partial(_compile, template, created_at, _fonts(system_fonts=system_fonts))
    for _ in range(ROUNDS):
        try:
            return compile_data(text, ["ua-1"])
        except TypstError as error:
            missing = _without_glyph(error.diagnostic)
            logger.warning("%s: %s", template.name, error.message)
        if not missing:
            break
        for cluster in missing:
            text = text.replace(cluster, code_points(cluster))
    return compile_data(text, [])


def code_points(cluster: str) -> str:
    """Return the characters beyond ASCII as code points, such as [U+4F60], and the rest as is."""
    return "".join(char if char.isascii() else f"[U+{ord(char):04X}]" for char in cluster)


def _compile(
    template: Path, created_at: datetime, fonts: "Fonts", data: str, standards: "list[PDFStandard]"
) -> bytes:
    import typst

    return typst.compile(
        template,
        root=template.parent,
        format="pdf",
        font_paths=fonts,
        ignore_system_fonts=True,  # those wanted are among `fonts`, read once for a process
        sys_inputs={"data": data},
        pdf_standards=standards,
        timestamp=int(created_at.timestamp()),
    )


@cache
def _fonts(*, system_fonts: bool) -> "Fonts":
    from typst import Fonts

    return Fonts(include_system_fonts=system_fonts)


def _printable(value: object) -> object:
    """Return JSON data without the characters that no document can print."""
    match value:
        case str():
            return _UNPRINTABLE.sub("", value.expandtabs(4))
        case dict():
            return {key: _printable(each) for key, each in value.items()}
        case list():
            return [_printable(each) for each in value]
        case _:
            return value


def _without_glyph(diagnostic: str) -> list[str]:
    """Return the clusters that typst complains about, longest first."""
    clusters = {_unescaped(quoted) for quoted in _WITHOUT_GLYPH.findall(diagnostic)}
    return sorted((c for c in clusters if not c.isascii()), key=lambda c: (-len(c), c))


def _unescaped(quoted: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], quoted)
