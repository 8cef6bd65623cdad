"""Signatures in bulk, as the product would have written them one by one."""

import secrets
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import batched, count
from pathlib import Path

from django.db import connection, models, transaction
from django.db.models import AutoField
from django.utils import timezone

from accounts.addresses import Address
from petitions.log import leaf
from petitions.log.merkle import hash_leaf
from petitions.models import (
    Checkpoint,
    Entry,
    Event,
    Identity,
    IdentityKind,
    Kind,
    Petition,
    Signature,
    SignatureState,
    Verb,
    Version,
)
from petitions.models.signature import CONFIRMATION_LIFETIME
from petitions.petition_file import read

LETTER = Path(__file__).with_name("letter.md")
#: How many confirmed signatures the hot page has.
MANY = 100_000
_AT_ONCE = 5000
_numbers = count()


@cache
def petition(slug: str = "benchmark") -> Petition:
    """Return the open petition at this slug."""
    content = read(LETTER.read_text().replace("slug: benchmark", f"slug: {slug}").encode())
    created = content.create()
    assert created
    created.open()
    sequence()
    return created


def fill(signed: Petition, up_to: int) -> None:
    """Bring the confirmed signatures of a petition to a number, in the log and counted."""
    add_confirmed(signed, up_to - signed.signatures.confirmed().count())
    sequence()
    refresh_statistics()


def add_confirmed(signed: Petition, number: int) -> None:
    """Add confirmed signatures whose log entries wait for the sequencer."""
    for signers in batched(_addresses(number), _AT_ONCE):
        signatures = [_confirmed(signed, signer) for signer in signers]
        with transaction.atomic():
            _copy(Signature, signatures)
            _copy(Identity, map(_identity, signatures, signers))
            _copy(Event, map(_event, signatures))
            _copy(Entry, map(_entry, signatures))


def add_pending(signed: Petition, number: int) -> list[Signature]:
    """Add signatures whose confirmation mail is due now, and return them."""
    now = timezone.now()
    waiting = {"expires_at": now + CONFIRMATION_LIFETIME, "mail_due_at": now}
    return Signature.objects.bulk_create(
        _signature(
            signed,
            signer,
            address=str(signer),
            address_hash=signed.address_hash(signer),
            **waiting,
        )
        for signer in _addresses(number)
    )


def forget_pending() -> None:
    """Delete what was signed and never confirmed."""
    Signature.objects.filter(state=SignatureState.PENDING).delete()


def sequence() -> None:
    """Do what the task of the same name does."""
    while Checkpoint.advance():
        pass


def refresh_statistics() -> None:
    """Do what autovacuum does after so much was written, at a moment of our choice."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


def _copy[M: models.Model](model: type[M], rows: Iterable[M]) -> None:
    """Write rows by COPY, five times as fast as `bulk_create`. The database gives serial keys."""
    described = model._meta  # noqa: SLF001  # a documented API, whatever its name
    fields = [field for field in described.concrete_fields if not isinstance(field, AutoField)]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    command = f"COPY {described.db_table} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row([_plain(getattr(row, field.attname)) for field in fields])


def _plain(value: object) -> object:
    """Return a member of an enumeration as its text, which psycopg would write by its name."""
    return str(value) if isinstance(value, str) else value


def _confirmed(signed: Petition, signer: Address) -> Signature:
    return _signature(
        signed,
        signer,
        state=SignatureState.CONFIRMED,
        confirmed_on=timezone.now().date(),
        salt=secrets.token_bytes(leaf.SALT_SIZE),
    )


def _addresses(number: int) -> Iterator[Address]:
    for _ in range(number):
        yield Address(f"signer-{next(_numbers)}", "example.org")


def _signature(signed: Petition, signer: Address, /, **fields: object) -> Signature:
    return Signature(
        petition=signed,
        version=_version_of(signed),
        name=f"Signer {signer.local.title()}",
        role="Engineer",
        affiliation="Example Corp",
        language="en",
        **fields,
    )


@cache
def _version_of(signed: Petition) -> Version:
    return signed.current_version


def _identity(signature: Signature, signer: Address) -> Identity:
    return Identity(
        petition=signature.petition,
        signature=signature,
        kind=IdentityKind.ADDRESS,
        hash=signature.petition.address_hash(signer),
    )


def _event(signature: Signature) -> Event:
    return Event(
        at=timezone.now(),
        verb=Verb.SIGNATURE_CONFIRMED,
        petition=signature.petition,
        subject=f"signature {signature.pk}",
    )


def _entry(signature: Signature) -> Entry:
    assert signature.salt is not None
    assert signature.confirmed_on is not None
    commitment = leaf.commitment(bytes(signature.salt), signature.record_with([]))
    text_hash = bytes(signature.version.text_hash)
    content = leaf.signed(text_hash, signature.assurance, commitment, signature.confirmed_on)
    return Entry(
        kind=Kind.SIGN,
        leaf=content,
        leaf_hash=hash_leaf(content),
        petition=signature.petition,
        signature=signature,
        version=signature.version,
        assurance=signature.assurance,
    )
