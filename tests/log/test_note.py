"""Notes and checkpoints keep to the C2SP specifications."""

import pytest

from petitions.log.checkpoint import TreeHead
from petitions.log.merkle import Tree, hash_leaf
from petitions.log.note import KeyFormatError, NoteError, Signer, Verifier, open_note

# The example of the signed-note specification.
EXAMPLE = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SIGNER = Signer("example.org/log", bytes(range(32)))


def test_key_of_the_specification_is_read_and_written() -> None:
    verifier = Verifier.decode(EXAMPLE)
    assert verifier.name == "example.com/foo"
    assert verifier.encoded() == EXAMPLE


def test_signing_key_survives_writing_and_reading() -> None:
    signer = Signer.generate("example.org/log")
    assert Signer.decode(signer.encoded()) == signer


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("example.org", "three parts"),
        (EXAMPLE.replace("530d903a", "530d903b"), "not the one of this name"),
        (EXAMPLE.replace("foo", "bar"), "not the one of this name"),
        ("example.com/foo+530d903a+!!", "cannot be decoded"),
        ("example.com/foo+530d903a+AAAA", "not an Ed25519 key"),
        ("two words+530d903a+AAAA", "no spaces"),
    ],
)
def test_key_that_is_damaged_is_refused(key: str, reason: str) -> None:
    with pytest.raises(KeyFormatError, match=reason):
        Verifier.decode(key)


def test_note_opens_with_its_key_only() -> None:
    note = SIGNER.sign("text\n")
    assert open_note(note, SIGNER.verifier) == "text\n"
    with pytest.raises(NoteError, match="no signature by"):
        open_note(note, Verifier.decode(EXAMPLE))


def test_note_that_was_changed_is_refused() -> None:
    with pytest.raises(NoteError, match="does not fit the text"):
        open_note(SIGNER.sign("text\n").replace("text", "next"), SIGNER.verifier)


def test_note_opens_beside_signatures_of_others() -> None:
    other = Signer("witness.example", bytes(32)).sign("text\n").rpartition("\n\n")[2]
    assert open_note(SIGNER.sign("text\n") + other, SIGNER.verifier) == "text\n"


@pytest.mark.parametrize("note", ["", "text\n", "text\n\nno signature\n", "text\n\n— a b"])
def test_note_that_is_malformed_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, SIGNER.verifier)


def test_checkpoint_says_origin_size_and_root() -> None:
    tree = Tree().extended([hash_leaf(b"leaf")])
    head = TreeHead("example.org/log", tree.size, tree.root())
    checkpoint = head.signed(SIGNER)
    assert checkpoint.startswith("example.org/log\n1\n")
    assert TreeHead.open(checkpoint, SIGNER.verifier) == head


@pytest.mark.parametrize(
    "text",
    [
        "example.org/log\n1\n",
        "example.org/log\n01\nAAAA\n",
        "example.org/log\n-1\nAAAA\n",
        "example.org/log\n1\nAAAA\n",
        "\n1\nAAAA\n",
    ],
)
def test_checkpoint_that_is_malformed_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        TreeHead.open(SIGNER.sign(text), SIGNER.verifier)
