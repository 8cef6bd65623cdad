"""A code that was mailed to an address at work shows control of it, and of no other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.addresses import Address
from petitions import tasks
from petitions.models import (
    Assurance,
    Badge,
    Entry,
    IdentityKind,
    Petition,
    Signature,
    WorkOutcome,
    WorkProof,
)
from petitions.models.badge import work_domain
from petitions.models.signature import CODE_ATTEMPTS
from tests.factories import begin_signature, make_petition, make_signature
from tests.threads import apart, wait_for_a_lock

WORK = Address.parse("Ada@example.com")


def begin(signature: Signature, address: Address = WORK) -> WorkProof:
    proof = WorkProof.begin(signature, address)
    assert proof is not None
    return proof


def test_right_code_gives_a_badge_and_the_address_is_gone(petition: Petition) -> None:
    signature = make_signature(petition)
    proof = begin(signature)
    assert (proof.address, proof.attempts) == ("Ada@example.com", 0)
    assert proof in WorkProof.objects.due_for_mail(timezone.now())
    assert proof.finish(has_right_code=True) is WorkOutcome.PROVED
    signature.refresh_from_db()
    assert signature.badges.get().fact == work_domain("example.com")
    assert signature.assurance == signature.entry.assurance == Assurance.WORK_DOMAIN
    identity = signature.identities.get(kind=IdentityKind.WORK_ADDRESS)
    assert bytes(identity.hash) == petition.address_hash(WORK)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM \"{table}\" AS row WHERE row::text ~* 'ada@'")
            assert cursor.fetchone() == (0,), table


def test_code_is_right_once(petition: Petition) -> None:
    proof = begin(make_signature(petition))
    outcomes = [WorkProof.objects.get(pk=proof.pk), proof]
    assert outcomes[0].finish(has_right_code=True) is WorkOutcome.PROVED
    assert outcomes[1].finish(has_right_code=True) is WorkOutcome.EXPIRED


def test_code_cannot_be_guessed(petition: Petition) -> None:
    proof = begin(make_signature(petition))
    outcomes = [proof.finish(has_right_code=False) for _ in range(CODE_ATTEMPTS)]
    assert outcomes == [WorkOutcome.WRONG_CODE] * CODE_ATTEMPTS
    assert proof.finish(has_right_code=False) is WorkOutcome.NO_ATTEMPTS_LEFT
    assert proof.finish(has_right_code=True) is WorkOutcome.NO_ATTEMPTS_LEFT
    assert not Badge.objects.exists()


def test_code_expires(petition: Petition) -> None:
    proof = begin(make_signature(petition))
    WorkProof.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert proof.finish(has_right_code=True) is WorkOutcome.EXPIRED
    assert not WorkProof.objects.due_for_mail(timezone.now()).exists()
    assert not Badge.objects.exists()


def test_address_is_forgotten_when_its_code_expires(petition: Petition) -> None:
    proof = begin(make_signature(petition))
    tasks.forget_expired()
    assert list(WorkProof.objects.all()) == [proof]
    WorkProof.objects.update(expires_at=timezone.now())
    tasks.forget_expired()
    assert not WorkProof.objects.exists()


def test_new_code_takes_the_place_of_the_old(petition: Petition) -> None:
    signature = make_signature(petition)
    old = begin(signature)
    old.finish(has_right_code=False)
    new = begin(signature)
    assert list(WorkProof.objects.values_list("pk", "attempts")) == [(new.pk, 0)]
    assert old.pk != new.pk


def test_code_of_one_address_is_no_proof_of_another(petition: Petition) -> None:
    signature = make_signature(petition)
    own = begin(signature, Address.parse("ada@example.com"))
    begin(signature, Address.parse("chief@example.com"))
    assert own.finish(has_right_code=True) is WorkOutcome.EXPIRED
    assert not Badge.objects.exists()


def test_address_of_another_signature_is_told_and_changes_nothing(petition: Petition) -> None:
    make_signature(petition, "ada@example.com")
    second = make_signature(petition)
    entries = Entry.objects.count()
    assert begin(second).finish(has_right_code=True) is WorkOutcome.OF_ANOTHER_SIGNATURE
    assert not Badge.objects.exists()
    assert not WorkProof.objects.exists()
    assert Entry.objects.count() == entries


def test_only_what_counts_gets_a_code(petition: Petition) -> None:
    pending, withdrawn = begin_signature(petition), make_signature(petition)
    withdrawn.withdraw()
    assert WorkProof.begin(pending, WORK) is None
    assert WorkProof.begin(withdrawn, WORK) is None
    assert not WorkProof.objects.exists()


def test_code_of_who_withdrew_proves_nothing(petition: Petition) -> None:
    signature = make_signature(petition)
    proof = begin(signature)
    signature.withdraw()
    assert not WorkProof.objects.exists()
    assert proof.finish(has_right_code=True) is WorkOutcome.EXPIRED


@pytest.mark.django_db(transaction=True)
def test_code_asked_for_twice_at_once_is_one_code() -> None:
    signature = make_signature(make_petition())
    with ThreadPoolExecutor(4) as threads:
        proofs = list(threads.map(apart(begin), [signature] * 8))
    assert WorkProof.objects.get() in proofs


@pytest.mark.django_db(transaction=True)
def test_withdrawal_and_code_at_once_do_not_wait_for_each_other() -> None:
    signature = make_signature(make_petition())
    proof = begin(signature)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            signature.lock_confirmed()
            code = threads.submit(apart(proof.finish), has_right_code=True)
            wait_for_a_lock()
            assert signature.withdraw()
        assert code.result() is WorkOutcome.EXPIRED
    assert not Badge.objects.exists()
