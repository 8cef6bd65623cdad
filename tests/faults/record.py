"""What a stack's database holds, checked by means of its own and not by the product's queries."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from petitions.log.checkpoint import TreeHead
from petitions.log.merkle import Tree, hash_leaf
from petitions.log.note import Verifier

_UNSETTLED = """
SELECT (SELECT count(*) FROM petitions_entry WHERE index IS NULL) AS entries_without_index,
       (SELECT count(*) FROM petitions_batch WHERE state = 'frozen') AS batches_without_documents,
       (SELECT count(*) FROM petitions_delivery WHERE state IN ('pending', 'claimed'))
           AS deliveries_under_way,
       (SELECT count(*) FROM petitions_signature WHERE mail_due_at IS NOT NULL) AS mails_due,
       (SELECT count(*) FROM petitions_signature WHERE state = 'confirmed')
           - (SELECT coalesce(sum(signatures), 0) FROM petitions_batch) AS signatures_to_batch
"""


@dataclass(frozen=True)
class Record:
    """One look at the database."""

    connection: psycopg.Connection

    def rows(self, query: str, *parameters: object) -> list[Any]:
        with self.connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(query.encode(), parameters).fetchall()

    def values(self, query: str, *parameters: object) -> list[Any]:
        """The first column."""
        return [row[0] for row in self.rows(query, *parameters)]

    def unsettled(self) -> dict[str, int]:
        """What is still to be done, and how much of it."""
        (row,) = self.rows(_UNSETTLED)
        return {name: int(number) for name, number in row._asdict().items() if number}

    def assert_log_is_whole(self, verifier: Verifier) -> None:
        """Indexes have no gap, and each checkpoint's root and signature follow from the leaves."""
        entries = self.rows("SELECT index, leaf, leaf_hash FROM petitions_entry ORDER BY index")
        assert [entry.index for entry in entries] == list(range(len(entries)))
        hashes = [hash_leaf(entry.leaf) for entry in entries]
        assert [entry.leaf_hash for entry in entries] == hashes

        tree = Tree()
        checkpoints = self.rows(
            "SELECT size, root_hash, note FROM petitions_checkpoint ORDER BY size"
        )
        for checkpoint in checkpoints:
            tree = tree.extended(hashes[tree.size : checkpoint.size])
            assert (tree.size, tree.root()) == (checkpoint.size, checkpoint.root_hash)
            head = TreeHead.open(checkpoint.note, verifier)
            assert head == TreeHead(verifier.name, checkpoint.size, checkpoint.root_hash)
        assert tree.size == len(entries)

    def assert_each_signature_counts_once(self) -> None:
        """It is once in the log, once in a tally, and in exactly one batch."""
        confirmed = "SELECT id FROM petitions_signature WHERE state = 'confirmed' ORDER BY id"
        in_log = (
            "SELECT signature_id FROM petitions_entry WHERE kind = 'sign' ORDER BY signature_id"
        )
        in_batches = """
            SELECT signature_id FROM petitions_batch AS batch JOIN petitions_entry AS entry
                ON entry.petition_id = batch.petition_id AND entry.kind = 'sign'
                AND entry.index >= batch.start AND entry.index < batch.checkpoint_id
            ORDER BY signature_id"""
        ids = self.values(confirmed)
        assert self.values(in_log) == ids
        assert self.values(in_batches) == ids
        assert sum(self.values("SELECT signatures FROM petitions_tally")) == len(ids)
        assert sum(self.values("SELECT signatures FROM petitions_batch")) == len(ids)

    def assert_batches_are_whole(self) -> None:
        """Each has its three documents, one entry in the log, and one delivery per recipient."""
        expected = """
            SELECT batch.id AS batch_id, recipient.id AS recipient_id FROM petitions_batch AS batch
            JOIN petitions_target AS target ON target.petition_id = batch.petition_id
            JOIN petitions_recipient AS recipient ON recipient.target_id = target.id
            ORDER BY 1, 2"""
        made = "SELECT batch_id, recipient_id FROM petitions_delivery ORDER BY 1, 2"
        assert self.rows(made) == self.rows(expected)
        batches = self.values("SELECT id FROM petitions_batch ORDER BY id")
        documents = self.rows("SELECT batch_id, name FROM petitions_document")
        names = ("letter.pdf", "manifest.json", "roll.csv")
        assert sorted(map(tuple, documents)) == [(pk, name) for pk in batches for name in names]
        sealed = self.values("SELECT count(*) FROM petitions_entry WHERE kind = 'batch'")
        assert sealed == [len(batches)]
