"""The compose texts that `exportconfig` answers: services as they are now (rancher-1.6-api.md 3.2).

A small writer of its own keeps the engine free of dependencies; it knows the shapes that launch
configs have and quotes every text.
"""

from __future__ import annotations

import json
from typing import Any

from .model import Service, Stack
from .world import World

_KEYS = {
    "environment": "environment",
    "labels": "labels",
    "ports": "ports",
    "command": "command",
    "entryPoint": "entrypoint",
    "dataVolumes": "volumes",
    "privileged": "privileged",
    "user": "user",
    "workingDir": "working_dir",
}
"""Launch config field -> compose key (10.6), for the fields people set most."""


def export(world: World, stack: Stack, services: list[Service]) -> dict[str, Any]:
    """`composeConfig` of these services: lines end with CR LF, defaults are left out."""
    docker: dict[str, Any] = {}
    rancher: dict[str, Any] = {}
    for service in services:
        for name, config in _configs(service):
            docker[name] = _docker(config)
            rancher[name] = {"scale": service.scale, "start_on_create": True}
            if service.fields.get("metadata"):
                rancher[name]["metadata"] = service.fields["metadata"]
            if isinstance(config.get("healthCheck"), dict):
                rancher[name]["health_check"] = {
                    _snake(key): value for key, value in config["healthCheck"].items() if value is not None
                }
    return {
        "type": "composeConfig",
        "dockerComposeConfig": _yaml({"version": "2", "services": docker}),
        "rancherComposeConfig": _yaml({"version": "2", "services": rancher}),
    }


def _configs(service: Service) -> list[tuple[str, dict[str, Any]]]:
    own = [(service.name, service.launch_config)] if service.launch_config else []
    return own + [(str(config.get("name")), config) for config in service.sidekicks]


def _docker(config: dict[str, Any]) -> dict[str, Any]:
    image = str(config.get("imageUuid") or "")
    found: dict[str, Any] = {
        "image": image.partition(":")[2] if image.startswith(("docker:", "sim:")) else image
    }
    for field, key in _KEYS.items():
        if config.get(field):
            found[key] = config[field]
    return found


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _yaml(value: dict[str, Any]) -> str:
    return "\r\n".join(_lines(value, 0)) + "\r\n"


def _lines(value: dict[str, Any], depth: int) -> list[str]:
    lines = []
    pad = "  " * depth
    for key, item in value.items():
        if isinstance(item, dict) and item:
            lines += [f"{pad}{key}:", *_lines(item, depth + 1)]
        elif isinstance(item, list):
            lines += [f"{pad}{key}:", *(f"{pad}- {json.dumps(part)}" for part in item)]
        else:
            lines.append(f"{pad}{key}: {json.dumps(item)}")
    return lines
