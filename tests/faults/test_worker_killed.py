"""Killing the worker at any moment changes nothing about where everything ends."""

import pytest

from petitions.models import DeliveryState
from tests.faults.live_site import LiveSite
from tests.faults.mail_server import PATIENCE, Moment
from tests.site import signers


@pytest.mark.parametrize("moment", [Moment.RCPT, Moment.MESSAGE])
def test_every_signer_gets_a_mail_when_the_worker_is_killed_between_mails(
    site: LiveSite, moment: Moment
) -> None:
    slug = f"mailing-{moment.name.lower()}"
    people = signers(slug, 9)
    site.open_letter(slug)

    with site.mail.holding(people[4].address, moment) as hold:
        site.sign(slug, people)
        assert hold.reached.wait(PATIENCE)
        site.stack.worker.kill()
    site.die_and_rise(site.stack.worker)
    site.leases_lapse()

    site.confirm(people)
    site.settle()
    site.assert_whole(slug, people)


def test_batch_arrives_whole_when_the_worker_is_killed_at_every_step(site: LiveSite) -> None:
    slug, worker = "every-step", site.stack.worker
    people = signers(slug, 4)
    site.open_letter(slug)
    site.sign(slug, people)
    site.confirm(people)

    for step, query in {
        "waiting for an index": "SELECT id FROM petitions_entry WHERE index IS NULL",
        "in the log": "SELECT id FROM petitions_entry WHERE kind = 'sign' AND index IS NOT NULL",
        "frozen": "SELECT id FROM petitions_batch WHERE state = 'frozen'",
        "documented": "SELECT id FROM petitions_batch WHERE state = 'documented'",
    }.items():
        site.see(query, step)
        site.die_and_rise(worker)
    site.leases_lapse()
    site.time_passes()

    site.settle()
    site.assert_whole(slug, people)


def test_delivery_comes_due_again_when_the_worker_is_killed_before_the_message(
    site: LiveSite,
) -> None:
    slug = "killed-before"
    people = signers(slug, 2)
    press, board = site.recipients(slug)
    site.open_letter(slug)
    with site.mail.holding(press, Moment.RCPT) as hold:
        site.sign(slug, people)
        site.confirm(people)
        assert hold.reached.wait(PATIENCE)
        site.stack.worker.kill()
    site.die_and_rise(site.stack.worker)
    site.leases_lapse()
    site.see("SELECT id FROM petitions_delivery WHERE state = 'pending'", "back in the queue")
    site.time_passes()

    site.settle()
    site.assert_whole(slug, people)
    assert len(site.mail.messages_to(press)) == len(site.mail.messages_to(board))
    assert set(states_of_deliveries(site, slug)) == {DeliveryState.SENT}


def test_delivery_is_left_to_a_person_when_the_worker_is_killed_after_the_message(
    site: LiveSite,
) -> None:
    slug = "killed-after"
    people = signers(slug, 2)
    press, _ = site.recipients(slug)
    site.open_letter(slug)
    with site.mail.holding(press, Moment.MESSAGE) as hold:
        site.sign(slug, people)
        site.confirm(people)
        assert hold.reached.wait(PATIENCE)
        site.stack.worker.kill()
    site.die_and_rise(site.stack.worker)
    site.leases_lapse()
    site.settle()
    # A sweep that would send it again has its chance.
    site.leases_lapse()
    site.time_passes()
    site.sign(slug, signers(f"{slug}-next", 1))
    site.confirm(signers(f"{slug}-next", 1))
    site.settle()

    site.assert_whole(slug, people)
    assert states_of_deliveries(site, slug).count(DeliveryState.UNKNOWN) == 1


def states_of_deliveries(site: LiveSite, slug: str) -> list[str]:
    with site.record() as record:
        return record.values(
            "SELECT delivery.state FROM petitions_delivery AS delivery"
            " JOIN petitions_batch AS batch ON batch.id = batch_id"
            " JOIN petitions_petition AS petition ON petition.id = batch.petition_id"
            " WHERE slug = %s",
            slug,
        )
