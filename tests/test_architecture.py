"""Imports point down the layers, never up and never sideways; the client knows nothing of the product."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"supervise"}),
    frozenset({"asgi"}),
    frozenset({"urls", "wsgi"}),
    frozenset({"web", "live", "api"}),
    frozenset({"problems"}),
    frozenset({"deployments"}),
    frozenset({"inventory"}),
    frozenset({"drivers"}),
    frozenset({"notifications"}),
    frozenset({"tickets"}),
    frozenset({"access"}),
    frozenset({"catalog"}),
    frozenset({"audit"}),
    frozenset({"clock", "encryption", "settings", "celery"}),
)
"""From the top down; members of one layer do not import each other."""

RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
MAY_IMPORT_RANCHER_CLIENT = {"deployments", "drivers", "supervise"}


def _imports(file: Path) -> Iterator[tuple[int, str]]:
    """Every imported module with its line; imports inside functions too, those for types only too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = file.relative_to(ROOT).parts[: -node.level] if node.level else ()
            for alias in node.names:
                yield node.lineno, ".".join((*base, *filter(None, (node.module, alias.name))))


def _files(folder: str) -> list[Path]:
    return [file for file in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in file.parts]


def _part(file: Path) -> str:
    relative = file.relative_to(ROOT / "deploytickets")
    return relative.parts[0].removesuffix(".py")


def test_every_part_of_the_product_has_its_layer() -> None:
    parts = {_part(file) for file in _files("deploytickets")} - {"__init__"}

    assert parts <= set(RANK), f"no layer for {sorted(parts - set(RANK))}"


def test_imports_point_down_the_layers_never_up_and_never_sideways() -> None:
    wrong = []
    for file in _files("deploytickets"):
        part = _part(file)
        if part == "__init__":
            continue
        for line, module in _imports(file):
            pieces = module.split(".")
            if pieces[0] != "deploytickets" or len(pieces) < 2 or pieces[1] not in RANK:
                continue
            if pieces[1] != part and RANK[pieces[1]] <= RANK[part]:
                wrong.append(f"{file.relative_to(ROOT)}:{line}: {part} imports {module}")

    assert wrong == []


def test_only_deployments_and_drivers_know_the_rancher_client() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: {module}"
        for file in _files("deploytickets")
        for line, module in _imports(file)
        if module.split(".")[0] == "rancher_client" and _part(file) not in MAY_IMPORT_RANCHER_CLIENT
    ]

    assert wrong == []


def test_the_product_never_imports_the_simulator() -> None:
    """The demo's seed may start one: it makes the demo's Rancher. Everything else must not know of it."""
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: {module}"
        for file in _files("deploytickets")
        for line, module in _imports(file)
        if module.startswith("rancher_client.simulator") and _part(file) != "supervise"
    ]

    assert wrong == []


@pytest.mark.parametrize("foreign", ["django", "deploytickets", "celery", "redis", "rest_framework"])
def test_the_rancher_client_stands_alone(foreign: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: {module}"
        for file in _files("rancher_client")
        for line, module in _imports(file)
        if module.split(".")[0] == foreign
    ]

    assert wrong == []


def test_client_and_simulator_do_not_know_each_other() -> None:
    """Only `capture`, which reads with the one and fills the other, knows both."""
    wrong = []
    for file in _files("rancher_client"):
        inside = file.relative_to(ROOT / "rancher_client").parts[0]
        if inside == "capture":
            continue
        for line, module in _imports(file):
            if inside == "simulator" and module.startswith("rancher_client.cattle"):
                wrong.append(f"{file.relative_to(ROOT)}:{line}: {module}")
            if inside != "simulator" and module.startswith("rancher_client.simulator"):
                wrong.append(f"{file.relative_to(ROOT)}:{line}: {module}")

    assert wrong == []


def test_the_engine_of_the_simulator_does_no_io() -> None:
    forbidden = {"socket", "threading", "asyncio", "time", "os", "subprocess", "requests", "pathlib", "http"}

    wrong = [
        f"{file.relative_to(ROOT)}:{line}: {module}"
        for file in _files("rancher_client/simulator/engine")
        for line, module in _imports(file)
        if module.split(".")[0] in forbidden
    ]

    assert wrong == []


def test_only_one_line_assigns_a_tickets_state() -> None:
    places = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in _files("deploytickets")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Assign)
        for target in node.targets
        for part in (target.elts if isinstance(target, ast.Tuple) else [target])
        if isinstance(part, ast.Attribute)
        and part.attr == "state"
        and isinstance(part.value, ast.Name)
        and part.value.id == "ticket"
    ]

    assert len(places) == 1, places
