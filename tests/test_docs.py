"""The documentation fits the code: its files exist, its settings and states are the real ones."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploytickets.tickets.transitions import TABLE, Action, Rule, State

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^\s*```.*?^\s*```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|md|yml|json|txt|sh))")
"""A path that ends in a slash (a folder) or in an ending that we use."""

NOT_OURS = {"docker-compose.yml", "rancher-compose.yml"}
"""Names of files that applications bring."""


def named_files(page: Path) -> set[str]:
    return {
        name for name in CODE.findall(FENCE.sub("", page.read_text())) if FILE_NAME.fullmatch(name)
    } - NOT_OURS


def table_under(page: Path, heading: str) -> Iterator[list[str]]:
    """The rows of the first table after the heading, cell by cell, without its head."""
    _before, _heading, after = page.read_text().partition(f"\n## {heading}\n")
    assert after, f"{page.name} has no heading {heading!r}"
    lines = [line for line in after.split("\n## ")[0].splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def states_in(cell: str) -> frozenset[State]:
    return frozenset(State) if cell == "any" else frozenset(map(State, CODE.findall(cell)))


def target_of(rule: Rule) -> str:
    if rule.action is Action.WAIT_LONGER:
        return "where it failed"
    return "stays" if rule.target is None else f"`{rule.target.value}`"


@pytest.mark.parametrize("name", sorted(named_files(DOCS / "architecture.md")))
def test_every_file_that_the_architecture_names_exists(name: str) -> None:
    in_every_app = [] if "/" in name.rstrip("/") else [*(ROOT / "deploytickets").glob(f"*/{name}")]

    assert (ROOT / name).exists() or (ROOT / "deploytickets" / name).exists() or in_every_app


def test_the_way_of_a_ticket_is_told_by_file_names() -> None:
    assert {"web/filing.py", "deployments/starting.py", "deployments/recording.py"} <= named_files(
        DOCS / "architecture.md"
    )


@pytest.mark.parametrize(
    "name", sorted({name for name in named_files(DOCS / "security.md") if name.startswith("tests/")})
)
def test_every_test_that_is_said_to_hold_a_rule_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_the_table_of_states_is_the_one_in_the_code() -> None:
    told = {
        CODE.findall(action)[0]: (states_in(sources), target, frozenset(who.split(", ")))
        for action, sources, target, who in table_under(DOCS / "architecture.md", "States")
    }

    assert told == {
        rule.action.value: (rule.sources, target_of(rule), frozenset({*rule.roles, *rule.who}))
        for rule in TABLE
    }


def test_every_layer_of_the_architecture_test_has_its_row_in_the_same_order() -> None:
    from tests.test_architecture import LAYERS

    told = tuple(
        frozenset(name.strip("/").removesuffix(".py") for name in CODE.findall(first))
        for first, _holds in table_under(DOCS / "architecture.md", "Layers")
    )

    assert told == LAYERS


def test_the_settings_that_are_explained_are_those_that_are_read() -> None:
    read = {
        call.args[0].value
        for call in ast.walk(ast.parse((ROOT / "deploytickets" / "settings.py").read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and isinstance(call.args[0], ast.Constant)
    }
    explained = [CODE.findall(row[0])[0] for row in table_under(DOCS / "operations.md", "Settings")]

    assert sorted(explained) == sorted(read)


def test_every_command_of_manage_py_that_is_named_exists() -> None:
    there = {file.stem for file in (ROOT / "deploytickets").glob("*/management/commands/*.py")}

    named = {
        (page.name, command)
        for page in PAGES
        for command in re.findall(r"manage\.py (\w+)", page.read_text())
        if command not in ("migrate", "check", "collectstatic")
    }

    assert {command for _page, command in named} <= there, named


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_to_files(page: Path) -> None:
    targets = {
        link.partition("#")[0]
        for link in LINK.findall(CODE.sub("", FENCE.sub("", page.read_text())))
        if not re.match(r"[a-z]+:|#", link)
    }

    assert [target for target in sorted(targets) if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(
    "module", sorted(set(re.findall(r"`rancher_client\.(\w+)", (DOCS / "rancher-client.md").read_text())))
)
def test_every_part_of_the_client_that_is_named_exists(module: str) -> None:
    part = ROOT / "rancher_client" / module

    assert part.is_dir() or part.with_suffix(".py").is_file()
