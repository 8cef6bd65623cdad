"""Cosignatures are those of the tlog-cosignature specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.log.checkpoint import TreeHead
from petitions.log.cosignature import Cosigner, Witness, with_cosignatures
from petitions.log.note import KeyFormatError, Note, NoteError, NoteSignature, Signer, open_note

# The example of the specification; the keys are not published with it.
EXAMPLE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
LOG = Signer("example.org/log", bytes(range(32)))
COSIGNER = Cosigner(Signer("witness.example/w1", bytes(32)))
CHECKPOINT = TreeHead("example.org/log", 7, bytes(range(32))).signed(LOG)
SECONDS = 1_679_315_147


def cosigned(at: int = SECONDS) -> str:
    line = COSIGNER.cosign(CHECKPOINT, at).encoded()
    return with_cosignatures(CHECKPOINT, line, COSIGNER.witness)


def test_witness_says_what_it_saw_and_when() -> None:
    checkpoint = cosigned()
    assert COSIGNER.witness.cosigned_at(checkpoint) == SECONDS
    assert COSIGNER.witness.cosigned_at(CHECKPOINT) is None
    assert open_note(checkpoint, LOG.verifier) == open_note(CHECKPOINT, LOG.verifier)


def test_message_and_line_are_those_of_the_specification() -> None:
    line = COSIGNER.cosign(CHECKPOINT, SECONDS)
    text = Note.decode(CHECKPOINT).text
    message = f"cosignature/v1\ntime {SECONDS}\n{text}".encode()
    assert line.signature == SECONDS.to_bytes(8) + COSIGNER.signer.sign_bytes(message)


def test_example_of_the_specification_is_read() -> None:
    _, witness = Note.decode(EXAMPLE).signatures
    assert (witness.name, len(witness.signature)) == ("witness.example.com/w1", 72)
    assert int.from_bytes(witness.signature[:8]) == SECONDS
    assert Note.decode(EXAMPLE).encoded() == EXAMPLE


def test_key_of_a_witness_is_none_of_a_log() -> None:
    witness = COSIGNER.witness
    assert Witness.decode(witness.encoded()) == witness
    assert witness.key_id != COSIGNER.signer.verifier.key_id
    with pytest.raises(KeyFormatError, match="0x04"):
        Witness.decode(COSIGNER.signer.verifier.encoded())


@given(st.data())
def test_cosignature_with_any_byte_changed_is_refused_or_passed_over(data: st.DataObject) -> None:
    line = COSIGNER.cosign(CHECKPOINT, SECONDS)
    raw = bytearray(line.signature)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    changed = NoteSignature(line.name, line.key_id, bytes(raw)).encoded()
    with pytest.raises(NoteError):
        with_cosignatures(CHECKPOINT, changed, COSIGNER.witness)
    with pytest.raises(NoteError):
        COSIGNER.witness.cosigned_at(CHECKPOINT + changed)


def test_cosignature_of_another_checkpoint_is_refused() -> None:
    other = TreeHead("example.org/log", 8, bytes(32)).signed(LOG)
    with pytest.raises(NoteError, match="does not fit the text"):
        with_cosignatures(other, COSIGNER.cosign(CHECKPOINT, SECONDS).encoded(), COSIGNER.witness)


def test_only_the_line_of_the_witness_asked_is_taken() -> None:
    stranger = NoteSignature("stranger.example", b"abcd", bytes(72)).encoded()
    mine = COSIGNER.cosign(CHECKPOINT, SECONDS).encoded()
    assert with_cosignatures(CHECKPOINT, stranger + mine, COSIGNER.witness) == CHECKPOINT + mine
    with pytest.raises(NoteError, match=r"no cosignature by witness.example/w1"):
        with_cosignatures(CHECKPOINT, stranger, COSIGNER.witness)


@pytest.mark.parametrize("answer", ["", "no\n", "\n", "— a AAAAAAA=", "x\n\n— a AAAAAAA=\n"])
def test_answer_that_is_no_signature_line_is_refused(answer: str) -> None:
    with pytest.raises(NoteError):
        with_cosignatures(CHECKPOINT, answer, COSIGNER.witness)


def test_time_may_be_far_in_the_future_and_no_further() -> None:
    witness = COSIGNER.witness
    assert witness.cosigned_at(cosigned((1 << 63) - 1)) == (1 << 63) - 1
    with pytest.raises(NoteError, match="below 2"):
        cosigned(1 << 63)
