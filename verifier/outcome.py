"""How a command ends: an exit code, and sentences for the person who asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Code(IntEnum):
    """Exit codes."""

    FINE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    NO_LONGER_COUNTS = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command; the first sentence is the answer."""

    code: Code
    sentences: tuple[str, ...]

    @classmethod
    def fine(cls, sentences: Iterable[str]) -> "Outcome":
        """Everything that was asked has been checked and is right."""
        return cls(Code.FINE, tuple(sentences))


class Failed(Exception):
    """Something is not what it says it is."""


class Unusable(Exception):
    """What was given cannot be worked with: a missing file, a wrong option."""


class Unreachable(Exception):
    """The log could not be read; that says nothing about it."""
