"""Public keys as GitHub lists them for an account: lines of authorized_keys, see sshd(8)."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .wire import WireReader, shown


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key in its wire format: RFC 4253, section 6.6."""

    blob: bytes

    @property
    def algorithm(self) -> str:
        """The name that the key itself says, such as "ssh-ed25519". Raises ValueError without."""
        return shown(WireReader(self.blob).string())

    @property
    def fingerprint(self) -> str:
        """What `ssh-keygen -l` and GitHub show: "SHA256:" and base64 without padding."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode()
        return f"SHA256:{digest.rstrip('=')}"


def read_keys(lines: Iterable[str]) -> Iterator[SigningKey]:
    """Yield the keys in lines of `<algorithm> <base64> [comment]`; other lines are passed over.

    So are keys with options before them: an option narrows what a key may do, and a rule that is
    not understood must not be dropped. GitHub gives none.
    """
    for line in lines:
        try:
            name, encoded = line.split(maxsplit=2)[:2]
            key = SigningKey(base64.b64decode(encoded, validate=True))
            if key.algorithm == name:
                yield key
        except ValueError:
            continue
