"""Markdown as a small tree of blocks and runs, which `letter.typ` sets with native elements.

The text of strangers reaches typst as data and never as typst code. Emphasis is flattened into
runs, and deep nesting is cut, because typst gives up beyond a depth of about fifteen.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Required, TypedDict
from urllib.parse import urljoin, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_DEPTH = 6
# Longer addresses are printed, but are no links: typst refuses them.
MAX_LINK = 2000

# As on the petition's page, HTML is text like any other.
_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": 100}).enable("table")
_IDEOGRAPH = re.compile(
    "[\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)
# A word that no line can hold may break after every 40 characters, at a zero-width space.
_LONG_WORD = re.compile(r"[\w+/=.~-]{40}(?=[\w+/=.~-]{10})", re.ASCII)
_BREAKABLE = "\\g<0>\u200b"
_ALIGNMENTS = {"text-align:center": "center", "text-align:right": "end"}


class Run(TypedDict, total=False):
    """Text in one style, or the address that it is itself; a newline in it ends the line.

    `url` makes it a link, `note` is the number of that link's address, which is shown after it.
    """

    text: Required[str]
    strong: bool
    emph: bool
    code: bool
    address: bool
    url: str
    note: int


class Fact(TypedDict, total=False):
    """A value under its name: in a monospaced font, or as a live link, if it says so."""

    label: Required[str]
    text: Required[str]
    mono: bool
    live: bool


class Block(TypedDict, total=False):
    """A paragraph, heading, list, quote, code, rule or table; `kind` says which fields it has.

    Markdown gives no `facts`: those are a letter's own.
    """

    kind: Required[str]
    runs: list[Run]  # paragraph, heading
    level: int  # heading: from 1, none skipped
    blocks: list["Block"]  # bullets, numbers, item, quote
    tight: bool  # bullets, numbers
    start: int  # numbers
    text: str  # code
    rows: list[list[list[Run]]]  # table, its header first
    align: list[str]  # table: start, center or end for each column
    facts: list[Fact]  # facts


class Links:
    """The addresses behind the links of a document, numbered in the order of reading."""

    def __init__(self, base_url: str = "") -> None:
        self._base_url = base_url
        self._numbers: dict[str, int] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def resolved(self, address: str) -> str:
        """Return the absolute address, as a browser on the petition's page would."""
        try:
            return urljoin(self._base_url, address)
        except ValueError:  # "https://[" and the like
            return address

    def number(self, address: str) -> int:
        """Return the number of an address: from 1, the next free one if it is new."""
        return self._numbers.setdefault(address, len(self._numbers) + 1)


def blocks(markdown: str, links: Links) -> list[Block]:
    """Read CommonMark with tables, adding link targets to `links`.

    HTML is shown as text; an image becomes its description in brackets.
    """
    reader = _Blocks(links)
    for token in _PARSER.parse(markdown):
        reader.take(token)
    return reader.root["blocks"]


def plain(runs: Iterable[Run]) -> str:
    """Return the text of runs without their styles."""
    return "".join(run["text"] for run in runs)


def is_linkable(address: str) -> bool:
    """Whether an address may be a link in a PDF: absolute, of the web or mail, not too long."""
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        return False
    return scheme in {"http", "https", "mailto"} and len(address) <= MAX_LINK


