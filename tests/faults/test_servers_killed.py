"""Valkey may forget everything and PostgreSQL may die: what was acknowledged stays true."""

from local.process import Process
from tests.faults.live_site import LiveSite
from tests.site import Visitor, eventually, signers

FROZEN_OR_LATER = "SELECT id FROM petitions_batch"


def test_nothing_is_lost_when_valkey_is_flushed_again_and_again(site: LiveSite) -> None:
    slug = "flushed"
    people = signers(slug, 6)
    site.open_letter(slug)
    site.sign(slug, people)
    flush(site)
    site.confirm(people)
    flush(site)
    site.see(FROZEN_OR_LATER, "a batch")
    flush(site)

    site.settle()
    site.assert_whole(slug, people)


def test_people_sign_and_confirm_while_valkey_is_dead(site: LiveSite) -> None:
    slug = "without-valkey"
    before, meanwhile = signers(slug, 3), signers(f"{slug}-meanwhile", 3)
    site.open_letter(slug)
    site.sign(slug, before)
    codes = {signer: site.codes_of(signer) for signer in before}

    site.stack.redis.kill()
    site.sign(slug, meanwhile)
    assert set(codes) == set(before)
    site.confirm(before)
    site.stack.redis.start()

    site.confirm(meanwhile)
    site.settle()
    site.assert_whole(slug, [*before, *meanwhile])


def test_what_was_acknowledged_stays_when_postgresql_is_killed(site: LiveSite) -> None:
    slug = "without-postgresql"
    people = signers(slug, 12)
    site.open_letter(slug)
    site.sign(slug, people)
    for signer in people:
        site.codes_of(signer)

    thanked = [site.try_to_confirm(signer) for signer in people[:4]]
    site.die_and_rise(site.stack.postgres)
    thanked += [site.try_to_confirm(signer) for signer in people[4:8]]
    site.see(FROZEN_OR_LATER, "a batch")
    site.die_and_rise(site.stack.postgres)
    thanked += [site.try_to_confirm(signer) for signer in people[8:]]

    # A page that broke in the middle of an answer may be asked for again; nothing else is needed.
    assert all(thanked)
    site.settle()
    site.assert_whole(slug, people)


def test_site_says_so_and_comes_back_when_a_server_dies(site: LiveSite) -> None:
    site.open_letter("coming-back")
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
    assert visitor.open("/petitions/coming-back/").status == 200


def flush(site: LiveSite) -> None:
    with site.stack.redis.client() as client:
        client.flushall()
