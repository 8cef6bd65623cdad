"""Makes petitions and signatures in the ways the product itself does."""

from datetime import date
from itertools import count

from django.test import Client

from accounts.addresses import Address
from accounts.facts import Fact, Method
from petitions import petition_file
from petitions.models import (
    Checkpoint,
    IdentityKind,
    ManageLink,
    Outcome,
    Petition,
    Signature,
    SubjectKind,
    Visibility,
)

LETTER = """\
---
title: {title}
slug: {slug}
language: {language}
audience: Anybody who works at Example Corp
targets:
  - company: Example Corp
    domain: example.com
    recipients:
      - name: Press office
        address: press@example.com
      - name: The board
        address: board@example.com
  - company: Example Foundation
    recipients:
      - name: Secretary
        address: secretary@example.org
delivery:
  every: {every}
---
To the board,

we would like to have our *weekends* back.
"""

_numbers = count(1)


def letter_file(
    slug: str = "weekends",
    title: str = "Give us our weekends back",
    language: str = "en",
    every: int = 3,
) -> bytes:
    """Return a petition file."""
    return LETTER.format(slug=slug, title=title, language=language, every=every).encode()


def make_petition(*, opened: bool = True, **fields: object) -> Petition:
    """Return a petition, open unless said otherwise."""
    petition = petition_file.read(letter_file(**fields)).create()  # type: ignore[arg-type]  # named as there
    assert petition is not None
    if opened:
        petition.open()
    return petition


def begin_signature(petition: Petition, email: str = "", name: str = "Ada Lovelace") -> Signature:
    """Return a pending signature."""
    return Signature.begin(
        petition.current_version,
        name=name,
        role="Mathematician",
        affiliation="Example Corp",
        language="en",
        address=Address.parse(email or f"signer{next(_numbers)}@example.net"),
    )


def make_signature(petition: Petition, email: str = "", name: str = "Ada Lovelace") -> Signature:
    """Return a confirmed signature that is not in the log yet."""
    signature = begin_signature(petition, email, name)
    assert Signature.confirm(petition.slug, signature.pk, has_right_code=True) is Outcome.CONFIRMED
    signature.refresh_from_db()
    return signature


def begin_without_address(
    petition: Petition, visibility: Visibility = Visibility.PUBLIC
) -> Signature:
    """Return a pending signature that waits for a GitHub account."""
    return Signature.begin(
        petition.current_version,
        name="Ada Lovelace",
        role="Mathematician",
        affiliation="Example Corp",
        language="en",
        address=None,
        visibility=visibility,
    )


def github_account(login: str = "octocat", number: int = 583231) -> Fact:
    """Return the fact that somebody signed in to GitHub."""
    return Fact(
        Method.GITHUB_ACCOUNT,
        date(2026, 11, 20),
        subject=login,
        subject_id=number,
        detail={"created_on": "2011-01-25"},
    )


def github_identity(petition: Petition, number: int = 583231) -> dict[IdentityKind, bytes]:
    """Return what is kept of a GitHub account, as `Signature.prove` takes it."""
    return {IdentityKind.GITHUB: petition.account_hash(f"github:github.com:{number}")}


def github_contributor(repository: str = "acme/widget", number: int = 1296269) -> Fact:
    """Return the fact that somebody's pull requests were merged."""
    return Fact(
        Method.GITHUB_CONTRIBUTOR,
        date(2026, 11, 20),
        subject=repository,
        subject_id=number,
        detail={"contributions": "pull requests", "number": 12, "at_least": 0},
    )


def sign_and_sequence(petition: Petition, number: int) -> None:
    """Add confirmed signatures to a petition, in the log with a checkpoint."""
    for _ in range(number):
        make_signature(petition)
    while Checkpoint.advance():
        pass


def sequence() -> None:
    """Put all that waits into the log."""
    while Checkpoint.advance():
        pass


def ask_for_evidence(petition: Petition, *work_domains: str) -> None:
    """Have a petition ask about these domains, and about the world of the stand-in for GitHub."""
    petition.work_domains = list(work_domains or ["example.com"])
    petition.save(update_fields=["work_domains"])
    of = petition.github_subjects
    of.create(kind=SubjectKind.ORGANIZATION, github_id=9001, name="acme")
    of.create(kind=SubjectKind.REPOSITORY, github_id=70001, name="acme/widget")


def own_page(signature: Signature) -> str:
    """Return where its owner looks after a signature."""
    return f"/petitions/{signature.petition.slug}/signature/"


def manage_link(signature: Signature) -> str:
    """Return a new manage link to a signature, as a path."""
    (token,) = ManageLink.objects.issue([signature])
    return f"{own_page(signature)}{token}/"


def owner_of(signature: Signature) -> Client:
    """Return a browser that came by a manage link."""
    client = Client()
    assert client.get(manage_link(signature)).status_code == 303
    return client
