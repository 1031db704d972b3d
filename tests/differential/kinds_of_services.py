"""Programs about services of other kinds beside a plain one: aliases, external ones, balancers, selectors."""

from __future__ import annotations

from typing import Any

from . import pieces
from .pieces import Draw
from .steps import Act, Delete, Link, Make, OfStack, Program, Put, PutStack, Read, Step, Upgrade

_ADDRESSES: list[Any] = [["192.0.2.1"], ["192.0.2.1", "192.0.2.2"], [], ["no address"], None]
_HOSTNAMES: list[Any] = ["db.example.com", "not a host", "", None]


def program(draw: Draw, sequence: int, steps: int) -> Program:
    """A plain service `web`, one of another kind `other`, and what is done to either."""
    form = draw.choice(
        ["alias", "external", "external", "balancer", "balancer", "selector", "policy", "once"]
    )
    port = pieces.port(sequence)
    opening: list[Step] = [
        Make(
            "web",
            pieces.body(draw, "web", scale=draw.choice([1, 1, 2]), starts=True, config=_labelled(port)),
        ),
        _other(draw, form, port),
    ]

    def step(draw: Draw, number: int) -> Step:
        return _step(draw, number, form, port)

    return Program("services", sequence, (*opening, *pieces.many(draw, steps, step)))


def _other(draw: Draw, form: str, port: int) -> Make:
    starts = draw.random() < 0.7
    named = {"name": "other", "startOnCreate": starts}
    if form == "alias":
        return Make("other", {"type": "dnsService", **named}, "dnsservices")
    if form == "external":
        return Make("other", {"type": "externalService", **named, **_outside(draw)}, "externalservices")
    if form == "balancer":
        body = {
            "type": "loadBalancerService",
            **named,
            "scale": draw.choice([1, 1, 2]),
            "launchConfig": {"imageUuid": "IMG:balancer:1", "ports": [f"{port}:{port}/tcp"]},
            "lbConfig": {"portRules": _rules(draw, port)},
        }
        return Make("other", body, "loadbalancerservices")
    plain = pieces.body(draw, "other", scale=draw.choice([1, 2]), starts=starts, config=_labelled(port))
    if form == "selector":
        plain["selectorLink"] = f"of={port}"
        plain["selectorContainer"] = draw.choice([f"of={port}", "role=any", None])
    elif form == "policy":
        plain["scalePolicy"] = _policy(draw)
    else:
        plain["launchConfig"]["labels"]["io.rancher.container.start_once"] = "true"
    return Make("other", plain)


def _labelled(port: int) -> dict[str, Any]:
    """A label that no program at work at the same time has: selectors reach over a whole project."""
    return {"labels": {"of": str(port)}}


def _outside(draw: Draw) -> dict[str, Any]:
    if draw.random() < 0.6:
        return {"externalIpAddresses": draw.choice(_ADDRESSES)}
    return {"hostname": draw.choice(_HOSTNAMES)}


def _rules(draw: Draw, port: int) -> list[dict[str, Any]]:
    rule = {"sourcePort": port, "protocol": draw.choice(["http", "tcp"]), "targetPort": 80}
    target = draw.choice([{"serviceId": "ID:web"}, {"serviceId": "ID:web"}, {"selector": f"of={port}"}])
    more = {**rule, **target, "hostname": "a.example.com", "path": "/shop", "priority": 2}
    return draw.choice([[rule | target], [rule | target, more], []])


def _policy(draw: Draw) -> dict[str, Any]:
    return {"min": draw.choice([1, 2]), "max": draw.choice([2, 3, 4]), "increment": draw.choice([1, 2])}


def _step(draw: Draw, number: int, form: str, port: int) -> Step:
    choice = draw.random()
    if choice < 0.24:
        return Put("other", _change(draw, number, form, port))
    if choice < 0.42:
        return _link(draw)
    if choice < 0.60:
        return Act(
            "other", draw.choice(["activate", "deactivate", "deactivate", "activate", "cancelupgrade"])
        )
    if choice < 0.68:
        return _upgrade(draw, form, number)
    if choice < 0.76:
        return Act(
            draw.choice(["other", "web"]), draw.choice(["finishupgrade", "rollback", "continueupgrade"])
        )
    if choice < 0.80:
        return pieces.restart(draw, "other")
    if choice < 0.86:
        return _of_stack(draw, number)
    if choice < 0.96:
        return _read(draw)
    return Delete(draw.choice(["other", "web"]))


def _change(draw: Draw, number: int, form: str, port: int) -> dict[str, Any]:
    common: list[dict[str, Any]] = [{"description": f"step {number}"}, {"metadata": {"k": number}}]
    own: dict[str, list[dict[str, Any]]] = {
        "external": [_outside(draw), _outside(draw)],
        "balancer": [{"lbConfig": {"portRules": _rules(draw, port)}}, {"scale": draw.choice([0, 1, 2])}],
        "selector": [{"selectorLink": draw.choice([f"of={port}", "of=nobody", "not(a selector"])}],
        "policy": [{"scalePolicy": draw.choice([_policy(draw), None])}, {"scale": draw.choice([1, 2, 3])}],
        "once": [{"scale": draw.choice([0, 1, 2])}],
    }
    return draw.choice([*own.get(form, []), *common])


def _link(draw: Draw) -> Step:
    action = draw.choice(["setservicelinks", "addservicelink", "removeservicelink"])
    source, target = draw.choice([("other", "web"), ("other", "web"), ("web", "other")])
    return Link(action, source, {draw.choice([target, "name"]): target})


def _upgrade(draw: Draw, form: str, number: int) -> Step:
    if form in ("alias", "external"):
        return Act(
            "other",
            "upgrade",
            {"inServiceStrategy": {"launchConfig": {"imageUuid": "IMG:web:9"}, "intervalMillis": 100}},
        )
    strategy = {"batchSize": draw.choice([1, 2]), "intervalMillis": 100, "startFirst": draw.random() < 0.3}
    return Upgrade("other", strategy, primary={"imageUuid": f"IMG:other:1.0.{number + 1}"})


def _of_stack(draw: Draw, number: int) -> Step:
    return draw.choice(
        [
            OfStack("activateservices"),
            OfStack("deactivateservices"),
            OfStack("addoutputs", {"outputs": {"k": str(number)}}),
            OfStack("exportconfig"),
            OfStack("cancelupgrade"),
            OfStack("rollback"),
            PutStack({"description": f"step {number}"}),
            PutStack({"outputs": {"put": str(number)}}),
        ]
    )


def _read(draw: Draw) -> Step:
    return Read(
        draw.choice(
            [
                "services/{other}",
                "services/{other}/instances",
                "services/{other}/consumedservices",
                "services/{other}/consumedbyservices",
                "services/{web}/consumedbyservices",
                "externalservices?stackId={stack}",
                "dnsservices?stackId={stack}",
                "loadbalancerservices?stackId={stack}",
                "stacks/{stack}/services",
                "stacks/{stack}",
                "serviceconsumemaps",
            ]
        )
    )
