"""The services of both files with variables filled in, and where each of their keys stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rancher_client.compose.documents import Document, Path
from rancher_client.compose.errors import ComposeError
from rancher_client.compose.find import RANCHER_COMPOSE
from rancher_client.compose.interpolation import interpolated

_SECTIONS = frozenset({"version", "services", "volumes", "networks", "catalog", "secrets"})
_CATALOG = ".catalog"


class Source:
    """One of the two files: its services by name, in version 1 or 2."""

    def __init__(self, document: Document, variables: Mapping[str, str]) -> None:
        self.document = document
        self.is_version_1 = "version" not in document.root
        self._prefix: Path = () if self.is_version_1 else ("services",)
        if self.is_version_1:
            _check_no_section(document)
        else:
            _check_sections(document)
        found = self._filled(variables)
        if not isinstance(found, dict):
            raise document.error(self._prefix, "The services must be a mapping of names to services.")
        self.services: dict[str, dict[str, Any]] = {}
        for name, service in found.items():
            if name == _CATALOG:
                continue
            if not isinstance(service, dict):
                raise document.error(
                    self.path(name), f"Service '{name}' must be a mapping of keys to values."
                )
            self.services[name] = service
        self.volumes = self._section("volumes", variables)
        self._section("networks", variables)  # Rancher drops them, but not before filling in variables

    def path(self, *steps: str | int) -> Path:
        """The path in the document of something below the services."""
        return (*self._prefix, *steps)

    def error(self, name: str, key: str, text: str, *inside: str | int) -> ComposeError:
        """An error about one key of one service, or about what stands `inside` its value."""
        return self.document.error(self.path(name, key, *inside), f"'{key}' of service '{name}' {text}.")

    def error_about(self, name: str, text: str) -> ComposeError:
        """An error about a service as a whole."""
        return self.document.error(self.path(name), text)

    def _filled(self, variables: Mapping[str, str]) -> Any:
        if self.is_version_1:
            return {
                name: interpolated(self.document, (name,), variables)
                for name in self.document.root
                if name != _CATALOG
            }
        return self._section("services", variables)

    def _section(self, name: str, variables: Mapping[str, str]) -> Any:
        if self.is_version_1 or self.document.root.get(name) is None:
            return {}
        return interpolated(self.document, (name,), variables)


class Sources:
    """docker-compose.yml with what rancher-compose.yml adds to its services.

    Where both say something, rancher-compose.yml counts.
    """

    def __init__(self, docker: Document, rancher: Document, variables: Mapping[str, str]) -> None:
        """Raises ComposeError, also for a service that stands in rancher-compose.yml only."""
        self.docker = Source(docker, variables)
        self.rancher = Source(rancher, variables)
        self.names = tuple(self.docker.services)
        for name in self.rancher.services:
            if name not in self.docker.services:
                raise self.rancher.error_about(name, f"Service '{name}' stands in {RANCHER_COMPOSE} only.")

    def given(self, name: str) -> Iterator[tuple[Source, dict[str, Any]]]:
        """What each file says of a service; the one that counts first."""
        for source in (self.rancher, self.docker):
            if name in source.services:
                yield source, source.services[name]

    def has(self, name: str, key: str) -> bool:
        """Does either file give a value to a key?"""
        return any(service.get(key) is not None for _source, service in self.given(name))

    def read(self, name: str, key: str, reader: Callable[[Any], Any]) -> Any:
        """What `reader` makes of a key; None without one. Its ValueError becomes an error with the line."""
        for source, service in self.given(name):
            if key in service:
                try:
                    return self._value(service[key], reader)
                except ValueError as error:
                    raise source.error(name, key, str(error)) from None
        return None

    @staticmethod
    def _value(value: Any, reader: Callable[[Any], Any]) -> Any:
        if value is None:
            raise ValueError("must have a value, or be left out")
        return reader(value)

    def error(self, name: str, key: str, text: str, *inside: str | int) -> ComposeError:
        """An error about one key of one service, in the file that gives it."""
        sources = [source for source, service in self.given(name) if key in service]
        return (sources or [self.docker])[0].error(name, key, text, *inside)


def _check_sections(document: Document) -> None:
    version = document.root["version"]
    if str(version) != "2":
        raise document.error(("version",), f"Version '{version}' is not supported, only 1 and 2.")
    for section in document.root:
        if section not in _SECTIONS:
            raise document.error(
                (section,), f"'{section}' is no section of a compose file that is used here."
            )


def _check_no_section(document: Document) -> None:
    """Without a version, `services` would be a service of that name."""
    found = document.root.get("services")
    if isinstance(found, dict) and found and all(isinstance(service, dict) for service in found.values()):
        raise document.error(("services",), "A section of services needs \"version: '2'\" in the same file.")
