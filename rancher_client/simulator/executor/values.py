"""Values whose type is right and that cannot be read all the same: of whole texts, and of one service.

What is wrong when a text is read refuses all of it (Refusal); what is wrong when a service is translated
keeps that service from being made, and the others are.
Source: rancher-compose-executor v0.14.30, yaml/types_yaml.go, config/convert.go, convert/convert.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from rancher_client.compose.capabilities import CAPABILITIES
from rancher_client.compose.go_values import go_text

from . import command_words
from .refusal import Refusal

_SIZES = ("mem_limit", "memswap_limit", "mem_reservation", "shm_size")
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)?\s*[bkmgtpBKMGTP]?[bB]?")
_RATES = (
    "blkio_weight_device",
    "device_read_bps",
    "device_read_iops",
    "device_write_bps",
    "device_write_iops",
)


def check(services: Mapping[str, Mapping[str, Any]]) -> None:
    """The services of one file. Raises Refusal."""
    _check_shapes(services)
    for service in services.values():
        _check(service)


def error_of(service: Mapping[str, Any]) -> str | None:
    """Why this service cannot be translated, if so."""
    for device in service.get("devices") or []:
        if device.count(":") > 2:
            return f"invalid device specification: {device}"
    _name, *retries = str(service.get("restart") or "").split(":")
    if len(retries) > 1:
        return "invalid restart policy format"
    if retries and not re.fullmatch(r"[-+]?[0-9]+", retries[0]):
        return "maximum retry count must be an integer"
    for key in _RATES:
        for rate in _by_device(service.get(key)):
            if not re.fullmatch(r"[0-9]+", rate):
                return f'strconv.ParseUint: parsing "{rate}": invalid syntax'
    for secret in service.get("secrets") or []:  # no secrets are kept here
        return f"Failed to find secret {secret['source'] if isinstance(secret, dict) else secret}"
    return None


def is_beyond_the_server(service: Mapping[str, Any]) -> bool:
    """Whether the server stumbles when it is asked to translate the service."""
    return any(cap not in CAPABILITIES for key in ("cap_add", "cap_drop") for cap in service.get(key) or [])


def _check(service: Mapping[str, Any]) -> None:
    if isinstance(service.get("extends"), str):
        raise Refusal("Failed to unmarshal MaporSlice")
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
    for key in ("command", "entrypoint"):
        if isinstance(service.get(key), str):
            command_words.split(service[key])


def _check_shapes(services: Mapping[str, Mapping[str, Any]]) -> None:
    """What the schema allows and the executor's types do not; it names the line of its own writing."""
    wrong: list[tuple[tuple[str, ...], str, str]] = []
    for name, service in services.items():
        wrong += [
            ((name, key), "!!map", "[]string")
            for key in ("dns_opt", "extra_hosts")
            if isinstance(service.get(key), dict)
        ]
        first = (service.get("upgrade_strategy") or {}).get("start_first")
        if isinstance(first, str):
            wrong.append(((name, "upgrade_strategy", "start_first"), f"!!str `{first}`", "bool"))
    if wrong:
        lines = [
            f"  line {_line(services, path)}: cannot unmarshal {what} into {into}"
            for path, what, into in wrong
        ]
        raise Refusal("\n".join(["yaml: unmarshal errors:", *lines]))


def _line(services: Mapping[str, Mapping[str, Any]], path: tuple[str, ...]) -> int:
    """Where a value stands once the services are written as YAML, keys in their order."""
    written = yaml.safe_dump({name: dict(service) for name, service in services.items()}, width=1_000_000)
    node: Any = yaml.compose(written, Loader=yaml.SafeLoader)
    for key in path:
        node = next(value for own, value in node.value if own.value == key)
    return int(node.start_mark.line) + 1


def _by_device(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [go_text(rate) for rate in value.values()]
    return [entry.split(":")[1] for entry in value or [] if ":" in entry]
