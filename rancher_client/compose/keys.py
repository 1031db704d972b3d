"""Each key of a compose service and what it becomes in a launch config (rancher-1.6-api.md 10.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rancher_client.compose import mappings, readers

Reader = Callable[[Any], Any]

LAUNCH_CONFIG_KEYS: Mapping[str, tuple[str, Reader]] = {
    "blkio_weight": ("blkioWeight", readers.whole),
    "cap_add": ("capAdd", readers.capabilities),
    "cap_drop": ("capDrop", readers.capabilities),
    "cgroup_parent": ("cgroupParent", readers.text),
    "command": ("command", readers.words),
    "cpu_period": ("cpuPeriod", readers.whole),
    "cpu_quota": ("cpuQuota", readers.whole),
    "cpu_shares": ("cpuShares", readers.whole),
    "cpuset": ("cpuSet", readers.text),
    "devices": ("devices", readers.devices),
    "dns": ("dns", readers.texts),
    "dns_opt": ("dnsOpt", readers.listed),
    "dns_search": ("dnsSearch", readers.texts),
    "domainname": ("domainName", readers.text),
    "drain_timeout_ms": ("drainTimeoutMs", readers.whole),
    "entrypoint": ("entryPoint", readers.words),
    "expose": ("expose", readers.exposed),
    "extra_hosts": ("extraHosts", readers.listed),
    "group_add": ("groupAdd", readers.scalars),
    "hostname": ("hostname", readers.text),
    "init": ("runInit", readers.flag),
    "ipc": ("ipcMode", readers.text),
    "isolation": ("isolation", readers.text),
    "labels": ("labels", mappings.pairs),
    "mem_limit": ("memory", readers.size),
    "mem_reservation": ("memoryReservation", readers.size),
    "mem_swappiness": ("memorySwappiness", readers.written_whole),
    "memswap_limit": ("memorySwap", readers.swap),
    "milli_cpu_reservation": ("milliCpuReservation", readers.whole),
    "oom_kill_disable": ("oomKillDisable", readers.flag),
    "oom_score_adj": ("oomScoreAdj", readers.out_of_memory_score),
    "pid": ("pidMode", readers.process_ids),
    "ports": ("ports", readers.ports),
    "privileged": ("privileged", readers.flag),
    "read_only": ("readOnly", readers.flag),
    "security_opt": ("securityOpt", readers.listed),
    "shm_size": ("shmSize", readers.size),
    "stdin_open": ("stdinOpen", readers.flag),
    "stop_grace_period": ("stopTimeout", readers.seconds),
    "stop_signal": ("stopSignal", readers.text),
    "sysctls": ("sysctls", mappings.settings),
    "tmpfs": ("tmpfs", readers.mounts_in_memory),
    "tty": ("tty", readers.flag),
    "ulimits": ("ulimits", mappings.limits),
    "user": ("user", readers.text),
    "uts": ("uts", readers.text),
    "volume_driver": ("volumeDriver", readers.text),
    "volumes": ("dataVolumes", readers.volumes),
    "working_dir": ("workingDir", readers.text),
}
"""Keys with one counterpart. `image`, `environment`, networks and links need more than their own value."""

BLOCK_DEVICE_KEYS: Mapping[str, str] = {
    "blkio_weight_device": "weight",
    "device_read_bps": "readBps",
    "device_read_iops": "readIops",
    "device_write_bps": "writeBps",
    "device_write_iops": "writeIops",
}
"""Keys that say one number for each block device; together they are `blkioDeviceOptions`, by device."""

DROPPED_KEYS: Mapping[str, Reader] = {
    "container_name": readers.text,
    "mac_address": readers.text,
    "networks": readers.networks,
    "restart": readers.restart,
    "start_on_create": readers.flag,
}
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
    "port": ("port", readers.whole),
    "interval": ("interval", readers.whole),
    "response_timeout": ("responseTimeout", readers.whole),
    "healthy_threshold": ("healthyThreshold", readers.whole),
    "unhealthy_threshold": ("unhealthyThreshold", readers.whole),
    "initializing_timeout": ("initializingTimeout", readers.whole),
    "reinitializing_timeout": ("reinitializingTimeout", readers.whole),
    "request_line": ("requestLine", readers.text),
    "strategy": ("strategy", readers.text),
}
"""Milliseconds and counts, as Rancher has them."""


HEALTH_STRATEGIES = ("recreate", "recreateOnQuorum", "none")


def health_check(value: Mapping[str, Any]) -> dict[str, Any]:
    """A health check by Rancher's names; nothing is filled in but the strategy (rancher-1.6-api.md 10.4).

    A nought counts as not said, as everywhere.

    Raises ValueError with a sentence.
    """
    check: dict[str, Any] = {"strategy": "recreate"}
    for key, given in value.items():
        if given is None:
            continue
        if key == "recreate_on_quorum_strategy_config":
            quorum = mappings.known(given, "quorum").get("quorum")
            check["recreateOnQuorumStrategyConfig"] = {"quorum": readers.whole(quorum)}
            continue
        if key not in HEALTH_CHECK_KEYS:
            raise ValueError(f"has a key '{key}' that is not known")
        stored, reader = HEALTH_CHECK_KEYS[key]
        try:
            check[stored] = reader(given)
        except ValueError as error:
            raise ValueError(f"{key} {error}") from None
    if not 1 <= check.get("port", 0) <= readers.HIGHEST_PORT:
        raise ValueError(f"needs a port from 1 to {readers.HIGHEST_PORT}")
    if check["strategy"] not in HEALTH_STRATEGIES:
        raise ValueError(f"needs one of {', '.join(HEALTH_STRATEGIES)} as its strategy")
    return {name: given for name, given in check.items() if given != 0}
