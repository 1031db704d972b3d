"""Services of the files that balance load, in the newer form (`lb_config`) and in the older one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rancher_client.compose import load_balancers, mappings, older_balancers, readers
from rancher_client.compose.composed import ComposedService, without_links
from rancher_client.compose.load_balancers import LoadBalancer, PortRule
from rancher_client.compose.sources import Sources

OLDER_BALANCER = "rancher/load-balancer-service"
SELECTOR_LABELS = "io.rancher.service.selector."

_CONFIG_KEYS = frozenset({"port_rules", "config", "certs", "default_cert", "stickiness_policy"})


def newer_form(service: ComposedService, sources: Sources, *, image: str) -> ComposedService:
    """The load balancer that `lb_config` describes; it runs the image that it names. Raises ComposeError."""
    name = service.name
    config: Mapping[str, Any] = sources.read(name, "lb_config", mappings.mapping)
    _check_config_keys(name, config, sources)
    rules = _rules(name, config, sources, load_balancers.port_rule)
    for position, rule in enumerate(rules):
        _check_target(name, rule, position, sources)
    try:
        balancer = LoadBalancer(
            port_rules=rules,
            config=readers.text(config.get("config") or ""),
            certificates=tuple(readers.texts(config.get("certs") or [])),
            default_certificate=readers.text(config.get("default_cert") or "") or None,
            stickiness=load_balancers.stickiness(config.get("stickiness_policy") or {}),
        )
    except ValueError as error:
        raise sources.error(name, "lb_config", str(error)) from None
    return _balancing(service, balancer, {"ports": sources.read(name, "ports", readers.own_ports) or []})


def target_rules(name: str, sources: Sources) -> tuple[PortRule, ...]:
    """The rules by which balancers that choose this service reach it. Raises ComposeError."""
    config: Mapping[str, Any] = sources.read(name, "lb_config", mappings.mapping)
    _check_config_keys(name, config, sources)
    return _rules(name, config, sources, load_balancers.target_rule)


def older_form(service: ComposedService, sources: Sources, *, image: str) -> ComposedService:
    """The load balancer that ports, links and labels describe; it runs `image`. Raises ComposeError."""
    name = service.name
    labels: Mapping[str, str] = service.launch_config.get("labels", {})
    ports = sources.read(name, "ports", older_balancers.pairs) or []
    exposed = sources.read(name, "expose", older_balancers.pairs) or []
    try:
        rules = older_balancers.rules(
            [*ports, *exposed],
            [*service.links.values(), *service.external_links.values()],
            selector=service.selector_link,
            labels=labels,
        )
    except ValueError as error:
        raise sources.error(name, "labels", str(error)) from None
    config = sources.read(name, "load_balancer_config", older_balancers.config) or {}
    balancer = LoadBalancer(
        port_rules=rules,
        config=config.get("haproxy_config", "") + older_balancers.proxy_protocol(labels),
        certificates=tuple(sources.read(name, "certs", readers.texts) or ()),
        default_certificate=sources.read(name, "default_cert", readers.text) or None,
        stickiness=config.get("lb_cookie_stickiness_policy", {}),
    )
    instead = {
        "imageUuid": f"docker:{image}",
        "ports": older_balancers.published(ports),
        "labels": _without_its_own(labels),
        "expose": [],
    }
    return _balancing(service, balancer, instead)


def _balancing(
    service: ComposedService, balancer: LoadBalancer, instead: Mapping[str, Any]
) -> ComposedService:
    """The service with its load balancer, and what that puts into the launch config."""
    config = {**service.launch_config, **instead}
    return replace(
        without_links(service),
        load_balancer=balancer,
        launch_config={name: value for name, value in config.items() if value not in ([], {})},
    )


def _without_its_own(labels: Mapping[str, str]) -> dict[str, str]:
    own = (older_balancers.LABELS, SELECTOR_LABELS)
    return {label: value for label, value in labels.items() if not label.startswith(own)}


def _check_config_keys(name: str, config: Mapping[str, Any], sources: Sources) -> None:
    for key in config:
        if key not in _CONFIG_KEYS:
            raise sources.error(name, "lb_config", f"has a key '{key}' that is not known", key)


def _rules(
    name: str, config: Mapping[str, Any], sources: Sources, reader: Callable[[Any], PortRule]
) -> tuple[PortRule, ...]:
    listed = config.get("port_rules")
    if listed is not None and not isinstance(listed, list):
        raise sources.error(name, "lb_config", "must have a list as port_rules", "port_rules")
    found = []
    for position, given in enumerate(listed or []):
        try:
            found.append(reader(given))
        except ValueError as error:
            text = f"has a rule that {error}"
            raise sources.error(name, "lb_config", text, "port_rules", position) from None
    return tuple(found)


def _check_target(name: str, rule: PortRule, position: int, sources: Sources) -> None:
    """A rule leads to a service of the files, or elsewhere as `stack/service`."""
    target = rule.service
    if target is None or "/" in target or (target in sources.docker.services and target != name):
        return
    text = f"leads to service '{target}', which is undefined"
    if target == name:
        text = f"leads from '{name}' to itself"
    raise sources.error(name, "lb_config", text, "port_rules", position, "service")
