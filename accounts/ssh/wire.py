"""Data types of the SSH protocol: RFC 4251, section 5."""


class WireReader:
    """Takes values off the front of some bytes. All of it raises ValueError for what is cut off."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        if size > len(self._rest):
            raise ValueError(f"{size} bytes expected, {len(self._rest)} left")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def uint32(self) -> int:
        """Return a whole number of four bytes."""
        return int.from_bytes(self.take(4))

    def string(self) -> bytes:
        """Return bytes of any length, which stands before them as a uint32."""
        return self.take(self.uint32())

    def mpint(self) -> int:
        """Return a whole number. Raises ValueError for a negative one, which no signature has."""
        raw = self.string()
        if raw and raw[0] >= 0x80:
            raise ValueError("a negative number")
        return int.from_bytes(raw)

    def end(self) -> None:
        """Raise ValueError if anything is left."""
        if self._rest:
            raise ValueError(f"{len(self._rest)} bytes too many")


def string(value: bytes) -> bytes:
    """Return the bytes after their length."""
    return len(value).to_bytes(4) + value


def shown(value: bytes) -> str:
    """Return what somebody sent as ASCII that is safe to print, not too long."""
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in value[:80])
    return text if len(value) <= 80 else f"{text}…"
