"""docker-compose.yml and rancher-compose.yml together: the services that they ask for.

Follows what the executor of Rancher 1.6 makes of the same texts (rancher-1.6-api.md 10.4 and 10.6), but
refuses what it takes silently for something else: unset variables, equal readers. Its
`io.rancher.service.hash` labels are not ours to make.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rancher_client.compose import balancer_services, keys, load_balancers, mappings, readers
from rancher_client.compose.balancer_services import OLDER_BALANCER, SELECTOR_LABELS
from rancher_client.compose.composed import ComposedService, Composition, Kind, without_links
from rancher_client.compose.documents import Document, load
from rancher_client.compose.find import DOCKER_COMPOSE, RANCHER_COMPOSE
from rancher_client.compose.go_values import as_stored, printed
from rancher_client.compose.launch_configs import LaunchConfigs
from rancher_client.compose.sources import Sources
from rancher_client.compose.volume_templates import volume_templates

BALANCER_IMAGE = "rancher/lb-service-haproxy:v0.9.14"
"""Rancher 1.6.30's setting `lb.instance.image`, which the older form of a load balancer runs."""

EXTERNAL_SERVICE = "rancher/external-service"
DNS_SERVICE = "rancher/dns-service"

SIDEKICKS_LABEL = "io.rancher.sidekicks"
SELECTOR_CONTAINER_LABEL = f"{SELECTOR_LABELS}container"
SELECTOR_LINK_LABEL = f"{SELECTOR_LABELS}link"


def compose(
    docker_compose: str,
    rancher_compose: str = "",
    variables: Mapping[str, str] | None = None,
    *,
    balancer_image: str = BALANCER_IMAGE,
) -> Composition:
    """Read both texts, fill in `variables`, and say what they ask for.

    Defaults of the catalog's `questions` fill variables that are not given. `balancer_image` is the server's
    setting `lb.instance.image`, where it is known.

    Raises ComposeError (also VariableUnset) with file, line and a sentence.
    """
    docker = load(docker_compose, file=DOCKER_COMPOSE)
    rancher = load(rancher_compose, file=RANCHER_COMPOSE)
    given = {**_question_defaults(rancher), **(variables or {})}
    return _Composer(Sources(docker, rancher, given), given, balancer_image).composition()


