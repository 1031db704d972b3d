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
HIGHEST_PORT = 65535
HIGHEST_SCALE = 1_000_000


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
    given = [_port(entry) for entry in _list(value)]
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


def mapping(value: Any) -> dict[str, Any]:
    """A mapping, as it is."""
    if isinstance(value, dict):
        return value
    raise ValueError("must be a mapping")


def names(value: Any) -> list[str]:
    """Names of services: a list, or a mapping that has them as keys."""
    return list(value) if isinstance(value, dict) else texts(value)


def aliases(value: Any) -> dict[str, str]:
    """`service:alias` entries as alias to service; without an alias the part after the last slash."""
    split = (entry.partition(":") for entry in texts(value))
    found = ((target.strip(), alias.strip()) for target, _, alias in split)
    return {alias or target.rpartition("/")[2]: target for target, alias in found}


def scale(value: Any) -> int:
    """Containers wanted; 0 counts as not said (rancher-1.6-api.md 10.4)."""
    number = whole(value)
    if not 0 <= number <= HIGHEST_SCALE:
        raise ValueError(f"must be a number from 0 to {HIGHEST_SCALE}")
    return number


def scale_policy(value: Any) -> dict[str, int] | None:
    """Between how many containers, and in steps of how many, Rancher may choose."""
    given = mapping(value)
    for key in given:
        if key not in ("min", "max", "increment"):
            raise ValueError(f"has a key '{key}' that is not known")
    policy = {key: whole(number) for key, number in given.items() if number is not None}
    if policy and policy.get("min", 0) > policy.get("max", policy.get("min", 0)):
        raise ValueError("has a min that exceeds its max")
    return policy or None


def start_first(value: Any) -> bool | None:
    """`upgrade_strategy`: nothing but start_first counts there (rancher-1.6-api.md 10.4)."""
    given = mapping(value)
    for key in given:
        if key not in ("batch_size", "interval_millis", "start_first"):
            raise ValueError(f"has a key '{key}' that is not known")
    if given.get("start_first") is None:
        return None
    try:
        return flag(given["start_first"])
    except ValueError as error:
        raise ValueError(f"start_first {error}") from None


def health_check(value: Mapping[str, Any]) -> dict[str, Any]:
    """A health check by Rancher's names; nothing is filled in but the strategy (rancher-1.6-api.md 10.4)."""
    check: dict[str, Any] = {"strategy": "recreate"}
    for key, given in value.items():
        if given is None:
            continue
        if key == "recreate_on_quorum_strategy_config":
            quorum = mapping(given).get("quorum")
            check["recreateOnQuorumStrategyConfig"] = {"quorum": whole(quorum)}
            continue
        if key not in HEALTH_CHECK_KEYS:
            raise ValueError(f"has a key '{key}' that is not known")
        stored, reader = HEALTH_CHECK_KEYS[key]
        try:
            check[stored] = reader(given)
        except ValueError as error:
            raise ValueError(f"{key} {error}") from None
    if not 1 <= check.get("port", 0) <= HIGHEST_PORT:
        raise ValueError(f"needs a port from 1 to {HIGHEST_PORT}")
    return check


def own_ports(value: Any) -> list[str]:
    """Ports of a load balancer, in their order: one without a public port is published as itself."""
    given = (_port(entry) for entry in _list(value))
    return [port if ":" in port else f"{port.partition('/')[0]}:{port}" for port in given]


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise ValueError("must be a list")


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
    if any(int(match[part] or 0) > HIGHEST_PORT for part in ("public", "private")):
        raise ValueError(f"must be ports up to {HIGHEST_PORT}, not '{value}'")
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

RANCHER_KEYS = frozenset(
    {
        "certs",
        "default_cert",
        "drain_timeout_ms",
        "external_ips",
        "health_check",
        "lb_config",
        "load_balancer_config",
        "metadata",
        "milli_cpu_reservation",
        "retain_ip",
        "scale",
        "scale_policy",
        "start_on_create",
        "upgrade_strategy",
    }
)
"""Keys that Rancher added to those of docker-compose; at home in rancher-compose.yml."""

REFUSED_KEYS: Mapping[str, str] = {
    "build": "Images are built before a deployment; name the image instead.",
    "dockerfile": "Images are built before a deployment; name the image instead.",
    "env_file": "Files are not read on the way; list the variables under environment.",
    "extends": "Files are not read on the way; write the service out.",
    "secrets": "Rancher's secrets are not supported.",
    **dict.fromkeys(
        ("disks", "memory", "type", "userdata", "vcpu"), "Virtual machines are not made from compose files."
    ),
    **dict.fromkeys(
        ("network_driver", "service_schemas", "storage_driver"),
        "Drivers belong to the infrastructure of an environment; set them up in Rancher.",
    ),
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
