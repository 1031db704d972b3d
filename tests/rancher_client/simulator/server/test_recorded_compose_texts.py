"""Every compose text that a real Rancher 1.6 was given, given to the simulator (rancher-1.6-api.md 10.6)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rancher_client.simulator.server import SimulatorServer

from .conftest import Environment
from .sessions import plain

FOLLOWS = ("stacks/compose-translation", "stacks/compose-values")

RECORDED = [
    case
    for name in FOLLOWS
    for case in json.loads((Path(__file__).parents[3] / "recordings" / f"{name}.json").read_text())
]

HASH = "io.rancher.service.hash"

FIRST_RANDOM_PORT = 49153

LINKED = {"1s6": "api", "1s3": "api"}
"""The recorded service of another stack that is linked to by its id."""

NOT_COMPARED = frozenset({"type", "state"})


@pytest.fixture(scope="module")
def default() -> Iterator[Environment]:
    """A project named as the recorded one, with the stack that one of the texts links to."""
    with SimulatorServer(speed=0, start=1_795_404_000.0) as server:
        made = Environment(server, *server.add_project("Default", hosts=3))
        shared = made.make_stack("table-shared")
        made.make_service("api", shared, startOnCreate=False)
        yield made


def cases(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in RECORDED if kind in case]


def make_stack(of: Environment, case: Mapping[str, Any], *, prefix: str = "t") -> dict[str, Any]:
    body = {
        "name": f"{prefix}-{case['name']}"[:63],
        "dockerCompose": case["docker_compose"],
        "rancherCompose": case["rancher_compose"],
        "environment": case["environment"],
    }
    sent = {name: value for name, value in body.items() if value is not None}
    made = of.call("POST", "/stacks", sent).json()
    of.server.advance(10)
    stack: dict[str, Any] = of.get(f"/stacks/{made['id']}")
    return stack


def remove(of: Environment, stack: Mapping[str, Any]) -> None:
    """As in the recording: selectors of one text choose no services of another."""
    of.call("DELETE", f"/stacks/{stack['id']}")
    of.server.advance(10)


def services_of(of: Environment, stack: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in of.get(f"/stacks/{stack['id']}/services")["data"]}


@pytest.mark.parametrize("case", cases("services"))
def test_the_services_are_made_that_rancher_made_of_the_same_text(default, case):
    stack = make_stack(default, case)

    ours = services_of(default, stack)

    assert (stack["state"], stack["transitioning"]) == ("active", "no")
    assert ours.keys() == case["services"].keys()
    names = {row["id"]: row["name"] for row in default.get("/services?limit=1000")["data"]}
    for name, theirs in case["services"].items():
        assert compared(ours[name], theirs, names) == compared(theirs, theirs, LINKED)
    remove(default, stack)


@pytest.mark.parametrize("case", cases("volumeTemplates"))
def test_named_volumes_become_the_templates_that_rancher_made(default, case):
    stack = make_stack(default, case, prefix="v")

    ours = default.get(f"/stacks/{stack['id']}/volumetemplates")

    assert ours["createDefaults"] == {"stackId": stack["id"]}
    kept = [
        {key: row[key] for key in theirs}
        for theirs, row in zip(case["volumeTemplates"], ours["data"], strict=True)
    ]
    assert kept == case["volumeTemplates"]


@pytest.mark.parametrize("case", cases("error"))
def test_a_text_that_rancher_refuses_ends_in_the_same_words(default, case):
    stack = make_stack(default, case)

    theirs = case["error"]
    assert (stack["state"], stack["transitioning"]) == (theirs["state"], theirs["transitioning"])
    # A text with several mistakes names them in an order that is chance.
    said = (sorted(plain(each["transitioningMessage"]).splitlines()) for each in (stack, theirs))
    assert next(said) == next(said)
    assert sorted(stack["actions"]) == theirs["actions"]
    assert stack["healthState"] == theirs["healthState"]
    ours = services_of(default, stack)
    assert ours.keys() == case.get("services_left_behind", {}).keys()


def compared(service: Mapping[str, Any], recorded: Mapping[str, Any], names: Mapping[str, str]) -> Any:
    """The recorded fields of a service, with ids as names, without what is chance or ours to choose."""
    kept = {key: service.get(key) for key in recorded if key not in NOT_COMPARED}
    return _without_chance(kept, names) | {"kind": service["type"], "state": service["state"]}


def _without_chance(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {
            key: "..." if key in (HASH, "STACK") else _without_chance(child, names)
            for key, child in value.items()
            if child is not None
        }
    if isinstance(value, list):
        return [_without_chance(child, names) for child in value]
    if not isinstance(value, str):
        return value
    port = re.match(r"([0-9.]+\.[0-9]+:)?(\d+):", value)
    if port is not None and int(port[2]) >= FIRST_RANDOM_PORT:
        return f"{port[1] or ''}random:{value[port.end() :]}"
    built = re.fullmatch(r"docker:t\d*-(.*?)(_\d+)?", value)
    return f"docker:built-{built[1]}" if built is not None else names.get(value, value)
