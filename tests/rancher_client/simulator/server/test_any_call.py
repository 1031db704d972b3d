"""Whatever is sent to the API, it is answered as Rancher answers, and the engine keeps its own rules.

The calls are made of the schemas themselves: every type, link, action and field that a role sees, with values
of the right form and of any other (rancher-1.6-api.md 1.7, 2, 4 to 7).
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rancher_client.simulator.engine import Engine, Site, Timing
from rancher_client.simulator.server.requests import Request
from rancher_client.simulator.server.schemas import Field, Role, Schema, Version, schemas_for
from rancher_client.simulator.server.seed import add_project, plant
from rancher_client.simulator.server.simulator import Simulator

START = 1_795_404_000.0
OWNER = schemas_for(Version.V2_BETA, Role.OWNER)
KEPT = (
    "service",
    "stack",
    "container",
    "host",
    "project",
    "loadBalancerService",
    "dnsService",
    "externalService",
)
"""Types whose rows the engine keeps: most calls go there."""

IDS = ["1s1", "1s2", "1s3", "1st1", "1st2", "1i1", "1i2", "1i5", "1h1", "1h2", "1a5"]
ODD_IDS = [*IDS, "1s999", "zzz", "", "1s-1", "1S1", "٣", "1s1/1s1"]

CONFIG = {"imageUuid": "docker:shop:1", "ports": ["8080:80/tcp"]}
SEED = {
    "projects": [
        {
            "name": "prod",
            "hosts": 2,
            "keys": [{"access": "A" * 20, "secret": "s" * 40}],
            "stacks": [
                {
                    "name": "shop",
                    "services": [
                        {"name": "web", "scale": 2, "startOnCreate": True, "launchConfig": CONFIG},
                        {
                            "name": "jobs",
                            "startOnCreate": True,
                            "launchConfig": {"imageUuid": "docker:jobs:1"},
                            "secondaryLaunchConfigs": [{"name": "logs", "imageUuid": "docker:logs:1"}],
                        },
                    ],
                }
            ],
        }
    ]
}
KEY = base64.b64encode(f"{'A' * 20}:{'s' * 40}".encode()).decode()

anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(ODD_IDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)

Call = tuple[str, str, dict[str, str], Any]


def bodies(schema: Schema) -> st.SearchStrategy[Any]:
    """Bodies of some of the fields, mostly of the right form."""
    fields = sorted(schema.fields)
    if not fields:
        return st.just({})
    return st.lists(st.sampled_from(fields), unique=True, max_size=5).flatmap(
        lambda names: st.fixed_dictionaries({name: values(schema.fields[name], 3) for name in names})
    )


def values(field: Field, depth: int) -> st.SearchStrategy[Any]:
    """A fitting value for a field seven times out of eight."""
    fitting = _of_type(field.element if field.container else field.type, field, depth)
    if field.container == "array":
        fitting = st.lists(fitting, max_size=2)
    elif field.container == "map":
        fitting = st.dictionaries(
            st.sampled_from(["a", "io.rancher.scheduler.global", "x y"]), fitting, max_size=2
        )
    return st.integers(0, 7).flatmap(lambda chance: anything if chance == 0 else fitting)


def _of_type(name: str, field: Field, depth: int) -> st.SearchStrategy[Any]:
    if field.options:
        return st.sampled_from(field.options)
    if name in ("int", "date"):
        return st.integers(-1, 4)
    if name == "boolean":
        return st.booleans()
    if name.startswith("reference[") or field.container == "reference":
        return st.sampled_from(IDS)
    if name in ("string", "password"):
        return st.sampled_from(["web", "docker:shop:2", "80", "8080:80", "true", "a b", ""])
    nested = OWNER.get(name)
    if nested is None or depth == 0:
        return anything
    names = sorted(nested.fields)
    return st.lists(st.sampled_from(names or [""]), unique=True, max_size=3).flatmap(
        lambda chosen: st.fixed_dictionaries(
            {each: values(nested.fields[each], depth - 1) for each in chosen if each in nested.fields}
        )
    )


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Method, path, query and body."""
    schema = draw(
        st.sampled_from([OWNER.get(name) for name in KEPT]) | st.sampled_from(sorted(OWNER, key=_id))
    )
    assert schema is not None
    number = draw(st.sampled_from(IDS) | st.sampled_from(ODD_IDS))
    form = draw(st.sampled_from(["list", "get", "link", "create", "update", "delete", "act", "act", "act"]))
    if form == "list":
        filters = sorted(schema.filters) or ["name"]
        name = draw(st.sampled_from([*filters, "limit", "marker", "sort", "include", "order"]))
        return (
            "GET",
            f"/{schema.path}",
            {name: draw(st.sampled_from(["web", "1", "-1", "id", "instances", "m2", ""]))},
            None,
        )
    if form == "get":
        return "GET", f"/{schema.path}/{number}", {}, None
    if form == "link":
        return "GET", f"/{schema.path}/{number}/{draw(st.sampled_from([*schema.links, 'nolink']))}", {}, None
    if form == "create":
        return "POST", f"/{schema.path}", {}, draw(bodies(schema))
    if form == "update":
        return "PUT", f"/{schema.path}/{number}", {}, draw(bodies(schema))
    if form == "delete":
        return "DELETE", f"/{schema.path}/{number}", {}, None
    action = draw(st.sampled_from([*sorted(schema.actions), "nosuchaction"]))
    given = OWNER.get(schema.actions.get(action) or "")
    body = draw(bodies(given) if given is not None else anything)
    return "POST", f"/{schema.path}/{number}", {"action": action}, body


