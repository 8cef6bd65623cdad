"""One conversation with the mail server, with each way in which it can end.

`smtplib.SMTP.send_message` hides the moment that matters for exactly-once delivery: when the
message itself begins to go out (RFC 5321, section 4.1.1.4). Here it is a callback.
"""

import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings

_TROUBLE = (smtplib.SMTPException, OSError)
# RFC 5321, section 4.5.3.2.6: how long a server may take to answer a whole message. What comes
# before the message is answered at once by any server that is well.
FINAL_REPLY_SECONDS = 600


class Unsent(Exception):
    """The conversation broke off before the message: the server has taken nothing."""


class Unreachable(Unsent):
    """The server could not be spoken to at all, or wants no mail from us now."""


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
    def refused(self) -> bool:
        """Whether it refused, for now or for good."""
        return 400 <= self.code < 600

    @property
    def permanent(self) -> bool:
        """Whether trying again is in vain."""
        return 500 <= self.code < 600

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
        begin: Callable[[], bool] | None = None,
    ) -> Reply | None:
        """Hand over one message (RFC 5322, CRLF) for one recipient; return the last reply.

        `begin` is called right before the message itself goes out; if it returns False nothing is
        sent and the result is None. Without it the commands go out together, where the server
        allows that. Raises Unsent (or Unreachable) if no message went out, Doubtful if nobody can
        know.
        """
        try:
            return self._converse(message, sender, recipient, begin)
        except BaseException:
            # Whatever broke in, the next message must not read the answers to this one.
            self._drop()
            raise

    def close(self) -> None:
        """Say goodbye, if there is a connection."""
        try:
            if self._connection:
                self._connection.quit()
        except _TROUBLE:
            pass
        self._drop()

    def _converse(
        self, message: bytes, sender: str, recipient: str, begin: Callable[[], bool] | None
    ) -> Reply | None:
        first, *rest = f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA"
        connection, ahead = self._ready_after(first, [] if begin else rest)
        try:
            for command in rest:
                if command == "DATA" and begin and not begin():
                    connection.rset()
                    return None
                reply = _reply(connection.getreply() if ahead else connection.docmd(command))
                if reply.refused:
                    self._take_back(connection, reply, data_follows=ahead and command != "DATA")
                    return reply
        except _TROUBLE as error:
            raise Unsent(str(error)) from error
        if reply.code != 354:
            raise Unsent(f"not an answer to DATA: {reply}")
        return self._message(connection, message)

    def _take_back(self, connection: smtplib.SMTP, refusal: Reply, *, data_follows: bool) -> None:
        """Make the connection ready for the next message after a refusal."""
        if refusal.code == 421:
            # The server is closing: what is said on this connection now may be lost.
            self._drop()
            return
        if data_follows and connection.getreply()[0] == 354:
            # RFC 2920, section 3.1: it expects a message for nobody. An empty one ends that.
            connection.send(".\r\n")
            connection.getreply()
        connection.rset()

    def _ready_after(self, first: str, rest: Sequence[str]) -> tuple[smtplib.SMTP, bool]:
        """Return a connection on which the server has accepted the sender, the first command.

        And whether the rest is on its way as well, the replies to it yet to be read.
        """
        try:
            connection, reply, ahead = self._introduce(first, rest)
            if reply.code == 421:
                # A kept connection that the server has closed meanwhile is no news.
                self._drop()
                connection, reply, ahead = self._introduce(first, rest)
        except _TROUBLE as error:
            raise Unreachable(str(error)) from error
        if not reply.accepted:
            # It has something against us (a quota, a login), not against the recipient.
            raise Unreachable(str(reply))
        return connection, ahead

    def _introduce(self, first: str, rest: Sequence[str]) -> tuple[smtplib.SMTP, Reply, bool]:
        kept = self._connection
        connection = kept or self._connect()
        ahead = bool(rest) and connection.has_extn("pipelining")
        try:
            _send(connection, [first, *rest] if ahead else [first])
            return connection, _reply(connection.getreply()), ahead
        except smtplib.SMTPServerDisconnected:
            if not kept:
                raise
            return connection, Reply(421, "closed"), ahead

    @staticmethod
    def _message(connection: smtplib.SMTP, message: bytes) -> Reply:
        # Section 4.5.2: a dot that begins a line is doubled, a lone one ends the message.
        stuffed = re.sub(rb"(?m)^\.", b"..", message)
        try:
            assert connection.sock is not None
            patience = connection.sock.gettimeout()
            connection.sock.settimeout(FINAL_REPLY_SECONDS)
            connection.send(stuffed.rstrip(b"\r\n") + b"\r\n.\r\n")
            reply = _reply(connection.getreply())
            connection.sock.settimeout(patience)
        except _TROUBLE as error:
            raise Doubtful(str(error)) from error
        if not reply.accepted and not reply.refused:
            raise Doubtful(f"not an answer to a message: {reply}")
        return reply

    def _connect(self) -> smtplib.SMTP:
        options = settings.MAIL_SERVER
        kind = smtplib.SMTP_SSL if options["use_ssl"] else smtplib.SMTP
        connection = kind(options["host"], options["port"], timeout=options["timeout"])
        self._connection = connection
        if options["use_tls"]:
            connection.starttls(context=ssl.create_default_context())
        if options["username"]:
            connection.login(options["username"], options["password"])
        connection.ehlo_or_helo_if_needed()
        return connection

    def _drop(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


def _send(connection: smtplib.SMTP, commands: Sequence[str]) -> None:
    """Send commands at once, without waiting for replies (RFC 2920). Raises ValueError."""
    lines = "".join(f"{command}\r\n" for command in commands)
    if lines.count("\r") != len(commands) or lines.count("\n") != len(commands):
        raise ValueError("a line break in a command")
    connection.send(lines)


def _reply(answer: tuple[int, bytes | str]) -> Reply:
    code, words = answer
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return Reply(code, text)


@cache
def mail_server() -> MailServer:
    """Return this process's mail server. Each of Celery's processes has a connection of its own."""
    return MailServer()
