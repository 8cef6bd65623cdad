"""Signatures of sensitive petitions enter the log a day later, in an order of chance."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from petitions.models import Checkpoint, Entry, Kind, Petition, Signature, Tally, Visibility
from tests.factories import make_petition, make_signature
from tests.soundness import assert_log_is_sound, sequence
from tests.threads import apart, wait_for_a_lock

# A list of so many is in its first order once in 479,001,600 times.
MANY = 12


@pytest.fixture
def sensitive(petition: Petition) -> Petition:
    """An open petition whose signatures are held."""
    return make_sensitive(petition)


def make_sensitive(petition: Petition) -> Petition:
    petition.is_sensitive = True
    petition.save(update_fields=["is_sensitive"])
    sequence()
    return petition


def let_a_day_pass() -> None:
    """Write the held entries as they would be, had they been written a day earlier.

    Only what is held can be taken out of the log, and nothing moves a date.
    """
    for entry in list(Entry.objects.held().order_by("pk")):
        assert entry.held_until is not None
        earlier = Entry(
            **{
                field.attname: getattr(entry, field.attname)
                for field in Entry._meta.concrete_fields  # a documented API
                if not field.primary_key
            }
        )
        earlier.held_until = entry.held_until - timedelta(days=1)
        entry.delete()
        earlier.save(force_insert=True)


def kinds_in_log() -> list[str]:
    sequenced = Entry.objects.filter(index__isnull=False).order_by("index")
    return list(sequenced.values_list("kind", flat=True))


def test_signature_is_held_until_the_next_day(sensitive: Petition) -> None:
    signature = make_signature(sensitive)
    assert signature.entry.held_until == timezone.now().date() + timedelta(days=1)
    sequence()
    assert kinds_in_log() == [Kind.VERSION, Kind.OPEN]
    assert Tally.objects.count_of(sensitive).total == 0
    assert not Entry.objects.newest_of(sensitive).exists()
    let_a_day_pass()
    sequence()
    assert kinds_in_log() == [Kind.VERSION, Kind.OPEN, Kind.SIGN]
    assert Tally.objects.count_of(sensitive).total == 1
    assert list(Entry.objects.newest_of(sensitive).values_list("signature", flat=True)) == [
        signature.pk
    ]


def test_order_of_the_log_is_not_the_order_of_signing(sensitive: Petition) -> None:
    signed = [make_signature(sensitive).pk for _ in range(MANY)]
    let_a_day_pass()
    sequence()
    logged = list(Entry.objects.signatures_of(sensitive).values_list("signature", flat=True))
    assert sorted(logged) == sorted(signed)
    assert logged not in (signed, signed[::-1])
    assert_log_is_sound()


def test_other_letters_do_not_wait(sensitive: Petition) -> None:
    other = make_petition(slug="other")
    make_signature(sensitive)
    make_signature(other)
    sequence()
    assert kinds_in_log() == [Kind.VERSION, Kind.OPEN, Kind.VERSION, Kind.OPEN, Kind.SIGN]


def test_signature_withdrawn_before_its_day_leaves_no_trace_in_the_log(
    sensitive: Petition,
) -> None:
    assert make_signature(sensitive).withdraw()
    assert make_signature(sensitive).is_confirmed
    Signature.objects.confirmed().get().forget()
    let_a_day_pass()
    sequence()
    assert kinds_in_log() == [Kind.VERSION, Kind.OPEN]
    assert not Entry.objects.filter(index=None).exists()


def test_signature_corrected_before_its_day_enters_the_log_once(sensitive: Petition) -> None:
    signature = make_signature(sensitive)
    for name in ("Ada King", "Ada Byron"):
        signature.amend(visibility=Visibility.PUBLIC, name=name, role="", affiliation="")
    let_a_day_pass()
    sequence()
    assert kinds_in_log() == [Kind.VERSION, Kind.OPEN, Kind.SIGN]
    signature.refresh_from_db()
    assert signature.entry.index == 2


def test_withdrawal_after_its_day_is_held_too(sensitive: Petition) -> None:
    signature = make_signature(sensitive)
    let_a_day_pass()
    sequence()
    signature.withdraw()
    sequence()
    assert not Entry.objects.newest_of(sensitive).exists()
    assert kinds_in_log() == [Kind.VERSION, Kind.OPEN, Kind.SIGN]
    assert Tally.objects.count_of(sensitive).total == 1
    let_a_day_pass()
    sequence()
    assert kinds_in_log() == [Kind.VERSION, Kind.OPEN, Kind.SIGN, Kind.WITHDRAW]
    assert Tally.objects.count_of(sensitive).total == 0
    assert_log_is_sound()


@pytest.mark.parametrize(
    "change",
    [{"held_until": "2020-01-01"}, {"held_until": None}, {"lot": 0}, {"assurance": "organizer"}],
)
def test_entry_that_is_held_cannot_be_moved(sensitive: Petition, change: dict[str, object]) -> None:
    make_signature(sensitive)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        Entry.objects.held().update(**change)


def test_entry_that_is_in_the_log_cannot_vanish(sensitive: Petition) -> None:
    make_signature(sensitive)
    let_a_day_pass()
    sequence()
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        Entry.objects.filter(kind=Kind.SIGN).delete()


@pytest.mark.django_db(transaction=True)
def test_entry_that_vanishes_under_the_sequencer_leaves_no_gap() -> None:
    petition = make_sensitive(make_petition())
    first, _ = make_signature(petition), make_signature(petition)
    let_a_day_pass()
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            # As a process does whose clock is behind.
            Entry.objects.get(signature=first).delete()
            sequencer = threads.submit(apart(Checkpoint.advance))
            wait_for_a_lock()
        assert sequencer.result() is None
    assert kinds_in_log() == [Kind.VERSION, Kind.OPEN]
    sequence()
    assert kinds_in_log() == [Kind.VERSION, Kind.OPEN, Kind.SIGN]
    assert_log_is_sound()
