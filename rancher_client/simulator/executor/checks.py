"""What the executor checks about a service's keys before it translates them, in its words.

It checks by JSON schema: unknown keys, types, entries that stand there twice, the form of ports. Values that
get past it are the server's to refuse.
Source: rancher-compose-executor v0.14.30, config/validation.go, config/schema.go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rancher_client.compose.go_values import go_text

from .documents import named
from .port_forms import is_port
from .refusal import ExecutorEnded, Refusal

_NUMBER_OR_TEXT = named(
    "blkio_weight cpu_period cpu_quota cpu_shares drain_timeout_ms mem_limit mem_reservation memory "
    "memswap_limit milli_cpu_reservation scale shm_size stop_grace_period vcpu"
)
_TEXT = named(
    "cgroup_parent container_name cpuset default_cert description domainname hostname image ipc isolation "
    "mac_address restart stop_signal type user userdata uts volume_driver working_dir"
)
_TEXTS = named(
    "blkio_weight_device cap_add cap_drop certs depends_on devices external_ips external_links links "
    "security_opt volumes volumes_from"
)
_TEXT_OR_TEXTS = named("command dns dns_search entrypoint env_file")
_PAIRS = named(
    "device_read_bps device_read_iops device_write_bps device_write_iops dns_opt environment extra_hosts "
    "labels sysctls"
)
_MAPPING = named(
    "health_check lb_config load_balancer_config metadata network_driver scale_policy storage_driver "
    "ulimits upgrade_strategy"
)
_WHOLE = named("mem_swappiness oom_score_adj")
_FLAG = named("init oom_kill_disable privileged read_only retain_ip start_on_create stdin_open tty")
_LIST = named("disks expose group_add ports")

_BOTH = (
    _NUMBER_OR_TEXT | _TEXT | _TEXTS | _TEXT_OR_TEXTS | _PAIRS | _MAPPING | _WHOLE | _FLAG | _LIST
) | named("build extends pid")
_VERSION_1 = (_BOTH | named("dockerfile log_driver log_opt net")) - {"depends_on"}
_VERSION_2 = _BOTH | named(
    "config depends_on logging network_mode networks port_rules secrets stickiness_policy tmpfs"
)

_TYPES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_NUMBER_OR_TEXT, ("number", "string")),
    **dict.fromkeys(_TEXT | {"log_driver", "net", "network_mode", "dockerfile"}, ("string",)),
    **dict.fromkeys(_TEXTS | _LIST, ("array",)),
    **dict.fromkeys(_TEXT_OR_TEXTS | {"tmpfs"}, ("string", "array")),
    **dict.fromkeys(_PAIRS, ("array", "object")),
    **dict.fromkeys(_MAPPING | {"logging", "log_opt"}, ("object",)),
    **dict.fromkeys(_WHOLE, ("integer",)),
    **dict.fromkeys(_FLAG, ("boolean",)),
    "extends": ("string", "object"),
    "networks": ("object", "array"),
    "pid": ("string", "null"),
}

_NAMED: Mapping[str, tuple[str, ...]] = {"networks": ("object",)}
"""Types as the sentence names them, where it does not name all."""

_ONE_OF = _PAIRS | _TEXT_OR_TEXTS | {"extends", "networks", "tmpfs"}
"""Keys whose types stand in alternatives of the schema: the sentences about them have no full stop."""

_MAY_REPEAT = named("command disks entrypoint")
"""Lists that may have an entry twice."""

_MEANT: Mapping[str, str] = {
    "add_host": "extra_hosts",
    "cpu_share": "cpu_shares",
    "device": "devices",
    "extra_host": "extra_hosts",
    "hosts": "extra_hosts",
    "link": "links",
    "memory_swap": "memswap_limit",
    "port": "ports",
    "privilege": "privileged",
    "privilige": "privileged",
    "priviliged": "privileged",
    "volume": "volumes",
    "workdir": "working_dir",
}

_NAME = re.compile(r"[a-zA-Z0-9._-]+")
_LIMIT = re.compile(r"[a-z]+")
_OUT_OF_MEMORY = range(-1000, 1001)


def check(services: Mapping[str, Mapping[str, Any]], *, is_version_2: bool) -> None:
    """All errors of one file's services, a line each.

    Raises Refusal; ExecutorEnded for a key that is no text.
    """
    for service in services.values():
        for value in service.values():
            _check_keys(value)
    errors = [
        error
        for name, service in services.items()
        for error in _errors(name, service, is_version_2=is_version_2)
    ]
    if errors:
        raise Refusal("\n".join(errors))


def _check_keys(value: Any) -> None:
    """A key below a service's keys that YAML reads as anything but a text ends the executor (14, 22b)."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            if not isinstance(key, str):
                raise ExecutorEnded(
                    f"interface conversion: interface {{}} is {type(key).__name__}, not string"
                )
            _check_keys(child)
    elif isinstance(value, list):
        for child in value:
            _check_keys(child)


