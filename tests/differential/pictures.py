"""What is looked at of a settled stack; what differs from run to run is left out here, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]
Picture = dict[str, dict[str, Any]]
"""Aspects by subject: `stack`, `hosts`, and each service by the name it was made with."""

_TYPES = {bool: "bool", int: "num", float: "num", str: "str", list: "list", dict: "map", type(None): "null"}

VOLATILE: Mapping[str, str] = {
    "id": "numbers are given in the order of all calls to the server",
    "uuid": "random",
    "created": "time",
    "createdTS": "time",
    "links": "URLs; what exists is in the fields",
    "actions": "URLs; their names are an aspect of their own",
    "accountId": "the project's",
    "stackId": "the stack's",
    "externalId": "random",
    "serviceId": "an id",
    "transitioningMessage": "there only at some moments of a process, with ids and counts inside",
    "transitioningProgress": "there only at some moments of a process",
    "currentScale": "stale during and after an upgrade, by chance (4.1)",
    "fqdn": "depends on a DNS service",
    "vip": "depends on a network service",
    "publicEndpoints": "an aspect of its own",
    "linkedServices": "an aspect of its own",
    "instanceIds": "the containers are an aspect of their own",
    "instances": "asked for with include; the containers are an aspect of their own",
    "firstRunning": "time",
    "firstRunningTS": "time",
    "healthcheckStates": "depends on the number of hosts",
}
"""Fields of which neither value nor presence is compared, and why."""

_PASSING = frozenset(
    {
        "requested",
        "creating",
        "starting",
        "stopping",
        "restarting",
        "removing",
        "erroring",
        "error",
        "removed",
    }
)
"""Container states that come and go while a service tries the same thing again and again."""

_IS_PRESENT = 3
"""Where a counted row says whether it is of the present version."""

_CHANGING_KEYS = frozenset({"version", "uuid", "io.rancher.service.hash"})


def of_stack(stack: Row, *, services: int) -> dict[str, Any]:
    """The stack itself."""
    return {
        "state": stack.get("state"),
        "health": stack.get("healthState"),
        "services": services,
        "actions": sorted(stack.get("actions") or {}),
    }


def of_hosts(hosts: Iterable[Row]) -> dict[str, Any]:
    """The hosts that a program has moved, in no order: which ones they are is chance.

    `agentState` is null until an agent's state has changed once, maybe in an earlier program; then `active`.
    """
    return {
        "hosts": sorted(
            [
                str(host.get("state")),
                str(host.get("agentState") or "active"),
                sorted(host.get("actions") or {}),
            ]
            for host in hosts
        )
    }


def of_service(service: Row, *, failing: bool, present_only: bool = False) -> dict[str, Any]:
    """A service with its `instances`; `failing`: it said `error` since the last step.

    `present_only` leaves out containers of an earlier version.

    Of a service that is not at rest only those containers are counted that stand: the others are made, given
    up and removed in a round that never ends, and where in it one looks is chance. Likewise `transitioning`
    is then `error` and `yes` in turn; whether it failed at all is said by `failing`.
    """
    containers = [row for row in service.get("instances") or [] if row.get("state") != "removed"]
    at_rest = service.get("transitioning") == "no"
    standing = [row for row in containers if at_rest or row.get("state") not in _PASSING]
    return {
        "state": service.get("state"),
        "at rest": at_rest,
        "failing": failing and not at_rest,
        "health": service.get("healthState"),
        "actions": sorted(service.get("actions") or {}),
        "fields": typed_fields(service),
        "launchConfig": steady(service.get("launchConfig")),
        "secondaryLaunchConfigs": steady(service.get("secondaryLaunchConfigs")),
        "scale": service.get("scale"),
        "metadata": service.get("metadata"),
        "links": sorted(service.get("linkedServices") or {}),
        "ports": sorted(end.get("port") or 0 for end in service.get("publicEndpoints") or []),
        "containers": [row for row in _counted(service, standing) if row[_IS_PRESENT] or not present_only],
        "container fields": sorted(
            {field for row in containers if row.get("state") == "running" for field in typed_fields(row)}
        ),
    }


def of_container(container: Row) -> dict[str, Any]:
    """A container that belongs to no service."""
    return {
        "state": container.get("state"),
        "at rest": container.get("transitioning") != "yes",
        "failing": container.get("transitioning") == "error",
        "health": container.get("healthState"),
        "actions": sorted(container.get("actions") or {}),
        "fields": typed_fields(container),
        "name": container.get("name"),
        "description": container.get("description"),
        "labels": sorted(container.get("labels") or {}),
        "starts": container.get("startCount"),
        "ports": container.get("ports"),
        "network": container.get("networkMode"),
    }


def typed_fields(row: Row) -> list[str]:
    """`name:type` of each field whose presence means something."""
    return sorted(f"{name}:{_TYPES[type(value)]}" for name, value in row.items() if name not in VOLATILE)


def steady(value: Any) -> Any:
    """A config without the versions and hashes that each change draws anew."""
    if isinstance(value, Mapping):
        return {key: steady(each) for key, each in value.items() if key not in _CHANGING_KEYS}
    if isinstance(value, list):
        return [steady(each) for each in value]
    return value


def is_at_rest(service: Row) -> bool:
    """Nothing is under way in the service or its containers."""
    rows = [service, *(service.get("instances") or [])]
    return all(row.get("transitioning") == "no" for row in rows)


def signature(services: Mapping[str, Row], *, coarse: bool) -> Any:
    """What has to stand still before a picture is taken.

    `coarse` leaves out what never does in a service that fails again and again.
    """
    return [(name, *_moving_parts(row, coarse=coarse)) for name, row in services.items()]


def _moving_parts(service: Row, *, coarse: bool) -> tuple[Any, ...]:
    containers = service.get("instances") or []
    counted = Counter(
        (row.get("state"), row.get("version"), row.get("healthState"))
        for row in containers
        if not coarse or row.get("state") == "running"
    )
    rest = () if coarse else (service.get("transitioning"),)
    ends = len(service.get("publicEndpoints") or ())
    return (service.get("state"), service.get("healthState"), ends, *rest, sorted(counted.items(), key=str))


def _counted(service: Row, containers: Iterable[Row]) -> list[list[Any]]:
    """[config, state, health, is of the present version, how many]."""
    versions = {None: (service.get("launchConfig") or {}).get("version")}
    for config in service.get("secondaryLaunchConfigs") or []:
        versions[config.get("name")] = config.get("version")
    counts: Counter[tuple[str, str, str, bool]] = Counter()
    for row in containers:
        name = (row.get("labels") or {}).get("io.rancher.service.launch.config")
        name = name if name in versions else None
        is_present = row.get("version") == versions[name]
        counts[(str(name or "primary"), str(row.get("state")), str(row.get("healthState")), is_present)] += 1
    return [[*what, times] for what, times in sorted(counts.items())]
