"""Every word that people read is in both catalogs, translated, with the same gaps to fill."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGS = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
MARKERS = {
    "gettext": 0,
    "gettext_lazy": 0,
    "ngettext": 0,
    "ngettext_lazy": 0,
    "pgettext": 1,
    "pgettext_lazy": 1,
}
"""Which of its arguments is the sentence."""

IN_TEMPLATE = re.compile(r"\b(?:n?gettext|_)\(\s*(u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\")")
GAP = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
TAG = re.compile(r"<[^>]+>")


def in_code(source: str) -> Iterator[str]:
    """The messages that the module marks, by whatever name it has imported the markers."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: MARKERS[alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in MARKERS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            sentence = node.args[names[node.func.id]]
            if isinstance(sentence, ast.Constant):
                yield str(sentence.value)


def in_template(source: str) -> Iterator[str]:
    for text in IN_TEMPLATE.findall(templatize(source)):
        yield str(ast.literal_eval(text))


def marked() -> set[str]:
    code = (file.read_text() for file in (ROOT / "deploytickets").rglob("*.py"))
    templates = (file.read_text() for file in (ROOT / "templates").rglob("*.html"))
    return {message for source in code for message in in_code(source)} | {
        message for source in templates for message in in_template(source)
    }


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.parts[-3])
def test_the_catalog_holds_what_is_marked_and_nothing_else(catalog: Path) -> None:
    entries = polib.pofile(str(catalog))
    held, wanted = {entry.msgid for entry in entries}, marked()

    assert len(wanted) > 800
    assert (sorted(wanted - held), sorted(held - wanted)) == ([], [])
    assert [entry.msgid for entry in entries if entry.fuzzy or not entry.translated()] == []


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.parts[-3])
def test_every_translation_has_the_gaps_and_the_tags_of_its_sentence(catalog: Path) -> None:
    def parts(text: str) -> tuple[set[str], list[str]]:
        return set(GAP.findall(text)), sorted(TAG.findall(text))

    for entry in polib.pofile(str(catalog)):
        # Of a plural the second form has all gaps; Chinese has one form.
        said = entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr
        assert parts(said) == parts(entry.msgid_plural or entry.msgid), entry.msgid
