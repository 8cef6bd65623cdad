"""Notes and checkpoints keep to the C2SP specifications."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.log.checkpoint import TreeHead
from petitions.log.merkle import Tree, hash_leaf
from petitions.log.note import (
    KeyFormatError,
    Note,
    NoteError,
    NoteSignature,
    Signer,
    Verifier,
    open_note,
)

# The example of the signed-note specification.
EXAMPLE = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
SIGNER = Signer("example.org/log", bytes(range(32)))
ROOT = base64.b64encode(bytes(32)).decode()


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
        (EXAMPLE.replace("530d903a", "530D903A"), "small hexadecimal"),
        (EXAMPLE.replace("+Aek", "+BOk"), "not an Ed25519 key"),
        ("two words+530d903a+AAAA", "no spaces"),
    ],
)
def test_key_that_is_damaged_is_refused(key: str, reason: str) -> None:
    with pytest.raises(KeyFormatError, match=reason):
        Verifier.decode(key)


def test_note_of_the_specification_opens() -> None:
    assert open_note(EXAMPLE_NOTE, Verifier.decode(EXAMPLE)) == "This is an example message.\n"


def test_note_is_written_as_it_was_read() -> None:
    assert Note.decode(EXAMPLE_NOTE).encoded() == EXAMPLE_NOTE


@given(st.data())
def test_note_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    raw = bytearray(EXAMPLE_NOTE.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises((NoteError, UnicodeDecodeError)):
        open_note(raw.decode(), Verifier.decode(EXAMPLE))


def test_note_opens_with_any_of_several_keys() -> None:
    other = Signer("example.org/new", bytes(32))
    note = SIGNER.sign("text\n")
    assert open_note(note, other.verifier, SIGNER.verifier) == "text\n"
    both = Note.decode(note).with_signatures(Note.decode(other.sign("text\n")).signatures)
    keys = [other.verifier, SIGNER.verifier, Verifier.decode(EXAMPLE)]
    assert both.verified_by(keys) == keys[:2]
    assert both.with_signatures(both.signatures) == both


def test_note_with_a_wrong_signature_by_one_of_the_keys_is_refused() -> None:
    other = Signer("example.org/new", bytes(32))
    wrong = Note.decode(SIGNER.sign("text\n")).with_signatures(
        Note.decode(other.sign("next\n")).signatures
    )
    assert open_note(wrong.encoded(), SIGNER.verifier) == "text\n"
    with pytest.raises(NoteError, match=r"by example.org/new does not fit"):
        open_note(wrong.encoded(), SIGNER.verifier, other.verifier)


def test_note_may_have_sixteen_signatures_and_more_but_not_any_number() -> None:
    note = Note.decode(SIGNER.sign("text\n"))
    others = [NoteSignature(f"witness.example/{number}", b"abcd", b"x") for number in range(64)]
    assert open_note(note.with_signatures(others[:63]).encoded(), SIGNER.verifier) == "text\n"
    with pytest.raises(NoteError, match="up to 64 signatures here, not 65"):
        open_note(note.with_signatures(others).encoded(), SIGNER.verifier)


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


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\nno signature\n",
        "text\n\n— a b",
        "text\n\n",
        "te\txt\n\n— a AAAAAAA=\n",
        "te\ud800xt\n\n— a AAAAAAA=\n",
        "text\n\n— a AAAAAAA=\n\n— a AAAAAAA=",
        "text\n\n— a AAAAAAA\n",
        "text\n\n— a AAAAAAB=\n",
        "text\n\n— a AAAAAA==\n",
        "text\n\n—  AAAAAAA=\n",
        "text\n\n— a+b AAAAAAA=\n",
        "text\n\n— a\u00a0b AAAAAAA=\n",
    ],
)
def test_note_that_is_malformed_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        Note.decode(note)


def test_checkpoint_says_origin_size_and_root() -> None:
    tree = Tree().extended([hash_leaf(b"leaf")])
    head = TreeHead("example.org/log", tree.size, tree.root())
    checkpoint = head.signed(SIGNER)
    assert checkpoint.startswith("example.org/log\n1\n")
    assert TreeHead.open(checkpoint, SIGNER.verifier) == head


def test_checkpoint_may_have_extension_lines() -> None:
    text = f"example.org/log\n1\n{ROOT}\nextension\nanother\n"
    assert TreeHead.open(SIGNER.sign(text), SIGNER.verifier) == TreeHead(
        "example.org/log", 1, bytes(32)
    )


@pytest.mark.parametrize(
    "text",
    [
        "example.org/log\n1\n",
        "example.org/log\n01\nAAAA\n",
        "example.org/log\n-1\nAAAA\n",
        "example.org/log\n1\nAAAA\n",
        "\n1\nAAAA\n",
        f"example.org/log\n1 \n{ROOT}\n",
        f"example.org/log\n١\n{ROOT}\n",
        f"example.org/log\n{1 << 63}\n{ROOT}\n",
        f"example.org/log\n{'9' * 5000}\n{ROOT}\n",
        f"example.org/log\n1\n{ROOT.replace('A=', 'B=')}\n",
        f"example.org/log\n1\n{ROOT}\n\nextension\n",
        f"example.org/log\n1\n{ROOT}\n\n",
        f"example.org/log\n0\n{ROOT}\n",
    ],
)
def test_checkpoint_that_is_malformed_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        TreeHead.open(SIGNER.sign(text), SIGNER.verifier)
