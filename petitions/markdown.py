"""Letters are written in Markdown (CommonMark) and shown as HTML that holds nothing active."""

from collections.abc import Sequence
from html import escape

import nh3
from django.utils.text import Truncator
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
# HTML in the text is shown as text; nh3 stands behind that as a second wall.
_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


def _alternative_text(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """Show an image as its description: a letter makes no request to another site."""
    return f"[{escape(tokens[index].content)}]"


_PARSER.add_render_rule("image", _alternative_text)


def render(text: str) -> str:
    """Return the HTML of a letter. Its headings begin at h2: the title is the page's h1."""
    tokens = _PARSER.parse(text)
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + 2, 6)}"
    return nh3.clean(
        _PARSER.renderer.render(tokens, _PARSER.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )


def opening(text: str, length: int = 320) -> str:
    """Return how a letter begins, as plain text of about so many characters."""
    parts = [
        part.content if part.type in ("text", "code_inline") else " "
        # Marks and addresses of links take space too, so some more than what is shown.
        for token in _PARSER.parse(text[: 8 * length])
        for part in (*(token.children or ()), token)
    ]
    return Truncator(" ".join("".join(parts).split())).chars(length)