def _id(schema: Schema) -> str:
    return schema.id


def simulated() -> Simulator:
    engine = Engine(seed=3, start=START, timing=Timing.ordinary(), site=Site())
    simulator = Simulator(engine, speed=0)
    plant(simulator, SEED)
    add_project(simulator, "other", hosts=1)
    engine.advance(START + 120)
    return simulator


def send(simulator: Simulator, call: Call) -> tuple[int, Any]:
    method, path, query, body = call
    headers = {"authorization": f"Basic {KEY}"}
    content = b"" if body is None else json.dumps(body).encode()
    written = simulator.handle(
        Request(method, f"/v2-beta/projects/1a5{path}", tuple(query.items()), headers=headers, body=content)
    ).written
    return written.status, json.loads(written.content) if written.content else None


def check_answer(status: int, body: Any) -> None:
    """A resource, a list, an error with its own status, or the rendered file of a script."""
    assert status in (200, 201, 202, 204, 400, 403, 404, 405, 409, 422, 500, 501, 503), (status, body)
    if isinstance(body, Mapping) and body.get("type") == "error":
        assert body["status"] == status
        assert body["code"]


def check_engine(engine: Engine) -> None:
    bound: Counter[tuple[Any, str]] = Counter()
    for number in engine.ids("container"):
        view = engine.view("container", number)
        assert view is not None
        for owner in view["serviceIds"] or ():
            assert ("container", number) in engine.related("service", owner.number, "instances")
        if view["state"] == "running" and view["hostId"] is not None:
            for spec in view["ports"] or []:
                bound[view["hostId"], spec.rpartition(":")[0]] += 1
    assert all(count == 1 for (_, public), count in bound.items() if public), bound


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=st.lists(st.tuples(calls(), st.sampled_from([0.0, 0.3, 5.0, 60.0])), max_size=8))
def test_any_sequence_of_calls_is_answered_and_breaks_no_rule(plan: list[tuple[Call, float]]) -> None:
    simulator = simulated()
    engine = simulator.loop.engine

    for call, pause in plan:
        check_answer(*send(simulator, call))
        engine.advance(engine.now + pause)
        check_engine(engine)
    engine.advance(engine.now + 300)
    check_engine(engine)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=st.lists(st.tuples(calls(), st.sampled_from([0.0, 0.3, 5.0, 60.0])), max_size=8))
def test_the_same_calls_get_the_same_answers(plan: list[tuple[Call, float]]) -> None:
    def answers() -> list[tuple[int, Any]]:
        simulator = simulated()
        found = []
        for call, pause in plan:
            found.append(send(simulator, call))
            simulator.loop.engine.advance(simulator.loop.engine.now + pause)
        return found

    assert answers() == answers()