class _Composer:
    """Goes through the services once, taking sidekicks to their primaries."""

    def __init__(self, sources: Sources, variables: Mapping[str, str], balancer_image: str) -> None:
        self._sources = sources
        self._balancer_image = balancer_image
        self._labels = {name: sources.read(name, "labels", mappings.pairs) or {} for name in sources.names}
        self._sidekicks = {name: self._sidekicks_of(name) for name in sources.names}
        self._primary_of = self._primaries()
        self._configs = LaunchConfigs(sources, variables, self._sidekicks)

    def composition(self) -> Composition:
        services = [self._service(name) for name in self._sources.names if name not in self._primary_of]
        return Composition(tuple(_after_what_they_need(services)), volume_templates(self._sources.docker))

    def _service(self, name: str) -> ComposedService:
        kind = self._kind(name)
        read = self._sources.read
        service = ComposedService(
            name=name,
            kind=kind,
            launch_config=self._configs.made(name, unit=name),
            secondary_launch_configs=tuple(self._sidekick(kick, name) for kick in self._sidekicks[name]),
            scale=read(name, "scale", readers.scale) or None,
            metadata=as_stored(read(name, "metadata", mappings.mapping) or {}),
            retain_ip=bool(read(name, "retain_ip", readers.flag)),
            scale_policy=read(name, "scale_policy", mappings.scale_policy),
            start_first=bool(read(name, "upgrade_strategy", mappings.start_first)),
            links=self._links(name),
            external_links=read(name, "external_links", readers.aliases) or {},
            depends_on=tuple(read(name, "depends_on", readers.names) or ()),
            selector_container=self._labels[name].get(SELECTOR_CONTAINER_LABEL) or None,
            selector_link=self._labels[name].get(SELECTOR_LINK_LABEL) or None,
            ignored=self._ignored(name),
            line=self._sources.docker.document.line_of(self._sources.docker.path(name)),
        )
        self._check_kind(service)
        return self._as_its_kind(service)

    def _ignored(self, name: str) -> tuple[str, ...]:
        return tuple(sorted(key for key in keys.DROPPED_KEYS if self._sources.has(name, key)))

    def _sidekick(self, name: str, unit: str) -> Mapping[str, Any]:
        if self._kind(name) is not Kind.SERVICE:
            text = f"cannot make a sidekick of '{unit}' of a service without containers of its own"
            raise self._sources.error(name, "image", text)
        return {"name": name, **self._configs.made(name, unit=unit)}

    # Sidekicks and links

    def _sidekicks_of(self, name: str) -> tuple[str, ...]:
        listed = [kick.strip() for kick in self._labels[name].get(SIDEKICKS_LABEL, "").split(",")]
        found = tuple(kick for kick in listed if kick)
        for kick in found:
            if kick not in self._sources.docker.services or kick == name or found.count(kick) > 1:
                raise self._sources.error(name, "labels", f"names a sidekick '{kick}' that cannot be found")
        return found

    def _primaries(self) -> dict[str, str]:
        """The primary of each sidekick; it has one, and no sidekicks of its own."""
        found: dict[str, str] = {}
        for name, kicks in self._sidekicks.items():
            for kick in kicks:
                if kick in found or self._sidekicks[kick]:
                    other = found.get(kick, kick)
                    text = f"names a sidekick '{kick}', which cannot be one beside '{other}' too"
                    raise self._sources.error(name, "labels", text)
                found[kick] = name
        return found

    def _links(self, name: str) -> dict[str, str]:
        links: dict[str, str] = self._sources.read(name, "links", readers.aliases) or {}
        for linked in links.values():
            if linked not in self._sources.docker.services:
                text = f"leads to service '{linked}', which is undefined"
                raise self._sources.error(name, "links", text)
        return links

    # Kinds (rancher-compose-executor:rancher/types.go FindServiceType)

    def _kind(self, name: str) -> Kind:
        image = self._sources.read(name, "image", readers.text) or ""
        if image.partition(":")[0] in (EXTERNAL_SERVICE, DNS_SERVICE, OLDER_BALANCER) and ":" in image:
            raise self._sources.error(name, "image", f"is '{image}'; this image is known without a tag only")
        if image == EXTERNAL_SERVICE:
            return Kind.EXTERNAL
        if image == OLDER_BALANCER:
            return Kind.LOAD_BALANCER
        if load_balancers.is_balancer(self._sources.read(name, "lb_config", mappings.mapping)):
            return Kind.LOAD_BALANCER
        return Kind.DNS_ALIAS if image == DNS_SERVICE else Kind.SERVICE

    def _check_kind(self, service: ComposedService) -> None:
        """Keys that have no effect on a service of that kind are not taken in silence."""
        name = service.name
        if service.kind is not Kind.EXTERNAL:
            if self._sources.has(name, "external_ips"):
                text = f"is for services of the image {EXTERNAL_SERVICE} only"
                raise self._sources.error(name, "external_ips", text)
            if "hostname" in self._sources.rancher.services.get(name, {}):
                text = f"belongs into {DOCKER_COMPOSE}; here it is for the image {EXTERNAL_SERVICE} only"
                raise self._sources.rancher.error(name, "hostname", text)
        is_older_balancer = self._sources.read(name, "image", readers.text) == OLDER_BALANCER
        for key in ("load_balancer_config", "certs", "default_cert"):
            if self._sources.has(name, key) and not is_older_balancer:
                raise self._sources.error(name, key, f"is for services of the image {OLDER_BALANCER} only")
        if self._sources.has(name, "lb_config") and (
            is_older_balancer or service.kind in (Kind.EXTERNAL, Kind.DNS_ALIAS)
        ):
            raise self._sources.error(name, "lb_config", "has no effect beside this image")
        if service.kind is not Kind.SERVICE and service.secondary_launch_configs:
            raise self._sources.error(name, "labels", "names sidekicks, which only a plain service can have")

    def _as_its_kind(self, service: ComposedService) -> ComposedService:
        name = service.name
        if service.kind is Kind.LOAD_BALANCER:
            is_older = self._sources.read(name, "image", readers.text) == OLDER_BALANCER
            balancing = balancer_services.older_form if is_older else balancer_services.newer_form
            return balancing(service, self._sources, image=self._balancer_image)
        if service.kind is Kind.EXTERNAL:
            addresses = tuple(self._sources.read(name, "external_ips", readers.texts) or ())
            hostname = service.launch_config.get("hostname")
            if addresses and hostname:
                raise self._sources.error(name, "external_ips", "cannot stand beside a hostname")
            return replace(without_links(service), external_addresses=addresses, external_hostname=hostname)
        if service.kind is Kind.SERVICE and self._sources.has(name, "lb_config"):
            service = replace(service, target_rules=balancer_services.target_rules(name, self._sources))
        return without_links(service) if service.selector_link else service


def _question_defaults(rancher: Document) -> dict[str, str]:
    catalog = rancher.root.get("catalog") or rancher.root.get(".catalog") or {}
    questions = catalog.get("questions") if isinstance(catalog, dict) else None
    found = {}
    for question in questions if isinstance(questions, list) else []:
        if isinstance(question, dict) and question.get("variable") and question.get("default") is not None:
            found[str(question["variable"])] = printed(question["default"])
    return found


def _after_what_they_need(services: Iterable[ComposedService]) -> list[ComposedService]:
    """Depth first over links, rules and depends_on; a circle is cut where it was entered."""
    by_name = {service.name: service for service in services}
    ordered: list[ComposedService] = []
    entered: set[str] = set()
    for first in by_name:
        path = [(first, iter(by_name[first].needs))] if first not in entered else []
        entered.add(first)
        while path:
            name, needs = path[-1]
            following = next((one for one in needs if one in by_name and one not in entered), None)
            if following is None:
                ordered.append(by_name[name])
                path.pop()
            else:
                entered.add(following)
                path.append((following, iter(by_name[following].needs)))
    return ordered
