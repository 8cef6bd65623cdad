"""Messages as files, one each."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

SUFFIX = ".eml"


class Mailbox:
    """A folder of messages, named by the nanosecond of their arrival, so in its order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._latest = 0

    def deliver(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Keep a message with its envelope on top, as a mail server does; return its name."""
        envelope = [f"Return-Path: <{sender}>", *(f"Delivered-To: {to}" for to in recipients)]
        # Strictly later than the last one, whatever the clock does.
        self._latest = max(time.time_ns(), self._latest + 1)
        name = f"{self._latest:020}"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.folder / f"{name}.new"
        draft.write_bytes("".join(f"{line}\r\n" for line in envelope).encode() + content)
        draft.rename(self._path(name))
        return name

    def names(self) -> list[str]:
        """Return the names of all messages, the first to arrive first."""
        if not self.folder.exists():
            return []
        return sorted(path.stem for path in self.folder.iterdir() if path.suffix == SUFFIX)

    def source(self, name: str) -> bytes | None:
        """Return the message as it came, or None where there's no such message."""
        if not re.fullmatch(r"\d{20}", name, re.ASCII):
            return None
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def message(self, name: str) -> EmailMessage | None:
        """Return the message, or None where there's no such message."""
        source = self.source(name)
        return None if source is None else parse(source)

    def messages(self) -> list[EmailMessage]:
        """Return all messages, the first to arrive first."""
        return [message for name in self.names() if (message := self.message(name)) is not None]

    def clear(self) -> None:
        """Delete all messages."""
        for name in self.names():
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{SUFFIX}"


def arrived_at(name: str) -> datetime:
    """Return when the message of this name came."""
    return datetime.fromtimestamp(int(name) / 1e9, tz=UTC)


def parse(source: bytes) -> EmailMessage:
    """Read a message; what is wrong with it shows only when it is asked for."""
    return message_from_bytes(source, policy=policy.default)
