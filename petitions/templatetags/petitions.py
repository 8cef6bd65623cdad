"""What templates need to show of petitions."""

from django import template

from accounts import facts
from petitions import markdown
from petitions.models import Badge

register = template.Library()


@register.filter
def hexadecimal(value: bytes) -> str:
    """Return bytes as lower-case hexadecimal digits."""
    return bytes(value).hex()


@register.filter
def opening(text: str) -> str:
    """Return how a letter begins, as plain text."""
    return markdown.opening(text)


@register.filter
def headline(badge: Badge) -> str:
    """Return a badge's few words."""
    return facts.headline(badge.fact)


@register.filter
def explanation(badge: Badge) -> str:
    """Return what a badge says, in a sentence with method and date."""
    return facts.explanation(badge.fact)
