"""docker-compose.yml and rancher-compose.yml together: the services that they ask for.

Follows what the executor of Rancher 1.6 makes of the same texts (rancher-1.6-api.md 10.4 and 10.6), but
refuses
what it takes silently for something else: unset variables, equal keys. Its `io.rancher.service.hash` labels
are not ours to make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rancher_client.compose import keys
from rancher_client.compose.documents import Document, Path, load
from rancher_client.compose.errors import ComposeError
from rancher_client.compose.find import DOCKER_COMPOSE, RANCHER_COMPOSE
from rancher_client.compose.interpolation import interpolated

SIDEKICKS_LABEL = "io.rancher.sidekicks"
SELECTOR_CONTAINER_LABEL = "io.rancher.service.selector.container"
SELECTOR_LINK_LABEL = "io.rancher.service.selector.link"

_SECTIONS = frozenset({"version", "services", "volumes", "networks", "catalog", "secrets"})
_VOLUME_KEYS = frozenset({"driver", "driver_opts", "external", "per_container"})
_NAME = re.compile(r"[a-zA-Z0-9](?!.*--)[a-zA-Z0-9-]{0,62}(?<!-)")
_OTHER_KINDS = ("rancher/external-service", "rancher/dns-service", "rancher/load-balancer-service")
_RANCHER_COMPOSE_KEYS = frozenset(
    {
        "drain_timeout_ms",
        "health_check",
        "metadata",
        "milli_cpu_reservation",
        "retain_ip",
        "scale",
        "scale_policy",
        "start_on_create",
        "upgrade_strategy",
    }
)


@dataclass(frozen=True, slots=True)
class VolumeTemplate:
    """A named volume of the stack, made when the first container needs it."""

    name: str
    driver: str | None
    driver_options: Mapping[str, str]
    is_external: bool
    is_per_container: bool


@dataclass(frozen=True, slots=True)
class ComposedService:
    """One service as the files want it.

    Attributes:
        launch_config: complete but for Rancher's own defaults; may hold secrets.
        secondary_launch_configs: the sidekicks, each with its `name`.
        scale: containers wanted; None where the files do not say (1 on creation, unchanged later).
        start_first: start the new container before the old one stops.
        links: alias to the name of a service of the same files.
        external_links: alias to `stack/service`.
        ignored: keys that stand in the files and have no effect on Rancher 1.6.
        line: where the service stands in docker-compose.yml.
    """

    name: str
    launch_config: Mapping[str, Any] = field(repr=False)
    secondary_launch_configs: tuple[Mapping[str, Any], ...] = field(repr=False)
    scale: int | None
    metadata: Mapping[str, Any] = field(repr=False)
    retain_ip: bool
    scale_policy: Mapping[str, int] | None
    start_first: bool
    links: Mapping[str, str]
    external_links: Mapping[str, str]
    depends_on: tuple[str, ...]
    selector_container: str | None
    selector_link: str | None
    ignored: tuple[str, ...]
    line: int | None

    def create_fields(self) -> dict[str, Any]:
        """The fields that create this service, by Rancher's names; links are set afterwards."""
        fields: dict[str, Any] = {
            "type": "service",
            "name": self.name,
            "scale": 1 if self.scale is None else self.scale,
            "startOnCreate": True,
            "launchConfig": dict(self.launch_config),
        }
        if self.secondary_launch_configs:
            fields["secondaryLaunchConfigs"] = [dict(config) for config in self.secondary_launch_configs]
        optional = {
            "metadata": dict(self.metadata) or None,
            "retainIp": self.retain_ip or None,
            "scalePolicy": self.scale_policy and dict(self.scale_policy),
            "selectorContainer": self.selector_container,
            "selectorLink": self.selector_link,
        }
        return fields | {name: value for name, value in optional.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Composition:
    """All services of the files, each after those it links to where links do not run in a circle."""

    services: tuple[ComposedService, ...]
    volume_templates: tuple[VolumeTemplate, ...]


def compose(
    docker_compose: str, rancher_compose: str = "", variables: Mapping[str, str] | None = None
) -> Composition:
    """Read both texts, fill in `variables`, and say what they ask for.

    Defaults of the catalog's `questions` fill variables that are not given.

    Raises ComposeError (also VariableUnset) with file, line and a sentence.
    """
    docker = load(docker_compose, file=DOCKER_COMPOSE)
    rancher = load(rancher_compose, file=RANCHER_COMPOSE)
    given = {**_question_defaults(rancher), **(variables or {})}
    wanted = _File(docker, given)
    extras = _File(rancher, given)
    for name in extras.services:
        if name not in wanted.services:
            raise rancher.error(extras.path(name), f"Service '{name}' stands in {RANCHER_COMPOSE} only.")
    return _Composer(wanted, extras, given).composition()


class _File:
    """One of the two files: its services with variables filled in, in version 1 or 2."""

    def __init__(self, document: Document, variables: Mapping[str, str]) -> None:
        self.document = document
        self.is_version_1 = "version" not in document.root
        self._prefix: Path = () if self.is_version_1 else ("services",)
        if not self.is_version_1:
            _check_sections(document)
        found = {} if self.is_version_1 and not document.root else self._filled(variables)
        if not isinstance(found, dict):
            raise document.error(self._prefix, "The services must be a mapping of names to services.")
        self.services: dict[str, dict[str, Any]] = {}
        for name, service in found.items():
            if self.is_version_1 and name == ".catalog":
                continue
            if not isinstance(service, dict):
                raise document.error(
                    self.path(name), f"Service '{name}' must be a mapping of keys to values."
                )
            self.services[name] = service
        self.volumes = self._section("volumes", variables)

    def path(self, *steps: str | int) -> Path:
        """The path in the document of something below the services."""
        return (*self._prefix, *steps)

    def error(self, name: str, key: str, text: str) -> ComposeError:
        """An error about one key of one service."""
        return self.document.error(self.path(name, key), f"'{key}' of service '{name}' {text}.")

    def _filled(self, variables: Mapping[str, str]) -> Any:
        if self.is_version_1:
            return {
                name: interpolated(self.document, (name,), variables)
                for name in self.document.root
                if name != ".catalog"
            }
        return self._section("services", variables)

    def _section(self, name: str, variables: Mapping[str, str]) -> Any:
        if self.is_version_1 or self.document.root.get(name) is None:
            return {}
        return interpolated(self.document, (name,), variables)


class _Composer:
    """Goes through the services once, taking sidekicks to their primaries."""

    def __init__(self, wanted: _File, extras: _File, variables: Mapping[str, str]) -> None:
        self._wanted = wanted
        self._extras = extras
        self._variables = variables
        self._labels = {name: self._labels_of(name) for name in wanted.services}
        self._sidekicks = {name: self._sidekicks_of(name) for name in wanted.services}
        self._primary_of = {kick: name for name, kicks in self._sidekicks.items() for kick in kicks}

    def composition(self) -> Composition:
        services = [self._service(name) for name in self._wanted.services if name not in self._primary_of]
        return Composition(tuple(_after_their_links(services)), tuple(self._volume_templates()))

    def _service(self, name: str) -> ComposedService:
        more = self._extras.services.get(name, {})
        labels = self._labels[name]
        scale = self._read(name, "scale", keys.whole)
        return ComposedService(
            name=name,
            launch_config=self._config(name, unit=name),
            secondary_launch_configs=tuple(
                {"name": kick, **self._config(kick, unit=name)} for kick in self._sidekicks[name]
            ),
            scale=scale or None,
            metadata=self._mapping(name, "metadata"),
            retain_ip=bool(self._read(name, "retain_ip", keys.flag)),
            scale_policy=self._numbers(name, "scale_policy", ("min", "max", "increment")),
            start_first=bool(self._start_first(name, more)),
            links=self._links(name),
            external_links=self._external_links(name),
            depends_on=tuple(self._read(name, "depends_on", _names) or ()),
            selector_container=labels.get(SELECTOR_CONTAINER_LABEL),
            selector_link=labels.get(SELECTOR_LINK_LABEL),
            ignored=tuple(sorted(keys.DROPPED_KEYS & self._wanted.services[name].keys())),
            line=self._wanted.document.line_of(self._wanted.path(name)),
        )

    def _config(self, name: str, *, unit: str) -> dict[str, Any]:
        """The launch config of the service or sidekick `name` in the unit of `unit`."""
        service = self._wanted.services[name]
        if not _NAME.fullmatch(name):
            where = self._wanted.path(name)
            raise self._wanted.document.error(where, f"'{name}' cannot be the name of a service in Rancher.")
        self._check_keys(name)
        config: dict[str, Any] = {"imageUuid": self._image(name)}
        for key, (stored, reader) in keys.LAUNCH_CONFIG_KEYS.items():
            value = self._read(name, key, reader)
            if value is not None and value != [] and value != {}:
                config[stored] = value
        if service.get("environment") is not None:
            config |= _unless_empty("environment", self._environment(name))
        config |= _unless_empty("healthCheck", self._health_check(name))
        config |= _unless_empty("logConfig", self._log_config(name))
        return config | self._sharing(name, unit)

    def _check_keys(self, name: str) -> None:
        version_1 = (
            {"net", "log_driver", "log_opt"} if self._wanted.is_version_1 else {"network_mode", "logging"}
        )
        known = version_1 | keys.LAUNCH_CONFIG_KEYS.keys() | keys.DROPPED_KEYS
        known |= {"image", "environment", "links", "external_links", "depends_on", "volumes_from", "scale"}
        for file, allowed in ((self._wanted, known), (self._extras, _RANCHER_COMPOSE_KEYS)):
            for key in file.services.get(name, {}):
                if key in keys.REFUSED_KEYS:
                    where = file.path(name, key)
                    raise file.document.error(where, f"'{key}' is not supported. {keys.REFUSED_KEYS[key]}")
                if key not in allowed:
                    raise file.error(name, key, "is no key that Rancher knows")
        self._read(name, "restart", keys.text)

    def _read(self, name: str, key: str, reader: Callable[[Any], Any]) -> Any:
        """What `reader` makes of a key, which rancher-compose.yml may give instead; None without one."""
        for file in (self._extras, self._wanted):
            service = file.services.get(name, {})
            if service.get(key) is not None:
                try:
                    return reader(service[key])
                except ValueError as error:
                    raise file.error(name, key, str(error)) from None
        return None

    def _image(self, name: str) -> str:
        image = self._read(name, "image", keys.text)
        if not image or re.search(r"\s", image) or image.endswith(":"):
            where = self._wanted.path(name)
            raise self._wanted.document.error(where, f"Service '{name}' needs an image with its tag.")
        if image.partition(":")[0] in _OTHER_KINDS:
            why = "only services with containers of their own are made from compose files here"
            raise self._wanted.error(name, "image", f"is '{image}'; {why}")
        return f"docker:{image}"

    def _environment(self, name: str) -> dict[str, str]:
        value: dict[str, str] = self._read(
            name, "environment", lambda given: keys.environment(given, self._variables)
        )
        return value

    def _labels_of(self, name: str) -> dict[str, str]:
        return self._read(name, "labels", keys.pairs) or {}

    def _sidekicks_of(self, name: str) -> tuple[str, ...]:
        listed = [kick.strip() for kick in self._labels[name].get(SIDEKICKS_LABEL, "").split(",")]
        found = tuple(kick for kick in listed if kick)
        for kick in found:
            if kick not in self._wanted.services or kick == name or found.count(kick) > 1:
                raise self._wanted.error(name, "labels", f"names a sidekick '{kick}' that cannot be found")
        return found

    def _sharing(self, name: str, unit: str) -> dict[str, Any]:
        """Network and volumes shared inside the unit."""
        found: dict[str, Any] = {}
        key = "net" if self._wanted.is_version_1 else "network_mode"
        mode = self._read(name, key, keys.text)
        if mode is not None and mode.startswith("container:"):
            found["networkMode"] = "container"
            found["networkLaunchConfig"] = self._in_unit(name, key, mode.removeprefix("container:"), unit)
        elif mode is not None:
            found["networkMode"] = mode
        sources = self._read(name, "volumes_from", keys.texts)
        if sources:
            shared = [self._in_unit(name, "volumes_from", source, unit) for source in sources]
            found["dataVolumesFromLaunchConfigs"] = shared
        return found

    def _in_unit(self, name: str, key: str, other: str, unit: str) -> str:
        if other == name or other not in (unit, *self._sidekicks[unit]):
            raise self._wanted.error(name, key, f"names '{other}', which is no sidekick beside it")
        return other

    def _links(self, name: str) -> dict[str, str]:
        links: dict[str, str] = self._read(name, "links", _aliases) or {}
        for linked in links.values():
            if linked not in self._wanted.services:
                raise self._wanted.error(name, "links", f"leads to service '{linked}', which is undefined")
        return links

    def _external_links(self, name: str) -> dict[str, str]:
        return self._read(name, "external_links", _aliases) or {}

    def _health_check(self, name: str) -> dict[str, Any]:
        value = self._mapping(name, "health_check")
        if not value:
            return {}
        check: dict[str, Any] = {"strategy": "recreate"}
        for key, given in value.items():
            try:
                if key == "recreate_on_quorum_strategy_config":
                    check["recreateOnQuorumStrategyConfig"] = {"quorum": keys.whole(given["quorum"])}
                else:
                    stored, reader = keys.HEALTH_CHECK_KEYS[key]
                    check[stored] = reader(given)
            except (KeyError, TypeError):
                raise self._extras.error(
                    name, "health_check", f"has a key '{key}' that is not known"
                ) from None
            except ValueError as error:
                raise self._extras.error(name, "health_check", f"{key} {error}") from None
        if not 1 <= check.get("port", 0) <= 65535:
            raise self._extras.error(name, "health_check", "needs a port from 1 to 65535")
        return check

    def _log_config(self, name: str) -> dict[str, Any]:
        if not self._wanted.is_version_1:
            return self._read(name, "logging", keys.logging) or {}
        driver = self._read(name, "log_driver", keys.text)
        options = self._read(name, "log_opt", keys.pairs)
        return _unless_empty("driver", driver) | _unless_empty("config", options)

    def _start_first(self, name: str, more: Mapping[str, Any]) -> bool | None:
        strategy = self._mapping(name, "upgrade_strategy")
        if "start_first" not in strategy:
            return None
        try:
            return keys.flag(strategy["start_first"])
        except ValueError as error:
            raise self._extras.error(name, "upgrade_strategy", f"start_first {error}") from None

    def _mapping(self, name: str, key: str) -> dict[str, Any]:
        value = self._extras.services.get(name, {}).get(key)
        if value is None or isinstance(value, dict):
            return value or {}
        raise self._extras.error(name, key, "must be a mapping")

    def _numbers(self, name: str, key: str, wanted: tuple[str, ...]) -> dict[str, int] | None:
        value = self._mapping(name, key)
        try:
            return {part: keys.whole(value[part]) for part in wanted if part in value} or None
        except ValueError as error:
            raise self._extras.error(name, key, str(error)) from None

    def _volume_templates(self) -> list[VolumeTemplate]:
        if not isinstance(self._wanted.volumes, dict):
            raise self._wanted.document.error(
                ("volumes",), "The volumes must be a mapping of names to options."
            )
        return [self._volume_template(name, given or {}) for name, given in self._wanted.volumes.items()]

    def _volume_template(self, name: str, given: Any) -> VolumeTemplate:
        if not isinstance(given, dict) or not given.keys() <= _VOLUME_KEYS:
            raise self._volume_error(name, f"must be a mapping of {', '.join(sorted(_VOLUME_KEYS))}")
        try:
            return VolumeTemplate(
                name=name,
                driver=None if given.get("driver") is None else keys.text(given["driver"]),
                driver_options=keys.pairs(given.get("driver_opts") or {}),
                is_external=bool(keys.flag(given.get("external", False))),
                is_per_container=bool(keys.flag(given.get("per_container", False))),
            )
        except ValueError as error:
            raise self._volume_error(name, f"has a value that {error}") from None

    def _volume_error(self, name: str, text: str) -> ComposeError:
        return self._wanted.document.error(("volumes", name), f"Volume '{name}' {text}.")


def _check_sections(document: Document) -> None:
    version = document.root["version"]
    if str(version) != "2":
        raise document.error(("version",), f"Version '{version}' is not supported, only 1 and 2.")
    for section in document.root:
        if section not in _SECTIONS:
            raise document.error((section,), f"'{section}' is no section of a compose file.")


def _question_defaults(rancher: Document) -> dict[str, str]:
    catalog = rancher.root.get("catalog") or rancher.root.get(".catalog") or {}
    questions = catalog.get("questions") if isinstance(catalog, dict) else None
    found = {}
    for question in questions or []:
        if isinstance(question, dict) and question.get("variable") and question.get("default") is not None:
            found[str(question["variable"])] = str(question["default"])
    return found


def _names(value: Any) -> list[str]:
    return list(value) if isinstance(value, dict) else keys.texts(value)


def _aliases(value: Any) -> dict[str, str]:
    """`service:alias` entries as alias to service; without an alias the part after the last slash."""
    split = (entry.partition(":") for entry in keys.texts(value))
    return {alias or target.rpartition("/")[2]: target for target, _, alias in split}


def _unless_empty(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value else {}


def _after_their_links(services: list[ComposedService]) -> list[ComposedService]:
    """Depth first over links; a circle is cut where it was entered."""
    by_name = {service.name: service for service in services}
    ordered: dict[str, ComposedService] = {}
    entered: set[str] = set()

    def visit(service: ComposedService) -> None:
        if service.name in entered:
            return
        entered.add(service.name)
        for needed in (*service.links.values(), *service.depends_on):
            if needed in by_name:
                visit(by_name[needed])
        ordered[service.name] = service

    for service in services:
        visit(service)
    return list(ordered.values())
