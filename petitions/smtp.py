"""One conversation with the mail server, with each way in which it can end.

`smtplib.SMTP.send_message` hides the moment that matters for exactly-once delivery: when the
message itself begins to go out (RFC 5321, section 4.1.1.4). Here it is a callback.
"""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.conf import settings

_TROUBLE = (smtplib.SMTPException, OSError)


class Unreachable(Exception):
    """No message went out: the server could not be spoken to. Try again later."""


class Doubtful(Exception):
    """The connection broke after the message began: the server may or may not have taken it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said: RFC 5321's three digits and its words."""

    code: int
    words: str

    @property
    def accepted(self) -> bool:
        """Whether the server took responsibility for the message."""
        return 200 <= self.code < 300

    @property
    def permanent(self) -> bool:
        """Whether trying again is in vain."""
        return self.code >= 500

    def __str__(self) -> str:
        return f"{self.code} {self.words}"


class MailServer:
    """The configured server, over one connection that is kept as long as it lives."""

    def __init__(self) -> None:
        self._connection: smtplib.SMTP | None = None

    def submit(
        self,
        message: bytes,
        *,
        sender: str,
        recipient: str,
        begin: Callable[[], bool] = lambda: True,
    ) -> Reply | None:
        """Hand over one message (RFC 5322, CRLF) for one recipient.

        `begin` is called right before the message itself goes out; if it returns False nothing is
        sent and the result is None. Raises Unreachable before that moment, Doubtful after it.
        """
        refusal = self._address(sender, recipient)
        if refusal:
            return refusal
        if not begin():
            self._quietly("rset")
            return None
        return self._data(message)

    def close(self) -> None:
        """Say goodbye, if there is a connection."""
        self._quietly("quit")
        self._connection = None

    def _address(self, sender: str, recipient: str) -> Reply | None:
        """Name sender and recipient; return the server's refusal, if it refused."""
        try:
            connection = self._connection or self._connect()
            try:
                reply = _reply(connection.mail(sender))
            except smtplib.SMTPServerDisconnected:
                # A kept connection that the server has closed meanwhile is no news.
                connection = self._connect()
                reply = _reply(connection.mail(sender))
            if reply.code == 421:
                connection = self._connect()
                reply = _reply(connection.mail(sender))
            if reply.accepted:
                reply = _reply(connection.rcpt(recipient))
        except _TROUBLE as error:
            self._connection = None
            raise Unreachable(str(error)) from error
        if reply.accepted:
            return None
        self._quietly("rset")
        return reply

    def _data(self, message: bytes) -> Reply:
        assert self._connection is not None
        try:
            return _reply(self._connection.data(message))
        except smtplib.SMTPDataError as error:
            # The server declined the DATA command itself: it holds nothing.
            self._quietly("rset")
            return _reply((error.smtp_code, error.smtp_error))
        except _TROUBLE as error:
            self._connection = None
            raise Doubtful(str(error)) from error

    def _connect(self) -> smtplib.SMTP:
        options = settings.MAIL_SERVER
        kind = smtplib.SMTP_SSL if options["use_ssl"] else smtplib.SMTP
        connection = kind(options["host"], options["port"], timeout=options["timeout"])
        if options["use_tls"]:
            connection.starttls(context=ssl.create_default_context())
        if options["username"]:
            connection.login(options["username"], options["password"])
        connection.ehlo_or_helo_if_needed()
        self._connection = connection
        return connection

    def _quietly(self, command: str) -> None:
        """Say what needs no answer; if the connection is gone, so be it."""
        try:
            if self._connection:
                getattr(self._connection, command)()
        except _TROUBLE:
            self._connection = None


def _reply(answer: tuple[int, bytes | str]) -> Reply:
    code, words = answer
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return Reply(code, text)


@cache
def mail_server() -> MailServer:
    """Return this process's mail server. Each of Celery's processes has a connection of its own."""
    return MailServer()
