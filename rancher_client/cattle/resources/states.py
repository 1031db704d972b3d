"""What everything of Rancher's has: a state, whether it is moving, and the actions it offers (1.5, 4.3)."""

from __future__ import annotations

from enum import StrEnum

from rancher_client.cattle.fields import Fields
from rancher_client.errors import Unusable


class Transitioning(StrEnum):
    """Whether something is under way; `error` means the newest try failed, not that it is over (trap 7)."""

    YES = "yes"
    NO = "no"
    ERROR = "error"


class ServiceState(StrEnum):
    """The states of a service (4.3). There is no `error` among them."""

    REQUESTED = "requested"
    REGISTERING = "registering"
    INACTIVE = "inactive"
    ACTIVATING = "activating"
    ACTIVE = "active"
    UPDATING_ACTIVE = "updating-active"
    UPDATING_INACTIVE = "updating-inactive"
    DEACTIVATING = "deactivating"
    RESTARTING = "restarting"
    UPGRADING = "upgrading"
    UPGRADED = "upgraded"
    CANCELING_UPGRADE = "canceling-upgrade"
    CANCELED_UPGRADE = "canceled-upgrade"
    ROLLING_BACK = "rolling-back"
    FINISHING_UPGRADE = "finishing-upgrade"
    REMOVING = "removing"
    REMOVED = "removed"
    PURGING = "purging"
    PURGED = "purged"


def actions_of(fields: Fields) -> frozenset[str]:
    """The actions that may start now, for this key: the keys of `actions`."""
    return frozenset(fields.mapping("actions"))


def transitioning_of(fields: Fields) -> Transitioning:
    """The field `transitioning`; raises Unusable for any other value."""
    value = fields.text_or_none("transitioning") or "no"
    try:
        return Transitioning(value)
    except ValueError:
        raise Unusable("Rancher's field 'transitioning' is none of yes, no, error.") from None
