"""One service of the files as a launch config, by the table of rancher-1.6-api.md 10.6."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from rancher_client.compose import keys, mappings, readers
from rancher_client.compose.sources import Source, Sources

_NAME = re.compile(r"[a-zA-Z0-9](?!.*--)[a-zA-Z0-9-]{0,62}(?<!-)")
_OF_VERSION_1 = frozenset({"net", "log_driver", "log_opt"})
_OF_VERSION_2 = frozenset({"depends_on", "logging", "network_mode", "networks", "tmpfs"})
_READ_BY_OTHERS = frozenset({"image", "environment", "links", "external_links", "volumes_from"})


class LaunchConfigs:
    """Makes launch configs; each service's keys are checked on the way."""

    def __init__(
        self, sources: Sources, variables: Mapping[str, str], sidekicks: Mapping[str, Collection[str]]
    ) -> None:
        """`sidekicks`: for each service the names of those beside it."""
        self._sources = sources
        self._variables = variables
        self._sidekicks = sidekicks

    def made(self, name: str, *, unit: str) -> dict[str, Any]:
        """The launch config of the service or sidekick `name` in the unit of `unit`. Raises ComposeError."""
        self._check_name(name)
        self._check_keys(name)
        config: dict[str, Any] = {"imageUuid": self._image_uuid(name)}
        for key, (stored, reader) in keys.LAUNCH_CONFIG_KEYS.items():
            config |= _unless_empty(stored, self._sources.read(name, key, reader))
        config |= _unless_empty("blkioDeviceOptions", self._block_devices(name))
        config |= _unless_empty("environment", self._environment(name))
        config |= _unless_empty("healthCheck", self._health_check(name))
        config |= _unless_empty("logConfig", self._log_config(name))
        return config | self._sharing(name, unit)

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            text = f"'{name}' cannot be the name of a service in Rancher."
            raise self._sources.docker.error_about(name, text)

    def _check_keys(self, name: str) -> None:
        for source, service in self._sources.given(name):
            allowed = _known(source, is_rancher_compose=source is self._sources.rancher)
            for key in service:
                if key in keys.REFUSED_KEYS:
                    where = source.path(name, key)
                    raise source.document.error(where, f"'{key}' is not supported. {keys.REFUSED_KEYS[key]}")
                if key not in allowed:
                    raise source.error(name, key, "is no key that Rancher knows")
        for key, reader in keys.DROPPED_KEYS.items():
            self._sources.read(name, key, reader)
        if self._sources.has(name, "memswap_limit") and not self._sources.has(name, "mem_limit"):
            raise self._sources.error(name, "memswap_limit", "needs a mem_limit beside it")

    def _image_uuid(self, name: str) -> str:
        """The image with the prefix that says who runs it; one that has a prefix keeps it.

        `docker:20` therefore would run the image `20` (cattle: DockerTransformerImpl.setImage).
        """
        image: str | None = self._sources.read(name, "image", readers.text)
        if not image or re.search(r"\s", image) or image.endswith(":"):
            raise self._sources.docker.error_about(name, f"Service '{name}' needs an image with its tag.")
        if image.startswith("docker:"):
            taken = image.removeprefix("docker:")
            raise self._sources.error(name, "image", f"means '{taken}' to Rancher; write library/{image}")
        return image if image.startswith("sim:") else f"docker:{image}"

    def _environment(self, name: str) -> Any:
        return self._sources.read(
            name, "environment", lambda given: mappings.environment(given, self._variables)
        )

    def _block_devices(self, name: str) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for key, stored in keys.BLOCK_DEVICE_KEYS.items():
            for device, number in (self._sources.read(name, key, mappings.by_device) or {}).items():
                found.setdefault(device, {})[stored] = number
        return found

    def _health_check(self, name: str) -> dict[str, Any]:
        value = self._sources.read(name, "health_check", mappings.mapping)
        if not value:
            return {}
        try:
            return keys.health_check(value)
        except ValueError as error:
            raise self._sources.error(name, "health_check", str(error)) from None

    def _log_config(self, name: str) -> dict[str, Any]:
        if not self._sources.docker.is_version_1:
            return self._sources.read(name, "logging", mappings.logging) or {}
        driver = self._sources.read(name, "log_driver", readers.text)
        options = self._sources.read(name, "log_opt", mappings.options)
        return _unless_empty("driver", driver) | _unless_empty("config", options)

    def _sharing(self, name: str, unit: str) -> dict[str, Any]:
        """Network and volumes shared inside the unit."""
        found: dict[str, Any] = {}
        key = "net" if self._sources.docker.is_version_1 else "network_mode"
        mode = self._sources.read(name, key, readers.text)
        if mode is not None and mode.startswith("container:"):
            found["networkMode"] = "container"
            found["networkLaunchConfig"] = self._in_unit(name, key, mode.removeprefix("container:"), unit)
        elif mode is not None:
            found["networkMode"] = mode
        volumes_from = self._sources.read(name, "volumes_from", readers.texts)
        if volumes_from:
            shared = [self._in_unit(name, "volumes_from", source, unit) for source in volumes_from]
            found["dataVolumesFromLaunchConfigs"] = shared
        return found

    def _in_unit(self, name: str, key: str, other: str, unit: str) -> str:
        if other == name or other not in (unit, *self._sidekicks[unit]):
            raise self._sources.error(name, key, f"names '{other}', which is no sidekick beside it")
        return other


def _known(source: Source, *, is_rancher_compose: bool) -> frozenset[str]:
    """The keys that mean something in that file.

    Rancher's own may stand in both. Docker's stand in docker-compose.yml only: in rancher-compose.yml the
    command line ignores them and the executor merges them, so nobody can know what is meant.
    """
    if is_rancher_compose:
        return keys.RANCHER_KEYS | {"hostname"}
    of_version = _OF_VERSION_1 if source.is_version_1 else _OF_VERSION_2
    tables = (keys.LAUNCH_CONFIG_KEYS, keys.BLOCK_DEVICE_KEYS, keys.DROPPED_KEYS)
    dockers = frozenset().union(*tables) - _OF_VERSION_2
    return frozenset(dockers | _READ_BY_OTHERS | keys.RANCHER_KEYS | of_version)


def _unless_empty(name: str, value: Any) -> dict[str, Any]:
    """Nothing for what is empty or zero: Rancher does not store it."""
    return {name: value} if value else {}
