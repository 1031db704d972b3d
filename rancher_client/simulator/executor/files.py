"""One compose file after the other, as the executor reads them: template, YAML, variables, checks, merging.

The second file's services are laid over the first's; both may hold any key. Version 1 becomes version 2.
Source: rancher-compose-executor v0.14.30, config/merge.go, merge_v1.go, preprocess.go, convert.go.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rancher_client.compose.go_values import go_text

from . import checks, values
from .documents import load
from .filling import filled
from .refusal import Refusal
from .templates import applied

Service = dict[str, Any]

_TEXTS_INSIDE = ("environment", "labels")
_NEVER_EXTENDED = ("links", "volumes_from")


@dataclass
class Files:
    """What both files say, in the words of version 2, variables filled in."""

    services: dict[str, Service] = field(default_factory=dict)
    volumes: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)


def merged(texts: list[str], variables: Mapping[str, str], template: Mapping[str, Any]) -> Files:
    """The files laid over each other. Raises Refusal, ExecutorEnded."""
    files = Files()
    for text in texts:
        _lay_over(files, text, variables, template)
    return files


def _lay_over(files: Files, text: str, variables: Mapping[str, str], template: Mapping[str, Any]) -> None:
    document = load(applied(text, template))
    services = {
        name: {key: _texts_inside(key, filled(key, value, variables)) for key, value in service.items()}
        for name, service in document.services().items()
    }
    checks.check(services, is_version_2=document.is_version_2)
    values.check(services)
    services = {name: _extended(name, services) for name in services}
    if document.is_version_2:
        for section, found in (("volumes", files.volumes), ("secrets", files.secrets)):
            for name, value in (document.root.get(section) or {}).items():
                found[go_text(name)] = filled(go_text(name), value, variables)
    else:
        services = {name: _in_version_2(service) for name, service in services.items()}
    for name, service in services.items():
        former = files.services.get(name)
        files.services[name] = service if former is None else _over(former, service)


def _texts_inside(key: str, value: Any) -> Any:
    """Environment and labels hold texts only: `true` is one there."""
    return _as_texts(value) if key in _TEXTS_INSIDE else value


def _as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_texts(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_as_texts(child) for child in value]
    return None if value is None else go_text(value)


def _extended(name: str, services: Mapping[str, Service]) -> Service:
    """A service with what it extends below it; only services of the same file can be had. Raises Refusal."""
    service = dict(services[name])
    env_file = service.get("env_file")
    if env_file:
        first = env_file[-1] if isinstance(env_file, list) else env_file
        raise Refusal(f"open /{first}: no such file or directory")
    extends = service.get("extends")
    base = go_text(extends.get("service") or "") if isinstance(extends, dict) else ""
    if not isinstance(extends, dict) or not base:
        return service
    if extends.get("file"):
        raise Refusal(f"open /{extends['file']}: no such file or directory")
    if base not in services:
        raise Refusal(f"Failed to find service {base} to extend")
    below = copy.deepcopy(_extended(base, {key: value for key, value in services.items() if key != name}))
    for key in _NEVER_EXTENDED:
        if key in below:
            raise Refusal(f"Cannot extend service '{base}' in : services with '{key}' cannot be extended")
    return {key: value for key, value in _over(below, service).items() if key != "extends"}


def _over(below: Service, above: Service) -> Service:
    """Mappings are merged, lists joined, of image and build one only stays."""
    result = dict(below)
    if "image" in above:
        result.pop("build", None)
    if "build" in above:
        result.pop("image", None)
    for key, value in above.items():
        former = result.get(key)
        if key == "environment" and former is not None and value is not None:
            result[key] = _pairs(former) | _pairs(value)
        elif isinstance(former, dict) and isinstance(value, dict):
            result[key] = former | value
        elif isinstance(former, list) and isinstance(value, list):
            result[key] = [*former, *(entry for entry in value if entry not in former)]
        else:
            result[key] = value
    return result


def _pairs(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    split = (entry.partition("=") for entry in value)
    return {name: given if equals else None for name, equals, given in split}


def _in_version_2(service: Service) -> Service:
    """The keys of version 1 that version 2 names differently."""
    renamed = dict(service)
    if "net" in renamed:
        renamed["network_mode"] = renamed.pop("net")
    logging: dict[str, Any] = {}
    if "log_driver" in renamed:
        logging["driver"] = renamed.pop("log_driver")
    if "log_opt" in renamed:
        logging["options"] = renamed.pop("log_opt")
    if logging:
        renamed["logging"] = logging
    if "build" in renamed:
        renamed["build"] = {"context": renamed["build"], "dockerfile": renamed.pop("dockerfile", None)}
    return renamed
