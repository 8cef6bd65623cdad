"""A running site, the hands that mistreat it, and the eyes that look whether it recovers."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from celery import Celery

from local.process import Process
from local.stack import Stack
from petitions.log.note import Signer as LogSigner
from tests.faults.mail_server import MailServer
from tests.faults.record import Record
from tests.site import Confirmation, Signer, Visitor, eventually, recipients_of, signers

AT_ONCE = 4


@dataclass
class LiveSite:
    """The processes of a stack with a mail server of ours."""

    stack: Stack
    mail: MailServer
    folder: Path
    #: Of the letter that this test is about.
    slug: str
    #: Whose confirmation the site has acknowledged.
    confirmed: list[Signer] = field(default_factory=list)

    def ensure_running(self) -> None:
        self.die_and_rise(*(process for process in self.stack.processes if not process.alive))

    def people(self, count: int, group: str = "") -> list[Signer]:
        """So many who sign in this test."""
        return signers(f"{self.slug}{group}", count)

    @property
    def recipients(self) -> tuple[str, str]:
        return recipients_of(self.slug)

    @property
    def batches(self) -> str:
        """What to select from, for the batches of this test's letter."""
        return (
            "petitions_batch AS batch JOIN petitions_petition AS petition"
            f" ON petition.id = batch.petition_id WHERE petition.slug = '{self.slug}'"
        )

    @property
    def deliveries(self) -> str:
        """The same for deliveries."""
        return f"petitions_delivery AS delivery, {self.batches} AND batch.id = delivery.batch_id"

    def sign(self, people: Sequence[Signer]) -> None:
        """All of them sign, some at the same time."""

        def sign(signer: Signer) -> int:
            return Visitor(self.stack.base_url).sign(self.slug, signer).status

        with ThreadPoolExecutor(AT_ONCE) as pool:
            assert set(pool.map(sign, people)) == {200}

    def confirm(self, people: Sequence[Signer]) -> None:
        """All of them type their codes when they have them, some at the same time."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(self.try_to_confirm, people))
        assert all(answers)

    def try_to_confirm(self, signer: Signer) -> bool:
        """Type the code; whether the site said thanks."""
        codes = self.codes_of(signer)
        page = Visitor(self.stack.base_url).type_code(codes.link, codes.code)
        thanked = page.status == 200 and page.url.endswith("/thanks/")
        if thanked:
            self.confirmed.append(signer)
        return thanked

    def codes_of(self, signer: Signer) -> Confirmation:
        """What the mail to a signer says, when it is there."""
        mails = eventually(
            lambda: self.mail.messages_to(signer.address), f"mail to {signer.address}"
        )
        return Confirmation.read(mails[-1])

    @contextmanager
    def record(self) -> Iterator[Record]:
        with self.stack.postgres.connect() as connection:
            yield Record(connection)

    def see(self, query: str, what: str, timeout: float = 60) -> list[Any]:
        """Wait until a query has rows, looking often; return them."""
        with self.record() as record:
            return eventually(lambda: record.rows(query), what, timeout)

    def execute(self, statement: str) -> None:
        with self.stack.postgres.connect() as connection:
            connection.execute(statement.encode())

    def ring(self, task: str, *arguments: object, times: int = 1) -> None:
        """Enqueue a task by its name, as beat does."""
        doorbell = Celery(broker=self.stack.redis.url, set_as_current=False)
        # A connection of its own: one that is kept may not have noticed that Valkey was killed.
        with doorbell.connection_for_write() as connection:
            for _ in range(times):
                doorbell.send_task(f"petitions.tasks.{task}", arguments, connection=connection)

    def leases_lapse(self) -> None:
        """As if the workers that held them had been silent for long."""
        self.execute("UPDATE petitions_signature SET mail_due_at = now() WHERE mail_due_at > now()")
        self.execute("UPDATE petitions_delivery SET leased_until = now() WHERE state = 'claimed'")
        self.ring("recover_deliveries")
        self.see(
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM petitions_delivery"
            " WHERE state = 'claimed' AND leased_until <= now())",
            "the deliveries of silent workers taken from them",
        )

    def time_passes(self) -> None:
        """As if what was put off was due."""
        self.execute("UPDATE petitions_delivery SET due_at = now() WHERE state = 'pending'")

    @contextmanager
    def nobody_writes_to(self, table: str) -> Iterator[None]:
        """Inside, whoever wants to write to the table stands still right before it."""
        with self.stack.postgres.connect() as connection, connection.transaction():
            connection.execute(f"LOCK TABLE {table} IN SHARE MODE".encode())
            yield

    def wait_for_pile_up(self, processes: int) -> None:
        """Wait until so many stand still in the database, or nobody has anything left to start."""
        with self.record() as record, self.stack.redis.client() as client:
            standing = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            eventually(lambda: record.rows(standing), "somebody who stands still")
            eventually(
                lambda: len(record.rows(standing)) >= processes or not client.llen("celery"),
                "everybody at the same place",
            )

    def die_and_rise(self, *processes: Process) -> None:
        """Kill processes as `kill -9` does, and start them again."""
        for process in processes:
            process.kill()
        for process in processes:
            process.start()
        for process in processes:
            process.wait_until_ready()

    def settle(self, timeout: float = 90) -> None:
        """Wait until nothing is left to do."""
        with self.record() as record:
            eventually(record.unsettled, "settled", timeout, until=lambda left: not left)

    def assert_whole(self, signed: Collection[Signer]) -> None:
        """Everything that was promised came true, once."""
        with self.record() as record:
            record.assert_log_is_whole(LogSigner.decode(self._log_key).verifier)
            record.assert_each_signature_counts_once()
            record.assert_batches_are_whole()
            names = record.values(
                "SELECT name FROM petitions_signature JOIN petitions_petition AS petition"
                " ON petition.id = petition_id WHERE slug = %s AND petitions_signature.state ="
                " 'confirmed' ORDER BY name",
                self.slug,
            )
            states = record.rows("SELECT message_id, state FROM petitions_delivery ORDER BY 1")
        assert names == sorted(signer.name for signer in self.confirmed)
        assert all(self.mail.messages_to(signer.address) for signer in signed)
        self._assert_sent_once(states)

    def _assert_sent_once(self, deliveries: Sequence[Any]) -> None:
        accepted = [taken.message_id for taken in self.mail.accepted]
        for delivery in deliveries:
            copies = accepted.count(delivery.message_id)
            assert (delivery.state, copies) in {("sent", 1), ("unknown", 1), ("unknown", 0)}

    @property
    def _log_key(self) -> str:
        return self.stack.settings["LOG_SIGNING_KEY"]
