"""What programs of several kinds are drawn from: bodies of services, upgrades, restarts, ports."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .steps import Act, Step, Upgrade

Draw = random.Random

GLOBAL = {"io.rancher.scheduler.global": "true"}
HEALTH_CHECK = {
    "port": 80,
    "interval": 100,
    "responseTimeout": 100,
    "healthyThreshold": 1,
    "unhealthyThreshold": 1,
}
HOSTS = 3
"""How many hosts a project needs to have: with more, ports do not run out as programs mean them to."""
FIRST_PORT, LAST_PORT, PORTS_OF_ONE = 20000, 32000, 4
"""Public ports of programs; those at work at the same time have ports of their own."""


def many(draw: Draw, steps: int, step: Callable[[Draw, int], Step]) -> list[Step]:
    """The steps after the opening."""
    return [step(draw, number) for number in range(steps)]


def body(
    draw: Draw,
    name: str,
    *,
    scale: int | None = None,
    config: Mapping[str, Any] | None = None,
    sidekicks: Sequence[str] = (),
    starts: bool | None = None,
) -> dict[str, Any]:
    """A service to POST; what is not given is drawn."""
    labels = {"t": "x", **(config or {}).get("labels", {})}
    made: dict[str, Any] = {
        "type": "service",
        "name": name,
        "scale": draw.choice([0, 1, 2, 2, 3]) if scale is None else scale,
        "startOnCreate": draw.random() < 0.9 if starts is None else starts,
        "launchConfig": {"imageUuid": f"IMG:{name}:1.0.0", **(config or {}), "labels": labels},
    }
    if sidekicks:
        made["secondaryLaunchConfigs"] = [
            {"name": each, "imageUuid": f"IMG:{each}:1.0.0"} for each in sidekicks
        ]
    return made


def upgrade(draw: Draw, service: str, number: int, config: Mapping[str, Any] | None = None) -> Upgrade:
    """To another image, of the primary, of a sidekick, or of both."""
    strategy = {
        "batchSize": draw.choice([1, 1, 2, 5]),
        "intervalMillis": draw.choice([100, 200, 1000]),
        "startFirst": draw.random() < 0.4,
    }
    image = {"imageUuid": f"IMG:{service}:1.0.{number + 1}"}
    what = (
        draw.choice(["primary", "primary", "primary", "sidekick", "both"]) if service == "web" else "primary"
    )
    sidekicks = {"side": {"imageUuid": f"IMG:side:1.0.{number + 1}"}} if what != "primary" else {}
    return Upgrade(
        service,
        strategy,
        primary=image | dict(config or {}) if what != "sidekick" else None,
        sidekicks=sidekicks,
    )


def restart(draw: Draw, service: str) -> Act:
    """A restart of a service, with a strategy or without."""
    strategy = draw.choice(
        [None, {"batchSize": 1, "intervalMillis": 100}, {"batchSize": 2, "intervalMillis": 100}]
    )
    return Act(service, "restart", None if strategy is None else {"rollingRestartStrategy": strategy})


def port(sequence: int) -> int:
    """A public port that no other program of the run uses, and the three after it."""
    return FIRST_PORT + sequence * PORTS_OF_ONE % (LAST_PORT - FIRST_PORT)
