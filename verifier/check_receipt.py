"""`receipt FILE`: whether an entry is in the log, whose it is, and whether it still counts."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from petitions.log.checkpoint import TreeHead
from petitions.log.cosignature import Witness
from petitions.log.leaf import Leaf, LeafError, parse
from petitions.log.note import NoteError, Verifier
from petitions.log.receipt import MAX_SIZE, Opening, Receipt, ReceiptError

from .counting import endings
from .outcome import Code, Failed, Outcome, Unusable
from .published import PublishedLog, Trust
from .source import Source, read_file


def check_receipt(
    file: Path, trusted: Trust, witnesses: Sequence[Witness], quorum: int, log: Source | None
) -> Outcome:
    """Check a receipt; with the log, also that the log still holds it, and whether it counts."""
    raw = read_file(file, MAX_SIZE)
    if raw is None:
        raise Unusable(f"There is no file {file}.")
    try:
        receipt = Receipt.decode(raw)
        opening = Opening.decode(receipt.extra)
        head = receipt.verify(opening.leaf, trusted.key)
        leaf = parse(opening.leaf)
    except (ReceiptError, LeafError) as error:
        raise Failed(f"The receipt proves nothing: {error}.") from error
    sentences = [
        (
            f"The receipt is right: entry {receipt.index} is in the log {head.origin}, as of its "
            f"checkpoint of {head.size} entries."
        ),
        *_described(leaf),
        *_opened(leaf, opening),
        *_witnessed(receipt.checkpoint, witnesses, quorum),
    ]
    ended = _ended(receipt, head, log, trusted.key) if log else None
    if ended:
        return Outcome(Code.NO_LONGER_COUNTS, (f"{ended} {sentences[0]}", *sentences[1:]))
    if log:
        sentences.append("The log as it is now holds the entry, and nothing there ends it.")
    else:
        sentences.append("Whether it was withdrawn later is not known without --log.")
    return Outcome.fine([*sentences, *trusted.sentences()])


def _described(leaf: Leaf) -> Iterator[str]:
    if leaf.type != "sign":
        raise Failed(f"The receipt is of an entry of the type {leaf.type}, not of a signature.")
    yield (
        f"It is a signature of {leaf.text('date')}, verified by {leaf.text('kind')}, under the "
        f"text with the SHA-256 {leaf.text('text')}."
    )


def _opened(leaf: Leaf, opening: Opening) -> Iterator[str]:
    if not opening.record:
        yield "The receipt does not say whose it is; its record could be compared."
    elif opening.opens(bytes.fromhex(leaf.text("commitment"))):
        yield f"It is the signature of this record: {opening.record.decode(errors='replace')}"
    else:
        raise Failed("The receipt's record is not the one that was signed.")


def _witnessed(checkpoint: str, witnesses: Sequence[Witness], quorum: int) -> Iterator[str]:
    try:
        saw = [each.name for each in witnesses if each.cosigned_at(checkpoint) is not None]
    except NoteError as error:
        raise Failed(f"A witness did not sign this: {error}.") from error
    if len(saw) < quorum:
        raise Failed(f"Only {len(saw)} of the {quorum} witnesses that you want have cosigned it.")
    if witnesses:
        names = f": {', '.join(saw)}" if saw else ""
        yield f"{len(saw)} of your {len(witnesses)} witnesses cosigned the checkpoint{names}."
    else:
        yield "No witnesses were given with --witness, so none were looked for."


def _ended(receipt: Receipt, head: TreeHead, source: Source, key: Verifier) -> str | None:
    log = PublishedLog(source, key)
    log.continues(head)
    for ended, how in endings(log.entries(receipt.index + 1, log.head.size)):
        if ended == receipt.index:
            return f"The signature no longer counts: it was {how} of the log."
    return None
