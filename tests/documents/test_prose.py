import pytest

from petitions.documents.prose import MAX_DEPTH, Block, Links, blocks, plain


def read(markdown: str) -> list[Block]:
    return blocks(markdown, Links())


def test_emphasis_becomes_flat_runs() -> None:
    assert read("a *b **c*** `d`") == [
        {
            "kind": "paragraph",
            "runs": [
                {"text": "a "},
                {"text": "b ", "emph": True},
                {"text": "c", "strong": True, "emph": True},
                {"text": " "},
                {"text": "d", "code": True},
            ],
        }
    ]


def test_lists_nest_and_keep_their_numbers() -> None:
    [numbers] = read("3. a\n   - b\n4. c")

    assert (numbers["kind"], numbers["start"], numbers["tight"]) == ("numbers", 3, True)
    first, second = numbers["blocks"]
    assert [block["kind"] for block in first["blocks"]] == ["paragraph", "bullets"]
    assert [block["kind"] for block in second["blocks"]] == ["paragraph"]


def test_a_list_with_a_blank_line_is_loose() -> None:
    [bullets] = read("- a\n\n- b")

    assert bullets["tight"] is False


def test_a_table_has_rows_and_alignments() -> None:
    [table] = read("| a | b | c |\n|---|:-:|--:|\n| 1 | 2 | *3* |")

    assert table["align"] == ["start", "center", "end"]
    assert [[plain(cell) for cell in row] for row in table["rows"]] == [
        ["a", "b", "c"],
        ["1", "2", "3"],
    ]


def test_no_heading_level_is_skipped() -> None:
    headings = read("### a\n\n##### b\n\n# c\n\n###### d")

    assert [heading["level"] for heading in headings] == [1, 2, 1, 2]


def test_an_empty_heading_is_none() -> None:
    assert read("#\n\n## &nbsp;") == []


def test_a_heading_in_a_quote_is_a_strong_paragraph() -> None:
    [quote] = read("> # a")

    assert quote["blocks"] == [{"kind": "paragraph", "runs": [{"text": "a", "strong": True}]}]


def test_links_are_numbered_by_address() -> None:
    links = Links("https://example.org/petitions/x/")
    [paragraph] = blocks("[a](/y) [b](https://example.org/z) [c](/y)", links)

    assert list(links) == ["https://example.org/y", "https://example.org/z"]
    assert [run["note"] for run in paragraph["runs"] if "note" in run] == [1, 2, 1]


def test_an_address_needs_no_note() -> None:
    links = Links()
    [paragraph] = blocks("<https://example.org/> <a@example.org>", links)

    assert list(links) == []
    assert paragraph["runs"] == [
        {"text": "https://example.org/", "url": "https://example.org/", "address": True},
        {"text": " "},
        {"text": "a@example.org", "url": "mailto:a@example.org", "address": True},
    ]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("a\nb", "a b"),
        ("安静\n夜晚", "安静夜晚"),
        ("안녕\n하세요", "안녕 하세요"),
        ("a\\\nb", "a\nb"),
    ],
)
def test_a_line_end_is_a_space_except_between_ideographs(markdown: str, text: str) -> None:
    [paragraph] = read(markdown)

    assert plain(paragraph["runs"]) == text


def test_text_below_the_deepest_quote_is_kept() -> None:
    [block] = read("> " * 20 + "deep")

    depth = 0
    while block["kind"] == "quote":
        depth += 1
        block = block["blocks"][0]
    assert depth == MAX_DEPTH
    assert plain(block["runs"]) == "deep"


def test_a_word_longer_than_a_line_can_break() -> None:
    [paragraph] = read("x" * 100)

    assert plain(paragraph["runs"]).split("\u200b") == ["x" * 40, "x" * 40, "x" * 20]
