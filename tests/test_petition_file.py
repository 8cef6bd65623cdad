"""A petition file is taken as a whole, or refused as a whole with line and reason."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from petitions.models import Event, Petition, Recipient, Verb
from petitions.petition_file import PetitionFileError, read
from tests.factories import letter_file, make_petition

pytestmark = pytest.mark.django_db

EVIDENCE = b"""\
evidence:
  domains: [Example.com, eu.example.com]
  github:
    organizations:
      - {name: acme, id: 123}
    repositories:
      - {name: acme/widget, id: 123}
      - {name: acme/gadget.js, id: 789}
sensitive: yes
group_threshold: 25
---
To the board"""


def with_evidence() -> bytes:
    """Return a petition file in which line 20 begins with `evidence:`."""
    return letter_file().replace(b"---\nTo the board", EVIDENCE)


def faults_of(raw: bytes) -> list[str]:
    with pytest.raises(PetitionFileError) as refused:
        read(raw)
    return [str(fault) for fault in refused.value.faults]


def test_file_becomes_a_draft() -> None:
    petition = read(letter_file()).create()
    assert petition is not None
    assert (petition.slug, petition.state) == ("weekends", "draft")
    version = petition.current_version
    assert (version.number, version.language, version.title) == (
        1,
        "en",
        "Give us our weekends back",
    )
    assert version.text.startswith("To the board,\n\nwe would like")
    assert [str(target) for target in petition.targets.all()] == [
        "Example Corp",
        "Example Foundation",
    ]
    assert Recipient.objects.filter(target__petition=petition).count() == 3
    assert petition.delivery_plan.every == 3
    assert Event.objects.get().verb == Verb.PETITION_CREATED


def test_values_are_text_whatever_yaml_makes_of_them() -> None:
    letter = read(letter_file(language="no", title="1984")).letter
    assert (letter["language"], letter["title"]) == ("no", "1984")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"title: Give us our weekends back", b"title: ''", "line 2: title: This field is req"),
        (b"title: Give us our weekends back\n", b"", "line 2: title: This field is required."),
        (b"slug: weekends", b"slug: week ends!", "line 3: slug: Enter a valid"),
        (b"language: en", b"language: English!", "line 4: language: This is not a language tag"),
        (b"domain: example.com", b"domain: http://x", "line 8: domain: This is not a domain"),
        (b"press@example.com", b"press", "line 11: address: \u201cpress\u201d is not an address"),
        (b"press@example.com", b'"p@example.com\\r\\nBcc: x"', "line 11: address: "),
        (b"board@example.com", b"press@example.com", "the address “press@example.com” is given"),
        (b"Example Foundation", b"Example Corp", "the company “Example Corp” is given twice"),
        (b"every: 3", b"every: 0", "line 19: every: Ensure this value is greater"),
        (b"every: 3", b"every: soon", "line 19: every: Enter a whole number."),
        (b"every: 3", b"never: 3", "line 19: unknown key \u201cnever\u201d; known are every"),
        (b"slug: weekends", b"slug: weekends\nslug: other", "\u201cslug\u201d is given twice"),
        (b"slug: weekends", b"slug: [a, b]", "line 3: \u201cslug\u201d needs a single value"),
        (b"title: Give", b"title: Give\xff", "line 2: this is not UTF-8 text"),
        (b"title: Give us", b"title: Give\xe2\x80\xae us", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        (b"title: ", b"title: [", "line 3: "),
        (b"---\ntitle", b"title", "line 1: a petition begins with a line of three dashes"),
    ],
)
def test_bad_file_is_refused_with_line_and_reason(old: bytes, new: bytes, says: str) -> None:
    raw = letter_file()
    assert old in raw
    assert any(says in fault for fault in faults_of(raw.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "line 1: a petition begins"),
        (b"---\n", "has no second line of ---"),
        (b"---\n---\ntext", "line 1: the front matter is empty"),
        (b"---\n- a\n- b\n---\ntext", "line 2: a list of `key: value` lines is expected"),
        (b"---\n*x\n---\n", "line 2: "),
    ],
)
def test_file_that_is_no_petition_is_refused(raw: bytes, says: str) -> None:
    assert any(says in fault for fault in faults_of(raw))


def test_every_fault_is_told_at_once() -> None:
    raw = letter_file(slug="no good").replace(b"every: 3", b"every: 0")
    assert [fault.partition(":")[0] for fault in faults_of(raw)] == ["line 3", "line 19"]


def test_letter_without_text_or_too_long_is_refused() -> None:
    front = letter_file().partition(b"To the board")[0]
    assert "There is no letter below" in faults_of(front)[0]
    assert "at most 200000 characters" in faults_of(front + b"a" * 200_001)[0]


def test_what_signers_can_prove_and_how_they_are_shown_is_written() -> None:
    petition = read(with_evidence()).create()
    assert petition is not None
    petition.refresh_from_db()
    assert petition.work_domains == ["example.com", "eu.example.com"]
    assert (petition.is_sensitive, petition.group_threshold) == (True, 25)
    subjects = petition.github_subjects.values_list("kind", "name", "github_id")
    assert list(subjects) == [
        ("organization", "acme", 123),
        ("repository", "acme/widget", 123),
        ("repository", "acme/gadget.js", 789),
    ]


def test_without_evidence_the_defaults_hold() -> None:
    petition = read(letter_file()).create()
    assert petition is not None
    petition.refresh_from_db()
    assert (petition.work_domains, petition.is_sensitive) == ([], False)
    assert petition.group_threshold == 10
    assert not petition.github_subjects.exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"eu.example.com", b"'*.example.com'", "line 21: domain: This is not a domain"),
        (b"eu.example.com", "ex\u0430mple.com".encode(), "line 21: domain: This is not a domain"),
        (b"eu.example.com", b"[127.0.0.1]", "line 21: “domain” needs a single value"),
        (b"eu.example.com", b"127.0.0.1", "line 21: domain: This is not a domain"),
        (b"eu.example.com", b"EXAMPLE.com", "line 21: the domain “example.com” is given twice"),
        (b"[Example.com, eu.example.com]", b"example.com", "line 21: “domains” needs a list"),
        (b"name: acme,", b"name: acme/widget,", "line 24: name: This is not the name of a GitHub"),
        (b"name: acme,", b"name: -acme,", "line 24: name: This is not the name of a GitHub"),
        (b"{name: acme, id: 123}", b"acme", "line 24: a list of `key: value` lines"),
        (b"{name: acme, id: 123}", b"{name: acme}", "line 24: id: This field is required."),
        (b"acme, id: 123", b"acme, id: twelve", "line 24: id: Enter a whole number."),
        (b"acme, id: 123", b"acme, id: 9223372036854775808", "line 24: id: Ensure this value is"),
        (b"acme/widget", b"acme", "line 26: name: This is not the full name of a GitHub repo"),
        (b"id: 789", b"id: 123", "line 26: the id “123” is given twice"),
        (b"organizations:", b"users:", "line 23: unknown key “users”; known are organizations"),
        (b"  github:", b"  gitlab:", "line 22: unknown key “gitlab”; known are domains, github"),
        (b"sensitive: yes", b"sensitive: perhaps", "line 28: sensitive: Say yes or no."),
        (b"threshold: 25", b"threshold: 2", "line 29: group_threshold: Ensure this value is"),
        (b"threshold: 25", b"threshold: 1001", "line 29: group_threshold: Ensure this value is"),
    ],
)
def test_bad_evidence_is_refused_with_line_and_reason(old: bytes, new: bytes, says: str) -> None:
    raw = with_evidence()
    assert old in raw
    faults = faults_of(raw.replace(old, new, 1))
    assert faults[0].startswith(says)


def test_refused_file_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "letter.md"
    path.write_bytes(letter_file().replace(b"every: 3", b"every: 0"))
    with pytest.raises(CommandError, match=r"nothing was created:\n.*letter.md, line 19: every"):
        call_command("petition", "create", str(path))
    assert not Petition.objects.exists()


def test_slug_that_is_taken_is_refused(tmp_path: Path) -> None:
    make_petition()
    path = tmp_path / "letter.md"
    path.write_bytes(letter_file())
    with pytest.raises(CommandError, match="there is a petition “weekends” already"):
        call_command("petition", "create", str(path))
    assert Petition.objects.count() == 1


def test_command_creates_opens_and_closes(tmp_path: Path) -> None:
    path = tmp_path / "letter.md"
    path.write_bytes(letter_file())
    said = StringIO()
    call_command("petition", "create", str(path), "--open", stdout=said)
    call_command("petition", "close", "weekends", stdout=said)
    assert said.getvalue().splitlines() == [
        "created weekends",
        "opened weekends: /petitions/weekends/",
        "closed weekends",
    ]
    with pytest.raises(CommandError, match="weekends is closed: only an open one can be closed"):
        call_command("petition", "close", "weekends")
    with pytest.raises(CommandError, match="there is no petition “nobody”"):
        call_command("petition", "open", "nobody")
    with pytest.raises(CommandError, match="No such file"):
        call_command("petition", "create", str(tmp_path / "missing.md"))
