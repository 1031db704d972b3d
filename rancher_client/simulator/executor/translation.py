"""The services of the files by `rancher_client.compose`, with what was carried past that strict reader.

Source: rancher-compose-executor v0.14.30, rancher/normal.go, configs.go, lb_service.go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rancher_client.compose import ComposedService, ComposeError, compose
from rancher_client.compose.diff import DEFAULTS
from rancher_client.compose.go_values import as_stored, go_text

from . import values
from .dependencies import after
from .files import Files, Service
from .halves import OTHER_KINDS, SIDEKICKS, balanced, halves, is_of_other_kind, stand_in
from .refusal import Refusal
from .wanted import WantedService

HEALTH = "io.rancher.service.wait_for_healthcheck"

_NAME = re.compile(r"[a-zA-Z0-9](?!.*--)[a-zA-Z0-9-]{0,62}(?<!-)")
_PREFIXED = re.compile(r"(sim|docker):.*")
"""Images that the server takes as they are (cattle: DockerTransformerImpl.IMAGE_KIND_PATTERN)."""

_RULE_NAMES = {
    "backend_name": "backendName",
    "service": "serviceId",
    "source_port": "sourcePort",
    "target_port": "targetPort",
}
_RULE_NUMBERS = frozenset({"priority", "sourcePort", "targetPort", "weight"})

_FOR_SERVICES_ONLY = frozenset({"drainTimeoutMs"})
"""Defaults that sidekicks do not have."""


def translated(files: Files, variables: Mapping[str, str], stack: str) -> Iterator[WantedService]:
    """The services in the order of the files. Raises Refusal."""
    services = files.services
    sidekicks = {name: _sidekicks_of(service) for name, service in services.items()}
    primaries = {kick: name for name, kicks in sidekicks.items() for kick in kicks}
    order = after(services, primaries)
    errors = {name: error for name, service in services.items() if (error := values.error_of(service))}
    composed = {service.name: service for service in _composed(services, sidekicks, errors, variables)}
    for name, service in services.items():
        if name in primaries:
            continue
        error = _error(name, sidekicks[name], services, errors)
        if error is not None or name not in composed:
            yield WantedService(name, "service", {}, _image(name, service, stack), [], error=error)
            continue
        yield _wanted(composed[name], services, order[name], stack).hashed()


def _error(
    name: str, sidekicks: list[str], services: Mapping[str, Service], errors: Mapping[str, str]
) -> str | None:
    """What keeps a service from being made, itself or with one of its sidekicks."""
    for each in (name, *sidekicks):
        if each not in services:
            return f"Failed to find sidekick: {each}"
        if each in errors:
            return errors[each]
    return None


def _sidekicks_of(service: Service) -> list[str]:
    labels = service.get("labels") or {}
    if isinstance(labels, list):
        labels = dict(entry.partition("=")[::2] for entry in labels)
    return [kick.strip() for kick in labels.get(SIDEKICKS, "").split(",") if kick.strip()]


def _composed(
    services: Mapping[str, Service],
    sidekicks: Mapping[str, list[str]],
    errors: Mapping[str, str],
    variables: Mapping[str, str],
) -> tuple[ComposedService, ...]:
    """What the strict reader makes of texts that say the same, without what is carried past it."""
    docker: dict[str, Any] = {}
    rancher: dict[str, Any] = {}
    for name, service in services.items():
        if not _NAME.fullmatch(name):
            continue
        if name in errors:
            docker[name] = stand_in()
        else:
            docker[name], rancher[name] = halves(service, services, sidekicks=sidekicks[name])
    text = json.dumps({"version": "2", "services": _for_one_filling(docker)})
    more = json.dumps({"version": "2", "services": _for_one_filling(rancher)})
    try:
        return compose(text, more, variables).services
    except ComposeError as error:
        raise Refusal(error.text) from error


def _for_one_filling(value: Any) -> Any:
    """Dollars doubled: variables have been filled in and will be once more; keys never are."""
    if isinstance(value, dict):
        return {key: _for_one_filling(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_for_one_filling(child) for child in value]
    return value.replace("$", "$$") if isinstance(value, str) else value


def _wanted(
    composed: ComposedService, services: Mapping[str, Service], order: list[str], stack: str
) -> WantedService:
    service = services[composed.name]
    balancer = composed.load_balancer
    # Names stand for ids: the executor looks them up when it makes the service.
    body = composed.create_fields(
        service_ids={name: name for name in balancer.targets} if balancer else {},
        certificate_ids={name: name for name in balancer.certificate_names} if balancer else {},
    )
    kind = str(body.pop("type", "service"))
    config = _config(composed.name, service, body.pop("launchConfig"), stack)
    sidekicks = []
    for sidekick in body.pop("secondaryLaunchConfigs", []):
        name = str(sidekick["name"])
        plain = _config(name, services[name], sidekick, stack)
        sidekicks.append({key: plain[key] for key in plain if key not in _FOR_SERVICES_ONLY})
    for key in ("name", "startOnCreate", "metadata"):
        body.pop(key, None)
    rules = balanced(service)
    if balancer and rules:
        body["lbConfig"] = {**body["lbConfig"], **_balanced(rules)}
    if service.get("scale_policy"):
        body["scalePolicy"] = {key: int(number) for key, number in service["scale_policy"].items() if number}
    if "healthCheck" in body:
        body["healthCheck"] = config["healthCheck"]
    if "scale" in body:
        body["scale"] = _scale(service.get("scale"))
    unit = [service, *(services[str(sidekick["name"])] for sidekick in sidekicks)]
    return WantedService(
        name=composed.name,
        kind=kind,
        fields={**body, "metadata": as_stored(service.get("metadata") or {})},
        launch_config=config,
        sidekicks=sidekicks,
        links=_links(service),
        after=order,
        start_first=composed.start_first,
        waits_for_health=HEALTH in (config.get("labels") or {}),
        is_beyond_the_server=any(map(values.is_beyond_the_server, unit)),
    )


def _balanced(config: Mapping[str, Any]) -> dict[str, Any]:
    """The rules and the stickiness of a balancer by Rancher's names, without what is empty."""
    rules = [_renamed(rule, _RULE_NAMES) for rule in config["port_rules"] if isinstance(rule, Mapping)]
    stickiness = _renamed(config.get("stickiness_policy") or {}, {})
    found: dict[str, Any] = {"portRules": [{"protocol": "http", **rule} for rule in rules]}
    return found | ({"stickinessPolicy": stickiness} if stickiness else {})


