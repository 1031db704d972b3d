"""Asking a service to update itself to what it says of itself now (rancher-1.6-api.md 4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import looks, runs
from .model import Service
from .state_machines import SERVICE
from .world import World

OLD = "old"
"""In the body of an update: the former values of what a PUT has changed."""


def ask_for(
    world: World, service: Service, *, former_scale: int | None = None, old: Mapping[str, Any] | None = None
) -> None:
    """Schedule `update` where it may start; a run under way takes the change in by itself."""
    if service.state not in SERVICE.processes["update"].start:
        return  # upgraded, canceled-upgrade: stored only
    if service.state in ("active", "inactive"):
        runs.request(world, service, "update", {OLD: dict(old)} if old else None)
    elif service.state in ("updating-active", "activating"):
        runs.disturb(service)
        runs.retry_now(world, service)
        looks.plan(world, service, world.now)
    elif service.run is not None and service.run.phase in ("batch_stop", "batch_start", "starting"):
        runs.disturb(service, former_scale=former_scale)
