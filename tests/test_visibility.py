"""Of who shows no name, none is kept."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.facts import Fact, Method
from petitions.models import Assurance, Badge, Entry, Petition, Signature, Tally, Visibility
from petitions.models.badge import discreet, work_domain
from tests.factories import (
    begin_without_address,
    github_account,
    github_contributor,
    github_identity,
    make_signature,
)
from tests.soundness import assert_log_is_sound, sequence

HIDDEN = [Visibility.VERIFIED_ONLY, Visibility.COUNT_ONLY]
SSH_KEY = Fact(
    Method.SSH_KEY,
    github_account().checked_on,
    subject="octocat",
    subject_id=583231,
    detail={"created_on": "2011-01-25"},
)
ORGANIZER = Fact(Method.ORGANIZER, github_account().checked_on, detail={"seen": "Ada's pass"})


def show(signature: Signature, visibility: Visibility, name: str = "Ada Lovelace") -> bool:
    return signature.amend(visibility=visibility, name=name, role="Countess", affiliation="Example")


def words_of(signature: Signature) -> tuple[str, str, str]:
    signature.refresh_from_db()
    return signature.name, signature.role, signature.affiliation


@pytest.mark.parametrize("visibility", HIDDEN)
def test_words_of_who_signs_without_a_name_are_never_written(
    petition: Petition, visibility: Visibility
) -> None:
    signature = begin_without_address(petition, visibility)
    assert words_of(signature) == ("", "", "")
    assert not signature.is_named


@pytest.mark.parametrize("visibility", HIDDEN)
@pytest.mark.parametrize("field", ["name", "role", "affiliation"])
def test_database_keeps_no_words_of_who_shows_no_name(
    petition: Petition, visibility: Visibility, field: str
) -> None:
    signature = begin_without_address(petition, visibility)
    with (
        pytest.raises(IntegrityError, match="signature_has_a_name_if_it_shows_one"),
        transaction.atomic(),
    ):
        Signature.objects.filter(pk=signature.pk).update(**{field: "Ada"})


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.PSEUDONYM])
def test_database_wants_a_name_of_who_shows_one(petition: Petition, visibility: Visibility) -> None:
    signature = make_signature(petition)
    with (
        pytest.raises(IntegrityError, match="signature_has_a_name_if_it_shows_one"),
        transaction.atomic(),
    ):
        Signature.objects.filter(pk=signature.pk).update(visibility=visibility, name="")


@pytest.mark.parametrize("visibility", HIDDEN)
def test_hiding_erases_the_words_everywhere(petition: Petition, visibility: Visibility) -> None:
    signature = make_signature(petition, name="Ada Lovelace")
    sequence()
    assert show(signature, visibility)
    sequence()
    assert words_of(signature) == ("", "", "")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM \"{table}\" AS row WHERE row::text ~ 'Lovelace'")
            assert cursor.fetchone() == (0,), table
    assert Tally.objects.count_of(petition).total == 1
    assert_log_is_sound()


@pytest.mark.parametrize(
    ("fact", "shown"),
    [
        (github_account(), Fact(Method.GITHUB_ACCOUNT, github_account().checked_on)),
        (SSH_KEY, Fact(Method.SSH_KEY, SSH_KEY.checked_on)),
        (ORGANIZER, Fact(Method.ORGANIZER, ORGANIZER.checked_on)),
        (
            github_contributor(),
            Fact(
                Method.GITHUB_CONTRIBUTOR,
                github_contributor().checked_on,
                subject="acme/widget",
                subject_id=1296269,
                detail={"contributions": "pull requests"},
            ),
        ),
        (work_domain("example.com"), work_domain("example.com")),
    ],
)
@pytest.mark.parametrize("visibility", [Visibility.PSEUDONYM, *HIDDEN])
def test_fact_says_nothing_that_names_who_shows_no_name(
    fact: Fact, shown: Fact, visibility: Visibility
) -> None:
    assert discreet(fact, visibility) == shown
    assert discreet(fact, Visibility.PUBLIC) == fact


@pytest.mark.parametrize("visibility", [Visibility.PSEUDONYM, *HIDDEN])
def test_hiding_blurs_badges_for_good(petition: Petition, visibility: Visibility) -> None:
    facts = [github_account(), github_contributor(), ORGANIZER]
    signature = make_signature(petition)
    signature.prove(facts, github_identity(petition))
    show(signature, visibility)
    blurred = [discreet(fact, visibility) for fact in facts]
    assert [badge.fact for badge in signature.badges.all()] == blurred
    assert signature.assurance == signature.entry.assurance == Assurance.GITHUB_CONTRIBUTOR
    assert "octocat" not in repr(list(Badge.objects.values_list()))
    show(signature, Visibility.PUBLIC)
    assert [badge.fact for badge in signature.badges.all()] == blurred


@pytest.mark.parametrize("visibility", HIDDEN)
def test_evidence_of_who_is_hidden_is_blurred_as_it_comes(
    petition: Petition, visibility: Visibility
) -> None:
    signature = make_signature(petition)
    show(signature, visibility)
    signature.prove([github_account(), github_contributor()], github_identity(petition))
    assert [badge.fact for badge in signature.badges.all()] == [
        discreet(github_account(), visibility),
        discreet(github_contributor(), visibility),
    ]


def test_evidence_proved_again_after_showing_the_name_is_whole(petition: Petition) -> None:
    signature = make_signature(petition)
    show(signature, Visibility.COUNT_ONLY)
    signature.prove([github_contributor()], github_identity(petition))
    show(signature, Visibility.PUBLIC)
    signature.prove([github_contributor()], github_identity(petition))
    assert [badge.fact for badge in signature.badges.all()] == [github_contributor()]


def test_who_is_hidden_and_corrects_nothing_leaves_no_trace(petition: Petition) -> None:
    signature = make_signature(petition)
    show(signature, Visibility.COUNT_ONLY)
    entries = Entry.objects.count()
    assert show(signature, Visibility.COUNT_ONLY, name="Whatever was typed")
    assert Entry.objects.count() == entries


def test_visibility_is_part_of_what_the_log_commits_to(petition: Petition) -> None:
    signature = make_signature(petition)
    records = {signature.record}
    for visibility in (Visibility.PSEUDONYM, *HIDDEN):
        show(signature, visibility)
        records.add(signature.record)
    assert len(records) == 4