def _renamed(said: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    given = {names.get(key, key): value for key, value in said.items() if value}
    return {key: int(value) if key in _RULE_NUMBERS else value for key, value in given.items()}


def _links(service: Service) -> list[tuple[str, str]]:
    """Alias, empty without one, and target of each link, each pair once."""
    entries = [*(service.get("links") or []), *(service.get("external_links") or [])]
    split = (str(entry).partition(":") for entry in entries)
    return list(dict.fromkeys((alias.strip(), target.strip()) for target, _, alias in split))


def _scale(given: Any) -> int:
    """One where nothing, or nothing above nought, is said."""
    return max(int(given or 0), 0) or 1


def _config(name: str, service: Service, config: Mapping[str, Any], stack: str) -> dict[str, Any]:
    """A launch config with what was carried past, and the defaults that the API fills in."""
    found = {**DEFAULTS, "vcpu": 1, "logConfig": {}, **config}
    image = str(service.get("image") or "")
    if not is_of_other_kind(image):
        found.pop("imageUuid", None)
        found |= _image(name, service, stack)
    if image not in OTHER_KINDS:
        found |= {
            key: [go_text(port) for port in service[key]] for key in ("ports", "expose") if service.get(key)
        }
    if service.get("volumes_from"):
        found["dataVolumesFromLaunchConfigs"] = list(service["volumes_from"])
    mode = str(service.get("network_mode") or "")
    if mode.startswith("container:"):
        found["networkMode"] = "container"
        found["networkLaunchConfig"] = mode.removeprefix("container:")
    for key, stored in (("pid", "pidMode"), ("cap_add", "capAdd"), ("cap_drop", "capDrop")):
        if service.get(key):
            found[stored] = service[key]
    if found.get("healthCheck"):
        found["healthCheck"] = _health_check(found["healthCheck"], service["health_check"])
    return found | _machine(service)


def _health_check(composed: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """A health check with the port and the strategy of the file, whatever they are."""
    check = {key: value for key, value in composed.items() if key != "port"}
    if said.get("port"):
        check["port"] = int(said["port"])
    if said.get("strategy"):
        check["strategy"] = go_text(said["strategy"])
    return check


def _machine(service: Service) -> dict[str, Any]:
    """What makes a virtual machine of a service."""
    found: dict[str, Any] = {}
    kind = str(service.get("type") or "")
    if kind:
        is_machine = kind.lower().replace("_", "") == "virtualmachine"
        found["kind"] = "virtualMachine" if is_machine else kind
    for key, stored in (("memory", "memoryMb"), ("vcpu", "vcpu")):
        if service.get(key):
            found[stored] = int(service[key])
    for key in ("userdata", "disks"):
        if service.get(key):
            found[key] = service[key]
    return found


def _image(name: str, service: Service, stack: str) -> dict[str, Any]:
    """The image as it is named; one to be built has a name of the executor's own."""
    image = str(service.get("image") or "")
    build = service.get("build")
    source = build.get("context") if isinstance(build, dict) else build
    if source and not image:
        return {"imageUuid": f"docker:{stack}_{name}", "build": {"remote": str(source)}}
    if not image:
        return {}
    return {"imageUuid": image if _PREFIXED.fullmatch(image) else f"docker:{image}"}
