"""A survey as JSON and back, for keeping it. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from deploytickets.drivers.base import (
    ContainerSeen,
    HostSeen,
    ServiceSeen,
    StackSeen,
    Survey,
    UpgradeBlock,
)
from deploytickets.inventory.ports import holders


def as_json(survey: Survey) -> dict[str, Any]:
    """The survey as plain values; times as ISO texts."""
    value: dict[str, Any] = json.loads(json.dumps(asdict(survey), default=_time_as_text))
    return value


def from_json(value: Mapping[str, Any]) -> Survey:
    """The inverse of `as_json`."""
    return Survey(
        sent_at=datetime.fromisoformat(value["sent_at"]),
        stacks=tuple(StackSeen(**stack) for stack in value["stacks"]),
        services=tuple(_service(service) for service in value["services"]),
        hosts=tuple(HostSeen(**host) for host in value["hosts"]),
        standalone=tuple(_container(container) for container in value["standalone"]),
    )


def fingerprint(survey: Survey) -> str:
    """64 hex digits that change when something moves that plans or their findings depend on.

    That is: stacks, services with configs, state and kept addresses, hosts and the ports held on
    them. Health and the coming and going of containers alone change nothing.
    """
    relevant = {
        "stacks": sorted((stack.rancher_id, stack.name, stack.state) for stack in survey.stacks),
        "services": {
            service.rancher_id: {
                "name": service.name,
                "stack": service.stack_rancher_id,
                "state": service.state,
                "scale": service.scale,
                "configs": service.configs,
                "links": service.links,
                "metadata": service.metadata,
                "retain_ip": service.retain_ip,
                "on": sorted({container.host_rancher_id or "" for container in service.containers or ()}),
            }
            for service in survey.services
        },
        "hosts": {
            host.rancher_id: [host.name, host.state, host.is_usable, dict(host.labels)]
            for host in survey.hosts
        },
        "ports": sorted({(str(one.port), one.host_rancher_id, one.name) for one in holders(survey)}),
    }
    text = json.dumps(relevant, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _service(value: Mapping[str, Any]) -> ServiceSeen:
    upgrade, containers = value["upgrade"], value["containers"]
    return ServiceSeen(
        **{
            **value,
            "upgrade": None if upgrade is None else UpgradeBlock(**upgrade),
            "containers": None if containers is None else tuple(map(_container, containers)),
        }
    )


def _container(value: Mapping[str, Any]) -> ContainerSeen:
    created = value["created_at"]
    return ContainerSeen(
        **{
            **value,
            "ports": tuple(value["ports"]),
            "created_at": None if created is None else datetime.fromisoformat(created),
        }
    )


def _time_as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no part of a survey.")
