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
    ---
    To the board of Example Corp: …

A file is taken as a whole or refused as a whole, with every fault and its line. All values are
read as text, whatever YAML would make of them (a language `no` is Norwegian, not false).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from django import forms
from django.core.validators import RegexValidator
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .forms import AddressField, LineField
from .models import DeliveryPlan, Event, Petition, Recipient, Target, Verb, Version

MAX_TEXT = 200_000
_DOMAIN = RegexValidator(
    r"(?i)\A(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}\Z",
    _("This is not a domain such as example.com (in its IDNA form)."),
)
_LANGUAGE = RegexValidator(
    r"\A[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*\Z",
    _("This is not a language tag such as en, zh-Hans or pt-BR (BCP 47)."),
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


class LetterForm(forms.Form):
    """The letter itself and who may sign it."""

    title = LineField(max_length=200)
    slug = forms.SlugField(max_length=80)
    language = forms.CharField(max_length=35, validators=[_LANGUAGE])
    audience = LineField(max_length=200)
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
class PetitionFile:
    """What a file holds, clean. `letter` has LetterForm's fields; a batch goes out for `every`."""

    letter: Mapping[str, Any]
    targets: list[TargetEntry]
    every: int

    def create(self, *, by: User | None = None) -> Petition | None:
        """Write the petition as a draft; None if its slug is taken. All of it or nothing."""
        letter = self.letter
        try:
            with transaction.atomic():
                petition = Petition.objects.create(slug=letter["slug"], audience=letter["audience"])
                Version.publish(
                    petition,
                    language=letter["language"],
                    title=letter["title"],
                    text=letter["text"],
                )
                for position, target in enumerate(self.targets):
                    target.create(petition, position)
                DeliveryPlan.objects.create(petition=petition, every=self.every)
                Event.record(Verb.PETITION_CREATED, petition, petition, by=by)
        except IntegrityError:
            if not Petition.objects.filter(slug=letter["slug"]).exists():
                raise
            return None
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
    nodes = reader.mapping(root, {*fields, "targets", "delivery"})
    scalars = {name: node for name, node in nodes.items() if name in fields}
    letter = reader.form(LetterForm, scalars, root, text=text)
    targets = [
        _target(reader, node) for node in reader.items(nodes.get("targets"), root, "targets")
    ]
    reader.repeated(nodes.get("targets", root), "company", [each.company for each in targets])
    delivery = nodes.get("delivery", root)
    plan = reader.mapping(delivery, {"every"}) if "delivery" in nodes else {}
    every = reader.form(DeliveryForm, plan, delivery).get("every", 0)
    if reader.faults:
        raise PetitionFileError(sorted(reader.faults, key=lambda fault: fault.line))
    return PetitionFile(letter, targets, every)


def _target(reader: _Reader, node: yaml.Node) -> TargetEntry:
    nodes = reader.mapping(node, {"company", "domain", "recipients"})
    recipients = [
        reader.form(RecipientForm, reader.mapping(item, {"name", "address"}), item)
        for item in reader.items(nodes.pop("recipients", None), node, "recipients")
    ]
    reader.repeated(node, "address", [recipient.get("address") for recipient in recipients])
    target = reader.form(TargetForm, nodes, node)
    return TargetEntry(target.get("company", ""), target.get("domain", ""), recipients)


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
