"""The sequencer gives gapless indexes, the right root, a signed checkpoint and true counts."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from petitions.log.checkpoint import TreeHead
from petitions.log.merkle import Tree, hash_leaf
from petitions.models import Assurance, Checkpoint, Entry, Event, Kind, Petition, Tally
from tests.factories import make_petition, make_signature, sign_and_sequence


def assert_log_is_sound() -> None:
    """Recompute every checkpoint from the leaves alone."""
    entries = list(Entry.objects.filter(index__isnull=False).order_by("index"))
    assert [entry.index for entry in entries] == list(range(len(entries)))
    tree = Tree()
    heads = {}
    for entry in entries:
        tree = tree.extended([hash_leaf(bytes(entry.leaf or b""))])
        heads[tree.size] = tree.root()
    for checkpoint in Checkpoint.objects.all():
        head = TreeHead.open(checkpoint.note, settings.LOG_SIGNER.verifier)
        assert head == TreeHead(settings.LOG_ORIGIN, checkpoint.size, heads[checkpoint.size])
        assert bytes(checkpoint.root_hash) == head.root_hash


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

    def advance(_: int) -> None:
        try:
            Checkpoint.advance(limit=7)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(advance, range(24)))
    while Checkpoint.advance():
        pass
    assert Tally.objects.count_of(petition).total == 40
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


def test_erased_signature_leaves_its_entry(petition: Petition) -> None:
    sign_and_sequence(petition, 1)
    entry = Entry.objects.get(kind=Kind.SIGN)
    signature = entry.signature
    assert signature is not None
    signature.delete()
    entry.refresh_from_db()
    assert entry.signature is None
    assert_log_is_sound()
