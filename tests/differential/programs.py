"""Programs drawn from a seed: half sensible, half odd. Pure: same kind, seed and sequence, same program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import kinds_of_services, lone_containers, pieces
from .moments import PAIRS
from .pieces import GLOBAL, HEALTH_CHECK, HOSTS, Draw
from .steps import (
    NOBODY,
    Act,
    AtOnce,
    Delete,
    Health,
    HostsBack,
    Link,
    Make,
    OfContainer,
    OfHost,
    OfStack,
    Program,
    Put,
    Read,
    Step,
)


def draw(kind: str, *, seed: int, sequence: int, steps: int) -> Program:
    """The program of a kind. Raises KeyError for an unknown kind."""
    return _KINDS[kind](Draw(f"{seed}/{kind}/{sequence}"), sequence, steps)


def _linked(draw: Draw, sequence: int, steps: int) -> Program:
    """Two services of one stack: web, with a sidekick or two, and db; links, and each upgraded on its own."""
    opening: list[Step] = [
        Make("db", pieces.body(draw, "db", scale=draw.choice([1, 1, 2]))),
        Make(
            "web",
            pieces.body(draw, "web", sidekicks=draw.choice([(), ("side",), ("side",), ("side", "logs")])),
        ),
        Link("setservicelinks", "web", draw.choice([{"db": "db"}, {"db": "db"}, {"database": "db"}, {}])),
    ]
    return Program("linked", sequence, (*opening, *pieces.many(draw, steps, _linked_step)))


def _linked_step(draw: Draw, number: int) -> Step:
    service = draw.choice(["web", "web", "db"])
    choice = draw.random()
    if choice < 0.30:
        return pieces.upgrade(draw, service, number)
    if choice < 0.48:
        return Act(service, draw.choice(["finishupgrade", "finishupgrade", "rollback", "rollback"]))
    if choice < 0.62:
        return _link(draw)
    if choice < 0.72:
        return Put(service, draw.choice([{"scale": draw.choice([0, 1, 2, 3])}, {"metadata": {"k": number}}]))
    if choice < 0.80:
        return OfContainer(service, draw.choice([0, 0, 1, 2]), draw.choice(["stop", "restart", "DELETE"]))
    if choice < 0.86:
        return OfStack(draw.choice(["activateservices", "deactivateservices"]))
    if choice < 0.90:
        return Act(service, draw.choice(["deactivate", "activate", "cancelupgrade", "continueupgrade"]))
    if choice < 0.93:
        return pieces.restart(draw, service)
    if choice < 0.98:
        return _read(draw)
    return Delete(service)


def _link(draw: Draw) -> Step:
    action = draw.choice(["setservicelinks", "addservicelink", "removeservicelink"])
    target = draw.choice(["db", "db", "db", "web", NOBODY])
    return Link(action, "web", {draw.choice([target, "other", "bad name!"]): target})


def _read(draw: Draw) -> Step:
    return Read(
        draw.choice(
            [
                "services/{web}/consumedservices",
                "services/{db}/consumedbyservices",
                "services/{web}/instances?sort=name",
                "services?stackId={stack}&sort=name&include=instances",
                "services?stackId={stack}&name_ne=web",
                "services?stackId={stack}&state=active",
                "services/{web}/serviceexposemaps",
                "stacks/{stack}/services",
                "stacks/{stack}",
                "serviceconsumemaps",
                "containers?name_prefix=nothing",
            ]
        )
    )


def _hosts(draw: Draw, sequence: int, steps: int) -> Program:
    """A service while hosts go away and come back.

    A server puts containers on any host that fits. So that chance decides nothing, each form does only what
    ends alike wherever its containers lie: `global` and `port` have one on every host; `single` and `checked`
    have one in all, and are never rolled back to an old one that lies anywhere; the hosts of `spread` are not
    lost, and only that of its first container goes away: the others may share one.
    """
    form = draw.choice(["global", "global", "port", "port", "single", "checked", "spread"])
    config: dict[str, Any] = {}
    if form == "global":
        config["labels"] = dict(GLOBAL)
    elif form == "port":
        config["ports"] = [f"{pieces.port(sequence)}:80"]
    elif form == "checked":
        config["healthCheck"] = dict(HEALTH_CHECK)
    scale = {"port": HOSTS, "spread": draw.choice([2, 3])}.get(form, 1)
    opening: list[Step] = [Make("web", pieces.body(draw, "web", scale=scale, config=config, starts=True))]
    if form == "checked":
        opening.append(Health("web", None, healthy=True))

    def step(draw: Draw, number: int) -> Step:
        return _hosts_step(draw, number, form)

    return Program(
        "hosts",
        sequence,
        (*opening, *_without_starts_on_lost_hosts(pieces.many(draw, steps, step))),
        needs_lever=True,
        is_alone=True,
        is_scattered=form in ("single", "checked", "spread"),
    )


def _without_starts_on_lost_hosts(steps: list[Step]) -> list[Step]:
    """Hosts come back before anything that could start a container on a lost one.

    A host that Rancher simulates starts it all the same: nobody asks whether its agent is there, as with a
    real one (cattle: AgentLocatorImpl.getWrappedEventService).
    """
    kept: list[Step] = []
    is_lost = False
    for step in steps:
        may_start = isinstance(step, OfContainer) or (
            isinstance(step, Act) and step.action != "finishupgrade"
        )
        kept.append(HostsBack() if is_lost and may_start else step)
        if isinstance(kept[-1], HostsBack):
            is_lost = False
        elif isinstance(step, OfHost) and step.action == "lose":
            is_lost = True
    return kept


def _hosts_step(draw: Draw, number: int, form: str) -> Step:
    one_each = form in ("global", "port")
    choice = draw.random()
    if form == "checked" and choice < 0.2:
        return Health("web", None, healthy=True)
    if choice < 0.48:
        away = ["deactivate", "deactivate", "evacuate"] + ([] if form == "spread" else ["lose", "lose"])
        return OfHost("web", draw.choice([0, 0, 1]) if one_each else 0, draw.choice(away))
    if choice < 0.68:
        return HostsBack()
    if choice < 0.80 and form != "spread":
        return pieces.upgrade(draw, "web", number)
    if choice < 0.88 and one_each:
        return Act(
            "web", draw.choice(["finishupgrade", "finishupgrade", "rollback", "deactivate", "activate"])
        )
    if choice < 0.88 and form != "spread":
        return Act("web", "finishupgrade")
    if choice < 0.94 and form in ("port", "spread"):
        return Put("web", {"scale": draw.choice([HOSTS, HOSTS + 1] if one_each else [1, 2, 3, 4])})
    return OfContainer("web", 0, draw.choice(["stop", "DELETE"]))


def _ports(draw: Draw, sequence: int, steps: int) -> Program:
    """Fixed ports: more containers than hosts, two services after one port, upgrades that need it twice."""
    port = pieces.port(sequence)
    opening: list[Step] = [
        Make(
            "web",
            pieces.body(
                draw,
                "web",
                scale=draw.choice([1, 1, 2, 3, 4]),
                config={"ports": [f"{port}:80"]},
                starts=True,
                sidekicks=draw.choice([(), (), ("side",)]),
            ),
        )
    ]
    if draw.random() < 0.5:
        taken = port + draw.choice([0, 0, 1])
        protocol = draw.choice(["", "/tcp", "/udp"])
        opening.append(
            Make(
                "db",
                pieces.body(
                    draw, "db", scale=draw.choice([1, 2, 3]), config={"ports": [f"{taken}:81{protocol}"]}
                ),
            )
        )

    def step(draw: Draw, number: int) -> Step:
        return _ports_step(draw, number, port)

    return Program("ports", sequence, (*opening, *pieces.many(draw, steps, step)), is_alone=False)


def _ports_step(draw: Draw, number: int, port: int) -> Step:
    choice = draw.random()
    if choice < 0.36:
        wanted = draw.choice(
            [None, None, [], [f"{port}:80/tcp"], [f"{port + 1}:80"], [f"{port}:80", f"{port + 1}:81"], ["80"]]
        )
        return pieces.upgrade(draw, "web", number, {} if wanted is None else {"ports": wanted})
    if choice < 0.56:
        return Act(
            "web", draw.choice(["finishupgrade", "finishupgrade", "rollback", "rollback", "cancelupgrade"])
        )
    if choice < 0.76:
        return Put("web", {"scale": draw.choice([0, 1, 2, 3, 4])})
    if choice < 0.84:
        return Act(draw.choice(["web", "db"]), draw.choice(["deactivate", "activate"]))
    if choice < 0.92:
        return OfContainer("web", 0, draw.choice(["stop", "DELETE"]))
    if choice < 0.97:
        return Put("web", {"scalePolicy": {"min": 1, "max": 4, "increment": 1}})
    return Delete(draw.choice(["web", "db"]))


def _health(draw: Draw, sequence: int, steps: int) -> Program:
    """A service with a health check whose containers answer it only when the program says so."""
    check = dict(HEALTH_CHECK, strategy=draw.choice(["recreate", "recreate", "none", "recreateOnQuorum"]))
    if check["strategy"] == "recreateOnQuorum":
        check["recreateOnQuorumStrategyConfig"] = {"quorum": draw.choice([1, 2])}
    opening: list[Step] = [
        Make(
            "web",
            pieces.body(
                draw,
                "web",
                scale=draw.choice([1, 2, 2, 3]),
                config={"healthCheck": check},
                starts=True,
                sidekicks=draw.choice([(), (), ("side",)]),
            ),
        ),
        Health("web", draw.choice([None, None, None, 0]), healthy=True),
    ]
    return Program("health", sequence, (*opening, *pieces.many(draw, steps, _health_step)), needs_lever=True)


def _health_step(draw: Draw, number: int) -> Step:
    choice = draw.random()
    if choice < 0.28:
        return Health("web", draw.choice([None, None, 0, 1]), healthy=True)
    if choice < 0.48:
        return Health("web", draw.choice([None, 0, 0, 1]), healthy=False)
    if choice < 0.64:
        change: Any = draw.choice([{}, {}, {"healthCheck": dict(HEALTH_CHECK)}, {"healthCheck": None}])
        return pieces.upgrade(draw, "web", number, change)
    if choice < 0.80:
        action = draw.choice(["finishupgrade", "rollback", "rollback", "cancelupgrade", "continueupgrade"])
        return Act("web", action)
    if choice < 0.88:
        return Put("web", {"scale": draw.choice([0, 1, 2, 3])})
    if choice < 0.96:
        return OfContainer("web", 0, draw.choice(["stop", "restart", "DELETE"]))
    return Act("web", draw.choice(["deactivate", "activate"]))


def _moment(draw: Draw, sequence: int, steps: int) -> Program:
    """Two calls at the same moment; `moments.PAIRS` has them in turn, so that each is played often."""
    pair = PAIRS[sequence % len(PAIRS)]
    opening: list[Step] = [Make("web", pieces.body(draw, "web", scale=pair.scale, starts=pair.starts))]
    return Program("moment", sequence, (*opening, *pair.before, AtOnce(pair.first, pair.second)))


_KINDS: Mapping[str, Callable[[Draw, int, int], Program]] = {
    "linked": _linked,
    "hosts": _hosts,
    "ports": _ports,
    "health": _health,
    "moment": _moment,
    "services": kinds_of_services.program,
    "containers": lone_containers.program,
}
KINDS: Sequence[str] = tuple(_KINDS)
