"""A batch holds exactly the signatures between two checkpoints, and is written once."""

import csv
import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from petitions import tasks
from petitions.documents import batch as batch_documents
from petitions.log.checkpoint import TreeHead
from petitions.models import Batch, Checkpoint, DeliveryPlan, Entry, Event, Kind, Petition, Verb
from tests.factories import make_petition, make_signature, sign_and_sequence


def roll_of(batch: Batch) -> list[dict[str, str]]:
    content = batch.documents.get(name="roll.csv").content().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def manifest_of(batch: Batch) -> Any:
    return json.loads(batch.documents.get(name="manifest.json").content())


def test_milestone_freezes_a_batch_and_not_before(petition: Petition) -> None:
    sign_and_sequence(petition, 2)
    tasks.freeze_due_batches()
    assert not Batch.objects.exists()
    sign_and_sequence(petition, 1)
    tasks.freeze_due_batches()
    tasks.freeze_due_batches()
    batch = Batch.objects.get()
    assert (batch.number, batch.signatures, batch.total) == (1, 3, 3)
    assert (batch.start, batch.checkpoint) == (0, Checkpoint.latest())
    assert Event.objects.filter(verb=Verb.BATCH_FROZEN).count() == 1


def test_signature_outside_the_log_waits_for_the_next_batch(petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    late = make_signature(petition, name="Late Comer")
    batch = Batch.freeze(petition)
    assert batch is not None
    assert batch.signatures == 3
    assert late not in [entry.signature for entry in batch.entries]


def test_next_batch_holds_only_what_is_new(petition: Petition) -> None:
    other = make_petition(slug="other")
    names = []
    for number in (3, 4):
        for place in range(number):
            make_signature(petition, name=f"Signer {number} {chr(65 + place)}")
            make_signature(other)
        while Checkpoint.advance():
            pass
        tasks.freeze_due_batches()
        batch = petition.batches.latest()
        assert batch_documents.write(batch.pk)
        names.append({row["name"] for row in roll_of(batch)})
    assert names == [
        {"Signer 3 A", "Signer 3 B", "Signer 3 C"},
        {"Signer 4 A", "Signer 4 B", "Signer 4 C", "Signer 4 D"},
    ]
    first, second = petition.batches.order_by("number")
    assert second.start == first.checkpoint_id
    assert (second.signatures, second.total) == (4, 7)


def test_documents_and_deliveries_are_bound_by_the_manifest(petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    batch = Batch.freeze(petition)
    assert batch is not None
    assert batch_documents.write(batch.pk)
    batch.refresh_from_db()
    names = list(batch.documents.values_list("name", flat=True))
    assert names == ["letter.pdf", "roll.csv", "manifest.json"]
    for document in batch.documents.all():
        content = document.content()
        assert hashlib.sha256(content).digest() == bytes(document.sha256)
        assert len(content) == document.size
    manifest = manifest_of(batch)
    stated = {document["name"]: document["sha256"] for document in manifest["documents"]}
    assert stated == {
        document.name: bytes(document.sha256).hex()
        for document in batch.documents.exclude(name="manifest.json")
    }
    assert manifest["signatures"]["total"] == 3
    head = TreeHead.open(manifest["log"]["to"]["note"], settings.LOG_SIGNER.verifier)
    assert head.size == batch.checkpoint_id
    leaf = json.loads(bytes(Entry.objects.get(kind=Kind.BATCH).leaf))
    assert leaf["manifest"] == bytes(batch.manifest_hash or b"").hex()
    recipients = batch.deliveries.values_list("recipient__address", flat=True)
    assert sorted(recipients) == ["board@example.com", "press@example.com", "secretary@example.org"]


def test_documents_are_written_once(petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    batch = Batch.freeze(petition)
    assert batch is not None
    assert [batch_documents.write(batch.pk) for _ in range(3)] == [True, False, False]
    assert batch.documents.count() == 3
    assert batch.deliveries.count() == 3
    assert Entry.objects.filter(kind=Kind.BATCH).count() == 1


class WriterDiedError(Exception):
    """Stands for whatever ends a writer before it commits."""


def test_writers_spoil_nothing_for_each_other(petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    batch = Batch.freeze(petition)
    assert batch is not None
    with suppress(WriterDiedError), transaction.atomic():
        batch_documents.write(batch.pk)
        others = {document.file.path: b"half a file" for document in batch.documents.all()}
        raise WriterDiedError
    for path, content in others.items():
        Path(path).write_bytes(content)

    tasks.document_batches()

    assert {path: Path(path).read_bytes() for path in others} == others
    documents = batch.documents.all()
    assert [document.name for document in documents] == ["letter.pdf", "roll.csv", "manifest.json"]
    for document in documents:
        assert hashlib.sha256(document.content()).digest() == bytes(document.sha256)


@pytest.mark.django_db(transaction=True)
def test_cuts_at_once_make_one_batch() -> None:
    petition = make_petition()
    sign_and_sequence(petition, 3)

    def cut(_: int) -> None:
        try:
            DeliveryPlan.objects.get(petition=petition).carry_out()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(cut, range(6)))
    assert [(batch.number, batch.signatures) for batch in petition.batches.all()] == [(1, 3)]


@pytest.mark.parametrize("batches", [1, 3])
def test_deliveries_page_shows_the_record(
    client: Client,
    petition: Petition,
    batches: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(batches):
        sign_and_sequence(petition, 3)
        batch = Batch.freeze(petition)
        assert batch is not None
        batch_documents.write(batch.pk)
    with django_assert_num_queries(6):
        html = client.get("/petitions/weekends/deliveries/").content.decode()
    assert batch is not None
    assert html.count("Example Corp") == 2 * batches
    assert html.count("Example Foundation") == batches
    assert bytes(batch.documents.all()[0].sha256).hex() in html
    assert "press@example.com" not in html
    assert "Press office" not in html
