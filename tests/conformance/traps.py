"""Which case covers which trap of chapter 14 of the contract: read from the markers, held by a test.

`python -m tests.conformance.traps` prints the table that stands in docs/rancher-1.6.md.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
CONTRACT = FOLDER.parent.parent / "docs" / "rancher-1.6-api.md"

NOT_SHOWN: Mapping[str, str] = {
    "18": "what a host pulls is no answer of the API; it is a matter of its agent",
    "22b": "would end the executor of the whole installation",
    "28": "an order that may be any cannot be wrong",
    "58": "takes an account key. Recorded: `framework/websocket-handshakes.json`",
    "63": "a matter of seconds, not of answers",
    "65": "takes a killed server. Recorded: `framework/server-killed-during-upgrades.json`",
    "66": "no two requests brought it about (16); `tests/rancher_client/simulator` orders it as a fault",
    "67": "a matter of milliseconds that nobody can choose; the client waits for the block first",
    "76": "behaviour of rancher-compose, not of a server",
}
"""Traps that no answer of the API shows, and why."""

_ROW = re.compile(r"^\| (\d+[a-z]?) \| (.*?) \| ")


def listed(contract: str) -> dict[str, str]:
    """The traps by number, each with the naive belief that it names."""
    chapter = contract.partition("\n## 14. Traps\n")[2].partition("\n## ")[0]
    return {found[1]: found[2] for line in chapter.splitlines() if (found := _ROW.match(line))}


@cache
def covered() -> dict[str, list[str]]:
    """The cases of this folder by the trap that they are marked with, as `file::case`."""
    cases: dict[str, list[str]] = {}
    for path in sorted(FOLDER.glob("test_*.py")):
        for name, numbers in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            for number in numbers:
                cases.setdefault(number, []).append(f"{path.name}::{name}")
    return cases


def table(contract: str) -> list[str]:
    """The rows of the table: every trap with its cases, or the reason why it has none."""
    cases = covered()
    rows = ["| # | belief | cases |", "| --- | --- | --- |"]
    for number, belief in listed(contract).items():
        names = ", ".join(f"`{case.partition('::')[2]}`" for case in cases.get(number, ()))
        rows.append(f"| {number} | {belief} | {names or NOT_SHOWN.get(number, '')} |")
    return rows


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.trap":
                yield node.name, [ast.literal_eval(argument) for argument in decorator.args]


if __name__ == "__main__":
    sys.stdout.write("\n".join(table(CONTRACT.read_text(encoding="utf-8"))) + "\n")
