"""Who a person is, and what was verified about them."""

from .evidence import Evidence
from .user import User

__all__ = ["Evidence", "User"]
