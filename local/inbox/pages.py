"""The inbox's pages. Whatever comes from a message is escaped here."""

import re
from collections.abc import Sequence
from email.message import EmailMessage
from html import escape
from math import ceil

from . import reading
from .mailbox import Mailbox, arrived_at

PAGE_SIZE = 50
ADDRESS = re.compile(r"https?://[^\s<>\"']+")


def message_list(mailbox: Mailbox, page: int) -> str:
    """Show one page of the messages, the last to arrive first; pages count from 1."""
    names = mailbox.names()
    shown = newest(names, page)
    items = "".join(_item(mailbox, name) for name in shown)
    body = f'<ol class="messages">{items}</ol>' if shown else "<p>Nothing here yet.</p>"
    return _document(
        "Inbox",
        f"""<h1>Inbox</h1>
<p class="note">Messages: {len(names):,}. Mail stays on this machine: nothing is ever sent on.</p>
{body}
{_pager(page, len(names))}
<footer>As data: <a href="/messages.json">messages.json</a>. Mail to reply-550@… or reply-451@… is
refused with that code.</footer>""",
    )


def message_page(name: str, message: EmailMessage) -> str:
    """Show one message: what a mail program would show, then the headers as they are."""
    subject = reading.header(message, "Subject") or "(no subject)"
    return _document(
        subject,
        f"""<nav><a href="/">Inbox</a><a href="/messages/{name}.eml">Source</a></nav>
<h1 dir="auto">{escape(subject)}</h1>
{_headers(name, message)}
{_text(message)}
{_attachments(name, message)}
{_html_frame(name, message)}
<details><summary>All headers</summary><pre class="sheet">{_raw_headers(message)}</pre></details>""",
    )


def newest(names: Sequence[str], page: int) -> list[str]:
    """Return the names on a page, the last to arrive first."""
    end = len(names) - (page - 1) * PAGE_SIZE
    return list(reversed(names[max(end - PAGE_SIZE, 0) : max(end, 0)]))


def linked(text: str) -> str:
    """Return the text escaped, its web addresses made links."""
    parts: list[str] = []
    position = 0
    for found in ADDRESS.finditer(text):
        # A sentence's own punctuation ends up at the address' end.
        address = found[0].rstrip(".,;:!?)]}")
        parts += [escape(text[position : found.start()]), _link(address)]
        position = found.start() + len(address)
    return "".join(parts) + escape(text[position:])


def _link(address: str) -> str:
    return f'<a href="{escape(address)}" target="_blank" rel="noreferrer">{escape(address)}</a>'


def _document(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="/style.css">
<main>
{body}
</main>
</html>
"""


def _item(mailbox: Mailbox, name: str) -> str:
    message = mailbox.message(name)
    if message is None:
        return ""
    subject = reading.header(message, "Subject") or "(no subject)"
    return f"""<li><a href="/messages/{name}/"><strong dir="auto">{escape(subject)}</strong>
<span>{escape(", ".join(reading.recipients(message)))}</span>{_time(name)}</a></li>
"""


def _time(name: str) -> str:
    arrived = arrived_at(name)
    return f'<time datetime="{arrived:%Y-%m-%dT%H:%M:%SZ}">{arrived.astimezone():%Y-%m-%d %H:%M:%S}</time>'


def _pager(page: int, messages: int) -> str:
    pages = ceil(messages / PAGE_SIZE)
    newer = f'<a href="/?page={page - 1}" rel="prev">Newer</a>' if page > 1 else ""
    older = f'<a href="/?page={page + 1}" rel="next">Older</a>' if page < pages else ""
    return f'<nav aria-label="Pages">{newer}{older}</nav>' if newer or older else ""


def _headers(name: str, message: EmailMessage) -> str:
    values = [(field, reading.header(message, field)) for field in reading.PREAMBLE]
    rows = [
        f"<dt>{field}</dt><dd dir='auto'>{escape(value)}</dd>" for field, value in values if value
    ]
    delivered = escape(", ".join(reading.recipients(message)))
    rows.append(f"<dt>Delivered to</dt><dd>{delivered}, {_time(name)}</dd>")
    return f'<dl class="sheet">{"".join(rows)}</dl>'


def _text(message: EmailMessage) -> str:
    text = reading.text(message)
    if text is None:
        return ""
    return f'<h2>Text</h2><pre class="sheet" dir="auto">{linked(text)}</pre>'


def _html_frame(name: str, message: EmailMessage) -> str:
    if reading.html(message) is None:
        return ""
    # Links open beside the inbox; nothing else that the message holds can act.
    return (
        f'<h2>HTML</h2><iframe title="HTML part" src="/messages/{name}/html" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )


def _attachments(name: str, message: EmailMessage) -> str:
    items = "".join(
        f'<li><a href="/messages/{name}/attachments/{number}" download>{escape(attachment.filename)}</a> '
        f"({escape(attachment.content_type)}, {len(attachment.content):,} bytes)</li>"
        for number, attachment in enumerate(reading.attachments(message), start=1)
    )
    return f"<h2>Attachments</h2><ul>{items}</ul>" if items else ""


def _raw_headers(message: EmailMessage) -> str:
    return escape("\n".join(f"{key}: {value}" for key, value in message.raw_items()))
