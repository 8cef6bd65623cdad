"""A database of an earlier version keeps its signatures, its log and its rules."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.addresses import Address
from petitions.log import leaf
from petitions.log.merkle import hash_leaf
from petitions.models import (
    Assurance,
    Entry,
    Identity,
    IdentityKind,
    Kind,
    Outcome,
    Petition,
    Signature,
    Tally,
)
from tests.soundness import assert_log_is_sound, sequence

KEY = b"k" * 32
TODAY = timezone.now().date()


@pytest.fixture
def _empty_schema(transactional_db: None) -> Iterator[None]:
    """Work in a schema that nothing was migrated in."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA earlier")
        cursor.execute("SET search_path TO earlier")
        yield
        cursor.execute("DROP SCHEMA earlier CASCADE")
        cursor.execute("SET search_path TO DEFAULT")


def migrate(*targets: tuple[str, str]) -> Any:
    """Migrate to these, or to the newest; return the models as they are then."""
    executor = MigrationExecutor(connection)
    return executor.migrate(list(targets) or executor.loader.graph.leaf_nodes()).apps


def sign(apps: Any, version: Any, email: str, **fields: Any) -> Any:
    return apps.get_model("petitions", "Signature").objects.create(
        petition=version.petition,
        version=version,
        name="Ada",
        language="en",
        address_hash=Address.parse(email).keyed_hash(KEY),
        **fields,
    )


def enter(apps: Any, petition: Any, kind: Kind, content: bytes, **fields: Any) -> None:
    apps.get_model("petitions", "Entry").objects.create(
        petition=petition, kind=kind, leaf=content, leaf_hash=hash_leaf(content), **fields
    )


def confirmed(apps: Any, version: Any, email: str) -> Any:
    salt = b"s" * leaf.SALT_SIZE
    signature = sign(apps, version, email, state="confirmed", confirmed_on=TODAY, salt=salt)
    commitment = leaf.commitment(salt, email.encode())
    content = leaf.signed(bytes(version.text_hash), "email", commitment, TODAY)
    enter(apps, version.petition, Kind.SIGN, content, signature=signature)
    return signature


@pytest.mark.usefixtures("_empty_schema")
def test_signatures_of_the_first_release_become_those_of_this_one() -> None:
    apps = migrate(("petitions", "0002_append_only"))
    petition = apps.get_model("petitions", "Petition").objects.create(
        slug="weekends", state="open", opened_at=timezone.now(), address_key=KEY
    )
    version = apps.get_model("petitions", "Version").objects.create(
        petition=petition, number=1, language="en", title="T", text="T", text_hash=b"t" * 32
    )
    enter(apps, petition, Kind.OPEN, leaf.opened(petition.pk, b"t" * 32))
    signature = confirmed(apps, version, "ada@example.org")
    erased = confirmed(apps, version, "erased@example.org")
    apps.get_model("petitions", "Signature").objects.filter(pk=erased.pk).delete()
    pending = sign(
        apps,
        version,
        "eve@example.org",
        address="eve@example.org",
        expires_at=timezone.now() + timedelta(hours=1),
    )

    migrate()

    ada = Signature.objects.get(pk=signature.pk)
    assert (ada.state, ada.address_hash, ada.visibility) == ("confirmed", None, "public")
    identity = Identity.objects.get()
    assert (identity.petition_id, identity.signature, identity.kind, bytes(identity.hash)) == (
        petition.pk,
        ada,
        IdentityKind.ADDRESS,
        Address.parse("ada@example.org").keyed_hash(KEY),
    )
    said = Entry.objects.order_by("pk").values_list("kind", "version", "assurance", "signature")
    assert list(said) == [
        (Kind.OPEN, None, "", None),
        (Kind.SIGN, version.pk, Assurance.EMAIL, ada.pk),
        (Kind.SIGN, version.pk, Assurance.EMAIL, None),
    ]

    # And it lives on.
    again = sign_now("ADA@example.org")
    assert Signature.confirm("weekends", again.pk, has_right_code=True) is Outcome.ALREADY_SIGNED
    assert Signature.confirm("weekends", pending.pk, has_right_code=True) is Outcome.CONFIRMED
    assert ada.withdraw()
    sequence()
    assert Tally.objects.count_of(Petition.objects.get()).total == 2
    assert_log_is_sound()


def sign_now(email: str) -> Signature:
    return Signature.begin(
        Petition.objects.get().current_version,
        name="Ada",
        role="",
        affiliation="",
        language="en",
        address=Address.parse(email),
    )
