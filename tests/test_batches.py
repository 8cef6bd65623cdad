"""A batch holds exactly the signatures between two checkpoints, and is written once."""

import csv
import email.policy
import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries

from accounts.facts import Fact, Method
from petitions import mail, tasks
from petitions.documents import batch as batch_documents
from petitions.log.checkpoint import TreeHead
from petitions.models import (
    Badge,
    Batch,
    Checkpoint,
    DeliveryPlan,
    Entry,
    Event,
    Group,
    Kind,
    Petition,
    Verb,
    Visibility,
)
from petitions.models.badge import work_domain
from tests.factories import make_petition, make_signature, sign_and_sequence

DAY = date(2026, 11, 22)
FACTS = [
    Fact(Method.GITHUB_ACCOUNT, DAY, "zebedee4711", 4711, {"created_on": "2011-01-25"}),
    Fact(Method.GITHUB_ORGANIZATION, DAY, "acme", 1001, {"membership": "private"}),
    Fact(
        Method.GITHUB_CONTRIBUTOR,
        DAY,
        "acme/widget",
        2001,
        {"contributions": "pull requests", "number": 12, "at_least": 0, "until": "2026-10-31"},
    ),
]
STATEMENTS = 17


def roll_of(batch: Batch) -> list[dict[str, str]]:
    content = batch.documents.get(name="roll.csv").content().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def manifest_of(batch: Batch) -> Any:
    return json.loads(batch.documents.get(name="manifest.json").content())


def text_of(batch: Batch) -> str:
    pdf = PdfReader(io.BytesIO(batch.documents.get(name="letter.pdf").content()))
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def everything_in(batch: Batch) -> str:
    """Return all that a reader of any document of the batch can find in it."""
    contents = [document.content() for document in batch.documents.all()]
    pdf = PdfReader(io.BytesIO(contents[0]))
    streams = [page.get_contents() for page in pdf.pages]
    inside = [stream.get_data() for stream in streams if stream is not None]
    raw = b"\n".join(contents + inside).decode("utf-8", "replace")
    return "\n".join([raw, text_of(batch), str(pdf.metadata)])


def delivery_mail(batch: Batch) -> list[str]:
    """Return subject, text and HTML of the mail that brings a batch."""
    raw = mail.delivery_message(batch.deliveries.all()[0])
    message = message_from_bytes(raw, policy=email.policy.default)
    bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
    contents = [str(body.get_content()) for body in bodies if body is not None]
    contents = ["\n".join(content.splitlines()) for content in contents]
    return [str(message["Subject"]), *contents]


def sequence() -> None:
    while Checkpoint.advance():
        pass


def written_batch(petition: Petition) -> Batch:
    batch = Batch.freeze(petition)
    assert batch is not None
    assert batch_documents.write(batch.pk)
    return batch


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
        sequence()
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
    leaf = json.loads(bytes(Entry.objects.get(kind=Kind.BATCH).leaf or b""))
    assert leaf["manifest"] == bytes(batch.manifest_hash or b"").hex()
    recipients = batch.deliveries.values_list("recipient__address", flat=True)
    assert sorted(recipients) == ["board@example.com", "press@example.com", "secretary@example.org"]


