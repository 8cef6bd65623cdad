"""How a language is set: direction, fonts, and the parts of its tag that typst understands."""

from dataclasses import dataclass

# Scripts and languages that run from right to left (CLDR's likely scripts).
_RTL_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})
_RTL_LANGUAGES = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
)
# Han characters have other shapes in Taipei than in Beijing: which font is asked first decides.
_CJK = {"sc": "SC", "tc": "TC", "hk": "HK", "jp": "JP", "kr": "KR"}
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
    "Noto Sans Symbols",
    "Noto Sans Symbols 2",
    "Noto Sans Math",
)

type Font = str | dict[str, str]


@dataclass(frozen=True, slots=True)
class Language:
    """A BCP 47 tag (RFC 5646), taken apart: lower case, an empty string for what it doesn't say."""

    code: str
    script: str = ""
    region: str = ""

    @classmethod
    def of(cls, tag: str) -> "Language":
        """Read a tag such as `en`, `zh-Hans` or `pt-BR`; one that makes no sense reads as `und`."""
        code, *subtags = tag.lower().replace("_", "-").split("-")
        if not (code.isascii() and code.isalpha() and 2 <= len(code) <= 3):
            return cls("und")
        script = next((s for s in subtags if len(s) == 4 and s.isalpha()), "")
        region = next((s for s in subtags if len(s) == 2 and s.isalpha() and s.isascii()), "")
        return cls(code, script, region)

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`. A script in the tag outweighs the language: `pa-Arab`, `az-Latn`."""
        if self.script:
            return "rtl" if self.script in _RTL_SCRIPTS else "ltr"
        return "rtl" if self.code in _RTL_LANGUAGES else "ltr"

    @property
    def writing(self) -> str:
        """The family of scripts that the typography differs by: latin, cjk, arabic or hebrew."""
        if self.code in {"zh", "ja", "ko", "yue", "wuu"}:
            return "cjk"
        if self.direction == "rtl":
            return "hebrew" if self.code in {"he", "iw", "yi"} else "arabic"
        return "latin"

    def fonts(self, *, monospaced: bool = False) -> list[Font]:
        """Font families in the order in which typst shall look for a glyph.

        The first ones come with typst, so that a letter in Latin, Greek, Cyrillic or Hebrew looks
        the same on every machine; the others are Debian's fonts-noto-core and fonts-noto-cjk.
        """
        kind = "Sans Mono" if monospaced else "Serif"
        cjk = [f"Noto {kind} CJK {_CJK[region]}" for region in self._cjk_order()]
        first = "DejaVu Sans Mono" if monospaced else "Libertinus Serif"
        if self.writing == "cjk":
            # Quotation marks and dashes are as wide as the characters around them.
            return [{"name": first, "covers": "latin-in-cjk"}, *cjk, first, *_SERIF]
        if self.writing == "hebrew" and not monospaced:
            return ["Noto Serif Hebrew", first, *_SERIF, *cjk]
        return [first, *_SERIF, *cjk]

    def _cjk_order(self) -> list[str]:
        first = {"ja": "jp", "ko": "kr", "yue": "hk"}.get(self.code)
        if first is None and (self.script == "hant" or self.region in {"tw", "hk", "mo"}):
            first = "hk" if self.region in {"hk", "mo"} else "tc"
        return sorted(_CJK, key=lambda region: region != (first or "sc"))

    def for_typst(self) -> dict[str, object]:
        """Return what `letter.typ` sets text by: `lang`, `region`, `dir`, `writing`, fonts."""
        region = self.region
        if self.code == "zh" and not region:
            # Typst knows no `zh-Hans`; the region says which Chinese it is, in the PDF as well.
            region = "tw" if self.script == "hant" else "cn"
        return {
            "lang": self.code,
            "region": region,
            "dir": self.direction,
            "writing": self.writing,
            "serif": self.fonts(),
            "mono": self.fonts(monospaced=True),
        }
