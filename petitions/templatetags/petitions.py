"""What templates need to show of petitions."""

from django import template

register = template.Library()


@register.filter
def hexadecimal(value: bytes) -> str:
    """Return bytes as lower-case hexadecimal digits."""
    return bytes(value).hex()
