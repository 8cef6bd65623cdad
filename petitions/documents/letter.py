"""The letter of a batch as a PDF, as one hands it over to a board."""

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override, pgettext

from petitions.languages import interface_language
from petitions.log.checkpoint import TreeHead

from .counts import Counts
from .language import Language
from .prose import Block, Fact, Links, Run, blocks, is_linkable, plain
from .typesetting import typeset

TEMPLATE = Path(__file__).with_name("letter.typ")


@dataclass(frozen=True, slots=True)
class Letter:
    """One version of an open letter with the signatures that a batch brings.

    `text` and `verification` (how names were verified) are Markdown. The addresses are absolute:
    of the petition, of the exact bytes that `text_hash` (SHA-256, 32 bytes) is of, and of the
    page that explains how to check the log, if there is one. `log` is the checkpoint of the batch.
    """

    title: str
    language: str
    text: str
    addressees: Sequence[str]
    version: int
    text_hash: bytes
    batch: int
    counts: Counts
    verification: str
    log: TreeHead
    url: str
    text_url: str
    verify_url: str = ""


def letter_pdf(letter: Letter, *, system_fonts: bool = True) -> bytes:
    """Return the letter as a tagged PDF (PDF/UA-1) on A4; the same letter gives the same bytes.

    Words around the letter are in the interface language nearest to the letter's own. Without
    `system_fonts`, only the fonts within typst are used.
    """
    around = interface_language(letter.language)
    links = Links(letter.url)
    with override(around):
        data: dict[str, object] = {
            "title": letter.title,
            "letter": Language.of(letter.language).for_typst(),
            "around": Language.of(around).for_typst(),
            "kind": _("Open letter"),
            "date": _date(letter.counts.as_of),
            "to": _("To"),
            "addressees": list(letter.addressees),
            "footer": _footer(letter),
            "body": _body(letter, links),
            "signed": _signed(letter.counts),
            "sections": _sections(letter, links),
            "links": _links(links),
        }
    return typeset(TEMPLATE, data, letter.counts.as_of, system_fonts=system_fonts)


def _body(letter: Letter, links: Links) -> list[Block]:
    """Return the text; a first heading that only repeats the title is left out."""
    body = blocks(letter.text, links)
    if body and body[0]["kind"] == "heading" and plain(body[0]["runs"]) == letter.title:
        return body[1:]
    return body


def _footer(letter: Letter) -> str:
    numbers = {"version": letter.version, "batch": letter.batch}
    return _("Version %(version)s, batch %(batch)s") % numbers


def _signed(counts: Counts) -> str:
    """Return the line under the letter, in the place of a signature."""
    line = ngettext(
        "%(total)s confirmed signature as of %(date)s",
        "%(total)s confirmed signatures as of %(date)s",
        counts.total,
    )
    return line % {"total": _number(counts.total), "date": _date(counts.as_of)}


def _sections(letter: Letter, links: Links) -> list[dict[str, object]]:
    """Return what follows the letter: headings with blocks."""
    return [
        {"heading": _("Signatures"), "blocks": _signatures(letter, links)},
        {
            "heading": _("How the signatures were verified"),
            "blocks": blocks(letter.verification, links),
        },
        {"heading": _("How to check this letter"), "blocks": _checks(letter, links)},
    ]


def _signatures(letter: Letter, links: Links) -> list[Block]:
    counts = letter.counts
    # Line ends, because between sentences in Chinese there is no space.
    summary = blocks("\n".join(_summary(letter)), links)
    if not counts.groups:
        return [*summary, _tiers(counts)]
    groups = _(
        "Signers without a name were verified as members of these groups. One signer may be in "
        "several; small groups are not listed."
    )
    return [*summary, _tiers(counts), *blocks(groups, links), _groups(counts)]


