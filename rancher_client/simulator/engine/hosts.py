"""Hosts: registering, agent connection, deactivate, evacuate, remove (rancher-1.6-api.md 7.1)."""

from __future__ import annotations

import copy
from typing import Any

from . import containers, health, labels, process_instances, purging, triggers, volumes
from .model import GONE, Container, Host
from .refusals import Refused, action_not_available, method_not_allowed, not_found
from .state_machines import CONTAINER, HOST
from .world import World

_UPDATABLE = ("name", "description", "memory", "milliCpu", "localStorageMb")
_WITH_A_PROCESS = ("labels", "memory", "milliCpu", "localStorageMb")


def create(world: World, fields: dict[str, Any], *, project: int) -> Host:
    """A host that has registered itself; active at once, as after the agent's first ping."""
    number = world.next_id("host")
    hostname = str(fields.get("hostname") or f"node{number}")
    host = Host(
        id=number,
        uuid=world.new_uuid(),
        created=world.now,
        project=project,
        hostname=hostname,
        address=str(fields.get("agentIpAddress") or f"10.0.{number // 250}.{number % 250 + 1}"),
        labels={str(key): str(value) for key, value in (fields.get("labels") or {}).items()},
        fields={key: fields[key] for key in _UPDATABLE if key in fields},
    )
    world.hosts[number] = host
    labels.note(world, project, host.labels)
    told = copy.deepcopy(fields)
    process_instances.at_once(world, "host", number, project, "host.create", told, reason="CHAIN")
    process_instances.at_once(world, "host", number, project, "host.activate", told)
    health.take_up(world, host)
    world.touch("host", number)
    triggers.of_host(world, host)
    return host


def update(world: World, host: Host, fields: dict[str, Any]) -> None:
    """PUT: a change of labels or of what the host has to give passes `updating-active`.

    Source: host.json, fields with `scheduleUpdate`. Other fields change without a process.
    """
    before = {**host.fields, "labels": host.labels}
    for key in _UPDATABLE:
        if key in fields:
            host.fields[key] = fields[key]
    if isinstance(fields.get("labels"), dict):
        host.labels = {str(key): str(value) for key, value in fields["labels"].items()}
        labels.note(world, host.project, host.labels)
        triggers.of_host(world, host)
    after = {**host.fields, "labels": host.labels}
    if any(before.get(key) != after.get(key) for key in _WITH_A_PROCESS) and "update" in HOST.offered(
        host.state
    ):
        host.state = HOST.processes["update"].begin(host.state)
        _run(world, host, "update")
    world.touch("host", host.id)


def shown_state(host: Host) -> str:
    """`state` shows the agent's while the host is otherwise active (7.1)."""
    return host.agent_state if host.state == "active" else host.state


def told(world: World, host: Host) -> dict[str, Any]:
    """What a host tells of itself by the REST names; simulated ones tell only how much they take.

    Source: SimulatorPingProcessor, SimulatorHostProcessor.
    """
    if world.site.docker_hosts:
        return {"kind": "docker", "hostname": host.hostname, "info": _info()}
    return {"kind": "sim", "hostname": None, "info": None, "computeTotal": 1_000_000}


def _info() -> dict[str, Any]:
    """Figures of an ordinary machine; nothing in the engine depends on them."""
    return {
        "cpuInfo": {"count": 4, "modelName": "Intel(R) Xeon(R)", "mhz": 2400.0, "loadAvg": [0.1, 0.2, 0.2]},
        "memoryInfo": {"memTotal": 7983.1, "memFree": 201.5, "memAvailable": 5100.2},
        "diskInfo": {"mountPoints": {"/dev/sda1": {"total": 40188.1, "used": 11200.3, "free": 28900.0}}},
        "osInfo": {
            "operatingSystem": "Ubuntu 16.04.2 LTS",
            "kernelVersion": "4.4.0",
            "dockerVersion": "Docker version 17.03.1-ce, build c6d412e",
        },
    }


def offered(host: Host) -> frozenset[str]:
    """Actions by the row's own state, the agent's does not count."""
    return HOST.offered(host.state)


def act(world: World, host: Host, action: str) -> None:
    """One action of the API. Raises Refused."""
    if action not in offered(host):
        raise action_not_available()
    if action in ("activate", "deactivate", "purge", "update"):
        host.state = HOST.processes[action].begin(host.state)
        _run(world, host, action)
    elif action == "evacuate":
        world.later(world.timing.host_step, "host.evacuated", host.id)
    elif action == "remove":
        delete(world, host)
    elif action == "dockersocket":
        raise Refused(501, "HostApiProxyDisabled", message="HostApiProxyDisabled")
    else:
        raise not_found()
    world.touch("host", host.id)


def delete(world: World, host: Host) -> None:
    """DELETE: 405 for an active host, which has to be deactivated first (7.1)."""
    if host.state in ("removed", "removing"):
        return
    if "remove" not in HOST.offered(host.state):
        raise method_not_allowed()
    host.state = "removing"
    _run(world, host, "remove")
    world.touch("host", host.id)


def take_away(world: World, host: Host) -> None:
    """The machine of a host is gone: so is the host, without having been deactivated."""
    if host.state in GONE:
        return
    host.state = "removing"
    _run(world, host, "remove")
    world.touch("host", host.id)


