import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any, cast

import pytest
from pypdf import PdfReader

from petitions.documents.counts import Counts
from petitions.documents.letter import Letter, letter_pdf

type Letters = Callable[..., Letter]
type TextOf = Callable[[bytes], str]


def root_of(pdf: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", PdfReader(BytesIO(pdf)).trailer["/Root"])


def families() -> set[str]:
    from typst import Fonts

    return set(Fonts().families())


def test_the_letter_says_what_it_asks_and_of_whom(letter: Letters, text_of: TextOf) -> None:
    text = text_of(letter_pdf(letter()))

    assert "A letter for quiet hours" in text
    assert "Example Industries plc Example Logistics GmbH & Co. KG" in text
    assert "is seen, and sleep is lost over it" in text
    assert "No message between 22:00 and 07:00" in text
    assert "1 https://example.org/handbook#night" in text


def test_the_letter_says_who_signed_and_how_to_check(letter: Letters, text_of: TextOf) -> None:
    text = text_of(letter_pdf(letter()))

    assert "12,713 confirmed signatures as of 23 November 2026" in text
    assert "On 23 November 2026 at 14:05 UTC" in text
    assert "100 of them are new in this batch, number 3" in text
    assert "20 of the new ones stand there without a name" in text
    assert "3 signatures of earlier batches were withdrawn" in text
    assert "Group Signatures Addresses at example.com 12" in text
    assert "E-mail address 9,503 Address at the company 3,210 All 12,713" in text
    assert "Every signer typed a code that we had mailed to them." in text
    assert letter().text_hash.hex() in text
    assert "letters.example.org/log" in text
    assert "https://letters.example.org/petitions/quiet-hours/verify/" in text
    assert "Version 2, batch 3" in text


def test_one_signature_is_not_many(letter: Letters, counts: Counts, text_of: TextOf) -> None:
    one = Counts(
        total=1, new=1, tiers=counts.tiers[:1], as_of=counts.as_of, nameless=1, withdrawn=1
    )

    text = text_of(letter_pdf(letter(counts=one)))

    assert "1 of the new ones stands there" in text
    assert "1 signature of earlier batches was withdrawn" in text

    assert "1 confirmed signature as of" in text
    assert "1 of them is new" in text


def test_what_there_is_none_of_is_not_spoken_of(
    letter: Letters, counts: Counts, text_of: TextOf
) -> None:
    plain = Counts(total=9, new=9, tiers=counts.tiers[:1], as_of=counts.as_of)

    text = text_of(letter_pdf(letter(counts=plain)))

    assert "without a name" not in text
    assert "withdrawn" not in text
    assert "Group" not in text
    assert "organizer" not in text


def test_the_same_letter_is_the_same_bytes(letter: Letters) -> None:
    assert letter_pdf(letter()) == letter_pdf(letter())


def test_the_pdf_is_tagged_and_dated_by_its_counts(letter: Letters) -> None:
    pdf = letter_pdf(letter())

    root = root_of(pdf)
    assert b"pdfuaid:part" in pdf
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    metadata = PdfReader(BytesIO(pdf)).metadata
    assert metadata is not None
    assert metadata.title == "A letter for quiet hours"
    assert metadata.creation_date_raw == "D:20261123140509Z"


@pytest.mark.parametrize(
    "code",
    [
        '#import "x.typ": *',
        "#panic(sys.inputs)",
        '#read("/etc/passwd")',
        "$x^2$ and $ sum_1^n $",
        "@label and <label>",
        r"\u{41} \ # \\",
        "= heading, - list, / term: x",
        '"; #x',
        "// comment /* and */ this",
        "{{ x }} {% x %} ]] [[",
    ],
)
def test_what_looks_like_typst_is_text(letter: Letters, text_of: TextOf, code: str) -> None:
    strange = letter(title=code, text=f"Before\n\n```\n{code}\n```", addressees=[code])

    text = text_of(letter_pdf(strange))

    assert text.count(" ".join(code.split())) >= 3


def test_html_is_text_and_an_image_its_description(letter: Letters, text_of: TextOf) -> None:
    text = text_of(letter_pdf(letter(text="<b>bold</b> ![a bell](bell.png)\n\n<div>\nx\n</div>")))

    assert "<b>bold</b> [a bell]" in text
    assert "<div> x </div>" in text
    assert "bell.png" not in text


def test_a_link_that_runs_something_is_none(letter: Letters, text_of: TextOf) -> None:
    pdf = letter_pdf(letter(text="[a](javascript:alert(1)) [b](ftp://example.org) [c](/d)"))

    actions = [
        annotation.get_object()["/A"]["/URI"]
        for page in PdfReader(BytesIO(pdf)).pages
        for annotation in page.get("/Annots", [])
        if "/A" in annotation.get_object()
    ]
    assert {address for address in actions if not address.endswith(("/", ".md"))} == {
        "https://letters.example.org/d"
    }
    assert "[a](javascript:alert(1))" in text_of(pdf)


def test_a_chinese_letter(letter: Letters, text_of: TextOf) -> None:
    if "Noto Serif CJK SC" not in families():
        pytest.skip("no Chinese font; Debian has fonts-noto-cjk")
    chinese = letter(
        title="请还我们安静的夜晚",
        language="zh-Hans",
        text="凌晨三点的消息没有人读，\n但是有人**看见**。",
        addressees=["示例工业有限公司"],
    )

    pdf = letter_pdf(chinese)

    assert root_of(pdf)["/Lang"] == "zh-CN"
    text = text_of(pdf)
    assert "请还我们安静的夜晚" in text
    assert "凌晨三点的消息没有人读，但是有人看见。" in text
    assert "示例工业有限公司" in text


def test_an_arabic_letter(letter: Letters, text_of: TextOf) -> None:
    arabic = letter(
        title="ساعات هادئة", language="ar", text="نرجو *ألّا* ترسلوها ليلاً إلى `security@`."
    )

    pdf = letter_pdf(arabic)

    root = root_of(pdf)
    assert root["/Lang"] == "ar"
    assert root["/ViewerPreferences"]["/Direction"] == "/R2L"
    assert "security@" in text_of(pdf)
    assert "U+" not in text_of(pdf)


def test_without_a_font_the_letter_still_comes(
    letter: Letters, text_of: TextOf, caplog: pytest.LogCaptureFixture
) -> None:
    chinese = letter(language="zh-Hans", text="安静 means quiet.", addressees=["例 plc"])

    pdf = letter_pdf(chinese, system_fonts=False)

    assert b"pdfuaid:part" in pdf
    assert "[U+5B89][U+9759] means quiet." in text_of(pdf)
    assert "[U+4F8B] plc" in text_of(pdf)
    assert "could not be displayed" in caplog.text


@pytest.mark.parametrize(
    "character",
    ["\x00", "\t", "\x1b", "\ufeff", "\u202e", "\U0001ffff", "\u0378", "\ue000", "\U000e0041"],
)
def test_no_character_stops_a_batch(letter: Letters, text_of: TextOf, character: str) -> None:
    pdf = letter_pdf(
        letter(title=f"Q{character}uiet", text=f"Sl{character}eep", addressees=[character])
    )

    assert b"pdfuaid:part" in pdf
    assert "Every signer typed a code" in text_of(pdf)


@pytest.mark.parametrize(
    "text",
    [
        "> " * 99 + "deep",
        "\n".join("  " * depth + "- item" for depth in range(60)),
        "*a **b " * 500 + "** *" * 500,
        "x" * 20_000,
        "word " * 5_000,
        "###### six\n\n# one\n\n> # quoted",
        "",
        "| a |\n|--|\n" + "| b |\n" * 500,
    ],
)
def test_no_text_stops_a_batch(letter: Letters, text_of: TextOf, text: str) -> None:
    assert "Every signer typed a code" in text_of(letter_pdf(letter(text=text)))


def test_a_repeated_title_is_shown_once(letter: Letters, text_of: TextOf) -> None:
    once = text_of(letter_pdf(letter(text="Dear all")))

    assert text_of(letter_pdf(letter(text="# A letter for quiet hours\n\nDear all"))) == once


def test_typst_is_loaded_with_the_first_letter() -> None:
    code = "import petitions.documents.letter, sys; sys.exit('typst' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
