"""What a signer corrects is shown at once, and follows in the log."""

import pytest
from django.utils import timezone

from petitions.log import leaf
from petitions.models import (
    Entry,
    Event,
    Kind,
    Petition,
    PetitionState,
    Signature,
    SignatureState,
    Tally,
    Verb,
    Visibility,
)
from tests.factories import begin_signature, make_signature
from tests.soundness import assert_log_is_sound, sequence

WORDS = {"name": "Ada King", "role": "Countess", "affiliation": "Analytical Engines"}


def amend(signature: Signature, **changes: str) -> bool:
    return signature.amend(visibility=Visibility.PUBLIC, **(WORDS | changes))


def test_correction_takes_the_place_of_what_was_said(petition: Petition) -> None:
    signature = make_signature(petition)
    sequence()
    old_salt = signature.salt
    assert amend(signature)
    sequence()
    signature.refresh_from_db()
    assert (signature.name, signature.role, signature.affiliation) == tuple(WORDS.values())
    kinds = Entry.objects.order_by("index").values_list("kind", flat=True)
    assert list(kinds) == [Kind.VERSION, Kind.OPEN, Kind.SIGN, Kind.WITHDRAW, Kind.SIGN]
    assert bytes(Entry.objects.get(index=3).leaf or b"") == leaf.withdrawn(2)
    assert signature.entry == Entry.objects.get(index=4)
    assert signature.salt != old_salt
    assert bytes(signature.entry.leaf or b"") == leaf.signed(
        bytes(signature.version.text_hash),
        "email",
        leaf.commitment(bytes(signature.salt or b""), signature.record),
        timezone.now().date(),
    )
    assert Tally.objects.count_of(petition).total == 1
    assert_log_is_sound()


def test_correction_leaves_an_event_with_its_day_only(petition: Petition) -> None:
    signature = make_signature(petition)
    amend(signature)
    event = Event.objects.get(verb=Verb.SIGNATURE_AMENDED)
    assert (event.subject, event.actor, event.reason) == (f"signature {signature.pk}", None, "")
    assert event.at == timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)


def test_same_words_again_change_nothing(petition: Petition) -> None:
    signature = make_signature(petition)
    amend(signature)
    entries, events = Entry.objects.count(), Event.objects.count()
    assert amend(signature)
    assert (Entry.objects.count(), Event.objects.count()) == (entries, events)


@pytest.mark.parametrize("state", [PetitionState.CLOSED, PetitionState.ARCHIVED])
def test_correction_is_possible_for_ever(petition: Petition, state: PetitionState) -> None:
    signature = make_signature(petition)
    Petition.objects.update(state=state)
    assert amend(Signature.objects.get(pk=signature.pk))
    assert Signature.objects.get().name == "Ada King"


def test_only_what_counts_can_be_corrected(petition: Petition) -> None:
    pending, withdrawn = begin_signature(petition), make_signature(petition)
    withdrawn.withdraw()
    entries = Entry.objects.count()
    assert (amend(pending), amend(withdrawn)) == (False, False)
    names = Signature.objects.values_list("state", "name")
    assert dict(names) == {SignatureState.PENDING: "Ada Lovelace", SignatureState.WITHDRAWN: ""}
    assert Entry.objects.count() == entries


def test_correction_in_an_old_window_follows_the_newest_entry(petition: Petition) -> None:
    signature = make_signature(petition)
    windows = [Signature.objects.select_related("entry").get(pk=signature.pk) for _ in range(3)]
    for number, window in enumerate(windows):
        sequence()
        assert amend(window, name=f"Ada King {number}")
    sequence()
    assert Signature.objects.get().name == "Ada King 2"
    assert Entry.objects.signatures_of(petition).get().index == 8
    assert Tally.objects.count_of(petition).total == 1
    assert_log_is_sound()


def test_correction_before_the_log_took_it_counts_once(petition: Petition) -> None:
    signature = make_signature(petition)
    amend(signature)
    amend(signature, name="Ada Byron")
    sequence()
    assert Tally.objects.count_of(petition).total == 1
    assert_log_is_sound()
