"""A mail server that misbehaves as it is told to, on a real socket in a thread of its own."""

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum, auto
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from local import ports

PATIENCE = 30


class Moment(Enum):
    """Where a conversation may go wrong."""

    RCPT = auto()
    #: The DATA command: no byte of the message has been sent.
    DATA = auto()
    #: The message is there up to its last dot, and waits for an answer.
    MESSAGE = auto()


class Manner(Enum):
    """How a server takes commands."""

    ONE_BY_ONE = auto()
    #: It allows PIPELINING (RFC 2920), and refuses DATA where no recipient was accepted.
    TOGETHER = auto()
    #: The same, but it takes a message that is for nobody before it refuses it.
    TOGETHER_TO_THE_END = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens at a moment: an answer, or without one a connection that breaks."""

    moment: Moment
    answer: str = ""
    #: The server takes the message although it never says so.
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that the server took responsibility for."""

    recipient: str
    message: EmailMessage

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class Hold:
    """Stops conversations at a moment until it is released."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.reached = threading.Event()
        self.released = threading.Event()

    async def wait(self) -> None:
        self.reached.set()
        await asyncio.to_thread(self.released.wait, PATIENCE)


class MailServer:
    """Takes every message unless told otherwise. As a context manager it listens inside."""

    def __init__(self, manner: Manner = Manner.ONE_BY_ONE) -> None:
        self.port = ports.next_free(0)
        self.manner = manner
        self.accepted: list[Accepted] = []
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._holds: dict[str, Hold] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.conversations: set[Conversation] = set()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"smtp://{ports.HOST}:{self.port}"

    def start(self) -> None:
        """Listen again, on the same port."""
        listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listening)))
        self._thread.start()
        assert listening.wait(PATIENCE)

    def stop(self) -> None:
        """Stop listening and break all connections; what was accepted stays."""
        for hold in self._holds.values():
            hold.released.set()
        if self._loop and self._thread:
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(PATIENCE)

    def fails(self, recipient: str, *faults: Fault) -> None:
        """The next attempts to mail this recipient end in these faults, one each."""
        self._faults[recipient].extend(faults)

    @contextmanager
    def holding(self, recipient: str, moment: Moment) -> Iterator[Hold]:
        """Inside, conversations for this recipient ("" for any) stop at the moment."""
        hold = self._holds[recipient] = Hold(moment)
        try:
            yield hold
        finally:
            del self._holds[recipient]
            hold.released.set()

    def messages_to(self, recipient: str) -> list[EmailMessage]:
        return [taken.message for taken in self.accepted if taken.recipient == recipient]

    async def _serve(self, listening: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        server = await self._loop.create_server(
            lambda: Conversation(self), ports.HOST, self.port, reuse_address=True
        )
        listening.set()
        await self._stopped.wait()
        server.close()
        for conversation in list(self.conversations):
            conversation.hang_up()
        # Lets the connections notice.
        await asyncio.sleep(0.05)

    async def passes(self, recipient: str, moment: Moment) -> Fault | None:
        """Hold the conversation if it shall be; return the fault that is due, if one is."""
        hold = self._holds.get(recipient) or self._holds.get("")
        if hold and hold.moment is moment:
            await hold.wait()
        faults = self._faults[recipient]
        return faults.popleft() if faults and faults[0].moment is moment else None


class Conversation(SMTP):
    """One connection."""

    transport: Any

    def __init__(self, server: MailServer) -> None:
        super().__init__(self, hostname="localhost", data_size_limit=None)
        self.mail_server = server

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.mail_server.conversations.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.mail_server.conversations.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        if self.transport:
            self.transport.abort()

    async def handle_EHLO(  # noqa: N802 (named by aiosmtpd)
        self, server: SMTP, session: Session, envelope: Envelope, host: str, lines: list[str]
    ) -> list[str]:
        session.host_name = host
        if self.mail_server.manner is Manner.ONE_BY_ONE:
            return lines
        return [*lines[:-1], "250-PIPELINING", lines[-1]]

    async def handle_RCPT(  # noqa: N802 (named by aiosmtpd)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = await self.mail_server.passes(address, Moment.RCPT)
        if fault:
            return self._answer(fault)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 (named by aiosmtpd)
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self._data_for_nobody()
            return
        recipient = self.envelope.rcpt_tos[0]
        fault = await self.mail_server.passes(recipient, Moment.DATA)
        if fault:
            await self.push(self._answer(fault))
        else:
            await super().smtp_DATA(arg)

    async def handle_DATA(  # noqa: N802 (named by aiosmtpd)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        (recipient,) = envelope.rcpt_tos
        assert isinstance(envelope.content, bytes)
        fault = await self.mail_server.passes(recipient, Moment.MESSAGE)
        if fault is None or fault.keeps:
            message = message_from_bytes(envelope.content, policy=policy.default)
            self.mail_server.accepted.append(Accepted(recipient, message))
        return self._answer(fault) if fault else "250 OK kept"

    async def _data_for_nobody(self) -> None:
        if self.mail_server.manner is Manner.TOGETHER_TO_THE_END:
            await self.push("354 Go on")
            while await self._reader.readline() != b".\r\n":
                pass
        await self.push("554 5.5.1 No valid recipients")

    def _answer(self, fault: Fault) -> str:
        if not fault.answer:
            self.hang_up()
        elif fault.answer.startswith("421"):
            # RFC 5321, section 3.8: the server says so and closes.
            self.loop.call_later(0.01, self.hang_up)
        return fault.answer or "421 gone"
