"""What templates need to show of petitions."""

from django import template

from petitions import markdown

register = template.Library()


@register.filter
def hexadecimal(value: bytes) -> str:
    """Return bytes as lower-case hexadecimal digits."""
    return bytes(value).hex()


@register.filter
def opening(text: str) -> str:
    """Return how a letter begins, as plain text."""
    return markdown.opening(text)