def step(world: World, host: Host, action: str) -> None:
    """Event: a host's process ends."""
    process = HOST.processes[action]
    begun = process.transitional
    if host.state not in ([begun] if isinstance(begun, str) else begun.values()):
        process_instances.leave(world, "host", host.id, name=f"host.{action}")
        return
    process_instances.end(world, "host", host.id)
    host.state = process.end(host.state)
    world.touch("host", host.id)
    if action == "remove":
        host.removed, host.agent_state = world.now, "removed"
        purging.plan(world, "host", host)
        volumes.lose(world, host)
        for container in world.on_host(host.id):
            containers.lose(world, container)
        health.pass_on(world, host)
    if action == "activate":
        health.take_up(world, host)
    if action in ("activate", "remove"):
        triggers.of_host(world, host, is_told_where_it_runs=True)


def evacuated(world: World, host: Host) -> None:
    """Event: the host goes inactive, what is on it is removed; services make it anew elsewhere (7.1).

    Each container is sent the process `stop` with `remove` chained to it. One that has stopped already is at
    the end of that process, so `remove` follows at once: old containers of an upgrade go too. The agent of
    the host and containers of system stacks stay (cattle: ExternalHostEventCreate.deactivateHost,
    InstanceDaoImpl.getNonRemovedInstanceOn, DefaultProcessInstanceImpl.preRunStateCheck).
    """
    host.state = "inactive"
    world.touch("host", host.id)
    for container in world.on_host(host.id):
        if not _is_infrastructure(container) and _can_leave(container):
            containers.remove(world, container)


def _is_infrastructure(container: Container) -> bool:
    """Whether it belongs to a system stack or is the host's agent (cattle: InstanceConstants.isSystem)."""
    told = container.labels.get("io.rancher.container.system")
    return bool(container.config.get("system")) or told == container.name == "rancher-agent"


def _can_leave(container: Container) -> bool:
    return container.state in ("stopping", "stopped") or "stop" in CONTAINER.offered(container.state)


def resume(world: World, host: Host) -> None:
    """Begin the process anew that a host in a transitional state is in, and go on waiting for its agent."""
    for name, process in HOST.processes.items():
        if process.transitional == host.state:
            _run(world, host, name)
    becomes, after = {
        "reconnecting": ("host.disconnected", world.timing.host_disconnected),
        "disconnecting": ("host.disconnected", world.timing.host_step),
        "finishing-reconnect": ("host.reconnected", world.timing.host_step),
    }.get(host.agent_state, (None, 0.0))
    if becomes is not None:
        world.later(after, becomes, host.id, host.connection)


def lose_connection(world: World, host: Host) -> None:
    """The agent is gone; Rancher notices after some pings (7.1)."""
    if not host.connected:
        return
    _cut_off(world, host)
    world.later(world.timing.host_reconnecting, "host.reconnecting", host.id, host.connection)


def give_up(world: World, host: Host) -> None:
    """The agent is gone and Rancher knows it already: `disconnected` at once, as its own action does."""
    if not host.connected:
        return
    _cut_off(world, host)
    host.tells_agent_state = True
    disconnected(world, host, host.connection)
    containers.let_go_on(world, host.id)


def regain_connection(world: World, host: Host) -> None:
    """The agent is back: what waited for the host goes on."""
    if host.connected:
        return
    if host.agent_state != "active":
        health.pass_on(world, host)
    host.connected = True
    host.connection += 1
    host.agent_state = "finishing-reconnect" if host.agent_state != "active" else "active"
    world.touch("host", host.id)
    world.later(world.timing.host_step, "host.reconnected", host.id, host.connection)
    containers.resume_on(world, host.id)
    for container in world.on_host(host.id):
        health.recheck(world, container)


def reconnecting(world: World, host: Host, connection: int) -> None:
    """Event: six pings failed."""
    if host.connection == connection:
        host.agent_state, host.tells_agent_state = "reconnecting", True
        health.pass_on(world, host)
        world.touch("host", host.id)
        containers.let_go_on(world, host.id)
        world.later(world.timing.host_disconnected, "host.disconnected", host.id, connection)


def disconnected(world: World, host: Host, connection: int) -> None:
    """Event: Rancher gives the agent up, the host stays (7.1)."""
    if host.connection == connection:
        host.agent_state = "disconnected"
        world.touch("host", host.id)
        triggers.of_host(world, host)


def reconnected(world: World, host: Host, connection: int) -> None:
    """Event: the agent has told what runs there."""
    if host.connection == connection:
        host.agent_state = "active"
        health.take_up(world, host)
        world.touch("host", host.id)
        triggers.of_host(world, host)


def _run(world: World, host: Host, process: str) -> None:
    """Begin a process of the host, which its agent answers a moment later."""
    process_instances.schedule(world, "host", host.id, host.project, f"host.{process}")
    process_instances.begin(world, "host", host.id, host.project, f"host.{process}")
    world.later(world.timing.host_step, "host.step", host.id, process)


def _cut_off(world: World, host: Host) -> None:
    host.connected = False
    host.connection += 1
    for container in world.on_host(host.id):
        health.recheck(world, container)
