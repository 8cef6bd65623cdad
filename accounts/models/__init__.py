"""Who a person is, and what was verified about them."""

from .user import User

__all__ = ["User"]
