"""A service whose scale is left to the server: from `min` on, by `increment`, to `max` while it fits (7.4).

The scale that the server wants is none of the API's fields: `scale` stays as it was sent and means nothing
(cattle:…/deployment/impl/DeploymentManagerImpl.java, deployWithScaleAdjustement).
"""

from __future__ import annotations

from dataclasses import dataclass

from .model import Service


@dataclass(frozen=True, slots=True)
class Policy:
    """A `scalePolicy`, with the defaults of its schema."""

    least: int
    most: int
    increment: int


def of(service: Service) -> Policy | None:
    """The service's policy; None = its scale is what was sent."""
    given = service.fields.get("scalePolicy")
    if not isinstance(given, dict):
        return None
    least, most, increment = (int(given.get(name) or 1) for name in ("min", "max", "increment"))
    return Policy(least, most, increment)


def begin(service: Service) -> None:
    """A deployment begins: the first one with the minimum, one above a lowered maximum with that.

    A raised minimum is not seen here: the service grows to it as to any other scale.
    """
    policy = of(service)
    if policy is None:
        return
    if service.desired_scale is None:
        service.desired_scale = service.locked_scale = policy.least
    elif service.desired_scale > policy.most:
        service.desired_scale = service.locked_scale = policy.most


def may_grow(service: Service) -> bool:
    """Whether the service would have more than it has."""
    policy = of(service)
    return policy is not None and (service.desired_scale or 0) < policy.most


def grow(service: Service) -> bool:
    """All that was wanted stands: never less than that from now on. True when more is wanted."""
    policy = of(service)
    if policy is None or service.desired_scale is None:
        return False
    service.locked_scale = service.desired_scale
    if service.desired_scale >= policy.most:
        return False
    service.desired_scale = min(service.desired_scale + policy.increment, policy.most)
    return True


def shrink(service: Service, *, again: bool) -> bool:
    """There is no place for what was wanted: want less, but no less than what stood or the minimum.

    `again` = it is what was wanted after shrinking that has no place. False = it cannot be less.
    """
    policy = of(service)
    if policy is None or service.desired_scale is None:
        return False
    floor = _floor(service, policy)
    if again and service.desired_scale == floor:
        return False
    service.desired_scale = max(floor, service.desired_scale - policy.increment)
    return True


def gives_up(service: Service) -> bool:
    """Whether it wants less than the least it may have: then its failure is not told at all."""
    policy = of(service)
    return policy is not None and (service.desired_scale or 0) < _floor(service, policy)


def _floor(service: Service, policy: Policy) -> int:
    return max(policy.least, service.locked_scale or 0)
