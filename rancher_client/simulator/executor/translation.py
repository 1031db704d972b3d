"""The services of the files by `rancher_client.compose`, and what has to be carried past that strict reader.

Rancher's executor sends to the API what the strict reader refuses: an empty image, names and ranges of ports
that the API will refuse, volumes of a service that is none of its sidekicks. Such values are taken out before
and put back behind; `CARRIED` names them.
Source: rancher-compose-executor v0.14.30, rancher/normal.go, configs.go, lb_service.go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rancher_client.compose import ComposedService, ComposeError, compose
from rancher_client.compose.diff import DEFAULTS

from .dependencies import after
from .documents import go_text, named
from .files import Files, Service
from .refusal import Refusal
from .wanted import WantedService

SIDEKICKS = "io.rancher.sidekicks"
HEALTH = "io.rancher.service.wait_for_healthcheck"

CARRIED: Mapping[str, str] = {
    "build": "the image is made by the host, under a name of the executor's own",
    "health_check.port": "the API's limit, not the file's",
    "image": "an empty image, or one without its tag, is the API's to refuse or to take",
    "metadata": "any value, numbers with fractions too",
    "network_mode": "container:x for any x",
    "ports": "as written; ranges are the API's to refuse",
    "volumes_from": "of any service",
}
"""Keys that go around the strict reader, and why."""

_IN_RANCHER_COMPOSE = named(
    "drain_timeout_ms external_ips health_check lb_config load_balancer_config milli_cpu_reservation "
    "retain_ip scale scale_policy start_on_create upgrade_strategy"
)
_UNTRANSLATED = named(
    "blkio_weight_device certs config default_cert description device_read_bps device_read_iops "
    "device_write_bps device_write_iops disks env_file extends memory network_driver port_rules secrets "
    "stickiness_policy storage_driver type userdata vcpu"
)
"""Keys that Rancher knows and nothing here has a use for."""

_HEALTH_KEYS = named(
    "port interval response_timeout healthy_threshold unhealthy_threshold initializing_timeout "
    "reinitializing_timeout request_line strategy recreate_on_quorum_strategy_config"
)
_SIZES = ("mem_limit", "memswap_limit", "mem_reservation", "shm_size")
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)?\s*[bkmgtpBKMGTP]?[bB]?")
_NAME = re.compile(r"[a-zA-Z0-9](?!.*--)[a-zA-Z0-9-]{0,62}(?<!-)")
_OTHER_KINDS = ("rancher/external-service", "rancher/dns-service", "rancher/load-balancer-service")
_STAND_IN = "stand-in:1"
_HIGHEST_PORT = 65535
_FOR_SERVICES_ONLY = frozenset({"drainTimeoutMs"})
"""Defaults that sidekicks do not have."""


def translated(files: Files, variables: Mapping[str, str], stack: str) -> Iterator[WantedService]:
    """The services in the order of the files. Raises Refusal."""
    for service in files.services.values():
        _check_values(service)
    sidekicks = {name: _sidekicks_of(service) for name, service in files.services.items()}
    primaries = {kick: name for name, kicks in sidekicks.items() for kick in kicks}
    order = after(files.services, primaries)
    good = {name: service for name, service in files.services.items() if _NAME.fullmatch(name)}
    composed = {service.name: service for service in _composed(good, variables)}
    for name, service in files.services.items():
        if name in primaries:
            continue
        missing = next((kick for kick in sidekicks[name] if kick not in files.services), None)
        if missing is not None or name not in composed:
            error = f"Failed to find sidekick: {missing}" if missing is not None else None
            yield WantedService(name, "service", {}, _image(name, service, stack), [], error=error)
            continue
        yield _wanted(composed[name], files.services, order[name], stack).hashed()


def _check_values(service: Service) -> None:
    """Values whose type is right and that cannot be read all the same. Raises Refusal."""
    scale = service.get("scale")
    if isinstance(scale, str) and not re.fullmatch(r"[-+]?[0-9]+", scale):
        raise Refusal(f'strconv.ParseInt: parsing "{scale}": invalid syntax')
    for key in _SIZES:
        size = service.get(key)
        if isinstance(size, str) and not _SIZE.fullmatch(size):
            raise Refusal(f"invalid size: '{size}'")
    for key in ("labels", "sysctls"):
        for value in service[key].values() if isinstance(service.get(key), dict) else ():
            if not isinstance(value, str):
                kind = {type(None): "<nil>", int: "int", float: "float64", bool: "bool"}.get(type(value))
                raise Refusal(f"Cannot unmarshal '{go_text(value)}' of type {kind} into a string value")


def _sidekicks_of(service: Service) -> list[str]:
    labels = service.get("labels") or {}
    if isinstance(labels, list):
        labels = dict(entry.partition("=")[::2] for entry in labels)
    return [kick.strip() for kick in labels.get(SIDEKICKS, "").split(",") if kick.strip()]


def _composed(services: Mapping[str, Service], variables: Mapping[str, str]) -> tuple[ComposedService, ...]:
    """What the strict reader makes of texts that say the same, without what is carried past it."""
    docker: dict[str, Any] = {}
    rancher: dict[str, Any] = {}
    for name, service in services.items():
        docker[name], rancher[name] = _halves(service, services)
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


def _halves(service: Service, services: Mapping[str, Service]) -> tuple[Service, Service]:
    """The keys of a service as the strict reader expects them in the two files."""
    docker: Service = {}
    rancher: Service = {}
    for key, value in service.items():
        if key in CARRIED or key in _UNTRANSLATED or value is None:
            continue
        (rancher if key in _IN_RANCHER_COMPOSE else docker)[key] = value
    image = str(service.get("image") or "")
    docker["image"] = image if _is_of_other_kind(image) else _STAND_IN
    if image in _OTHER_KINDS and service.get("ports"):
        docker["ports"] = [go_text(port) for port in service["ports"]]
    mode = str(service.get("network_mode") or "")
    if mode and not mode.startswith("container:"):
        docker["network_mode"] = mode
    for key in ("extra_hosts", "dns_opt"):
        if isinstance(docker.get(key), dict):
            docker[key] = [f"{name}:{value}" for name, value in docker[key].items()]
    if isinstance(docker.get("labels"), list):
        docker["labels"] = dict(entry.partition("=")[::2] for entry in docker["labels"])
    missing = [kick for kick in _sidekicks_of(service) if kick not in services]
    if missing:
        docker["labels"] = {key: value for key, value in docker["labels"].items() if key != SIDEKICKS}
    check = rancher.get("health_check")
    if check:
        known = {key: value for key, value in check.items() if key in _HEALTH_KEYS and value is not None}
        port = known.get("port")
        over = isinstance(port, int) and not 1 <= port <= _HIGHEST_PORT
        rancher["health_check"] = {**known, "port": 1} if over or port is None else known
    return docker, rancher


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
    links = {**composed.links, **composed.external_links}
    return WantedService(
        name=composed.name,
        kind=kind,
        fields={**body, "metadata": _with_text_keys(service.get("metadata") or {})},
        launch_config=config,
        sidekicks=sidekicks,
        links=list(links.items()),
        after=order,
        start_first=composed.start_first,
        waits_for_health=HEALTH in (config.get("labels") or {}),
    )


def _config(name: str, service: Service, config: Mapping[str, Any], stack: str) -> dict[str, Any]:
    """A launch config with what was carried past, and the defaults that the API fills in."""
    found = {**DEFAULTS, "vcpu": 1, "logConfig": {}, **config}
    image = str(service.get("image") or "")
    if not _is_of_other_kind(image):
        found.pop("imageUuid", None)
        found |= _image(name, service, stack)
    if service.get("ports") and image not in _OTHER_KINDS:
        found["ports"] = [go_text(port) for port in service["ports"]]
    if service.get("volumes_from"):
        found["dataVolumesFromLaunchConfigs"] = list(service["volumes_from"])
    mode = str(service.get("network_mode") or "")
    if mode.startswith("container:"):
        found["networkMode"] = "container"
        found["networkLaunchConfig"] = mode.removeprefix("container:")
    port = (service.get("health_check") or {}).get("port")
    if found.get("healthCheck") and isinstance(port, int):
        found["healthCheck"] = {**found["healthCheck"], "port": port}
    return found


def _image(name: str, service: Service, stack: str) -> dict[str, Any]:
    """The image as it is named; one to be built has a name of the executor's own."""
    image = str(service.get("image") or "")
    build = service.get("build")
    source = build.get("context") if isinstance(build, dict) else build
    if source and not image:
        return {"imageUuid": f"docker:{stack}_{name}", "build": {"remote": str(source)}}
    return {"imageUuid": f"docker:{image}"} if image else {}


def _is_of_other_kind(image: str) -> bool:
    return image.partition(":")[0] in _OTHER_KINDS


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {go_text(key): _with_text_keys(child) for key, child in value.items()}
    return [_with_text_keys(child) for child in value] if isinstance(value, list) else value
