"""Everything that people read is there in every language of the interface."""

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

LOCALES = sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def messages_of(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file) if message.id]


def test_there_is_a_catalog_for_each_language() -> None:
    assert [path.parts[-3] for path in LOCALES] == ["zh_Hans"]
    assert [code for code, _ in settings.LANGUAGES] == ["en", "zh-hans"]


@pytest.mark.parametrize("path", LOCALES, ids=lambda path: path.parts[-3])
def test_every_collected_string_is_translated(path: Path) -> None:
    untranslated = [
        message.id
        for message in messages_of(path)
        if message.fuzzy or not all(_texts(message.string))
    ]
    assert untranslated == []


@pytest.mark.parametrize("path", LOCALES, ids=lambda path: path.parts[-3])
def test_translations_keep_the_placeholders(path: Path) -> None:
    for message in messages_of(path):
        wanted = set(PLACEHOLDER.findall(_texts(message.id)[-1]))
        for text in _texts(message.string):
            assert set(PLACEHOLDER.findall(text)) == wanted, message.id


@pytest.mark.parametrize("path", LOCALES, ids=lambda path: path.parts[-3])
def test_compiled_catalog_is_that_of_the_source(path: Path) -> None:
    compiled = read_mo(io.BytesIO(path.with_suffix(".mo").read_bytes()))
    assert _strings(message for message in compiled if message.id) == _strings(messages_of(path))


@pytest.mark.parametrize("path", LOCALES, ids=lambda path: path.parts[-3])
def test_every_string_of_the_project_is_collected(path: Path) -> None:
    """A string added without `make messages` would stay English."""
    collected = {_texts(message.id)[0] for message in messages_of(path)}
    used = {text for source in (*python_sources(), *template_sources()) for text in marked(source)}
    assert len(used) > 100
    assert used - collected == set()


def python_sources() -> Iterator[str]:
    for package in ("accounts", "petitions"):
        for path in Path(settings.BASE_DIR, package).rglob("*.py"):
            yield path.read_text()


def template_sources() -> Iterator[str]:
    for path in Path(settings.BASE_DIR, "templates").rglob("*.*"):
        # Its indentation means nothing to Python.
        yield "\n".join(line.strip() for line in templatize(path.read_text()).splitlines())


def marked(source: str) -> Iterator[str]:
    """Yield what is marked in Python, or in a template that Django made look like it."""
    keywords = {
        **dict.fromkeys(("_", "gettext", "gettext_lazy", "ngettext"), (1,)),
        **dict.fromkeys(("pgettext", "npgettext"), ((1, "c"), 2)),
    }
    for _, messages, *_ in extract("python", io.BytesIO(source.encode()), keywords):
        yield messages[0] if isinstance(messages, tuple) else messages


def _strings(messages: Iterable[Message]) -> dict[tuple[str, str], list[str]]:
    return {(_texts(each.id)[0], _context(each)): _texts(each.string) for each in messages}


def _context(message: Message) -> str:
    # Babel reads it as bytes from a compiled catalog.
    context: str | bytes = message.context or ""
    return context.decode() if isinstance(context, bytes) else context


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(text) for text in value or ("",)]  # type: ignore[attr-defined]
