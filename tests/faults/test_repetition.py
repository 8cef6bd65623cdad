"""A task that runs ten times at once, and workers and clocks that come in twos, do it once."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.application import Beat, Worker
from tests.faults.live_site import LiveSite
from tests.faults.mail_server import Fault, Moment

TEN = 10
#: Of two workers.
PROCESSES = 4
NOT_NOW = Fault(Moment.RCPT, "451 4.3.0 Try again later")


class SecondWorker(Worker):
    name = "second"


@contextmanager
def second_worker(site: LiveSite) -> Iterator[None]:
    log = site.folder / "second-worker.log"
    with SecondWorker(log_path=log, environment=site.stack.environment):
        yield


@contextmanager
def second_beat(site: LiveSite) -> Iterator[None]:
    log = site.folder / "second-beat.log"
    with Beat(site.folder / "beat", log_path=log, environment=site.stack.environment):
        yield


def test_each_step_happens_once_when_its_task_runs_ten_times_at_once(site: LiveSite) -> None:
    people = site.people(8)
    with second_worker(site):
        site.sign(people)
        for signer in people:
            site.codes_of(signer)
        # From here on nobody but this test rings.
        site.stack.beat.stop()
        site.confirm(people)

        site.ring("sequence", times=TEN)
        site.see(
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM petitions_entry WHERE index IS NULL)",
            "everything in the log",
        )
        # Put off once, the deliveries wait for the moment when all are at it.
        for recipient in site.recipients:
            site.mail.fails(recipient, NOT_NOW)
        site.ring("freeze_due_batches", times=TEN)
        (batch,) = site.see(f"SELECT batch.id FROM {site.batches}", "a batch")
        site.ring("document_batch", batch.id, times=TEN)
        put_off = "delivery.state = 'pending' AND delivery.attempts = 1"
        site.see(
            f"SELECT 1 FROM {site.deliveries} AND {put_off} HAVING count(*) = 2",
            "both deliveries put off",
        )
        site.time_passes()
        with site.nobody_writes_to("petitions_delivery"):
            # All that could take the same delivery have it before their eyes when they may go on.
            site.ring("deliver_due", times=TEN)
            site.wait_for_pile_up(PROCESSES)
        site.ring("deliver_due", times=TEN)
        # The entry that binds the documents.
        site.ring("sequence", times=TEN)
        site.settle()

    site.assert_whole(people)
    assert [len(site.mail.messages_to(recipient)) for recipient in site.recipients] == [1, 1]


def test_everything_happens_once_when_two_workers_and_two_beats_race(site: LiveSite) -> None:
    first, second = site.people(10), site.people(10, "-later")
    with second_worker(site), second_beat(site):
        site.sign(first)
        site.confirm(first)
        site.sign(second)
        site.confirm(second)
        site.settle()

    site.assert_whole([*first, *second])