def _summary(letter: Letter) -> Iterator[str]:
    """Yield sentences: how many there are, and what this batch adds and takes away."""
    counts = letter.counts
    values = {
        "date": _date(counts.as_of),
        "time": counts.as_of.astimezone(UTC).strftime("%H:%M"),
        "total": _number(counts.total),
        "new": _number(counts.new),
        "nameless": _number(counts.nameless),
        "withdrawn": _number(counts.withdrawn),
        "batch": letter.batch,
    }
    stands = ngettext(
        "On %(date)s at %(time)s UTC this letter had %(total)s confirmed signature.",
        "On %(date)s at %(time)s UTC this letter had %(total)s confirmed signatures.",
        counts.total,
    )
    yield stands % values
    gained = ngettext(
        "%(new)s of them is new in this batch, number %(batch)s. The roll that comes with this "
        "letter lists it in the form that the signer chose.",
        "%(new)s of them are new in this batch, number %(batch)s. The roll that comes with this "
        "letter lists them in the form that each signer chose.",
        counts.new,
    )
    yield gained % values
    if counts.nameless:
        nameless = ngettext(
            "%(nameless)s of the new ones stands there without a name, because the signer wants "
            "it so, or has changed or withdrawn it since.",
            "%(nameless)s of the new ones stand there without a name, because the signers want it "
            "so, or have changed or withdrawn them since.",
            counts.nameless,
        )
        yield nameless % values
    if counts.withdrawn:
        withdrawn = ngettext(
            "%(withdrawn)s signature of earlier batches was withdrawn, or changed and counted as "
            "new; the roll lists it.",
            "%(withdrawn)s signatures of earlier batches were withdrawn, or changed and counted as "
            "new; the roll lists them.",
            counts.withdrawn,
        )
        yield withdrawn % values


def _tiers(counts: Counts) -> Block:
    rows = [(str(tier.label), tier.signatures) for tier in counts.tiers if tier.signatures]
    table = _table(_("Verified by"), rows)
    total: list[list[Run]] = [
        [{"text": _("All"), "strong": True}],
        [{"text": _number(counts.total), "strong": True}],
    ]
    table["rows"].append(total)
    return table


def _groups(counts: Counts) -> Block:
    return _table(_("Group"), [(group.label, group.signatures) for group in counts.groups])


def _table(of: str, numbers: Iterable[tuple[str, int]]) -> Block:
    """Return a table of what is counted, each with its number of signatures."""
    rows: list[list[list[Run]]] = [[[{"text": of}], [{"text": _("Signatures")}]]]
    rows += [[[{"text": label}], [{"text": _number(number)}]] for label, number in numbers]
    return {"kind": "table", "align": ["start", "end"], "rows": rows}


def _checks(letter: Letter, links: Links) -> list[Block]:
    steps = [
        _(
            "The text of this letter is published at %(address)s. The SHA-256 of that file is the "
            "one below."
        )
        % {"address": f"<{letter.text_url}>"},
        _(
            "Each signature is an entry in a public log that is only ever added to. The checkpoint "
            "below fixes all of its entries up to this batch; the manifest that comes with this "
            "letter holds it with the log's own signature."
        ),
    ]
    if letter.verify_url:
        steps.append(
            _(
                "The numbers can be recomputed from that log with tools that we did not write, as "
                "described at %(address)s."
            )
            % {"address": f"<{letter.verify_url}>"}
        )
    return [*blocks("\n\n".join(steps), links), {"kind": "facts", "facts": _facts(letter)}]


def _facts(letter: Letter) -> list[Fact]:
    root_hash = base64.b64encode(letter.log.root_hash).decode()
    return [
        {"label": _("Petition"), "text": letter.url, "live": is_linkable(letter.url)},
        {"label": _("SHA-256 of the text"), "text": letter.text_hash.hex(), "mono": True},
        {"label": _("Log"), "text": letter.log.origin},
        {"label": _("Entries in the log"), "text": _number(letter.log.size)},
        {"label": _("Root hash of the log"), "text": root_hash, "mono": True},
    ]


def _links(links: Links) -> dict[str, object]:
    """Return the addresses behind the numbers in the text, and which of them can be followed."""
    return {
        "heading": _("Links"),
        "addresses": [{"text": url, "live": is_linkable(url)} for url in links],
    }


def _date(moment: datetime) -> str:
    """Return the day in UTC, as the interface language writes it."""
    # Translators: how a date is written, in the letters of Django's `date` template filter.
    return date_format(moment.astimezone(UTC), pgettext("date format", "j F Y"))


def _number(value: int) -> str:
    return number_format(value, force_grouping=True)
