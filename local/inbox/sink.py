"""The SMTP side."""

import re

from aiosmtpd.smtp import SMTP, Envelope, Session

from .mailbox import Mailbox

SIZE_LIMIT = 100 * 1024 * 1024


class Sink:
    """Accepts every message for everybody.

    Only `reply-550@...` and the like are answered with that code, to see how a refusal looks.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    def protocol(self) -> SMTP:
        """Start a conversation, as asyncio's servers want one for each connection."""
        return SMTP(self, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, hostname="localhost")

    async def handle_RCPT(  # noqa: N802 (named by aiosmtpd)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := re.match(r"reply-([45]\d\d)@", address):
            return f"{refusal[1]} As the address asks for"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (named by aiosmtpd)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        name = self.mailbox.deliver(envelope.mail_from or "", envelope.rcpt_tos, envelope.content)
        return f"250 OK kept as {name}"
