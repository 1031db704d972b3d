"""Each key of a compose service and what it becomes in a launch config (rancher-1.6-api.md 10.6).

A reader takes the value as the file has it, with variables filled in, and gives the value Rancher stores; it
raises ValueError with a sentence for what cannot be meant.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

Reader = Callable[[Any], Any]

_SIZE = re.compile(r"([0-9]+)\s*([bkmgt]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_DURATION = re.compile(r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")
_PORT = re.compile(
    r"(?:(?:(?P<address>[0-9.]+):)?(?P<public>[0-9]+):)?(?P<private>[0-9]+)(?:/(?P<protocol>tcp|udp))?"
)
_HIGHEST_PORT = 65535


def text(value: Any) -> str:
    """A text; a number is taken as it is written."""
    if isinstance(value, str) or _is_number(value):
        return str(value)
    raise ValueError("must be a text")


def whole(value: Any) -> int:
    """A whole number, also one that a variable brought as text."""
    if _is_number(value):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    raise ValueError(f"must be a whole number, not '{value}'")


def flag(value: Any) -> bool | None:
    """True, or None for false: what is false is not stored."""
    if isinstance(value, bool):
        return value or None
    if value in ("true", "false"):
        return value == "true" or None
    raise ValueError("must be true or false")


def texts(value: Any) -> list[str]:
    """A list of texts; a single text is a list of one."""
    return [text(entry) for entry in value] if isinstance(value, list) else [text(value)]


def words(value: Any) -> list[str]:
    """A command: a list, or a text split as a shell would."""
    if isinstance(value, list):
        return [text(entry) for entry in value]
    try:
        return shlex.split(text(value))
    except ValueError as error:
        raise ValueError(f"cannot be split into words: {error}") from error


def size(value: Any) -> int:
    """Bytes: a number, or one with the unit b, k, m, g or t."""
    match = _SIZE.fullmatch(text(value).strip())
    if match is None:
        raise ValueError(f"must be a size like 512m, not '{value}'")
    return int(match[1]) * _UNITS[match[2].lower()]


def seconds(value: Any) -> int:
    """Seconds: a number, or a duration like 1m30s."""
    written = text(value)
    if written.isdecimal():
        return int(written)
    match = _DURATION.fullmatch(written)
    if match is None or not written:
        raise ValueError(f"must be a duration like 25s, not '{value}'")
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest


def pairs(value: Any) -> dict[str, str]:
    """Labels or options: a mapping, or a list of `name=value`. Values become texts; null is refused."""
    if isinstance(value, list):
        split = (text(entry).partition("=") for entry in value)
        return {name: given for name, _, given in split}
    if not isinstance(value, dict):
        raise ValueError("must be a list of name=value or a mapping")
    return {name: _scalar(given) for name, given in value.items()}


def environment(value: Any, variables: Mapping[str, str]) -> dict[str, str]:
    """Variables of the container. One without a value takes that of `variables`, or is left out."""
    named: dict[str, Any]
    if isinstance(value, list):
        split = (text(entry).partition("=") for entry in value)
        named = {name: given if equals else None for name, equals, given in split}
    elif isinstance(value, dict):
        named = value
    else:
        raise ValueError("must be a list of NAME=value or a mapping")
    return {
        name: variables[name] if given is None else _scalar(given)
        for name, given in named.items()
        if given is not None or name in variables
    }


def ports(value: Any) -> list[str]:
    """Published ports as Rancher keeps them, with protocol; those with a port of the caller's choice
    first.
    """
    if not isinstance(value, list):
        raise ValueError("must be a list")
    given = [_port(entry) for entry in value]
    return sorted(given, key=lambda port: ":" not in port)


def volumes(value: Any) -> list[str]:
    """Mounts, those without a host part first."""
    return sorted(texts(value), key=lambda volume: ":" in volume)


def devices(value: Any) -> list[str]:
    """Devices with their place in the container and permissions filled in."""
    found = []
    for entry in texts(value):
        outside, _, rest = entry.partition(":")
        inside, _, permissions = rest.partition(":")
        found.append(f"{outside}:{inside or outside}:{permissions or 'rwm'}")
    return found


def mounts_in_memory(value: Any) -> dict[str, str]:
    """tmpfs mounts: path to options."""
    split = (entry.partition(":") for entry in texts(value))
    return {path: options for path, _, options in split}


def limits(value: Any) -> list[dict[str, Any]]:
    """ulimits by name; one number stands for both."""
    if not isinstance(value, dict):
        raise ValueError("must be a mapping")
    found = []
    for name, limit in sorted(value.items()):
        soft, hard = (limit.get("soft"), limit.get("hard")) if isinstance(limit, dict) else (limit, limit)
        found.append({"name": name, "soft": whole(soft), "hard": whole(hard)})
    return found


def logging(value: Any) -> dict[str, Any]:
    """`logging` of a version 2 file."""
    if not isinstance(value, dict):
        raise ValueError("must be a mapping with driver and options")
    found: dict[str, Any] = {}
    if value.get("driver") is not None:
        found["driver"] = text(value["driver"])
    if value.get("options") is not None:
        found["config"] = pairs(value["options"])
    return found


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) or _is_number(value):
        return str(value)
    raise ValueError("must have texts as values; null is none")


def _port(value: Any) -> str:
    match = _PORT.fullmatch(text(value))
    if match is None:
        raise ValueError(f"must be ports like 8080:80 or 80/udp without ranges, not '{value}'")
    if any(int(match[part] or 0) > _HIGHEST_PORT for part in ("public", "private")):
        raise ValueError(f"must be ports up to {_HIGHEST_PORT}, not '{value}'")
    return text(value) if match["protocol"] else f"{text(value)}/tcp"


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


LAUNCH_CONFIG_KEYS: Mapping[str, tuple[str, Reader]] = {
    "blkio_weight": ("blkioWeight", whole),
    "cap_add": ("capAdd", texts),
    "cap_drop": ("capDrop", texts),
    "cgroup_parent": ("cgroupParent", text),
    "command": ("command", words),
    "cpu_period": ("cpuPeriod", whole),
    "cpu_quota": ("cpuQuota", whole),
    "cpu_shares": ("cpuShares", whole),
    "cpuset": ("cpuSet", text),
    "devices": ("devices", devices),
    "dns": ("dns", texts),
    "dns_opt": ("dnsOpt", texts),
    "dns_search": ("dnsSearch", texts),
    "domainname": ("domainName", text),
    "drain_timeout_ms": ("drainTimeoutMs", whole),
    "entrypoint": ("entryPoint", words),
    "expose": ("expose", texts),
    "extra_hosts": ("extraHosts", texts),
    "group_add": ("groupAdd", texts),
    "hostname": ("hostname", text),
    "init": ("runInit", flag),
    "ipc": ("ipcMode", text),
    "isolation": ("isolation", text),
    "labels": ("labels", pairs),
    "mem_limit": ("memory", size),
    "mem_reservation": ("memoryReservation", size),
    "mem_swappiness": ("memorySwappiness", whole),
    "memswap_limit": ("memorySwap", size),
    "milli_cpu_reservation": ("milliCpuReservation", whole),
    "oom_kill_disable": ("oomKillDisable", flag),
    "oom_score_adj": ("oomScoreAdj", whole),
    "pid": ("pidMode", text),
    "ports": ("ports", ports),
    "privileged": ("privileged", flag),
    "read_only": ("readOnly", flag),
    "security_opt": ("securityOpt", texts),
    "shm_size": ("shmSize", size),
    "stdin_open": ("stdinOpen", flag),
    "stop_grace_period": ("stopTimeout", seconds),
    "stop_signal": ("stopSignal", text),
    "sysctls": ("sysctls", pairs),
    "tmpfs": ("tmpfs", mounts_in_memory),
    "tty": ("tty", flag),
    "ulimits": ("ulimits", limits),
    "user": ("user", text),
    "uts": ("uts", text),
    "volume_driver": ("volumeDriver", text),
    "volumes": ("dataVolumes", volumes),
    "working_dir": ("workingDir", text),
}
"""Keys with one counterpart. `image`, `environment`, networks and links need more than their own value."""

DROPPED_KEYS = frozenset({"container_name", "mac_address", "networks", "restart"})
"""Taken and dropped by Rancher 1.6 without a word."""

REFUSED_KEYS: Mapping[str, str] = {
    "build": "Images are built before a deployment; name the image instead.",
    "dockerfile": "Images are built before a deployment; name the image instead.",
    "env_file": "Files are not read on the way; list the variables under environment.",
    "extends": "Files are not read on the way; write the service out.",
    "lb_config": "Load balancers are not made from compose files here; make them in Rancher.",
    "load_balancer_config": "Load balancers are not made from compose files here; make them in Rancher.",
    "external_ips": "External services are not made from compose files here; make them in Rancher.",
    "secrets": "Rancher's secrets are not supported.",
}

HEALTH_CHECK_KEYS: Mapping[str, tuple[str, Reader]] = {
    "port": ("port", whole),
    "interval": ("interval", whole),
    "response_timeout": ("responseTimeout", whole),
    "healthy_threshold": ("healthyThreshold", whole),
    "unhealthy_threshold": ("unhealthyThreshold", whole),
    "initializing_timeout": ("initializingTimeout", whole),
    "reinitializing_timeout": ("reinitializingTimeout", whole),
    "request_line": ("requestLine", text),
    "strategy": ("strategy", text),
}
"""Milliseconds and counts, as Rancher has them."""
