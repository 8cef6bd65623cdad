"""Servers may die, forget or hang: what was acknowledged stays true, and the rest goes on."""

from local.process import Process
from tests.faults.live_site import LiveSite
from tests.faults.mail_server import PATIENCE, Moment
from tests.site import Visitor, eventually


def test_nothing_is_lost_when_valkey_is_flushed_again_and_again(site: LiveSite) -> None:
    people = site.people(6)
    site.sign(people)
    flush(site)
    site.confirm(people)
    flush(site)
    site.see(f"SELECT 1 FROM {site.batches}", "a batch")
    flush(site)

    site.settle()
    site.assert_whole(people)


def test_people_sign_and_confirm_while_valkey_is_dead(site: LiveSite) -> None:
    before, meanwhile = site.people(3), site.people(3, "-meanwhile")
    site.sign(before)
    for signer in before:
        site.codes_of(signer)

    site.stack.redis.kill()
    site.sign(meanwhile)
    site.confirm(before)
    site.die_and_rise(site.stack.redis)

    site.confirm(meanwhile)
    site.settle()
    site.assert_whole([*before, *meanwhile])


def test_what_was_acknowledged_stays_when_postgresql_is_killed(site: LiveSite) -> None:
    people = site.people(12)
    site.sign(people)
    for signer in people:
        site.codes_of(signer)

    site.confirm(people[:4])
    site.die_and_rise(site.stack.postgres)
    site.confirm(people[4:8])
    site.see(f"SELECT 1 FROM {site.batches}", "a batch")
    site.die_and_rise(site.stack.postgres)
    site.confirm(people[8:])

    site.settle()
    site.assert_whole(people)


def test_site_says_so_and_comes_back_when_a_server_dies(site: LiveSite) -> None:
    visitor = Visitor(site.stack.base_url)

    def readiness() -> int:
        return visitor.open("/readyz").status

    def dies(server: Process) -> None:
        server.kill()
        assert (readiness(), visitor.open("/healthz").status) == (503, 200)
        server.start()
        eventually(readiness, "ready again", until=lambda status: status == 200)

    dies(site.stack.postgres)
    dies(site.stack.redis)
    assert visitor.open(f"/petitions/{site.slug}/").status == 200


def test_log_goes_on_while_the_mail_server_hangs(site: LiveSite) -> None:
    early, late = site.people(6), site.people(6, "-late")
    site.sign(early)
    for signer in early:
        site.codes_of(signer)

    with site.mail.holding("", Moment.RCPT) as hold:
        for number, signer in enumerate(early):
            # Every time there is a new mail for a process of the worker to be held up with.
            site.sign(late[number : number + 1])
            assert hold.reached.wait(PATIENCE)
            site.confirm([signer])
            site.see(
                "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM petitions_entry WHERE index IS NULL)",
                f"an index for the {number + 1}. of those who confirmed",
                timeout=20,
            )

    site.confirm(late)
    site.time_passes()
    site.settle()
    site.assert_whole([*early, *late])


def flush(site: LiveSite) -> None:
    with site.stack.redis.client() as client:
        client.flushall()
