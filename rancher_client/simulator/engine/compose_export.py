"""The compose texts that `exportconfig` answers: services as they are now (rancher-1.6-api.md 3.2).

Hashes, defaults and `upgrade_strategy` are not in them. A sidekick gets what belongs to its service as well.
Source: cattle:…sd/api/.../service/impl/ServiceDiscoveryApiServiceImpl.java createComposeData.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from rancher_client.compose.keys import LAUNCH_CONFIG_KEYS
from rancher_client.simulator.executor import HASH

from .launch_configs import is_global, labels
from .load_balancers import KIND as LOAD_BALANCER
from .model import Service, Stack
from .world import World

SIDEKICKS = "io.rancher.sidekicks"

_IN_RANCHER_COMPOSE = frozenset({"drain_timeout_ms", "milli_cpu_reservation"})
_OF_A_FORM_OF_THEIR_OWN = frozenset({"labels", "tmpfs", "ulimits"})
_DOCKER_KEYS = {
    stored: key
    for key, (stored, _) in LAUNCH_CONFIG_KEYS.items()
    if key not in _IN_RANCHER_COMPOSE | _OF_A_FORM_OF_THEIR_OWN
} | {"environment": "environment"}
"""Launch config field -> compose key."""

_SERVICE_KEYS = {
    "externalIpAddresses": "external_ips",
    "hostname": "hostname",
    "retainIp": "retain_ip",
    "scalePolicy": "scale_policy",
}
"""The service's own field -> rancher-compose key."""

_IMAGES = {"dnsService": "rancher/dns-service", "externalService": "rancher/external-service"}
"""These kinds are known by their image."""


def export(world: World, stack: Stack, services: list[Service]) -> dict[str, Any]:
    """`composeConfig` of these services: lines end with CR LF, dollars are doubled."""
    docker: dict[str, Any] = {}
    rancher: dict[str, Any] = {}
    for service in services:
        for name, config in _configs(service):
            docker[name] = _docker(world, service, services, config, is_primary=name == service.name)
            rancher[name] = _rancher(world, service, config)
    return {
        "type": "composeConfig",
        "dockerComposeConfig": _text(docker),
        "rancherComposeConfig": _text(rancher),
    }


def _configs(service: Service) -> list[tuple[str, dict[str, Any]]]:
    own = [(service.name, service.launch_config)] if service.launch_config else []
    return own + [(str(config.get("name")), config) for config in service.sidekicks]


def _docker(
    world: World, service: Service, exported: list[Service], config: dict[str, Any], *, is_primary: bool
) -> dict[str, Any]:
    image = str(config.get("imageUuid") or "").removeprefix("docker:")
    found: dict[str, Any] = {"image": _IMAGES.get(service.kind, image)}
    found |= {key: config[field] for field, key in _DOCKER_KEYS.items() if _says_something(config.get(field))}
    found |= _links(world, service, exported)
    found |= _network(config)
    if config.get("dataVolumesFromLaunchConfigs"):
        found["volumes_from"] = list(config["dataVolumesFromLaunchConfigs"])
    found |= _labels(service, config, is_primary=is_primary)
    logging = config.get("logConfig") or {}
    if logging.get("driver"):
        options = {"options": dict(logging["config"])} if logging.get("config") else {}
        found["logging"] = {"driver": logging["driver"], **options}
    if config.get("tmpfs"):
        mounts = config["tmpfs"].items()
        found["tmpfs"] = [f"{path}:{options}" if options else path for path, options in mounts]
    if config.get("ulimits"):
        found["ulimits"] = {limit["name"]: _limit(limit) for limit in config["ulimits"]}
    return found


def _rancher(world: World, service: Service, config: dict[str, Any]) -> dict[str, Any]:
    fields = service.fields
    found: dict[str, Any] = {}
    metadata = {key: value for key, value in (fields.get("metadata") or {}).items() if key != HASH}
    if metadata:
        found["metadata"] = metadata
    if service.kind not in _IMAGES and not is_global(config):
        found["scale"] = service.scale
    if config.get("startOnCreate", True):
        found["start_on_create"] = True
    if isinstance(config.get("healthCheck"), dict):
        found["health_check"] = _lower_keys(config["healthCheck"])
    found |= {key: fields[name] for name, key in _SERVICE_KEYS.items() if _says_something(fields.get(name))}
    if service.kind == LOAD_BALANCER and fields.get("lbConfig"):
        found["lb_config"] = _load_balancer(world, service, fields["lbConfig"])
    if config.get("drainTimeoutMs"):
        found["drain_timeout_ms"] = config["drainTimeoutMs"]
    if config.get("milliCpuReservation"):
        found["milli_cpu_reservation"] = config["milliCpuReservation"]
    return found


def _links(world: World, service: Service, exported: list[Service]) -> dict[str, Any]:
    if service.kind == LOAD_BALANCER:
        return {}
    inside, outside = [], []
    for alias, number in service.links.items():
        target = world.services[number]
        if target in exported:
            inside.append(f"{target.name}:{alias}")
        elif target.stack != service.stack:
            outside.append(f"{world.stacks[target.stack].name}/{target.name}:{alias}")
    found = {"links": inside, "external_links": outside}
    return {key: names for key, names in found.items() if names}


def _network(config: Mapping[str, Any]) -> dict[str, Any]:
    mode = config.get("networkMode")
    if mode == "container" and config.get("networkLaunchConfig"):
        return {"network_mode": f"container:{config['networkLaunchConfig']}"}
    return {} if mode in (None, "managed") else {"network_mode": mode}


def _labels(service: Service, config: Mapping[str, Any], *, is_primary: bool) -> dict[str, Any]:
    found = {key: value for key, value in labels(config).items() if key not in (HASH, SIDEKICKS)}
    if is_primary and service.sidekicks:
        found[SIDEKICKS] = ",".join(str(sidekick.get("name")) for sidekick in service.sidekicks)
    for field, label in (("selectorLink", "link"), ("selectorContainer", "container")):
        if service.fields.get(field):
            found[f"io.rancher.service.selector.{label}"] = service.fields[field]
    return {"labels": found} if found else {}


def _limit(limit: Mapping[str, Any]) -> Any:
    if limit.get("hard") is None:
        return limit.get("soft")
    return {"hard": limit["hard"], "soft": limit.get("soft")}


def _load_balancer(world: World, service: Service, balancer: Mapping[str, Any]) -> dict[str, Any]:
    rules = []
    for rule in balancer.get("portRules") or []:
        written = {key: value for key, value in _lower_keys(rule).items() if key != "service_id"}
        target = world.services.get(int(rule.get("serviceId") or 0))
        if target is not None:
            home = "" if target.stack == service.stack else f"{world.stacks[target.stack].name}/"
            written["service"] = f"{home}{target.name}"
        rules.append(written)
    rest = {"config": balancer.get("config"), "stickiness_policy": balancer.get("stickinessPolicy")}
    return {"certs": [], "port_rules": rules} | {key: value for key, value in rest.items() if value}


def _lower_keys(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", key): child
        for key, child in value.items()
        if child is not None and key != "type"
    }


def _says_something(value: Any) -> bool:
    """What is empty or false is not exported; a number is."""
    return value is not None and value is not False and value not in ("", [], {})


def _text(services: dict[str, Any]) -> str:
    if not services:
        return "version: '2'\r\n"
    written = yaml.dump(
        {"services": services}, Dumper=_Dumper, default_flow_style=False, sort_keys=False, line_break="\r\n"
    )
    return "version: '2'\r\n" + written.replace("$", "$$")


class _Dumper(yaml.SafeDumper):
    """Without anchors: equal values are written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