def test_batch_after_a_withdrawal_lists_it_and_counts_right(petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    written_batch(petition)
    leaving = petition.signatures.all()[0]
    index = leaving.entry.index
    leaving.withdraw()
    stay = make_signature(petition, name="Grace Hopper")
    gone = make_signature(petition, name="In And Out")
    sequence()
    gone.withdraw()
    sequence()
    batch = written_batch(petition)
    assert (batch.signatures, batch.withdrawals, batch.total) == (1, 1, 3)
    assert [
        (int(row["log_index"]), row["change"], row["visibility"], row["name"], row["verified_by"])
        for row in roll_of(batch)
    ] == [
        (stay.entry.index, "signed", "public", "Grace Hopper", "email"),
        (index, "withdrawn", "", "", "email"),
    ]
    counts = manifest_of(batch)["signatures"]
    del counts["as_of"]
    assert counts == {
        "total": 3,
        "new": 1,
        "withdrawn": 1,
        "per_tier": {"email": 3},
        "withdrawn_per_tier": {"email": 1},
    }
    text = text_of(batch)
    assert "1 of them is new in this batch, number 2." in text
    assert "1 signature of earlier batches was withdrawn" in text
    assert "without a name" not in text


def test_signature_amended_after_delivery_is_withdrawn_and_signed_anew(petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    written_batch(petition)
    signature = petition.signatures.all()[0]
    index = signature.entry.index
    signature.prove([work_domain("example.com")], {})
    sequence()
    batch = written_batch(petition)
    assert (batch.signatures, batch.withdrawals, batch.total) == (1, 1, 3)
    signature.refresh_from_db()
    assert roll_of(batch) == [
        {
            "log_index": str(signature.entry.index),
            "change": "signed",
            "visibility": "public",
            "name": "Ada Lovelace",
            "role": "Mathematician",
            "affiliation": "Example Corp",
            "verified_by": "work_domain",
            "evidence": "example.com address",
            "version": "1",
        },
        {
            "log_index": str(index),
            "change": "withdrawn",
            "visibility": "",
            "name": "",
            "role": "",
            "affiliation": "",
            "verified_by": "email",
            "evidence": "",
            "version": "1",
        },
    ]
    counts = manifest_of(batch)["signatures"]
    assert counts["per_tier"] == {"email": 2, "work_domain": 1}
    assert counts["withdrawn_per_tier"] == {"email": 1}


@pytest.mark.parametrize("change", ["withdrawn", "amended", "proved"])
def test_what_changes_between_freeze_and_writing_shows_no_name(
    petition: Petition, change: str
) -> None:
    signature = make_signature(petition, name="Zebedee Quick")
    sequence()
    index = signature.entry.index
    batch = Batch.freeze(petition)
    assert batch is not None
    match change:
        case "withdrawn":
            signature.withdraw()
        case "amended":
            signature.amend(visibility=Visibility.PUBLIC, name="Zeb", role="", affiliation="")
        case _:
            signature.prove([work_domain("example.com")], {})
    sequence()
    assert batch_documents.write(batch.pk)
    [row] = roll_of(batch)
    assert {key: value for key, value in row.items() if value} == {
        "log_index": str(index),
        "change": "signed",
        "visibility": "changed since",
        "verified_by": "email",
        "version": "1",
    }
    assert "Zeb" not in everything_in(batch)
    assert "1 of the new ones stands there without a name" in text_of(batch)
    assert manifest_of(batch)["signatures"]["per_tier"] == {"email": 1}


@pytest.mark.parametrize("visibility", [Visibility.VERIFIED_ONLY, Visibility.COUNT_ONLY])
def test_hidden_signer_is_counted_and_never_named(
    petition: Petition, visibility: Visibility
) -> None:
    signature = make_signature(petition, "zebedee@example.net", "Zebedee Quick")
    signature.prove([*FACTS, work_domain("zebra.example")], {})
    sequence()
    signature.amend(visibility=visibility, name="Zebedee", role="Zookeeper", affiliation="Zoo")
    sequence()
    signature.refresh_from_db()
    batch = written_batch(petition)
    [row] = roll_of(batch)
    assert {key: value for key, value in row.items() if value} == {
        "log_index": str(signature.entry.index),
        "change": "signed",
        "visibility": visibility.value,
        "verified_by": "github_contributor",
        "version": "1",
    }
    said = everything_in(batch).lower()
    for word in ("zebedee", "quick", "zoo", "zebra", "acme", "4711", "2011-01-25", "2026-10-31"):
        assert word not in said
    assert manifest_of(batch)["signatures"]["per_tier"] == {"github_contributor": 1}
    assert manifest_of(batch)["groups"] == []


def test_pseudonym_stands_beside_no_account(petition: Petition) -> None:
    signature = make_signature(petition, name="Zebedee Quick")
    signature.prove([*FACTS, work_domain("example.com")], {})
    signature.amend(visibility=Visibility.PSEUDONYM, name="Night Owl", role="", affiliation="")
    sequence()
    batch = written_batch(petition)
    [row] = roll_of(batch)
    assert (row["name"], row["visibility"]) == ("Night Owl", "pseudonym")
    assert row["evidence"] == (
        "GitHub account; Member of acme; Pull requests merged into acme/widget; example.com address"
    )
    said = everything_in(batch).lower()
    for word in ("zebedee", "quick", "4711", "2011-01-25", "2026-10-31", "12 pull"):
        assert word not in said


def test_groups_appear_from_their_threshold_on(petition: Petition) -> None:
    petition.group_threshold = 3
    petition.save()
    for place in range(4):
        signature = make_signature(petition)
        signature.amend(visibility=Visibility.VERIFIED_ONLY, name="", role="", affiliation="")
        signature.prove(
            [work_domain("example.com"), replace(FACTS[1], subject=f"acme{place % 2}")],
            {},
        )
        if place < 2:
            signature.prove([work_domain("small.example")], {})
    named = make_signature(petition)
    named.prove([work_domain("example.com"), work_domain("small.example")], {})
    sequence()
    late = make_signature(petition)
    late.amend(visibility=Visibility.VERIFIED_ONLY, name="", role="", affiliation="")
    late.prove([work_domain("small.example")], {})
    assert Badge.objects.groups_of(petition) == [
        Group(Method.GITHUB_ORGANIZATION, "acme1", 4),
        Group(Method.WORK_DOMAIN, "example.com", 4),
    ]
    batch = Batch.freeze(petition)
    assert batch is not None
    sequence()
    assert Group(Method.WORK_DOMAIN, "small.example", 3) in Badge.objects.groups_of(petition)
    assert batch_documents.write(batch.pk)
    assert manifest_of(batch)["groups"] == [
        {"method": "github_organization", "subject": "acme1", "signatures": 4},
        {"method": "work_domain", "subject": "example.com", "signatures": 4},
    ]
    text = text_of(batch)
    assert "Group Signatures Members of acme1 on GitHub 4 Addresses at example.com 4" in text
    assert "small.example" not in text


@pytest.mark.parametrize("signatures", [1, 4])
def test_documents_take_the_same_statements_for_any_number_of_signatures(
    petition: Petition, signatures: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(signatures):
        make_signature(petition).prove(FACTS, {})
    sequence()
    batch = Batch.freeze(petition)
    assert batch is not None
    with django_assert_num_queries(STATEMENTS):
        assert batch_documents.write(batch.pk)
    assert [row["evidence"] for row in roll_of(batch)] == [
        "GitHub: zebedee4711; Member of acme; 12 pull requests merged into acme/widget"
    ] * signatures


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


def test_delivery_and_record_say_what_was_withdrawn(client: Client, petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    first = written_batch(petition)
    for signature in petition.signatures.all()[:2]:
        signature.withdraw()
    make_signature(petition)
    sequence()
    second = written_batch(petition)
    assert "withdrawn" not in " ".join(delivery_mail(first))
    subject, text, html = delivery_mail(second)
    assert subject == "Open letter “Give us our weekends back”: 1 signature (batch 2)"
    assert "Of earlier batches withdrawn, or changed and counted as new: 2\n" in text
    assert "Confirmed in all: 2\n" in text
    assert "Of earlier batches withdrawn, or changed and counted as new</th>" in html
    page = client.get("/petitions/weekends/deliveries/").content.decode()
    assert page.count("2 signatures of earlier batches were withdrawn, or changed") == 1
    assert page.count("of earlier batches") == 1


def test_delivery_of_nothing_but_withdrawals_claims_no_gain(petition: Petition) -> None:
    sign_and_sequence(petition, 3)
    written_batch(petition)
    petition.signatures.all()[0].withdraw()
    sequence()
    batch = Batch.freeze(petition, at_least=0)
    assert batch is not None
    assert batch_documents.write(batch.pk)
    assert [row["change"] for row in roll_of(batch)] == ["withdrawn"]
    subject, text, html = delivery_mail(batch)
    assert subject == "Open letter “Give us our weekends back”: 1 signature withdrawn (batch 2)"
    for body in (text, html):
        assert "Signatures under an open letter addressed to you were withdrawn:" in body
        assert "has gained" not in body


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
