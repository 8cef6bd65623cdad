"""How a language is set: its direction, its fonts, and its tag in typst's terms."""

import re
from dataclasses import dataclass

from petitions.languages import direction

# Han characters have other shapes in Taipei than in Beijing: the font that is asked first decides.
_HAN_FONTS = {"cn": "SC", "tw": "TC", "hk": "HK", "jp": "JP", "kr": "KR"}
_HAN_REGIONS = {"ja": "jp", "ko": "kr", "yue": "hk"}
# RFC 5646, section 2.1: language, extended language, script, region; the rest is not needed.
_TAG = re.compile(r"([a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-([a-z]{4}))?(?:-([a-z]{2}))?(?:-|$)")
_SERIF = (
    "Noto Serif",
    "Noto Naskh Arabic",
    "Noto Serif Hebrew",
    "Noto Serif Devanagari",
    "Noto Serif Bengali",
    "Noto Serif Tamil",
    "Noto Serif Thai",
    "Noto Serif Armenian",
    "Noto Serif Georgian",
    "Noto Serif Ethiopic",
)


@dataclass(frozen=True, slots=True)
class Language:
    """A BCP 47 tag (RFC 5646), taken apart: lower case, empty where it says nothing."""

    code: str
    script: str = ""
    region: str = ""

    @classmethod
    def of(cls, tag: str) -> "Language":
        """Read a tag such as `en`, `zh-Hans` or `pt-BR`; what makes no sense reads as `und`."""
        found = _TAG.match(tag.lower())
        if found is None:
            return cls("und")
        code, script, region = found.groups(default="")
        if code == "zh" and not region:
            # Typst knows no `zh-Hans`: the region says which Chinese, in the PDF as well.
            region = "tw" if script == "hant" else "cn"
        return cls(code, script, region)

    @property
    def writing(self) -> str:
        """What the typography depends on: latin (and what is like it), cjk, arabic or hebrew."""
        if self.code in {"zh", *_HAN_REGIONS}:
            return "cjk"
        if direction(self.code) == "rtl":
            return "hebrew" if self.code in {"he", "yi"} else "arabic"
        return "latin"

    def fonts(self, kind: str) -> list[str]:
        """Return the families, of the kind `Serif` or `Sans Mono`, that are asked for a glyph.

        The first one comes with typst, so that letters in Latin, Greek and Cyrillic look the same
        on every machine. The others are Debian's fonts-noto-core and fonts-noto-cjk.
        """
        han = [f"Noto {kind} CJK {_HAN_FONTS[region]}" for region in self._han_regions()]
        if kind == "Sans Mono":
            return ["DejaVu Sans Mono", *han, *_SERIF]
        match self.writing:
            case "cjk":
                # Its Latin letters, quotation marks and dashes are drawn to go with Han.
                return [*han, "Libertinus Serif", *_SERIF]
            case "hebrew":
                return ["Noto Serif Hebrew", "Libertinus Serif", *_SERIF, *han]
            case _:
                return ["Libertinus Serif", *_SERIF, *han]

    def for_typst(self) -> dict[str, object]:
        """Return what `letter.typ` sets text by."""
        return {
            "lang": self.code,
            "region": self.region,
            "dir": direction(self.code),
            "writing": self.writing,
            "serif": self.fonts("Serif"),
            "mono": self.fonts("Sans Mono"),
        }

    def _han_regions(self) -> list[str]:
        own = _HAN_REGIONS.get(self.code, self.region)
        own = {"mo": "hk"}.get(own, own)
        return sorted(_HAN_FONTS, key=lambda region: region != own)
