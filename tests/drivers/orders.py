"""Orders for the driver's changing verbs, and until when they may be sent."""

import time
from typing import Any

from deploytickets.drivers.base import ServiceSeen, UpgradeOrder
from deploytickets.tickets.plans import PRIMARY

TOKEN = "DEPLOY-111/1/0123456789ab"
NEW = "docker:registry.abc.net/shop:1.0.1"


def soon() -> float:
    """Enough time for one call."""
    return time.time() + 20


def over() -> float:
    """Too late for any call."""
    return time.time() - 1


def upgrade_of(seen: ServiceSeen, *, mark: str = TOKEN, **fields: Any) -> UpgradeOrder:
    """The service's own config with the new image, everything else as it was read."""
    defaults: dict[str, Any] = {
        "rancher_id": seen.rancher_id,
        "name": seen.name,
        "sidekicks": tuple(name for name in seen.configs if name != PRIMARY),
        "configs": {PRIMARY: {**seen.configs[PRIMARY], "imageUuid": NEW}},
        "mark": mark,
        "batch_size": 1,
        "interval_millis": 100,
        "start_first": False,
    }
    return UpgradeOrder(**(defaults | fields))