def _errors(name: str, service: Mapping[str, Any], *, is_version_2: bool) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"Invalid service name '{name}' - only [a-zA-Z0-9\\._\\-] characters are allowed"
        return
    known = _VERSION_2 if is_version_2 else _VERSION_1
    unknown = sorted(service.keys() - known)
    # The library names the place of the following error; only the last one's is the service.
    for index, key in enumerate(unknown):
        place = unknown[index + 1] if index + 1 < len(unknown) else name
        hint = f" (did you mean '{_MEANT[key]}'?)" if key in _MEANT else ""
        yield f"Unsupported config option for {place} service: '{key}'{hint}"
    for key in sorted(service.keys() & known):
        yield from _type_errors(name, key, service[key])
    if "memswap_limit" in service and "mem_limit" not in service:
        yield f"Invalid configuration for '{name}' service: dependency 'mem_limit' is not satisfied"


def _type_errors(name: str, key: str, value: Any) -> Iterator[str]:
    types = _TYPES.get(key)
    if types is not None and not any(_is_a(kind, value) for kind in types):
        wrong = f"contains an invalid type, it should be {_article(' or '.join(_NAMED.get(key, types)))}"
        yield f"Service '{name}' configuration key '{key}' {wrong}{'' if key in _ONE_OF else '.'}"
    elif key == "oom_score_adj" and value not in _OUT_OF_MEMORY:
        # The sentence has the bound in it as %max%, and Go takes that for a place to fill in.
        wrong = "less than %!m(MISSING)ax" if value > 0 else "greater than %!m(MISSING)in"
        yield f"Service '{name}' configuration key {key} value Must be {wrong}%!(NOVERB)"
    elif key == "logging":
        yield from _logging_errors(name, value)
    elif key == "ulimits":
        yield from _limit_errors(name, value)
    elif key in _PAIRS and isinstance(value, dict):
        yield from _pair_errors(name, key, value)
    elif isinstance(value, list):
        yield from _list_errors(name, key, value)


def _logging_errors(name: str, logging: Mapping[str, Any]) -> Iterator[str]:
    for key, value in logging.items():
        if key not in ("driver", "options"):
            yield f"Unsupported config option for {name} service: '{key}'"
        elif not _is_a("string" if key == "driver" else "object", value):
            wrong = (
                f"contains an invalid type, it should be {'a string' if key == 'driver' else 'an object'}."
            )
            yield f"Service '{name}' configuration key '{key}' {wrong}"


def _limit_errors(name: str, limits: Mapping[str, Any]) -> Iterator[str]:
    """Of a limit that is none the library says besides that nothing fits its name."""
    for limit, value in limits.items():
        if _LIMIT.fullmatch(limit) and _is_limit(value):
            continue
        if _LIMIT.fullmatch(limit):
            wrong = (
                ""
                if isinstance(value, dict)
                else "contains an invalid type, it should be an integer or object"
            )
            yield f"Service '{name}' configuration key '{limit}' {wrong}"
        pattern = f'Property "{limit}" does not match pattern "^[a-z]+$"'
        yield f"Service '{limit}' configuration key {limit} value {pattern}"


def _is_limit(value: Any) -> bool:
    if isinstance(value, dict):
        return value.keys() == {"soft", "hard"} and all(_is_a("integer", each) for each in value.values())
    return _is_a("integer", value)


def _pair_errors(name: str, key: str, pairs: Mapping[str, Any]) -> Iterator[str]:
    """A mapping that holds more than single values fits neither alternative."""
    wrong = [entry for entry, value in pairs.items() if isinstance(value, dict | list)]
    if wrong:
        said = "contains an invalid type, it should be an array or object"
        yield f"Service '{name}' configuration key '{key}' {said}"
    for entry in wrong:
        yield f"Unsupported config option for {name} service: '{entry}'"


def _list_errors(name: str, key: str, entries: list[Any]) -> Iterator[str]:
    said = f"Service '{name}' configuration key"
    if key in _TEXTS | _ONE_OF:
        for index, entry in enumerate(entries):
            if isinstance(entry, str):
                continue
            if key in _ONE_OF:
                wrong = f"contains {go_text(entry)}, which is an invalid type, it should be a string"
                yield f"{said} '{key}' {wrong}"
                return
            yield f"{said} '{index}' contains an invalid type, it should be a string."
    if key not in _MAY_REPEAT and len({json.dumps(entry) for entry in entries}) < len(entries):
        alternative = f"contains non unique items, please remove duplicates from {go_text(entries)}"
        plain = f"value {go_text(entries)} has non-unique elements"
        yield f"{said} '{key}' {alternative if key in _ONE_OF else plain}"
    if key in ("ports", "expose"):
        for index, entry in enumerate(entries):
            if not is_port(go_text(entry)):
                yield f"{said} {index} value Does not match format '{key}'"


def _is_a(kind: str, value: Any) -> bool:
    if kind == "boolean" or isinstance(value, bool):
        return kind == "boolean" and isinstance(value, bool)
    if kind == "null":
        return value is None
    types: Mapping[str, Any] = {
        "array": list,
        "integer": int,
        "number": (int, float),
        "object": dict,
        "string": str,
    }
    return isinstance(value, types[kind])


def _article(words: str) -> str:
    return f"an {words}" if words[:1] in "aeiouAEIOU" else f"a {words}"
