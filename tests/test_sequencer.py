"""The sequencer gives gapless indexes, the right root, a signed checkpoint and true counts."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from petitions.log import leaf
from petitions.models import Assurance, Checkpoint, Entry, Event, Kind, Petition, Tally
from tests.factories import make_petition, make_signature, sign_and_sequence
from tests.soundness import assert_log_is_sound, sequence
from tests.threads import apart


def test_sequencing_orders_signs_and_counts(petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    kinds = Entry.objects.order_by("index").values_list("kind", flat=True)
    assert list(kinds) == [Kind.VERSION, Kind.OPEN, Kind.SIGN, Kind.SIGN, Kind.SIGN]
    count = Tally.objects.count_of(petition)
    assert (count.total, count.per_tier, count.tree_size) == (3, {Assurance.EMAIL: 3}, 5)
    assert count.as_of == Checkpoint.objects.get(size=5).made_at
    assert_log_is_sound()


def test_sequencing_goes_on_where_it_stopped(petition: Petition) -> None:
    for number in (1, 4, 2):
        sign_and_sequence(petition, number)
    assert Tally.objects.count_of(petition).total == 7
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [3, 7, 9]
    assert_log_is_sound()


def test_sequencing_in_parts_gives_the_same_tree(petition: Petition) -> None:
    for _ in range(5):
        make_signature(petition)
    while Checkpoint.advance(limit=2):
        pass
    assert Tally.objects.count_of(petition).total == 5
    assert_log_is_sound()


def test_sequencing_nothing_makes_no_checkpoint(petition: Petition) -> None:
    sign_and_sequence(petition, 1)
    assert Checkpoint.advance() is None
    assert Checkpoint.objects.count() == 1


def test_counts_are_kept_per_petition(petition: Petition) -> None:
    other = make_petition(slug="other")
    sign_and_sequence(petition, 2)
    sign_and_sequence(other, 1)
    assert Tally.objects.count_of(petition).total == 2
    assert Tally.objects.count_of(other).total == 1


@pytest.mark.django_db(transaction=True)
def test_sequencers_at_once_leave_no_gap_and_no_fork() -> None:
    petition = make_petition()
    for _ in range(40):
        make_signature(petition)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(apart(Checkpoint.advance), [7] * 24))
    sequence()
    assert Tally.objects.count_of(petition).total == 40
    assert_log_is_sound()


def test_withdrawal_names_the_index_of_what_it_takes_back(petition: Petition) -> None:
    sign_and_sequence(petition, 1)
    signature = make_signature(petition)
    sequence()
    index = signature.entry.index
    assert index == 3
    assert signature.withdraw()
    entry = Entry.objects.get(kind=Kind.WITHDRAW)
    assert (entry.leaf, entry.leaf_hash, entry.index) == (None, None, None)
    sequence()
    entry.refresh_from_db()
    assert (bytes(entry.leaf or b""), entry.index) == (leaf.withdrawn(index), 4)
    count = Tally.objects.count_of(petition)
    assert (count.total, count.per_tier, count.tree_size) == (1, {Assurance.EMAIL: 1}, 5)
    assert_log_is_sound()


def test_tier_that_everybody_left_is_not_counted(petition: Petition) -> None:
    signature = make_signature(petition)
    sequence()
    signature.withdraw()
    sequence()
    count = Tally.objects.count_of(petition)
    assert (count.total, count.per_tier, count.tree_size) == (0, {}, 4)


def test_signature_that_is_withdrawn_before_its_index_is_taken_back_after_it(
    petition: Petition,
) -> None:
    make_signature(petition).withdraw()
    Checkpoint.advance()
    assert list(Entry.objects.filter(index=None).values_list("kind", flat=True)) == [Kind.WITHDRAW]
    sequence()
    kinds = Entry.objects.order_by("index").values_list("kind", flat=True)
    assert list(kinds) == [Kind.VERSION, Kind.OPEN, Kind.SIGN, Kind.WITHDRAW]
    assert Tally.objects.count_of(petition).total == 0
    assert_log_is_sound()


def test_one_pass_takes_signatures_and_withdrawals(petition: Petition) -> None:
    early = [make_signature(petition) for _ in range(4)]
    sequence()
    for signature in early[:3]:
        make_signature(petition)
        signature.withdraw()
        make_signature(petition)
    checkpoint = Checkpoint.advance()
    assert checkpoint is not None
    assert checkpoint.size == 6 + 9
    assert not Entry.objects.waiting().exists()
    assert Tally.objects.count_of(petition).total == 7
    taken_back = Entry.objects.filter(kind=Kind.WITHDRAW).order_by("index")
    assert [bytes(entry.leaf or b"") for entry in taken_back] == [
        leaf.withdrawn(index) for index in (2, 3, 4)
    ]
    assert_log_is_sound()


@pytest.mark.django_db(transaction=True)
def test_sequencers_at_once_take_withdrawals_once() -> None:
    petition = make_petition()
    signatures = [make_signature(petition) for _ in range(20)]
    Checkpoint.advance(limit=12)
    for signature in signatures[:15]:
        signature.withdraw()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(apart(Checkpoint.advance), [4] * 24))
    sequence()
    assert Tally.objects.count_of(petition).total == 5
    assert Entry.objects.filter(kind=Kind.WITHDRAW, index__isnull=False).count() == 15
    assert_log_is_sound()


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE petitions_entry SET leaf = 'x'",
        "UPDATE petitions_entry SET leaf_hash = 'x'",
        "UPDATE petitions_entry SET index = index + 100",
        "UPDATE petitions_entry SET index = NULL",
        "DELETE FROM petitions_entry",
        "UPDATE petitions_checkpoint SET root_hash = 'x'",
        "DELETE FROM petitions_checkpoint",
        "UPDATE petitions_version SET text = 'We love overtime'",
        "DELETE FROM petitions_version",
        "UPDATE petitions_event SET reason = 'nothing happened'",
        "DELETE FROM petitions_event",
    ],
)
def test_what_is_on_record_cannot_be_changed(petition: Petition, tamper: str) -> None:
    sign_and_sequence(petition, 1)
    assert Event.objects.exists()
    with (
        pytest.raises(DatabaseError, match="immutable"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(tamper)


def test_signature_that_counts_cannot_be_deleted(petition: Petition) -> None:
    signature = make_signature(petition)
    with pytest.raises(ProtectedError):
        signature.delete()
