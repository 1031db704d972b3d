"""What an upgrade POST does before it answers: checks, new configs, `upgrade` block (5.1, 5.2)."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from . import java_maps, launch_configs, load_balancers, ports
from .launch_configs import NO_IMAGE, Config
from .model import PRIMARY, Service
from .refusals import Refused
from .world import World

IN_SERVICE = "inServiceStrategy"
TO_SERVICE = "toServiceStrategy"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service's configs from now on, and the block its process will write a moment later."""

    launch_config: Config | None
    sidekicks: list[Config]
    block: dict[str, Any]


def accept(world: World, service: Service, body: dict[str, Any]) -> Accepted:
    """Check an upgrade body and work out the configs (5.2, steps 2 to 6).

    Only what Rancher itself checks is refused: destructive bodies pass (5.1). Raises Refused.
    """
    strategy, to_service = body.get(IN_SERVICE), body.get(TO_SERVICE)
    if strategy is None and to_service is None:
        raise Refused(422, "MissingRequired", "Upgrade strategy needs to be set")
    if strategy is None:
        block = {IN_SERVICE: None, TO_SERVICE: _to_service(to_service)}
        return Accepted(service.launch_config, service.sidekicks, block)
    primary, sidekicks = _sent(service, strategy)
    _check(service, strategy, primary, sidekicks)
    version = world.new_uuid()
    old = launch_configs.named(service.launch_config, service.sidekicks)
    changed = _with_dependents(service.name, old, primary, sidekicks)
    for name, config in changed:
        config["version"] = version
        if config.get("ports"):
            config["ports"] = ports.kept(config["ports"], former=(old.get(name) or {}).get("ports"))
    new_primary = next((config for name, config in changed if name == PRIMARY), service.launch_config)
    changed_sidekicks = [config for name, config in changed if name != PRIMARY]
    named = {config.get("name") for config in changed_sidekicks}
    untouched = [config for config in service.sidekicks if config.get("name") not in named]
    untouched.sort(key=lambda config: java_maps.place(str(config.get("name"))))
    new_sidekicks = [c for c in changed_sidekicks if c.get("imageUuid") != NO_IMAGE] + untouched
    block_strategy = {
        "batchSize": strategy.get("batchSize", 1),
        "intervalMillis": strategy.get("intervalMillis", 2000),
        "startFirst": bool(strategy.get("startFirst")),
        "launchConfig": new_primary,
        "secondaryLaunchConfigs": new_sidekicks,
        "previousLaunchConfig": service.launch_config,
        "previousSecondaryLaunchConfigs": service.sidekicks,
        "fullUpgrade": True,
    }
    block = {IN_SERVICE: copy.deepcopy(block_strategy), TO_SERVICE: _to_service(to_service)}
    return Accepted(copy.deepcopy(new_primary), copy.deepcopy(new_sidekicks), block)


def _to_service(strategy: dict[str, Any] | None) -> dict[str, Any] | None:
    """The other strategy with all its fields, as the block has them."""
    if strategy is None:
        return None
    defaults = {"batchSize": 1, "finalScale": 1, "intervalMillis": 2000, "updateLinks": False}
    return {"toServiceId": None, **defaults, **copy.deepcopy(strategy)}


def previous(service: Service) -> tuple[Config | None, list[Config]] | None:
    """The configs a rollback returns to, from whatever `upgrade` block there is (5.5); None = none."""
    strategy = (service.upgrade or {}).get(IN_SERVICE)
    if not isinstance(strategy, dict):
        return None
    return (
        copy.deepcopy(strategy["previousLaunchConfig"]),
        copy.deepcopy(strategy["previousSecondaryLaunchConfigs"]),
    )


def _sent(service: Service, strategy: dict[str, Any]) -> tuple[Config | None, list[Config]]:
    """The configs of the body; a load balancer's gets what the server adds to it (10.6)."""
    primary, sidekicks = copy.deepcopy(
        (strategy.get("launchConfig"), strategy.get("secondaryLaunchConfigs") or [])
    )
    if primary is not None and service.kind == load_balancers.KIND:
        primary = load_balancers.completed(primary)
    return primary, sidekicks


def _check(
    service: Service, strategy: dict[str, Any], primary: Config | None, sidekicks: list[Config]
) -> None:
    """The rules of Rancher's filter, in its words (5.2 step 2)."""
    if primary is None and not sidekicks:
        text = "LaunchConfig/secondaryLaunchConfigs need to be specified for inService strategy"
        raise Refused(422, "InvalidOption", text)
    if strategy.get("startFirst") and service.fields.get("retainIp"):
        text = "StartFirst option can't be used for service with retainIp field set"
        raise Refused(422, "InvalidOption", text)
    if service.kind == load_balancers.KIND and primary is None:
        raise Refused(422, "InvalidOption", "LaunchConfig is required for load balancer service")
    for config in sidekicks:
        if not config.get("name"):
            raise Refused(422, "MissingRequired", "name")
        if str(config["name"]).lower() == service.name.lower():
            raise Refused(500, "Internal Server Error", message="Internal Server Error")
    for sent in [*([primary] if primary is not None else []), *sidekicks]:
        launch_configs.check_image(sent)
    if primary is not None:
        launch_configs.check_scale_switch(primary, service.launch_config)


def _with_dependents(
    service_name: str, old: dict[str, Config], primary: Config | None, sidekicks: list[Config]
) -> list[tuple[str, Config]]:
    """The configs with the new version: those sent, and all that take network or volumes of one (step 3).

    They name the primary by the service's name, in any case (ServiceUpgradeValidationFilter.java,
    finalizeLCNamesToUpdate). Those that were not sent follow in the order of a HashMap.
    """
    sent: list[tuple[str, Config]] = [] if primary is None else [(PRIMARY, primary)]
    sent += [(str(config["name"]), config) for config in sidekicks]
    taken_along: list[tuple[str, Config]] = []
    names = {name for name, _ in sent}
    called = {PRIMARY: service_name.lower()}
    grew = True
    while grew:
        grew = False
        for name, config in old.items():
            wants = {wanted.lower() for wanted in launch_configs.depends_on(config)}
            if name not in names and wants & {called.get(other, other.lower()) for other in names}:
                taken_along.append((name, copy.deepcopy(config)))
                names.add(name)
                grew = True
    return [*sent, *sorted(taken_along, key=lambda one: java_maps.place(one[0]))]
