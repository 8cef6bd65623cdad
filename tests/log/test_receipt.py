"""Receipts are those of the tlog-proof specification, and none can be changed unnoticed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.log import leaf
from petitions.log.checkpoint import TreeHead
from petitions.log.note import Signer
from petitions.log.proof import prove_inclusion
from petitions.log.receipt import Opening, Receipt, ReceiptError
from tests.log import reference

LOG = Signer("example.org/log", bytes(range(32)))
SALT = bytes(range(100, 132))
RECORD = leaf.canonical_json({"v": 1, "name": "Ada Lovelace", "role": "", "affiliation": ""})
LEAF = leaf.signed(bytes(32), "email", leaf.commitment(SALT, RECORD), date(2026, 11, 22))
LEAVES = [*(str(number).encode() for number in range(6)), LEAF, b"7", b"8"]
CHECKPOINT = TreeHead("example.org/log", len(LEAVES), reference.root(LEAVES)).signed(LOG)


def receipt(extra: bytes = Opening(SALT, LEAF, RECORD).encoded()) -> Receipt:
    proof = prove_inclusion(6, len(LEAVES), reference.Nodes(LEAVES))
    return Receipt(6, tuple(proof), CHECKPOINT, extra)


def test_receipt_is_written_as_the_specification_says() -> None:
    lines = receipt(b"extra").encoded().decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra ZXh0cmE=", "index 6"]
    assert len(lines[3:7]) == len(reference.inclusion(6, LEAVES))
    assert "\n".join(lines[7:]) == f"\n{CHECKPOINT}"


def test_receipt_without_extra_has_no_line_for_it() -> None:
    raw = receipt(b"").encoded()
    assert raw.startswith(b"c2sp.org/tlog-proof@v1\nindex 6\n")
    assert Receipt.decode(raw) == receipt(b"")


def test_receipt_proves_its_leaf_and_opens_it() -> None:
    read = Receipt.decode(receipt().encoded())
    opening = Opening.decode(read.extra)
    assert read == receipt()
    assert read.verify(opening.leaf, LOG.verifier).size == len(LEAVES)
    assert opening.opens(bytes.fromhex(leaf.parse(opening.leaf).text("commitment")))


def test_receipt_of_the_only_entry_has_no_hashes() -> None:
    head = TreeHead("example.org/log", 1, reference.root([LEAF]))
    raw = Receipt(0, (), head.signed(LOG)).encoded()
    assert Receipt.decode(raw).verify(LEAF, LOG.verifier) == head


@given(st.data())
def test_receipt_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    raw = bytearray(receipt().encoded())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ReceiptError):
        check(bytes(raw))


@given(st.data())
def test_receipt_with_any_byte_missing_is_refused(data: st.DataObject) -> None:
    raw = receipt().encoded()
    place = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(ReceiptError):
        check(raw[:place] + raw[place + 1 :])


def check(raw: bytes) -> None:
    """All that somebody checks who gets a receipt; a commitment that doesn't open is an error."""
    read = Receipt.decode(raw)
    opening = Opening.decode(read.extra)
    read.verify(opening.leaf, LOG.verifier)
    if not opening.opens(bytes.fromhex(leaf.parse(opening.leaf).text("commitment"))):
        raise ReceiptError("not the record")


def test_receipt_with_a_key_of_another_log_is_refused() -> None:
    with pytest.raises(ReceiptError, match=r"no signature by example.org/other"):
        receipt().verify(LEAF, Signer("example.org/other", bytes(32)).verifier)
    # The same key, under whose name another log is served.
    foreign = TreeHead("example.org/elsewhere", len(LEAVES), reference.root(LEAVES)).signed(LOG)
    with pytest.raises(ReceiptError, match=r"of another log: example.org/elsewhere"):
        Receipt(6, receipt().proof, foreign).verify(LEAF, LOG.verifier)


def test_receipt_of_another_leaf_is_refused() -> None:
    with pytest.raises(ReceiptError, match="does not lead from leaf 6"):
        receipt().verify(LEAVES[5], LOG.verifier)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1\n", b"@v2\n"),
        (b"@v1\n", b"@v1\r\n"),
        (b"\nextra ", b"\nextra  "),
        (b"\nextra ZXh0cmE=\n", b"\nextra \n"),
        (b"\nextra ZXh0cmE=\n", b"\nextra ZXh0cmF=\n"),
        (b"\nextra ZXh0cmE=\n", b"\nextra ZXh0cmE=\nextra ZXh0cmE=\n"),
        (b"\nindex 6\n", b"\n"),
        (b"\nindex 6\n", b"\nindex 06\n"),
        (b"\nindex 6\n", b"\nindex +6\n"),
        (b"\nindex 6\n", b"\nindex\n"),
        (b"\nindex 6\n", b"\nindex 6\nAAAA\n"),
        (b"\nindex 6\n", b"\nindex 6\n" + b"A" * 43 + b"=\n" * 64),
        (b"\n\nexample.org", b"\nexample.org"),
        (b"c2sp.org", b"\n\nc2sp.org"),
        (b"c2sp.org", b"\xffc2sp.org"),
    ],
)
def test_receipt_that_is_written_otherwise_is_refused(old: bytes, new: bytes) -> None:
    raw = receipt(b"extra").encoded()
    assert old in raw
    with pytest.raises(ReceiptError):
        Receipt.decode(raw.replace(old, new, 1))


def test_receipt_of_any_size_is_refused_early() -> None:
    with pytest.raises(ReceiptError, match="at most 262144 bytes"):
        Receipt.decode(bytes(300_000))


@pytest.mark.parametrize("extra", [b"", bytes(31), SALT + LEAF + b"\n"])
def test_opening_that_is_cut_off_is_refused(extra: bytes) -> None:
    with pytest.raises(ReceiptError, match="a salt of 32 bytes"):
        Opening.decode(extra)


def test_opening_may_know_no_record() -> None:
    assert Opening.decode(SALT + LEAF) == Opening(SALT, LEAF)


def test_receipt_in_a_log_of_a_million_fits_into_two_kilobytes() -> None:
    large = Receipt(999_999, (bytes(32),) * 20, CHECKPOINT, receipt().extra)
    assert len(large.encoded()) < 2048
