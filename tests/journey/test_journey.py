"""The main job, end to end: a letter is published, signed, confirmed, delivered and checked.

Everything is real here: a web server, a worker, a clock, PostgreSQL, Valkey, SMTP.
"""

import base64
import csv
import hashlib
import io
import json
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import BooleanObject, DictionaryObject

from petitions.log.checkpoint import TreeHead
from petitions.log.merkle import Tree, hash_leaf
from petitions.log.note import Signer as LogSigner
from tests.journey.remains import places
from tests.journey.story import DELIVERIES, EVERY, LETTER, RECIPIENTS, SLUG, Delivered, Story
from tests.site import Visitor, mails_to

DOCUMENTS = ["letter.pdf", "roll.csv", "manifest.json"]


def manifest_of(batch: Delivered) -> Any:
    return json.loads(batch.documents["manifest.json"])


def roll_of(batch: Delivered) -> list[dict[str, str]]:
    text = batch.documents["roll.csv"].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_page_shows_exactly_those_who_confirmed(story: Story) -> None:
    assert story.letter.count == EVERY
    assert all(signer.name in story.letter.text for signer in story.first)
    assert story.undecided.name not in story.letter.text


@pytest.mark.parametrize("recipient", RECIPIENTS)
def test_each_batch_arrives_once_with_its_documents(story: Story, recipient: str) -> None:
    batches = story.batches_to(recipient)

    assert [manifest_of(batch)["batch"] for batch in batches] == [1, 2]
    assert [list(batch.documents) for batch in batches] == [DOCUMENTS] * 2
    assert len({batch.message["Message-ID"] for batch in batches}) == 2


def test_both_recipients_get_the_same_documents(story: Story) -> None:
    press, board = (story.batches_to(recipient) for recipient in RECIPIENTS)
    assert [batch.documents for batch in press] == [batch.documents for batch in board]


def test_roll_names_exactly_the_signers_of_its_batch(story: Story) -> None:
    for batch, people in zip(
        story.batches_to(RECIPIENTS[0]), (story.first, story.second), strict=True
    ):
        assert sorted(row["name"] for row in roll_of(batch)) == sorted(
            signer.name for signer in people
        )
        assert {row["verified_by"] for row in roll_of(batch)} == {"email"}


def test_manifest_binds_the_other_documents_by_size_and_hash(story: Story) -> None:
    for batch in story.batches_to(RECIPIENTS[0]):
        listed = {each["name"]: each for each in manifest_of(batch)["documents"]}
        assert list(listed) == ["letter.pdf", "roll.csv"]
        for name, reference in listed.items():
            content = batch.documents[name]
            assert reference["bytes"] == len(content)
            assert reference["sha256"] == hashlib.sha256(content).hexdigest()


def test_manifest_counts_what_is_new_and_what_there_is(story: Story) -> None:
    for number, batch in enumerate(story.batches_to(RECIPIENTS[0]), start=1):
        counts = manifest_of(batch)["signatures"]
        assert (counts["new"], counts["total"]) == (EVERY, number * EVERY)
        assert counts["per_tier"] == {"email": number * EVERY}
        assert datetime.fromisoformat(counts["as_of"]).tzinfo is not None


def test_manifest_names_the_text_that_anybody_can_fetch(story: Story) -> None:
    text = manifest_of(story.batches_to(RECIPIENTS[0])[0])["text"]

    fetched = Visitor(story.stack.base_url).open(text["url"])

    assert fetched.status == 200
    assert hashlib.sha256(fetched.body).hexdigest() == text["sha256"]


def test_checkpoints_in_the_manifests_are_signed_by_the_log(story: Story) -> None:
    verifier = LogSigner.decode(story.stack.settings["LOG_SIGNING_KEY"]).verifier
    for batch in story.batches_to(RECIPIENTS[0]):
        checkpoint = manifest_of(batch)["log"]["to"]
        head = TreeHead.open(checkpoint["note"], verifier)
        root = base64.b64decode(checkpoint["root_hash"])
        assert head == TreeHead(verifier.name, checkpoint["size"], root)


def test_roots_in_the_manifests_follow_from_the_leaves_of_the_log(story: Story) -> None:
    with story.stack.postgres.connect() as connection:
        leaves = connection.execute("SELECT leaf FROM petitions_entry ORDER BY index").fetchall()
    for batch in story.batches_to(RECIPIENTS[0]):
        checkpoint = manifest_of(batch)["log"]["to"]
        tree = Tree().extended(hash_leaf(leaf) for (leaf,) in leaves[: checkpoint["size"]])
        assert base64.b64decode(checkpoint["root_hash"]) == tree.root()


def test_second_batch_begins_where_the_first_one_ended(story: Story) -> None:
    manifests = [manifest_of(batch) for batch in story.batches_to(RECIPIENTS[0])]
    assert manifests[0]["log"]["from"] is None
    for before, after in pairwise(manifests):
        assert after["log"]["from"] == before["log"]["to"]
        assert after["log"]["entries"][0] == before["log"]["entries"][1]

    for manifest, batch in zip(manifests, story.batches_to(RECIPIENTS[0]), strict=True):
        start, end = manifest["log"]["entries"]
        assert all(start <= int(row["log_index"]) < end for row in roll_of(batch))


def test_letter_is_a_tagged_pdf_with_the_text_that_was_signed(story: Story) -> None:
    pdf = PdfReader(io.BytesIO(story.batches_to(RECIPIENTS[0])[0].documents["letter.pdf"]))
    text = " ".join("".join(page.extract_text() for page in pdf.pages).split())
    assert "Keep the workshop open on Saturdays" in text
    assert "Say a month ahead when it must be closed." in text
    marks = pdf.root_object["/MarkInfo"]
    assert isinstance(marks, DictionaryObject)
    assert marks["/Marked"] == BooleanObject(value=True)


def test_deliveries_page_shows_what_was_sent(story: Story) -> None:
    page = story.deliveries
    assert page.url.endswith(DELIVERIES)
    assert page.text.count("Example Works") == page.text.count("Example Foundation") == 2
    for batch in story.batches_to(RECIPIENTS[0]):
        for content in batch.documents.values():
            assert hashlib.sha256(content).hexdigest() in page.text
    assert not any(recipient in page.text for recipient in RECIPIENTS)


def test_each_signer_gets_one_mail(story: Story) -> None:
    mailbox = story.stack.inbox.mailbox
    assert [len(mails_to(mailbox, signer.address)) for signer in story.signed] == [1] * 2 * EVERY


def test_addresses_of_signers_are_gone(story: Story) -> None:
    found = {signer.address: places(story.stack, signer.address) for signer in story.signed}
    assert found == {signer.address: [] for signer in story.signed}


def test_address_is_kept_where_something_needs_it_and_nowhere_else(story: Story) -> None:
    assert places(story.stack, story.undecided.address) == ["table petitions_signature"]
    for recipient in RECIPIENTS:
        assert places(story.stack, recipient) == ["table petitions_recipient"]


def test_letter_takes_no_more_signatures_when_it_is_closed(story: Story) -> None:
    """Comes last, as it ends the journey."""
    visitor = Visitor(story.stack.base_url)
    page = visitor.open(LETTER)

    story.stack.manage("petition", "close", SLUG)

    refused = visitor.submit(page, name="Too Late", email="too-late@example.net")
    assert (refused.status, refused.has_form) == (409, False)
