"""The executor's calls to the API, and the words it makes of an answer that is a refusal.

It sends whole bodies, as any client would; the defaults of launch configs are filled in as the server does.
Source: rancher-compose-executor v0.14.30, rancher/service.go, go-rancher/v2/common.go.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from rancher_client.simulator.executor import WantedService

from . import services, volume_templates
from .model import Service, Stack
from .refusals import Refused
from .world import World

API = "http://localhost:8080/v2-beta"
"""The server as the executor beside it names it."""

_PHRASES = {
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    422: "Unprocessable Entity",
    500: "Server Error",
}

_COLLECTIONS = {
    "loadBalancerService": "loadbalancerservices",
    "externalService": "externalservices",
    "dnsService": "dnsservices",
}

HIGHEST_PORT = 65535
PROTOCOLS = ("http", "https", "tcp", "tls", "sni", "udp")
STICKINESS_MODES = ("rewrite", "insert", "prefix")
HEALTH_STRATEGIES = ("none", "recreate", "recreateOnQuorum")


class CallFailed(Exception):
    """The executor gives up on a service with this text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def existing(world: World, stack: Stack, name: str) -> Service | None:
    """A service by its name, or by `stack/name` for one of another stack of the project."""
    where, _, own = name.rpartition("/")
    for service in world.services.values():
        if service.removed is None and service.name == own and service.project == stack.project:
            home = world.stacks[service.stack]
            if home.id == stack.id if not where else home.name == where and home.removed is None:
                return service
    return None


def create(world: World, stack: Stack, wanted: WantedService) -> Service:
    """POST of the service. Raises CallFailed."""
    if wanted.error is not None:
        raise CallFailed(wanted.error)
    if wanted.is_beyond_the_server:
        stumble = Refused(500, "Internal Server Error", message="Internal Server Error")
        raise CallFailed(_words(stumble, f"{API}/projects/1a{stack.project}/scripts/transform"))
    body = {
        **_fields(wanted),
        "name": wanted.name,
        "kind": wanted.kind,
        "stackId": stack.id,
        "launchConfig": copy.deepcopy(wanted.launch_config),
        "secondaryLaunchConfigs": copy.deepcopy(wanted.sidekicks),
        "startOnCreate": False,
        **_load_balancer(world, stack, wanted),
    }
    if wanted.kind != "externalService":
        body.setdefault("assignServiceIpAddress", False)
    try:
        for config in (wanted.launch_config, *wanted.sidekicks):
            _check_by_schema(config)
        _check_balancer_by_schema(wanted.fields.get("lbConfig") or {})
        return services.create(world, body, project=stack.project)
    except Refused as refused:
        raise CallFailed(_words(refused, _collection(stack, wanted))) from None


def ensure_volume(world: World, stack: Stack, fields: dict[str, Any]) -> None:
    """A template for a named volume, unless the stack has one. Raises CallFailed."""
    there = next((t for t in volume_templates.of_stack(world, stack.id) if t.name == fields["name"]), None)
    if there is None:
        volume_templates.create(world, {**fields, "stackId": stack.id}, project=stack.project)
    elif fields["driver"] and there.fields.get("driver") != fields["driver"]:
        raise CallFailed(f'Volume "{fields["name"]}" needs to be recreated - driver has changed')


def update(world: World, stack: Stack, service: Service, wanted: WantedService) -> None:
    """PUT of what belongs to the service itself; its scale stays as it is (3.4). Raises CallFailed."""
    body = {key: value for key, value in _fields(wanted).items() if key != "scale"}
    body |= _load_balancer(world, stack, wanted)
    if wanted.kind == "loadBalancerService":
        body["launchConfig"] = copy.deepcopy(wanted.launch_config)
    try:
        services.update(world, service, body)
    except Refused as refused:
        raise CallFailed(_words(refused, f"{_collection(stack, wanted)}/1s{service.id}")) from None


def act(world: World, service: Service, action: str, body: dict[str, Any]) -> None:
    """POST of an action. Raises CallFailed."""
    try:
        services.act(world, service, action, body)
    except Refused as refused:
        where = f"{API}/projects/1a{service.project}/services/1s{service.id}/?action={action}"
        raise CallFailed(_words(refused, where)) from None


def set_links(world: World, stack: Stack, service: Service, links: Sequence[tuple[str, str]]) -> None:
    """setservicelinks with those of the wanted links whose service is there."""
    found = [(alias, existing(world, stack, target)) for alias, target in links]
    body = [{"name": alias, "serviceId": target.id} for alias, target in found if target is not None]
    act(world, service, "setservicelinks", {"serviceLinks": body})


def _fields(wanted: WantedService) -> dict[str, Any]:
    """The service's own fields with the default that the API fills in."""
    policy = wanted.fields.get("scalePolicy")
    return wanted.fields | ({"scalePolicy": {"increment": 1, **policy}} if policy else {})


def _load_balancer(world: World, stack: Stack, wanted: WantedService) -> dict[str, Any]:
    """The load balancer's rules with the ids of the services that they name."""
    balancer = copy.deepcopy(wanted.fields.get("lbConfig"))
    if not balancer:
        return {}
    for rule in balancer["portRules"]:
        target = rule.get("serviceId")
        if target:
            service = existing(world, stack, target)
            if service is None:
                raise CallFailed(f"Failed to find existing service: {target}")
            rule["serviceId"] = service.id
    for name in [
        *filter(None, [balancer.get("defaultCertificateId")]),
        *(balancer.get("certificateIds") or []),
    ]:
        raise CallFailed(f"Failed to find certificate {name}")  # no certificates are kept here
    return {"lbConfig": balancer}


def _check_by_schema(config: Mapping[str, Any] | None) -> None:
    """What the API checks by the schema of a launch config before anything else."""
    if (config or {}).get("pidMode") not in (None, "host"):
        raise Refused(422, "InvalidOption", "pidMode")
    check = (config or {}).get("healthCheck")
    if not check:
        return
    if check.get("port") is None:
        raise Refused(422, "MissingRequired", "port")
    if check["port"] > HIGHEST_PORT:
        raise Refused(422, "MaxLimitExceeded", "port")
    if check.get("strategy") not in (None, *HEALTH_STRATEGIES):
        raise Refused(422, "InvalidOption", "strategy")


def _check_balancer_by_schema(balancer: Mapping[str, Any]) -> None:
    for rule in balancer.get("portRules") or []:
        if rule.get("protocol") not in (None, *PROTOCOLS):
            raise Refused(422, "InvalidOption", "protocol")
    if (balancer.get("stickinessPolicy") or {}).get("mode") not in (None, *STICKINESS_MODES):
        raise Refused(422, "InvalidOption", "mode")


def _collection(stack: Stack, wanted: WantedService) -> str:
    return f"{API}/projects/1a{stack.project}/{_COLLECTIONS.get(wanted.kind, 'services')}"


def _words(refused: Refused, url: str) -> str:
    """What go-rancher says of an answer that is no good one; the order of the parts is chance there."""
    parts = [f"code={refused.code}"]
    if refused.field_name is not None:
        parts.append(f"fieldName={refused.field_name}")
    if refused.message is not None:
        parts.append(f"message={refused.message}")
    body = ", ".join([*parts, "baseType=error"])
    phrase = _PHRASES.get(refused.status, refused.code)
    return (
        f"Bad response statusCode [{refused.status}]. Status [{refused.status} {phrase}]. "
        f"Body: [{body}] from [{url}]"
    )
