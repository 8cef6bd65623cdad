"""E-mail addresses: what may be one, and when two of them are the same mailbox.

Only what providers document is folded. Anywhere else dots and tags may be different people.
"""

import hashlib
import hmac
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email


class AddressError(ValueError):
    """Not an address that mail can be sent to; the message says why."""


@dataclass(frozen=True, slots=True)
class _Provider:
    """What a mail provider ignores in the part before the @, and its one canonical domain."""

    domain: str
    ignored: str = ""
    tags: bool = True


_GMAIL = _Provider("gmail.com", ignored=".")
_PROTON = _Provider("proton.me", ignored=".-_")
_PROVIDERS = {
    # https://support.google.com/mail/answer/7436150 (dots), /9308648 (googlemail, tags)
    "gmail.com": _GMAIL,
    "googlemail.com": _GMAIL,
    # https://proton.me/support/creating-aliases and /addresses-and-aliases
    "proton.me": _PROTON,
    "protonmail.com": _PROTON,
    "pm.me": _PROTON,
    # Outlook.com: "Add or remove an email alias in Outlook.com" (plus addressing)
    "outlook.com": _Provider("outlook.com"),
    "hotmail.com": _Provider("hotmail.com"),
    "live.com": _Provider("live.com"),
    # https://www.fastmail.help/hc/en-us/articles/360060591053
    "fastmail.com": _Provider("fastmail.com"),
    # https://support.apple.com/guide/icloud/mm6b1a490a
    "icloud.com": _Provider("icloud.com"),
    "me.com": _Provider("icloud.com"),
    "mac.com": _Provider("icloud.com"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """An address that mail can be sent to: the local part as typed, the domain in IDNA ASCII."""

    local: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read what a person typed.

        Raises AddressError for address literals, quoted or non-ASCII local parts, special-use
        domains and everything that RFC 5321 doesn't allow.
        """
        try:
            checked = validate_email(
                text, strict=True, allow_smtputf8=False, check_deliverability=False
            )
        except EmailNotValidError as error:
            raise AddressError(str(error)) from error
        if "=?" in text:
            # Allowed by RFC 5321, but in a header it would be read as an encoded word (RFC 2047).
            raise AddressError("The part before the @-sign looks like an encoded word.")
        return cls(checked.ascii_local_part or checked.local_part, checked.ascii_domain.lower())

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def canonical(self) -> str:
        """One spelling for all addresses that reach the same mailbox."""
        local, domain = self.local.lower(), self.domain
        if provider := _PROVIDERS.get(domain):
            domain = provider.domain
            if provider.tags:
                local = local.partition("+")[0]
            local = local.translate(dict.fromkeys(map(ord, provider.ignored)))
        return f"{local}@{domain}"

    def keyed_hash(self, key: bytes) -> bytes:
        """Return HMAC-SHA-256 of the canonical address, 32 bytes.

        A plain hash would tell an employer, who has the directory, who signed.
        """
        return hmac.digest(key, self.canonical.encode(), hashlib.sha256)
