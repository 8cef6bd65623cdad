"""A mail server that delivers nothing: it keeps what it gets, and shows it in a browser."""

from .server import Inbox

__all__ = ["Inbox"]
