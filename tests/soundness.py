"""Recomputes the log as anybody could."""

from django.conf import settings

from petitions.log.checkpoint import TreeHead
from petitions.log.merkle import Tree, hash_leaf
from petitions.models import Checkpoint, Entry


def assert_log_is_sound() -> None:
    """Recompute every checkpoint from the leaves alone."""
    entries = list(Entry.objects.filter(index__isnull=False).order_by("index"))
    assert [entry.index for entry in entries] == list(range(len(entries)))
    tree = Tree()
    heads = {}
    for entry in entries:
        tree = tree.extended([hash_leaf(bytes(entry.leaf or b""))])
        heads[tree.size] = tree.root()
    for checkpoint in Checkpoint.objects.all():
        head = TreeHead.open(checkpoint.note, settings.LOG_SIGNER.verifier)
        assert head == TreeHead(settings.LOG_ORIGIN, checkpoint.size, heads[checkpoint.size])
        assert bytes(checkpoint.root_hash) == head.root_hash


def sequence() -> None:
    """Let the sequencer work until nothing waits for it."""
    while Checkpoint.advance():
        pass
