"""Petitions as files: YAML front matter between lines of `---`, then the letter in Markdown.

    ---
    title: Give us our weekends back
    slug: weekends
    language: en
    audience: Anybody who works, or has worked, at Example Corp
    targets:
      - company: Example Corp
        domain: example.com
        recipients:
          - name: Press office
            address: press@example.com
    delivery:
      every: 100
    evidence:
      domains: [example.com]
      github:
        organizations:
          - {name: acme, id: 123}
        repositories:
          - {name: acme/widget, id: 456}
    sensitive: no
    group_threshold: 10
    ---
    To the board of Example Corp: …

What begins with `evidence` may be left out. `domains` are those at which an address shows that its
owner works there, each exactly (sub-domains one by one); `github` names what signers can show that
they belong to or wrote for, with the numbers that GitHub knows it by. Signatures under a
`sensitive` letter appear a day later, in an order of chance. Signers who show no name appear as
members of a group from `group_threshold` of them on.

A file is taken as a whole or refused as a whole, with every fault and its line. All values are
read as text, whatever YAML would make of them (a language `no` is Norwegian, not false).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from django import forms
from django.core.validators import RegexValidator
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .forms import AddressField, LineField
from .models import (
    DeliveryPlan,
    Event,
    GitHubSubject,
    Petition,
    Recipient,
    SubjectKind,
    Target,
    Verb,
    Version,
)

MAX_TEXT = 200_000
_DOMAIN = RegexValidator(
    r"(?i)\A(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}\Z",
    _("This is not a domain such as example.com (in its IDNA form)."),
)
_LANGUAGE = RegexValidator(
    r"\A[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*\Z",
    _("This is not a language tag such as en, zh-Hans or pt-BR (BCP 47)."),
)
_GITHUB_OWNER = r"[a-zA-Z0-9](?:-?[a-zA-Z0-9]){0,38}"
_ORGANIZATION = RegexValidator(
    rf"\A{_GITHUB_OWNER}\Z", _("This is not the name of a GitHub organization such as acme.")
)
_REPOSITORY = RegexValidator(
    rf"\A{_GITHUB_OWNER}/[a-zA-Z0-9._-]{{1,100}}\Z",
    _("This is not the full name of a GitHub repository such as acme/widget."),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a file, and where (lines count from 1)."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class PetitionFileError(ValueError):
    """A file that was refused; `faults` says why, in the order of the lines."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class RecipientForm(forms.Form):
    """A mailbox or person at a target."""

    name = LineField(max_length=200)
    address = AddressField(max_length=254)


class TargetForm(forms.Form):
    """A company addressed; its recipients come beside it."""

    company = LineField(max_length=200)
    domain = LineField(max_length=253, required=False, validators=[_DOMAIN])


class DeliveryForm(forms.Form):
    """When batches are delivered."""

    every = forms.IntegerField(min_value=1, max_value=1_000_000)


class DomainForm(forms.Form):
    """A domain at which an address is evidence."""

    domain = LineField(max_length=253, validators=[_DOMAIN])

    def clean_domain(self) -> str:
        """Return it in lower case, as the domain of an Address is."""
        return str(self.cleaned_data["domain"]).lower()


class SubjectForm(forms.Form):
    """Something on GitHub that signers can give evidence about, by the number that it has there."""

    id = forms.IntegerField(min_value=1, max_value=models.BigIntegerField.MAX_BIGINT)


class OrganizationForm(SubjectForm):
    """An organization; signers are members of it."""

    name = LineField(max_length=200, validators=[_ORGANIZATION])


class RepositoryForm(SubjectForm):
    """A repository; signers wrote for it."""

    name = LineField(max_length=200, validators=[_REPOSITORY])


class LetterForm(forms.Form):
    """The letter itself, who may sign it, and how carefully signers are shown."""

    title = LineField(max_length=200)
    slug = forms.SlugField(max_length=80)
    language = forms.CharField(max_length=35, validators=[_LANGUAGE])
    audience = LineField(max_length=200)
    sensitive = forms.ChoiceField(
        choices=[("yes", _("yes")), ("no", _("no"))],
        required=False,
        error_messages={"invalid_choice": _("Say yes or no.")},
    )
    group_threshold = forms.IntegerField(min_value=3, max_value=1000, required=False)
    text = forms.CharField(
        max_length=MAX_TEXT,
        error_messages={"required": _("There is no letter below the front matter.")},
    )


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """A target with its recipients, clean: TargetForm's and RecipientForm's fields."""

    company: str
    domain: str
    recipients: Sequence[Mapping[str, Any]]

    def create(self, petition: Petition, position: int) -> None:
        """Write the target and its recipients."""
        target = Target.objects.create(
            petition=petition, position=position, company=self.company, domain=self.domain
        )
        for recipient in self.recipients:
            Recipient.objects.create(
                target=target, name=recipient["name"], address=str(recipient["address"])
            )


