"""A letter is shown as text that does nothing."""

import pytest

from petitions.markdown import render


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("We *ask* for **more**.", "<p>We <em>ask</em> for <strong>more</strong>.</p>\n"),
        ("# One\n\n###### Six", "<h2>One</h2>\n<h6>Six</h6>\n"),
        ("## Two\n\n### Three", "<h2>Two</h2>\n<h3>Three</h3>\n"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        ("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](data:text/html,x)", "<p>[x](data:text/html,x)</p>\n"),
        ("![a <cat>](https://example.com/cat.png)", "<p>[a &lt;cat&gt;]</p>\n"),
        (
            "[us](https://example.com/)",
            '<p><a href="https://example.com/" rel="nofollow noopener">us</a></p>\n',
        ),
    ],
)
def test_markdown_becomes_inert_html(text: str, html: str) -> None:
    assert render(text).strip() == html.strip()
