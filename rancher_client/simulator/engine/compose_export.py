"""The compose texts that `exportconfig` answers: services as they are now (rancher-1.6-api.md 3.2).

Hashes, defaults and `upgrade_strategy` are not in them. A sidekick gets what belongs to its service as well.
Source: cattle:…sd/api/.../service/impl/ServiceDiscoveryApiServiceImpl.java createComposeData.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from rancher_client.compose.keys import BLOCK_DEVICE_KEYS, LAUNCH_CONFIG_KEYS
from rancher_client.simulator.executor import HASH

from . import volume_templates
from .launch_configs import CONTAINERLESS, is_global, labels
from .load_balancers import KIND as LOAD_BALANCER
from .model import Service, Stack
from .world import World

SIDEKICKS = "io.rancher.sidekicks"

_IN_RANCHER_COMPOSE = frozenset({"drain_timeout_ms", "milli_cpu_reservation"})
_OF_A_FORM_OF_THEIR_OWN = frozenset({"labels", "tmpfs", "ulimits", "volume_driver"})
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

_VOLUME_KEYS = {
    "driver": "driver",
    "driverOpts": "driver_opts",
    "external": "external",
    "perContainer": "per_container",
}
"""Field of a volume template -> compose key."""

_IMAGES = {"dnsService": "rancher/dns-service", "externalService": "rancher/external-service"}
"""These kinds are known by their image."""
_IMAGE_OF_OLDER_BALANCER = "rancher/load-balancer-service"


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
        "dockerComposeConfig": _text({"services": docker, "volumes": _volumes(world, stack, services)}),
        "rancherComposeConfig": _text({"services": rancher}),
    }


def _configs(service: Service) -> list[tuple[str, dict[str, Any]]]:
    own = [(service.name, service.launch_config or {})]
    return own + [(str(config.get("name")), config) for config in service.sidekicks]


def _docker(
    world: World, service: Service, exported: list[Service], config: dict[str, Any], *, is_primary: bool
) -> dict[str, Any]:
    image = _image(service, config)
    found: dict[str, Any] = {} if image is None else {"image": str(image).removeprefix("docker:")}
    found |= {key: config[field] for field, key in _DOCKER_KEYS.items() if _says_something(config.get(field))}
    found |= _links(world, service, exported)
    found |= _network(config)
    if config.get("dataVolumesFromLaunchConfigs"):
        found["volumes_from"] = list(config["dataVolumesFromLaunchConfigs"])
    found |= _labels(service, config, is_primary=is_primary)
    found |= _block_devices(config.get("blkioDeviceOptions") or {})
    if config.get("secrets"):
        found["secrets"] = [_secret(secret) for secret in config["secrets"]]
    logging = config.get("logConfig") or {}
    if logging.get("driver"):
        options = {"options": dict(logging["config"])} if logging.get("config") else {}
        found["logging"] = {"driver": logging["driver"], **options}
    if config.get("tmpfs"):
        mounts = config["tmpfs"].items()
        found["tmpfs"] = [f"{path}:{options}" if options else path for path, options in mounts]
    if config.get("ulimits"):
        found["ulimits"] = {
            limit["name"]: _limit(limit) for limit in config["ulimits"] if limit.get("soft") is not None
        }
    return found


def _image(service: Service, config: Mapping[str, Any]) -> Any:
    if _is_older_balancer(service):
        return _IMAGE_OF_OLDER_BALANCER
    return _IMAGES.get(service.kind, config.get("imageUuid"))


def _is_older_balancer(service: Service) -> bool:
    """A balancer without `lbConfig` is one of the former form: it has an image of its own, and links.

    Source: ServiceDiscoveryApiServiceImpl.java isV1LB, addExtraComposeParameters, populateLinksForService.
    """
    return service.kind == LOAD_BALANCER and service.fields.get("lbConfig") is None


def _secret(reference: Mapping[str, Any]) -> dict[str, Any]:
    """As it stands in the config: nothing here keeps a secret whose name could be shown (12)."""
    return {key: value for key, value in reference.items() if key != "type" and value is not None}


def _rancher(world: World, service: Service, config: dict[str, Any]) -> dict[str, Any]:
    fields = service.fields
    found: dict[str, Any] = {}
    metadata = {key: value for key, value in (fields.get("metadata") or {}).items() if key != HASH}
    if metadata:
        found["metadata"] = metadata
    if service.kind not in CONTAINERLESS and not is_global(config):
        found["scale"] = service.scale
    if config.get("startOnCreate", True) if config else fields.get("startOnCreate"):
        found["start_on_create"] = True
    if isinstance(config.get("healthCheck"), dict):
        found["health_check"] = _lower_keys(config["healthCheck"])
    found |= {key: fields[name] for name, key in _SERVICE_KEYS.items() if _says_something(fields.get(name))}
    if fields.get("lbConfig") is not None:
        found["lb_config"] = _load_balancer(world, service, fields["lbConfig"])
    if config.get("drainTimeoutMs"):
        found["drain_timeout_ms"] = config["drainTimeoutMs"]
    if config.get("milliCpuReservation") is not None:
        found["milli_cpu_reservation"] = config["milliCpuReservation"]
    return found


def _links(world: World, service: Service, exported: list[Service]) -> dict[str, Any]:
    if service.kind == LOAD_BALANCER and not _is_older_balancer(service):
        return {}
    inside, outside = [], []
    for alias, number in service.links.items():
        target = world.services[number]
        link = f"{target.name}:{alias.rpartition('/')[2]}"
        if target in exported:
            inside.append(link)
        elif target.stack != service.stack:
            outside.append(f"{world.stacks[target.stack].name}/{link}")
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
    soft, hard = limit["soft"], limit.get("hard")
    return soft if hard is None else {"hard": hard, "soft": soft}


def _block_devices(devices: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {
        key: {path: options[name] for path, options in devices.items() if options.get(name) is not None}
        for key, name in BLOCK_DEVICE_KEYS.items()
    }
    return {key: numbers for key, numbers in found.items() if numbers}


def _volumes(world: World, stack: Stack, services: list[Service]) -> dict[str, dict[str, Any]]:
    """The stack's templates, and the volumes that a driver of a launch config is the driver of."""
    found = {
        template.name: {
            key: template.fields[name]
            for name, key in _VOLUME_KEYS.items()
            if _says_something(template.fields.get(name))
        }
        for template in volume_templates.of_stack(world, stack.id)
    }
    for _, config in (each for service in services for each in _configs(service)):
        if config.get("volumeDriver"):
            for volume in config.get("dataVolumes") or []:
                name, *path = volume.split(":")
                if path and not name.startswith("/"):
                    found.setdefault(name, {"external": True, "driver": config["volumeDriver"]})
    return found