@dataclass(frozen=True, slots=True)
class EvidenceEntry:
    """What signers can give evidence about, clean: domains, and the fields of SubjectForms."""

    domains: list[str] = field(default_factory=list)
    subjects: list[tuple[SubjectKind, Mapping[str, Any]]] = field(default_factory=list)

    def create(self, petition: Petition) -> None:
        """Write what is on GitHub; the domains are the petition's own."""
        GitHubSubject.objects.bulk_create(
            GitHubSubject(
                petition=petition, kind=kind, name=subject["name"], github_id=subject["id"]
            )
            for kind, subject in self.subjects
        )


@dataclass(frozen=True, slots=True)
class PetitionFile:
    """What a file holds, clean. `letter` has LetterForm's fields; a batch goes out for `every`."""

    letter: Mapping[str, Any]
    targets: list[TargetEntry]
    every: int
    evidence: EvidenceEntry

    def create(self, *, by: User | None = None) -> Petition | None:
        """Write the petition as a draft; None if its slug is taken. All of it or nothing."""
        letter = self.letter
        try:
            with transaction.atomic():
                petition = self._petition()
                petition.save(force_insert=True)
                Version.publish(
                    petition,
                    language=letter["language"],
                    title=letter["title"],
                    text=letter["text"],
                )
                for position, target in enumerate(self.targets):
                    target.create(petition, position)
                self.evidence.create(petition)
                DeliveryPlan.objects.create(petition=petition, every=self.every)
                Event.record(Verb.PETITION_CREATED, petition, petition, by=by)
        except IntegrityError:
            if not Petition.objects.filter(slug=letter["slug"]).exists():
                raise
            return None
        return petition

    def _petition(self) -> Petition:
        petition = Petition(
            slug=self.letter["slug"],
            audience=self.letter["audience"],
            work_domains=self.evidence.domains,
            is_sensitive=self.letter["sensitive"] == "yes",
        )
        if self.letter["group_threshold"]:
            petition.group_threshold = self.letter["group_threshold"]
        return petition


@dataclass(slots=True)
class _Reader:
    """Collects faults while it walks the YAML nodes, which know their lines."""

    faults: list[Fault] = field(default_factory=list)

    def fault(self, node: yaml.Node, reason: object) -> None:
        self.faults.append(Fault(node.start_mark.line + 1, str(reason)))

    def mapping(self, node: yaml.Node, known: set[str]) -> dict[str, yaml.Node]:
        """Return the nodes of a mapping by key; report unknown and repeated keys."""
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, "a list of `key: value` lines is expected here")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                self.fault(key, f"unknown key “{name}”; known are {', '.join(sorted(known))}")
            elif name in found:
                self.fault(key, f"“{name}” is given twice")
            else:
                found[name] = value
        return found

    def repeated(self, node: yaml.Node, what: str, values: Sequence[object]) -> None:
        """Report a value that stands more than once in a list."""
        for value in {each for each in values if each and values.count(each) > 1}:
            self.fault(node, f"the {what} “{value}” is given twice")

    def items(self, node: yaml.Node | None, parent: yaml.Node, what: str) -> Iterator[yaml.Node]:
        if node is None or not isinstance(node, yaml.SequenceNode) or not node.value:
            self.fault(node or parent, f"“{what}” needs a list with at least one item")
            return
        yield from node.value

    def form[F: forms.Form](
        self, kind: type[F], nodes: Mapping[str, yaml.Node], parent: yaml.Node, **more: str
    ) -> dict[str, Any]:
        """Clean scalars with a form; report its errors at the line of the value."""
        data: dict[str, str] = dict(more)
        for name, node in nodes.items():
            if isinstance(node, yaml.ScalarNode):
                data[name] = node.value
            else:
                self.fault(node, f"“{name}” needs a single value")
        form = kind(data)
        for name, errors in form.errors.items():
            if name in more or name in data or name not in nodes:
                for error in errors:
                    self.fault(nodes.get(name, parent), f"{name}: {error}")
        return dict(form.cleaned_data)


