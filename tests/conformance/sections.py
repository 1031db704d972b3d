"""Which tests hold which section of the contract: read from what each test file says of itself.

A test file names its sections behind "rancher-1.6-api.md" in its first docstring ("… 5.1, 5.3 to 5.6").
`python -m tests.conformance.sections` prints the table that stands in docs/rancher-1.6.md.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
CONTRACT = TESTS.parent / "docs" / "rancher-1.6-api.md"

WITHOUT: Mapping[str, str] = {
    "10.5": "what other programs do, for comparison",
    "13.2": "durations, which a busy machine changes; the simulator's are parameters (`timing.py`)",
    "14": "the table of traps, below",
    "15": "a checklist of what the chapters say",
    "16": "what is not established",
    "17": "sources",
}
"""Sections that state no behaviour of their own that a test could hold, and why."""

HEADING = re.compile(r"^#{2,3} (\d+(?:\.\d+)?)\.? (.*)$", re.MULTILINE)
_NUMBERS = re.compile(r"rancher-1\.6-api\.md((?:,? (?:(?:chapter|and|to) )?\d+(?:\.\d+)?)+)")


def listed(contract: str) -> dict[str, str]:
    """The sections by number with their titles; of a chapter that has sections only those."""
    found = dict(HEADING.findall(contract))
    return {number: title for number, title in found.items() if not _has_parts(number, found)}


@cache
def held(contract: str) -> dict[str, list[str]]:
    """The test files by the section that they name, as paths below tests/."""
    files: dict[str, list[str]] = {}
    known = listed(contract)
    for path, numbers in all_named().items():
        for section in known:
            if any(section == number or section.startswith(f"{number}.") for number in numbers):
                files.setdefault(section, []).append(path)
    return files


@cache
def all_named() -> Mapping[str, list[str]]:
    """What each test file names, by its path below tests/."""
    return {
        str(path.relative_to(TESTS)): named(
            ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        )
        for path in sorted(TESTS.rglob("test_*.py"))
    }


def named(docstring: str) -> list[str]:
    """The numbers of sections in a docstring, ranges written out ("5.1 to 5.3")."""
    numbers: list[str] = []
    for text in _NUMBERS.findall(" ".join(docstring.split())):
        words = re.findall(r"to|\d+(?:\.\d+)?", text)
        for index, word in enumerate(words):
            if word == "to":
                numbers += _between(words[index - 1], words[index + 1])
            else:
                numbers.append(word)
    return numbers


def table(contract: str) -> list[str]:
    """The rows of the table: every section with its test files, or the reason why it has none."""
    files = held(contract)
    rows = ["| section | tests |", "| --- | --- |"]
    for number, title in listed(contract).items():
        paths = ", ".join(f"`{path}`" for path in files.get(number, ()))
        rows.append(f"| {number} {title} | {paths or WITHOUT.get(number, '')} |")
    return rows


def _between(first: str, last: str) -> list[str]:
    """5.2 and 5.3 of 5.1 and 5.4; 4 of the chapters 3 and 5."""
    chapter, dot, part = first.rpartition(".")
    return [f"{chapter}{dot}{number}" for number in range(int(part) + 1, int(last.rpartition(".")[2]))]


def _has_parts(number: str, among: Mapping[str, str]) -> bool:
    return any(other.startswith(f"{number}.") for other in among)


if __name__ == "__main__":
    sys.stdout.write("\n".join(table(CONTRACT.read_text(encoding="utf-8"))) + "\n")
