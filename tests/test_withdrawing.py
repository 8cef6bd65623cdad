"""A signer can take a signature back, and be forgotten, for ever."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.addresses import Address
from petitions.documents import batch as batch_documents
from petitions.models import (
    AnotherSignatureError,
    Badge,
    Batch,
    Checkpoint,
    Entry,
    Event,
    Identity,
    Kind,
    ManageLink,
    Petition,
    PetitionState,
    Signature,
    Tally,
    Verb,
    Visibility,
    WorkProof,
)
from tests.factories import (
    begin_signature,
    github_account,
    github_identity,
    make_petition,
    make_signature,
    sign_and_sequence,
)
from tests.soundness import assert_log_is_sound, sequence
from tests.threads import apart


def with_evidence(petition: Petition) -> Signature:
    """Return a signature with everything that one can have."""
    signature = make_signature(petition, "ada@example.org")
    signature.prove([github_account()], github_identity(petition))
    WorkProof.begin(signature, Address.parse("ada@work.example"))
    return signature


def row_of(signature: Signature) -> dict[str, object]:
    return dict(Signature.objects.filter(pk=signature.pk).values().get())


def dump(*models: type) -> str:
    """Return all that the database holds of these models, as text."""
    return "\n".join(repr(list(model.objects.values_list())) for model in models)  # type: ignore[attr-defined]  # any model


def test_withdrawal_erases_all_that_the_signature_said(petition: Petition) -> None:
    signature = with_evidence(petition)
    assert signature.withdraw()
    row = row_of(signature)
    assert row == row | {
        "state": "withdrawn",
        "name": "",
        "role": "",
        "affiliation": "",
        "assurance": "email",
        "salt": None,
        "confirmed_on": None,
        "address": "",
        "address_hash": None,
        "expires_at": None,
        "mail_due_at": None,
    }
    for model in (Badge, Identity, WorkProof):
        assert not model.objects.exists()
    held = dump(Signature, Entry, Event, Petition)
    for word in ("Ada", "Mathematician", "octocat", "ada@", "583231"):
        assert word not in held


def test_withdrawal_takes_it_out_of_count_wall_and_log(petition: Petition) -> None:
    sign_and_sequence(petition, 1)
    signature = with_evidence(petition)
    sequence()
    assert Tally.objects.count_of(petition).total == 2
    signature.withdraw()
    assert list(Entry.objects.newest_of(petition).values_list("index", flat=True)) == [2]
    assert not Entry.objects.filter(signature=signature).exists()
    sequence()
    assert Tally.objects.count_of(petition).total == 1
    assert_log_is_sound()


def test_withdrawal_leaves_an_event_with_its_day_only(petition: Petition) -> None:
    signature = make_signature(petition)
    signature.withdraw()
    event = Event.objects.get(verb=Verb.SIGNATURE_WITHDRAWN)
    assert (event.subject, event.actor, event.reason) == (f"signature {signature.pk}", None, "")
    assert event.at == timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)


def test_withdrawal_is_made_once_and_of_what_counts(petition: Petition) -> None:
    pending, signature = begin_signature(petition), make_signature(petition)
    stale = Signature.objects.get(pk=signature.pk)
    assert signature.withdraw()
    assert (signature.withdraw(), stale.withdraw(), pending.withdraw()) == (False, False, False)
    assert Entry.objects.filter(kind=Kind.WITHDRAW).count() == 1
    assert Event.objects.filter(verb=Verb.SIGNATURE_WITHDRAWN).count() == 1


@pytest.mark.parametrize("state", [PetitionState.CLOSED, PetitionState.ARCHIVED])
def test_withdrawal_is_possible_for_ever(petition: Petition, state: PetitionState) -> None:
    signature = make_signature(petition)
    Petition.objects.update(state=state)
    assert Signature.objects.get(pk=signature.pk).withdraw()


def test_who_withdrew_may_sign_anew(petition: Petition) -> None:
    with_evidence(petition).withdraw()
    again = make_signature(petition, "ada@example.org")
    assert again.prove([github_account()], github_identity(petition))
    sequence()
    assert Tally.objects.count_of(petition).total == 1
    assert_log_is_sound()


def test_withdrawn_signature_can_be_managed_still(petition: Petition) -> None:
    signature = make_signature(petition)
    (token,) = ManageLink.objects.issue([signature])
    signature.withdraw()
    link = ManageLink.objects.open("weekends", token)
    assert link is not None
    assert (link.signature, link.signature.is_confirmed) == (signature, False)


def test_withdrawal_after_a_delivery_is_of_the_next_batch(petition: Petition) -> None:
    signature = make_signature(petition)
    sequence()
    first = Batch.freeze(petition)
    signature.withdraw()
    sign_and_sequence(petition, 2)
    second = Batch.freeze(petition)
    assert first is not None
    assert second is not None
    assert (second.signatures, second.withdrawals, second.total) == (2, 1, 2)
    assert [entry.about for entry in second.withdrawn] == [first.entries.get()]


def test_batch_by_hand_can_tell_of_withdrawals_alone(petition: Petition) -> None:
    signatures = [make_signature(petition) for _ in range(2)]
    sequence()
    assert Batch.freeze(petition) is not None
    signatures[0].withdraw()
    sequence()
    assert Batch.freeze(petition, at_least=1) is None
    batch = Batch.freeze(petition)
    assert batch is not None
    assert (batch.signatures, batch.withdrawals, batch.total) == (0, 1, 1)
    assert batch_documents.write(batch.pk)
    assert Batch.freeze(petition) is None


def test_forgetting_leaves_no_row(petition: Petition) -> None:
    signature = with_evidence(petition)
    ManageLink.objects.issue([signature, signature])
    sequence()
    signature.forget()
    for model in (Signature, Badge, Identity, WorkProof, ManageLink):
        assert not model.objects.exists()
    sequence()
    assert Tally.objects.count_of(petition).total == 0
    kinds = Entry.objects.order_by("index").values_list("kind", flat=True)
    assert list(kinds) == [
        Kind.VERSION,
        Kind.OPEN,
        Kind.SIGN,
        Kind.SIGN,
        Kind.WITHDRAW,
        Kind.WITHDRAW,
    ]
    assert_log_is_sound()


def test_forgetting_before_the_log_took_it_counts_nothing(petition: Petition) -> None:
    make_signature(petition).forget()
    sequence()
    assert Tally.objects.count_of(petition).total == 0
    assert_log_is_sound()


def test_withdrawn_signature_can_be_forgotten(petition: Petition) -> None:
    signature = make_signature(petition)
    signature.withdraw()
    Signature.objects.get().forget()
    assert not Signature.objects.exists()
    assert Entry.objects.filter(kind=Kind.WITHDRAW).count() == 1


def test_who_is_forgotten_may_sign_anew(petition: Petition) -> None:
    with_evidence(petition).forget()
    assert with_evidence(petition).is_confirmed


@pytest.mark.django_db(transaction=True)
def test_all_at_once_leave_a_sound_log_and_a_true_count() -> None:
    petition = make_petition()
    signatures = [make_signature(petition) for _ in range(6)]
    barrier = Barrier(5)

    @apart
    def do(number: int) -> None:
        barrier.wait()
        for place, signature in enumerate(signatures):
            mine = Signature.objects.get(pk=signature.pk)
            match number:
                case 0:
                    mine.amend(visibility=Visibility.PUBLIC, name="Eve", role="", affiliation="")
                case 1:
                    try:
                        mine.prove([github_account()], github_identity(petition))
                    except AnotherSignatureError:
                        assert place
                case 2:
                    WorkProof.begin(mine, Address.parse("ada@work.example"))
                case 3 if place % 2:
                    mine.withdraw()
                case _:
                    Checkpoint.advance(limit=3)

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(do, range(5)))
    sequence()
    assert Signature.objects.confirmed().count() == 3
    assert Tally.objects.count_of(petition).total == 3
    assert Entry.objects.signatures_of(petition).count() == 3
    assert not WorkProof.objects.exclude(signature__state="confirmed").exists()
    for signature in Signature.objects.confirmed():
        assert signature.entry.assurance == signature.assurance
    assert_log_is_sound()


@pytest.mark.django_db(transaction=True)
def test_second_of_two_at_once_finds_it_withdrawn() -> None:
    petition = make_petition()
    signature = make_signature(petition)
    barrier = Barrier(4)

    @apart
    def withdraw(_: int) -> bool:
        mine = Signature.objects.get(pk=signature.pk)
        barrier.wait()
        return mine.withdraw()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(withdraw, range(4))) == [False, False, False, True]
    assert Entry.objects.filter(kind=Kind.WITHDRAW).count() == 1
    assert connection.is_usable()
