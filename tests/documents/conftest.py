import dataclasses
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from petitions.documents.counts import Counts, GroupCount, TierCount
from petitions.documents.letter import Letter
from petitions.log.checkpoint import TreeHead

TEXT = """Dear all,

A message that arrives at three in the morning is *seen*, and **sleep** is lost over it.

## What we ask for

1. No message between 22:00 and 07:00.
   - Alarms are excepted.
2. One number to call, as in the [handbook](https://example.org/handbook#night).

> In March, four of ten messages came at night.
"""


@pytest.fixture
def counts() -> Counts:
    return Counts(
        total=12_713,
        new=100,
        tiers=[
            TierCount("email", "E-mail address", 9_503, withdrawn=2),
            TierCount("organizer", "Checked by an organizer", 0, withdrawn=1),
            TierCount("work_domain", "Address at the company", 3_210),
        ],
        as_of=datetime(2026, 11, 23, 14, 5, 9, tzinfo=UTC),
        nameless=20,
        withdrawn=3,
        groups=[GroupCount("work_domain", "example.com", "Addresses at example.com", 12)],
    )


@pytest.fixture
def letter(counts: Counts) -> Callable[..., Letter]:
    """A letter for quiet hours; keyword arguments change it."""
    whole = Letter(
        title="A letter for quiet hours",
        language="en",
        text=TEXT,
        addressees=["Example Industries plc", "Example Logistics GmbH & Co. KG"],
        version=2,
        text_hash=hashlib.sha256(TEXT.encode()).digest(),
        batch=3,
        counts=counts,
        verification="Every signer typed a code that we had mailed to them.",
        log=TreeHead("letters.example.org/log", 48_213, hashlib.sha256(b"log").digest()),
        url="https://letters.example.org/petitions/quiet-hours/",
        text_url="https://letters.example.org/petitions/quiet-hours/versions/2.md",
        verify_url="https://letters.example.org/petitions/quiet-hours/verify/",
    )

    def changed(**changes: Any) -> Letter:
        return dataclasses.replace(whole, **changes)

    return changed


@pytest.fixture
def text_of() -> Callable[[bytes], str]:
    """Return the text of a PDF on one line."""

    def text_of(pdf: bytes) -> str:
        pages = PdfReader(BytesIO(pdf)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    return text_of
