"""What containers and hosts use: made-up figures that grow with time, the same for the same seed (6.4).

The form is that of rancher/agent v1.6, service/hostapi/stats. Nothing in the engine depends on a figure.
"""

from __future__ import annotations

import zlib
from typing import Any

from .model import RUNS, Container, Host

CORES = 4
NANOS = 1_000_000_000
MEMORY_BYTES = int(7983.1 * 1024 * 1024)
"""What a host has; the host's `info` says the same in MB."""


def of_container(container: Container, now: float) -> dict[str, Any] | None:
    """The entry of a container, None for one that does not run. Counters begin anew with each start."""
    started = container.started if container.state in RUNS else None
    if started is None:
        return None
    share = _share(container.uuid)
    seconds = max(0.0, now - started)
    used = int(seconds * (0.02 + 0.5 * share) * NANOS)
    received, sent = int(seconds * 40_000 * share), int(seconds * 90_000 * share)
    return {
        "resourceType": "container",
        "memLimit": MEMORY_BYTES,
        "cpu": {"usage": _cpu(used)},
        "diskio": {
            "io_service_bytes": [
                {"major": 0, "minor": 0, "stats": {"Read": int(1_000_000 * share)}},
                {"major": 0, "minor": 0, "stats": {"Write": int(seconds * 2_000 * share)}},
            ]
        },
        "network": _interface("", 0, 0) | {"interfaces": [_interface("eth0", received, sent)]},
        "memory": {"usage": int((64 + 400 * share) * 1024 * 1024)},
    }


def of_host(host: Host, now: float) -> dict[str, Any]:
    """The entry of a host. Its `total` is the whole time of the first core, idle included (get_stats.go)."""
    share = _share(host.uuid)
    seconds = max(0.0, now - host.created)
    usage = _cpu(int(seconds * CORES * (0.05 + 0.4 * share) * NANOS)) | {"total": int(seconds * NANOS)}
    return {
        "resourceType": "host",
        "memLimit": MEMORY_BYTES,
        "cpu": {"usage": usage},
        "diskio": {
            "io_service_bytes": [
                {
                    "major": 0,
                    "minor": 0,
                    "stats": {"Read": int(seconds * 9_000 * share), "Write": int(seconds * 30_000 * share)},
                }
            ]
        },
        "network": _interface("all", int(seconds * 200_000 * share), int(seconds * 500_000 * share)),
        "memory": {"usage": int(MEMORY_BYTES * (0.3 + 0.4 * share))},
    }


def _share(uuid: str) -> float:
    """A number from 0 to 1 that belongs to this row."""
    return zlib.crc32(uuid.encode()) % 1000 / 1000


def _cpu(used: int) -> dict[str, Any]:
    per_core = [used // CORES] * CORES
    return {
        "total": used,
        "per_cpu_usage": per_core,
        "user": used * 3 // 4,
        "system": used // 4,
    }


def _interface(name: str, received: int, sent: int) -> dict[str, Any]:
    return {
        "name": name,
        "rx_bytes": received,
        "rx_packets": received // 700,
        "rx_errors": 0,
        "rx_dropped": 0,
        "tx_bytes": sent,
        "tx_packets": sent // 700,
        "tx_errors": 0,
        "tx_dropped": 0,
    }
