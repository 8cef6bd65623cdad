import pytest

from petitions.documents.language import Language


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", Language("en")),
        ("pt-BR", Language("pt", "", "br")),
        ("zh-Hans", Language("zh", "hans", "cn")),
        ("zh-Hant", Language("zh", "hant", "tw")),
        ("zh-Hant-HK", Language("zh", "hant", "hk")),
        ("de-CH-1996", Language("de", "", "ch")),
        ("en-x-private", Language("en")),
        ("", Language("und")),
        ("e", Language("und")),
        ("ЁЖ", Language("und")),
    ],
)
def test_a_tag_is_taken_apart(tag: str, language: Language) -> None:
    assert Language.of(tag) == language


@pytest.mark.parametrize(
    ("tag", "font"),
    [
        ("en", "Libertinus Serif"),
        ("zh-Hans", "Noto Serif CJK SC"),
        ("zh-Hant", "Noto Serif CJK TC"),
        ("zh-HK", "Noto Serif CJK HK"),
        ("ja", "Noto Serif CJK JP"),
        ("ko", "Noto Serif CJK KR"),
        ("he", "Noto Serif Hebrew"),
    ],
)
def test_a_language_is_set_in_a_font_of_its_own(tag: str, font: str) -> None:
    assert Language.of(tag).fonts("Serif")[0] == font


def test_every_language_has_the_fonts_of_all() -> None:
    assert {
        frozenset(Language.of(tag).fonts("Serif")) for tag in ("en", "ar", "he", "zh", "ja")
    } == {frozenset(Language.of("en").fonts("Serif"))}