def read(raw: bytes) -> PetitionFile:
    """Read a file. Raises PetitionFileError with every fault that was found."""
    front, text = _split(raw)
    reader = _Reader()
    root = _compose(front)
    fields = LetterForm.base_fields.keys() - {"text"}
    nodes = reader.mapping(root, {*fields, "targets", "delivery", "evidence"})
    scalars = {name: node for name, node in nodes.items() if name in fields}
    letter = reader.form(LetterForm, scalars, root, text=text)
    targets = [
        _target(reader, node) for node in reader.items(nodes.get("targets"), root, "targets")
    ]
    reader.repeated(nodes.get("targets", root), "company", [each.company for each in targets])
    delivery = nodes.get("delivery", root)
    plan = reader.mapping(delivery, {"every"}) if "delivery" in nodes else {}
    every = reader.form(DeliveryForm, plan, delivery).get("every", 0)
    evidence = _evidence(reader, nodes["evidence"]) if "evidence" in nodes else EvidenceEntry()
    if reader.faults:
        raise PetitionFileError(sorted(reader.faults, key=lambda fault: fault.line))
    return PetitionFile(letter, targets, every, evidence)


def _target(reader: _Reader, node: yaml.Node) -> TargetEntry:
    nodes = reader.mapping(node, {"company", "domain", "recipients"})
    recipients = [
        reader.form(RecipientForm, reader.mapping(item, {"name", "address"}), item)
        for item in reader.items(nodes.pop("recipients", None), node, "recipients")
    ]
    reader.repeated(node, "address", [recipient.get("address") for recipient in recipients])
    target = reader.form(TargetForm, nodes, node)
    return TargetEntry(target.get("company", ""), target.get("domain", ""), recipients)


def _evidence(reader: _Reader, node: yaml.Node) -> EvidenceEntry:
    nodes = reader.mapping(node, {"domains", "github"})
    domains = []
    if "domains" in nodes:
        items = reader.items(nodes["domains"], node, "domains")
        forms_ = [reader.form(DomainForm, {"domain": item}, item) for item in items]
        domains = [form.get("domain", "") for form in forms_]
        reader.repeated(nodes["domains"], "domain", domains)
    github = nodes.get("github", node)
    kinds = reader.mapping(github, {"organizations", "repositories"}) if "github" in nodes else {}
    return EvidenceEntry(
        domains,
        [
            *_subjects(reader, kinds, "organizations", SubjectKind.ORGANIZATION),
            *_subjects(reader, kinds, "repositories", SubjectKind.REPOSITORY),
        ],
    )


def _subjects(
    reader: _Reader, kinds: Mapping[str, yaml.Node], what: str, kind: SubjectKind
) -> list[tuple[SubjectKind, Mapping[str, Any]]]:
    if what not in kinds:
        return []
    node = kinds[what]
    form = OrganizationForm if kind == SubjectKind.ORGANIZATION else RepositoryForm
    subjects = [
        reader.form(form, reader.mapping(item, {"name", "id"}), item)
        for item in reader.items(node, node, what)
    ]
    reader.repeated(node, "id", [subject.get("id") for subject in subjects])
    return [(kind, subject) for subject in subjects]


def _split(raw: bytes) -> tuple[str, str]:
    """Return front matter and letter; the front matter keeps its line numbers."""
    try:
        lines = raw.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        place = raw[: error.start].count(b"\n") + 1
        raise PetitionFileError([Fault(place, "this is not UTF-8 text")]) from error
    if lines[0].rstrip() != "---":
        raise PetitionFileError([Fault(1, "a petition begins with a line of three dashes: ---")])
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(["", *lines[1:number]]), "\n".join(lines[number + 1 :])
    raise PetitionFileError([Fault(len(lines), "the front matter has no second line of ---")])


def _compose(front: str) -> yaml.Node:
    try:
        root = yaml.compose(front, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = mark.line + 1 if mark else 1
        raise PetitionFileError([Fault(place, str(error.problem or error.context))]) from error
    except yaml.YAMLError as error:
        raise PetitionFileError([Fault(1, str(error))]) from error
    if root is None:
        raise PetitionFileError([Fault(1, "the front matter is empty")])
    return root