def _load_balancer(world: World, service: Service, balancer: Mapping[str, Any]) -> dict[str, Any]:
    """The rules with their services by name, but for those whose service is gone (LBMetadataUtil.java)."""
    rules = []
    for rule in balancer.get("portRules") or []:
        written = {key: value for key, value in _lower_keys(rule).items() if key != "service_id"}
        if rule.get("serviceId") is not None:
            target = world.services.get(int(rule["serviceId"]))
            if target is None or target.removed is not None:
                continue
            home = "" if target.stack == service.stack else f"{world.stacks[target.stack].name}/"
            written["service"] = f"{home}{target.name}"
        rules.append(written)
    rest = {"config": balancer.get("config"), "stickiness_policy": balancer.get("stickinessPolicy")}
    return {"certs": [], "port_rules": rules} | {key: value for key, value in rest.items() if value}


def _lower_keys(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", key): child
        for key, child in value.items()
        if child is not None
    }


def _says_something(value: Any) -> bool:
    """An empty list or mapping is not exported, nor is what is false; a number is, and an empty text."""
    return value is not None and value is not False and value not in ([], {})


def _text(sections: dict[str, dict[str, Any]]) -> str:
    found = {name: section for name, section in sections.items() if section}
    if not found:
        return "version: '2'\r\n"
    written = yaml.dump(found, Dumper=_Dumper, default_flow_style=False, sort_keys=False, line_break="\r\n")
    return "version: '2'\r\n" + written.replace("$", "$$")


class _Dumper(yaml.SafeDumper):
    """Without anchors: equal values are written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
