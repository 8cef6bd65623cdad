"""Checkpoints: signed tree heads of the log, made by the sequencer.

The sequencer is `Checkpoint.advance`: one writer at a time, under an advisory lock. It gives the
waiting entries gapless indexes, extends the tree, counts and signs, all in one transaction, so
that a crash at any point leaves either all of it or nothing.
"""

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from petitions.log import leaf
from petitions.log.checkpoint import TreeHead
from petitions.log.merkle import Tree, hash_leaf

from .entry import Entry
from .tally import Tally

# Any number that no other advisory lock of the database uses.
SEQUENCER_LOCK = 0x756E6465


class Checkpoint(models.Model):
    """The log at one size. Its frontier is enough to append to the tree without reading it."""

    size = models.BigIntegerField(primary_key=True)
    root_hash = models.BinaryField(max_length=32)
    frontier = models.BinaryField()
    note = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        get_latest_by = "size"

    def __str__(self) -> str:
        return f"checkpoint {self.size}"

    @property
    def tree(self) -> Tree:
        """The tree that the checkpoint is the head of."""
        return Tree.from_bytes(self.size, bytes(self.frontier))

    @classmethod
    def latest(cls) -> "Checkpoint | None":
        """Return the newest checkpoint, or None while the log is empty."""
        return cls.objects.order_by("-size").first()

    @classmethod
    def advance(cls, limit: int = 10_000) -> "Checkpoint | None":
        """Sequence up to `limit` waiting entries.

        Returns the new checkpoint, or None where nothing waits, another sequencer is at work, or
        one of the entries was taken back meanwhile.
        """
        with transaction.atomic():
            if not _only_sequencer():
                return None
            waiting = list(Entry.objects.waiting().values_list("id", "leaf_hash")[:limit])
            if not waiting:
                return None
            last = cls.latest()
            tree = last.tree if last else Tree()
            written = _write_leaves([entry for entry, leaf_hash in waiting if leaf_hash is None])
            if not _give_indexes([entry for entry, _ in waiting], start=tree.size):
                transaction.set_rollback(True)
                return None
            checkpoint = cls._sign(
                tree.extended(bytes(leaf_hash or written[entry]) for entry, leaf_hash in waiting)
            )
            Tally.add(tree.size, checkpoint.size)
        return checkpoint

    @classmethod
    def _sign(cls, tree: Tree) -> "Checkpoint":
        head = TreeHead(settings.LOG_ORIGIN, tree.size, tree.root())
        return cls.objects.create(
            size=tree.size,
            root_hash=head.root_hash,
            frontier=tree.to_bytes(),
            note=head.signed(settings.LOG_SIGNER),
            made_at=timezone.now(),
        )


def _only_sequencer() -> bool:
    """Take the lock until the transaction ends, or say that somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        return bool(cursor.fetchone()[0])


def _write_leaves(entries: list[int]) -> dict[int, bytes]:
    """Write the leaves of withdrawals, which name an index; return each leaf's hash."""
    if not entries:
        return {}
    places = Entry.objects.filter(pk__in=entries).values_list("pk", "about__index")
    leaves = {entry: leaf.withdrawn(index) for entry, index in places if index is not None}
    hashes = {entry: hash_leaf(content) for entry, content in leaves.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE petitions_entry AS entry SET leaf = written.leaf, leaf_hash = written.leaf_hash
            FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS written(id, leaf, leaf_hash)
            WHERE entry.id = written.id
            """,
            [list(leaves), list(leaves.values()), list(hashes.values())],
        )
    return hashes


def _give_indexes(entries: list[int], start: int) -> bool:
    """Number these entries from `start`, in this order, in one statement.

    Returns False if not all of them are there any more.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE petitions_entry AS entry SET index = %s + place.ordinality - 1
            FROM unnest(%s::bigint[]) WITH ORDINALITY AS place(id, ordinality)
            WHERE entry.id = place.id
            """,
            [start, entries],
        )
        return bool(cursor.rowcount == len(entries))
