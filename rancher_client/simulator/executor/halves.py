"""What of a service the strict reader of `rancher_client.compose` is shown, in the two files it expects.

Rancher's executor sends to the API what that reader refuses: an empty image, names and ranges of ports that
the API will refuse, volumes of a service that is none of its sidekicks. Such values are taken out here and
put back by `translation`; `CARRIED` names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rancher_client.compose.go_values import go_text
from rancher_client.compose.load_balancers import is_balancer

from . import command_words
from .documents import named
from .files import Service

OTHER_KINDS = ("rancher/external-service", "rancher/dns-service", "rancher/load-balancer-service")
SIDEKICKS = "io.rancher.sidekicks"

CARRIED: Mapping[str, str] = {
    "build": "the image is made by the host, under a name of the executor's own",
    "cap_add": "any word; the server stumbles over what it does not know",
    "cap_drop": "the same",
    "expose": "as written, twice the same too",
    "external_links": "two of one alias too",
    "health_check.port": "the API's limits, not the file's",
    "health_check.strategy": "the API's to refuse",
    "image": "an empty image, or one without its tag, is the API's to refuse or to take",
    "lb_config.port_rules": "the API's to refuse",
    "lb_config.stickiness_policy": "the API's to refuse",
    "links": "two of one alias too",
    "metadata": "any value, numbers with fractions too",
    "network_mode": "container:x for any x",
    "networks": "dropped",
    "pid": "the API's to refuse",
    "ports": "as written; ranges are the API's to refuse",
    "restart": "dropped, once its number has been looked at",
    "scale": "any number",
    "scale_policy": "the API's to refuse",
    "volumes_from": "of any service",
}
"""Keys that go around the strict reader, and why."""

_IN_RANCHER_COMPOSE = named(
    "drain_timeout_ms external_ips health_check lb_config load_balancer_config milli_cpu_reservation "
    "retain_ip start_on_create upgrade_strategy"
)
_VIRTUAL_MACHINE = named("disks memory type userdata vcpu")
_UNTRANSLATED = named(
    "certs config default_cert description env_file extends network_driver port_rules secrets "
    "stickiness_policy storage_driver"
)
"""Keys that Rancher knows and nothing here has a use for."""

_HEALTH_KEYS = named(
    "interval response_timeout healthy_threshold unhealthy_threshold initializing_timeout "
    "reinitializing_timeout request_line recreate_on_quorum_strategy_config"
)
_TEXTS_OF_BALANCERS = named(
    "backend_name config cookie default_cert defaults domain environment global hostname mode name path "
    "protocol region selector service"
)
_STAND_IN = "stand-in:1"


def halves(service: Service, others: Iterable[str], *, sidekicks: Iterable[str]) -> tuple[Service, Service]:
    """The keys of a service as docker-compose.yml and rancher-compose.yml; `others` are all services."""
    docker: Service = {}
    rancher: Service = {}
    for key, value in service.items():
        if key in CARRIED or key in _UNTRANSLATED or key in _VIRTUAL_MACHINE or value is None:
            continue
        (rancher if key in _IN_RANCHER_COMPOSE else docker)[key] = value
    image = str(service.get("image") or "")
    docker["image"] = image if is_of_other_kind(image) else _STAND_IN
    if image in OTHER_KINDS:
        docker |= {
            key: [go_text(entry) for entry in service[key]]
            for key in ("ports", "expose", "links", "external_links")
            if service.get(key)
        }
    for key in ("command", "entrypoint"):
        if isinstance(docker.get(key), str):
            docker[key] = command_words.split(docker[key])
    if isinstance(docker.get("blkio_weight_device"), list):
        docker["blkio_weight_device"] = [
            entry for entry in docker["blkio_weight_device"] if entry.count(":") == 1
        ]
    mode = str(service.get("network_mode") or "")
    if mode and not mode.startswith("container:"):
        docker["network_mode"] = mode
    if isinstance(docker.get("labels"), list):
        docker["labels"] = dict(entry.partition("=")[::2] for entry in docker["labels"])
    if set(sidekicks) - set(others):
        docker["labels"] = {key: value for key, value in docker["labels"].items() if key != SIDEKICKS}
    if rancher.get("health_check"):
        rancher["health_check"] = _health_check(rancher["health_check"])
    for key in ("lb_config", "load_balancer_config"):
        if key in rancher:
            rancher[key] = _with_texts(rancher[key])
    if is_balancer(rancher.get("lb_config")):
        rancher["lb_config"] = _without_rules(rancher["lb_config"])
    return docker, rancher


def stand_in() -> Service:
    """A service that nothing is said of."""
    return {"image": _STAND_IN}


def is_of_other_kind(image: str) -> bool:
    """Whether the image stands for a kind of service that runs none."""
    return image.partition(":")[0] in OTHER_KINDS


def balanced(service: Service) -> dict[str, Any]:
    """What the file says of a load balancer's rules and stickiness, texts where texts are meant."""
    config: dict[str, Any] = _with_texts(service.get("lb_config") or {})
    return config if is_balancer(config) else {}


def _without_rules(config: Mapping[str, Any]) -> dict[str, Any]:
    """A balancer that nobody refuses; its rules and its stickiness are the API's to refuse."""
    kept = {key: value for key, value in config.items() if key != "stickiness_policy"}
    return {**kept, "port_rules": [{"source_port": 1, "selector": "a=b"}]}


def _health_check(check: Mapping[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in check.items() if key in _HEALTH_KEYS and value is not None}
    if "request_line" in known:
        known["request_line"] = go_text(known["request_line"])
    return {**known, "port": 1}


def _with_texts(value: Any, key: str = "") -> Any:
    """Where a text is meant, the executor takes the text of any value: `n` is `false` there."""
    if isinstance(value, Mapping):
        return {name: _with_texts(child, name) for name, child in value.items()}
    if isinstance(value, list):
        return [_with_texts(child) for child in value]
    return go_text(value) if key in _TEXTS_OF_BALANCERS and value is not None else value
