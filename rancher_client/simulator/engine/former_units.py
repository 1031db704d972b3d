"""What a rollback takes back: old containers that the upgrade has marked, same id, same uuid (5.5).

Those of the unit that is rolled back, where a unit keeps its uuid; else those of any unit.
Source: cattle:…/upgrade/impl/UpgradeManagerImpl.java, markForRollback.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from . import containers, launch_configs
from .model import Container, Service
from .world import World


def take_back(
    world: World,
    service: Service,
    batch: Collection[str],
    *,
    strategy: Mapping[str, Any],
    targets: Mapping[str, str],
) -> None:
    """Take the old containers for the units of the batch into care again.

    `strategy` = the in-service block of the upgrade; `targets` = the version of each config that the
    rollback leads to.
    """
    former = _former(world, service, targets)
    units = sorted({str(container.unit) for container in former})
    if launch_configs.keeps_units(service) or not is_full(strategy):
        chosen = {unit for unit in units if unit in batch}
    else:
        chosen = set(units[: len(batch)])
    for container in former:
        if container.unit in chosen:
            container.managed, container.marked = True, False


def is_full(strategy: Mapping[str, Any]) -> bool:
    """Whether the upgrade is of every config, as far as the server looks: it counts the sidekicks.

    Untouched ones are in the block too (5.1), so only one added or dropped makes a difference
    (cattle:…/addon/InServiceUpgradeStrategy.java, isFullUpgrade).
    """
    return len(strategy["secondaryLaunchConfigs"] or ()) == len(
        strategy["previousSecondaryLaunchConfigs"] or ()
    )


def _former(world: World, service: Service, targets: Mapping[str, str]) -> list[Container]:
    """The marked containers of the versions the rollback leads to, in whatever state but on their way out.

    Cattle: ServiceExposeMapDaoImpl.getUpgradedInstances.
    """
    return [
        container
        for container in world.containers_of(service)
        if container.marked
        and container.version == targets.get(container.config_name)
        and not containers.is_going(container)
    ]
