"""Killing the worker at any moment changes nothing about where everything ends."""

import pytest

from petitions.models import DeliveryState
from tests.faults.live_site import LiveSite
from tests.faults.mail_server import PATIENCE, Moment


@pytest.mark.parametrize("moment", [Moment.RCPT, Moment.MESSAGE])
def test_every_signer_gets_a_mail_when_the_worker_is_killed_between_mails(
    site: LiveSite, moment: Moment
) -> None:
    people = site.people(9)

    with site.mail.holding(people[4].address, moment) as hold:
        site.sign(people)
        assert hold.reached.wait(PATIENCE)
        site.stack.worker.kill()
    site.die_and_rise(site.stack.worker)
    site.leases_lapse()

    site.confirm(people)
    site.settle()
    site.assert_whole(people)


def test_batch_arrives_whole_when_the_worker_is_killed_at_every_step(site: LiveSite) -> None:
    people, workers = site.people(4), (site.stack.sequencer, site.stack.worker)
    site.sign(people)
    site.confirm(people)

    for step, query in {
        "waiting for an index": "SELECT id FROM petitions_entry WHERE index IS NULL",
        "frozen": "SELECT id FROM petitions_batch WHERE state = 'frozen'",
        "documented": f"SELECT 1 FROM {site.batches} AND batch.state = 'documented'",
    }.items():
        site.see(query, step)
        for worker in workers:
            worker.kill()
            # Without waiting until it is ready: the next step may follow at once.
            worker.start()
    for worker in workers:
        worker.wait_until_ready()
    site.leases_lapse()
    site.time_passes()

    site.settle()
    site.assert_whole(people)


def test_delivery_comes_due_again_when_the_worker_is_killed_before_the_message(
    site: LiveSite,
) -> None:
    people = site.people(2)
    press, _ = site.recipients
    with site.mail.holding(press, Moment.RCPT) as hold:
        site.sign(people)
        site.confirm(people)
        assert hold.reached.wait(PATIENCE)
        site.stack.worker.kill()
    site.die_and_rise(site.stack.worker)
    site.leases_lapse()
    site.time_passes()

    site.settle()
    site.assert_whole(people)
    assert set(states_of_deliveries(site, press)) == {DeliveryState.SENT}


def test_delivery_is_left_to_a_person_when_the_worker_is_killed_after_the_message(
    site: LiveSite,
) -> None:
    people, next_one = site.people(2), site.people(1, "-next")
    press, _ = site.recipients
    with site.mail.holding(press, Moment.MESSAGE) as hold:
        site.sign(people)
        site.confirm(people)
        assert hold.reached.wait(PATIENCE)
        site.stack.worker.kill()
    site.die_and_rise(site.stack.worker)
    site.leases_lapse()
    site.time_passes()
    site.settle()
    # Sweeps that would send it again have their chance, as a later batch goes out.
    site.leases_lapse()
    site.time_passes()
    site.sign(next_one)
    site.confirm(next_one)
    site.settle()

    site.assert_whole([*people, *next_one])
    first, *others = states_of_deliveries(site, press)
    assert first == DeliveryState.UNKNOWN
    assert set(others) == {DeliveryState.SENT}


def states_of_deliveries(site: LiveSite, recipient: str) -> list[str]:
    """What became of each batch on its way to a recipient, the first batch first."""
    with site.record() as record:
        return record.values(
            f"SELECT delivery.state FROM petitions_recipient AS recipient, {site.deliveries}"
            " AND recipient.id = recipient_id AND address = %s ORDER BY batch.number",
            recipient,
        )