class _Blocks:
    """Takes the tokens of a document in order and grows the tree under `root`."""

    def __init__(self, links: Links) -> None:
        self.root: Block = {"kind": "item", "blocks": []}
        self._links = links
        self._open = [self.root]
        self._holder: Token | None = None  # the paragraph, heading or cell that is open
        self._level = 0

    def take(self, token: Token) -> None:
        match token.type:
            case "blockquote_open":
                self._enter({"kind": "quote", "blocks": []})
            case "bullet_list_open":
                self._enter({"kind": "bullets", "tight": True, "blocks": []})
            case "ordered_list_open":
                start = int(token.attrs.get("start", 1))
                self._enter({"kind": "numbers", "start": start, "tight": True, "blocks": []})
            case "list_item_open":
                self._enter({"kind": "item", "blocks": []})
            case "table_open":
                self._enter({"kind": "table", "rows": [], "align": []})
            case (
                "blockquote_close"
                | "bullet_list_close"
                | "ordered_list_close"
                | "list_item_close"
                | "table_close"
            ):
                self._open.pop()
            case _:
                self._take_leaf(token)

    def _take_leaf(self, token: Token) -> None:
        match token.type:
            case "paragraph_open" | "heading_open" | "th_open" | "td_open":
                self._holder = token
            case "tr_open":
                self._open[-1]["rows"].append([])
            case "inline":
                self._take_inline(token)
            case "fence" | "code_block":
                self._add({"kind": "code", "text": token.content.rstrip("\n")})
            case "hr":
                self._add({"kind": "rule"})

    def _take_inline(self, token: Token) -> None:
        runs = _Runs(self._links).read(token.children or [])
        holder = self._holder
        if holder is None:
            raise ValueError(f"text outside of a block: {token.content!r}")
        if holder.type in {"th_open", "td_open"}:
            self._add_cell(holder, runs)
        elif holder.type == "heading_open":
            self._add_heading(int(holder.tag[1:]), runs)
        else:
            if not holder.hidden:
                self._loosen()
            self._add({"kind": "paragraph", "runs": runs})

    def _add_cell(self, holder: Token, runs: list[Run]) -> None:
        table = self._open[-1]
        table["rows"][-1].append(runs)
        if holder.type == "th_open":
            table["align"].append(_ALIGNMENTS.get(str(holder.attrs.get("style")), "start"))

    def _add_heading(self, level: int, runs: list[Run]) -> None:
        if not plain(runs).strip():  # PDF/UA forbids it
            return
        if len(self._open) > 1:  # no outline has entries inside a quote or a list
            self._add({"kind": "paragraph", "runs": [{**run, "strong": True} for run in runs]})
            return
        self._level = min(level, self._level + 1)
        self._add({"kind": "heading", "level": self._level, "runs": runs})

    def _add(self, block: Block) -> None:
        self._open[-1]["blocks"].append(block)

    def _enter(self, block: Block) -> None:
        if len(self._open) > MAX_DEPTH and block["kind"] != "table":
            self._open.append(self._open[-1])
            return
        self._add(block)
        self._open.append(block)

    def _loosen(self) -> None:
        """Set the list loosely in which a paragraph stands that Markdown doesn't hide."""
        if self._open[-1]["kind"] == "item" and self._open[-1] is not self.root:
            self._open[-2]["tight"] = False


class _Runs:
    """Reads the inline tokens of one block into runs."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._runs: list[Run] = []
        self._depth = {"strong": 0, "em": 0}
        self._url = ""
        self._linked = ""

    def read(self, tokens: Sequence[Token]) -> list[Run]:
        for position, token in enumerate(tokens):
            following = tokens[position + 1].content[:1] if position + 1 < len(tokens) else ""
            self._take(token, following)
        return self._runs

    def _take(self, token: Token, following: str) -> None:
        match token.type:
            case "text" | "text_special":
                self._add(token.content)
            case "code_inline":
                self._add(token.content, code=True)
            case "softbreak":
                self._add(self._joint(following))
            case "hardbreak":
                self._add("\n")
            case "image":
                self._add(f"[{token.content}]" if token.content.strip() else "")
            case _:
                self._take_mark(token)

    def _take_mark(self, token: Token) -> None:
        name = token.type.removesuffix("_open").removesuffix("_close")
        if name in self._depth:
            self._depth[name] += token.nesting
        elif token.type == "link_open":
            self._url, self._linked = self._links.resolved(str(token.attrs["href"])), ""
        elif token.type == "link_close":
            self._close_link()

    def _close_link(self) -> None:
        url, self._url = self._url, ""
        if self._linked and url.removeprefix("mailto:") == self._linked == self._runs[-1]["text"]:
            self._runs[-1]["address"] = True  # and needs no note
        elif self._linked:
            self._runs.append({"text": "", "note": self._links.number(url)})

    def _add(self, text: str, *, code: bool = False) -> None:
        if not text:
            return
        run: Run = {"text": text if self._url else _LONG_WORD.sub(_BREAKABLE, text)}
        if code:
            run["code"] = True
        if self._depth["strong"]:
            run["strong"] = True
        if self._depth["em"]:
            run["emph"] = True
        if self._url:
            self._linked += text
            if is_linkable(self._url):
                run["url"] = self._url
        self._runs.append(run)

    def _joint(self, following: str) -> str:
        """Return what a line end stands for: a space, but nothing between ideographs."""
        before = self._runs[-1]["text"][-1:] if self._runs else ""
        return "" if _IDEOGRAPH.match(before) and _IDEOGRAPH.match(following) else " "
