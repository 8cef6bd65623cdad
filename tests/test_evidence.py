"""Evidence gives a signature its badges and tier, and belongs to one signature alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from accounts.addresses import Address
from accounts.facts import Fact, Method
from petitions.models import (
    AnotherSignatureError,
    Assurance,
    Badge,
    Entry,
    Event,
    Identity,
    IdentityKind,
    Kind,
    Outcome,
    Petition,
    Signature,
    Tally,
    Verb,
)
from petitions.models.badge import work_domain
from tests.factories import (
    begin_signature,
    begin_without_address,
    github_account,
    github_contributor,
    github_identity,
    make_petition,
    make_signature,
)
from tests.soundness import assert_log_is_sound, sequence
from tests.threads import apart, wait_for_a_lock


def work_identity(petition: Petition, address: str) -> dict[IdentityKind, bytes]:
    return {IdentityKind.WORK_ADDRESS: petition.address_hash(Address.parse(address))}


def confirm(signature: Signature) -> Outcome:
    return Signature.confirm(signature.petition.slug, signature.pk, has_right_code=True)


def confirm_by_account(signature: Signature, number: int = 583231) -> Outcome:
    petition = signature.petition
    return Signature.confirm_by_account(
        petition.slug,
        signature.pk,
        [github_account(number=number)],
        github_identity(petition, number)[IdentityKind.GITHUB],
    )


# --- Tiers and badges --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("methods", "tier"),
    [
        ([], Assurance.EMAIL),
        ([Method.EMAIL], Assurance.EMAIL),
        ([Method.ORGANIZER], Assurance.ORGANIZER),
        ([Method.WORK_DOMAIN, Method.ORGANIZER], Assurance.WORK_DOMAIN),
        ([Method.SSH_KEY], Assurance.GITHUB_ACCOUNT),
        ([Method.GITHUB_ACCOUNT, Method.WORK_DOMAIN], Assurance.GITHUB_ACCOUNT),
        ([Method.GITHUB_ORGANIZATION, Method.GITHUB_ACCOUNT], Assurance.GITHUB_ORGANIZATION),
        (list(Method), Assurance.GITHUB_CONTRIBUTOR),
    ],
)
def test_tier_is_the_highest_that_evidence_gives(methods: list[str], tier: Assurance) -> None:
    assert Assurance.of(methods) == tier


def test_every_method_gives_a_tier() -> None:
    assert [Assurance.of([method]) in Assurance for method in Method] == [True] * len(Method)


def test_evidence_becomes_a_badge_and_moves_the_count(petition: Petition) -> None:
    signature = make_signature(petition)
    sequence()
    facts = [github_account(), github_contributor()]
    assert signature.prove(facts, github_identity(petition))
    sequence()
    signature.refresh_from_db()
    assert [badge.fact for badge in signature.badges.all()] == facts
    assert signature.assurance == Assurance.GITHUB_CONTRIBUTOR
    count = Tally.objects.count_of(petition)
    assert count.per_tier == {Assurance.GITHUB_CONTRIBUTOR: 1}
    assert Event.objects.filter(verb=Verb.SIGNATURE_PROVED).count() == 1
    assert '"kind":"github_contributor"' in bytes(signature.entry.leaf or b"").decode()
    assert_log_is_sound()


def test_evidence_is_part_of_what_the_log_commits_to(petition: Petition) -> None:
    signature = make_signature(petition)
    bare = signature.record
    signature.prove([github_account()], github_identity(petition))
    assert signature.record != bare
    assert signature.record == Signature.objects.get().record


def test_same_evidence_again_is_one_badge_with_its_new_date(petition: Petition) -> None:
    signature = make_signature(petition)
    signature.prove([github_account()], github_identity(petition))
    later = Fact(Method.GITHUB_ACCOUNT, date(2026, 12, 1), subject="octocat", subject_id=583231)
    assert signature.prove([later], github_identity(petition))
    assert signature.badges.get().fact == later
    assert signature.identities.filter(kind=IdentityKind.GITHUB).count() == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (github_account("octocat"), github_account("monalisa")),
        (github_contributor("acme/widget"), github_contributor("acme/gadget")),
    ],
)
def test_what_github_renamed_is_one_badge(petition: Petition, old: Fact, new: Fact) -> None:
    signature = make_signature(petition)
    signature.prove([old], github_identity(petition))
    signature.prove([new], github_identity(petition))
    assert signature.badges.get().fact == new


def test_address_at_work_that_confirms_is_evidence(petition: Petition) -> None:
    Petition.objects.update(work_domains=["example.com"])
    work = make_signature(petition, "ada@example.com")
    home = make_signature(petition, "ada@home.example.com")
    assert (work.assurance, home.assurance) == (Assurance.WORK_DOMAIN, Assurance.EMAIL)
    assert work.badges.get().fact == work_domain("example.com")
    assert work.entry.assurance == Assurance.WORK_DOMAIN


# --- Taking a badge off ------------------------------------------------------------------------


def test_badge_that_is_taken_off_lowers_the_tier(petition: Petition) -> None:
    signature = make_signature(petition)
    signature.prove([github_account(), github_contributor()], github_identity(petition))
    sequence()
    assert signature.disprove(signature.badges.get(method=Method.GITHUB_CONTRIBUTOR))
    sequence()
    assert Tally.objects.count_of(petition).per_tier == {Assurance.GITHUB_ACCOUNT: 1}
    assert [badge.fact for badge in signature.badges.all()] == [github_account()]
    assert Event.objects.filter(verb=Verb.SIGNATURE_DISPROVED).count() == 1
    assert_log_is_sound()


def test_badge_is_taken_off_once_and_by_its_own_signature(petition: Petition) -> None:
    signature, other = make_signature(petition), make_signature(petition)
    signature.prove([github_account()], github_identity(petition))
    badge = signature.badges.get()
    assert not other.disprove(badge)
    assert signature.disprove(Badge.objects.get(pk=badge.pk))
    entries = Entry.objects.count()
    assert not signature.disprove(badge)
    assert Entry.objects.count() == entries


def test_badge_that_a_signature_rests_on_stays(petition: Petition) -> None:
    signature = begin_without_address(petition)
    assert confirm_by_account(signature) is Outcome.CONFIRMED
    assert not signature.disprove(signature.badges.get())
    signature.prove([github_contributor()], {})
    assert signature.disprove(signature.badges.get(method=Method.GITHUB_ACCOUNT))
    assert not signature.disprove(signature.badges.get())
    assert Signature.objects.get().assurance == Assurance.GITHUB_CONTRIBUTOR


# --- Signing by an account ---------------------------------------------------------------------


def test_account_confirms_without_an_address(petition: Petition) -> None:
    signature = begin_without_address(petition)
    assert (signature.mail_due_at, signature.address_hash) == (None, None)
    assert confirm_by_account(signature) is Outcome.CONFIRMED
    signature.refresh_from_db()
    assert (signature.assurance, signature.expires_at) == (Assurance.GITHUB_ACCOUNT, None)
    identity = signature.identities.get()
    assert identity == Identity.objects.of_github(petition, "github:github.com:583231")
    assert identity.kind == IdentityKind.GITHUB
    assert Entry.objects.get(kind=Kind.SIGN).assurance == Assurance.GITHUB_ACCOUNT


def test_account_confirms_once(petition: Petition) -> None:
    signature = begin_without_address(petition)
    assert confirm_by_account(signature) is Outcome.CONFIRMED
    assert confirm_by_account(signature) is Outcome.CONFIRMED_BEFORE
    assert Entry.objects.filter(kind=Kind.SIGN).count() == 1


def test_account_confirms_nothing_that_waits_for_a_mail(petition: Petition) -> None:
    signature = begin_signature(petition)
    assert confirm_by_account(signature) is Outcome.EXPIRED
    assert Signature.objects.get().state == "pending"
    assert not Badge.objects.exists()


def test_code_confirms_nothing_that_waits_for_an_account(petition: Petition) -> None:
    assert confirm(begin_without_address(petition)) is Outcome.EXPIRED


def test_account_that_signed_before_is_refused(petition: Petition) -> None:
    assert confirm_by_account(begin_without_address(petition)) is Outcome.CONFIRMED
    again = begin_without_address(petition)
    assert confirm_by_account(again) is Outcome.ALREADY_SIGNED
    assert not Signature.objects.filter(pk=again.pk).exists()


def test_account_that_was_added_to_a_signature_signs_no_second_time(petition: Petition) -> None:
    make_signature(petition).prove([github_account()], github_identity(petition))
    assert confirm_by_account(begin_without_address(petition)) is Outcome.ALREADY_SIGNED
    assert Signature.objects.count() == 1
    assert Badge.objects.count() == 1


# --- One person, one signature -----------------------------------------------------------------


def test_address_that_confirmed_another_signature_is_no_evidence(petition: Petition) -> None:
    make_signature(petition, "ada@example.com")
    second = make_signature(petition, "ada@example.net")
    entries = Entry.objects.count()
    with pytest.raises(AnotherSignatureError):
        second.prove([work_domain("example.com")], work_identity(petition, "ada@example.com"))
    assert not second.badges.exists()
    assert second.identities.count() == 1
    assert Entry.objects.count() == entries
    assert Signature.objects.get(pk=second.pk).assurance == Assurance.EMAIL


def test_address_that_another_signature_proved_confirms_nothing(petition: Petition) -> None:
    first = make_signature(petition, "ada@example.net")
    first.prove([work_domain("example.com")], work_identity(petition, "ada@example.com"))
    second = begin_signature(petition, "Ada@example.com")
    assert confirm(second) is Outcome.ALREADY_SIGNED
    assert list(Signature.objects.all()) == [first]


def test_own_address_is_evidence(petition: Petition) -> None:
    signature = make_signature(petition, "ada@example.com")
    own = work_identity(petition, "ada@example.com")
    assert signature.prove([work_domain("example.com")], own)
    assert signature.identities.get().kind == IdentityKind.ADDRESS


def test_second_account_is_refused(petition: Petition) -> None:
    signature = make_signature(petition)
    signature.prove([github_account()], github_identity(petition))
    with pytest.raises(AnotherSignatureError):
        signature.prove([github_account("monalisa", 2)], github_identity(petition, 2))
    assert [badge.subject for badge in signature.badges.all()] == ["octocat"]
    assert signature.identities.count() == 2


def test_account_of_another_signature_is_refused(petition: Petition) -> None:
    first, second = make_signature(petition), make_signature(petition)
    first.prove([github_account()], github_identity(petition))
    with pytest.raises(AnotherSignatureError):
        second.prove([github_account()], github_identity(petition))
    assert not second.badges.exists()


def test_account_signs_each_letter_once(petition: Petition) -> None:
    other = make_petition(slug="other")
    for each in (petition, other):
        assert confirm_by_account(begin_without_address(each)) is Outcome.CONFIRMED
    first, second = Identity.objects.all()
    assert bytes(first.hash) != bytes(second.hash)


def test_evidence_comes_for_ever_but_only_to_what_counts(petition: Petition) -> None:
    signature, pending = make_signature(petition), begin_signature(petition)
    petition.close()
    assert not pending.prove([github_account()], github_identity(petition))
    assert signature.prove([github_account()], github_identity(petition))
    signature.withdraw()
    assert not signature.prove([github_account()], github_identity(petition))
    assert not Badge.objects.exists()


def test_confirmation_writes_the_identity_whatever_code_confirms(petition: Petition) -> None:
    def confirm_behind_our_back(signature: Signature) -> None:
        Signature.objects.filter(pk=signature.pk).update(
            state="confirmed",
            confirmed_on=date(2026, 11, 20),
            salt=b"s" * 32,
            address="",
            address_hash=None,
            expires_at=None,
            mail_due_at=None,
        )

    confirm_behind_our_back(begin_signature(petition, "ada@example.org"))
    assert Identity.objects.get().kind == IdentityKind.ADDRESS
    second = begin_signature(petition, "ADA@example.org")
    with pytest.raises(IntegrityError, match="signature_one_per_person"), transaction.atomic():
        confirm_behind_our_back(second)


@pytest.mark.django_db(transaction=True)
def test_account_that_two_prove_at_once_is_the_evidence_of_one() -> None:
    petition = make_petition()
    first, second = make_signature(petition), make_signature(petition)
    prove = apart(second.prove)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            assert first.prove([github_account()], github_identity(petition))
            later = threads.submit(prove, [github_account()], github_identity(petition))
            wait_for_a_lock()
        with pytest.raises(AnotherSignatureError):
            later.result()
    assert Identity.objects.filter(kind=IdentityKind.GITHUB).get().signature == first
    sequence()
    assert Tally.objects.count_of(petition).total == 2


@pytest.mark.django_db(transaction=True)
def test_address_that_is_proved_while_it_confirms_is_of_one_signature() -> None:
    petition = make_petition()
    first = make_signature(petition, "ada@example.net")
    second = begin_signature(petition, "ada@example.com")
    own = work_identity(petition, "ada@example.com")
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            assert confirm(second) is Outcome.CONFIRMED
            later = threads.submit(apart(first.prove), [work_domain("example.com")], own)
            wait_for_a_lock()
        with pytest.raises(AnotherSignatureError):
            later.result()
    assert Identity.objects.count() == 2
