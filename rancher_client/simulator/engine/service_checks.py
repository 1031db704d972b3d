"""What is refused of a new or a changed service (rancher-1.6-api.md chapter 2, 4.1).

Source: cattle:…sd/api/.../filter/ServiceValidationFilter.java, SelectorServiceCreateValidationFilter.java.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import launch_configs, load_balancers, ports, selectors
from .launch_configs import NO_IMAGE, Config
from .model import Service, Stack
from .refusals import Refused, server_fault
from .world import World

NAME = re.compile(r"^[a-zA-Z0-9](?!.*--)[a-zA-Z0-9-]*$")


def stack_of(world: World, project: int, fields: Mapping[str, Any]) -> Stack:
    """The stack a new service goes into. Raises Refused."""
    stack = world.stacks.get(fields.get("stackId", 0))
    if stack is None or stack.project != project or stack.state in ("error", "removing", "removed"):
        raise Refused(422, "InvalidState", "stackId", "stack is not in a valid state")
    return stack


def check(world: World, stack: int, fields: Mapping[str, Any]) -> None:
    """A new service. Raises Refused."""
    name, sidekicks = str(fields.get("name") or ""), fields.get("secondaryLaunchConfigs") or []
    config = fields.get("launchConfig")
    configs = {name: config} if config is not None else {}
    configs |= {str(sidekick["name"]): sidekick for sidekick in sidekicks}
    selectors.check(fields)
    _check_names(world, stack, [name, *(str(sidekick["name"]) for sidekick in sidekicks)])
    if fields["kind"] == "service" and config is not None and not fields.get("selectorContainer"):
        _check_has_image(config)
    _check_references(configs)
    if fields.get("externalIpAddresses") and fields.get("hostname"):
        raise Refused(422, "InvalidOption", "externalIpAddresses and hostname are mutually exclusive")
    for each in configs.values():
        launch_configs.check_image(each)
        ports.parse_all(each.get("ports"))
    _check_scale_policy(fields)
    if fields["kind"] == load_balancers.KIND:
        load_balancers.check_rules(fields.get("lbConfig"))


def check_change(world: World, service: Service, fields: Mapping[str, Any]) -> None:
    """A PUT. Raises Refused."""
    name = service.name if fields.get("name") is None else str(fields["name"])
    if not name:
        raise server_fault()
    _check_names(world, service.stack, [name], but=service.id)
    selectors.check(fields)
    if service.kind == load_balancers.KIND:
        load_balancers.check_rules(fields.get("lbConfig"))
    config = fields.get("launchConfig") if service.kind == load_balancers.KIND else None
    if config is not None:
        launch_configs.check_scale_switch(config, service.launch_config)
        ports.parse_all(config.get("ports"))
    _check_scale_policy(fields)


def _check_names(world: World, stack: int, names: list[str], *, but: int | None = None) -> None:
    """Names are unique among services and sidekicks of the stack, whatever their case (chapter 2).

    A service keeps its names until it is removed, and its own sidekicks' do not count when it is renamed.
    One whose name was set to null makes the server fail at every other service of its stack [run]
    (ServiceValidationFilter.validateLaunchConfigNames).
    """
    if not names[0]:
        raise Refused(422, "MissingRequired", "name")
    taken: set[str] = set()
    for other in world.services.values():
        if other.stack == stack and other.id != but and other.removed is None:
            if not other.name:
                raise server_fault()
            taken.add(other.name.lower())
            taken.update(str(config.get("name")).lower() for config in other.sidekicks)
    for each in names:
        if not NAME.match(each) or each.endswith("-"):
            raise Refused(422, "InvalidCharacters", "name")
        if each.lower() in taken:
            raise Refused(422, "NotUnique", "name")
        taken.add(each.lower())


def _check_has_image(config: Config) -> None:
    if config.get("imageUuid") in (None, NO_IMAGE):
        raise Refused(422, "InvalidOption", "Image is required when selectorContainer is not passed in")


def _check_references(configs: Mapping[str, Config]) -> None:
    """Network and volumes come from configs that there are, and in no circle.

    What has been walked through once counts as a circle when it is met again on another way
    (validateLaunchConfigCircularRef), unless it takes nothing from anybody.
    """
    for name in configs:
        _follow(name, configs, set())


def _follow(name: str, configs: Mapping[str, Config], seen: set[str]) -> None:
    seen.add(name)
    for wanted in sorted(launch_configs.depends_on(configs[name])):
        if wanted not in configs:
            raise Refused(422, "InvalidReference", _unknown_sidekick(name, configs[name], wanted))
        if wanted in seen:
            raise Refused(422, "InvalidReference", "CircularReference")
        if launch_configs.depends_on(configs[wanted]):
            _follow(wanted, configs, seen)


def _unknown_sidekick(name: str, config: Config, unknown: str) -> str:
    """The text in `fieldName` when a config takes network or volumes from nobody (chapter 2)."""
    tie = "network_from" if config.get("networkLaunchConfig") == unknown else "volumes_from"
    return (
        f"{tie} of service {name} is referencing a service {unknown} "
        "that either does not exist or is not properly labeled as a sidekick"
    )


def _check_scale_policy(fields: Mapping[str, Any]) -> None:
    policy = fields.get("scalePolicy")
    if policy is None:
        return
    least = policy.get("min", 1)
    most = policy.get("max", least)
    if least is None or most is None:
        # The server takes them for numbers (cattle: ServiceCreateValidationFilter.java:254) [run].
        raise server_fault()
    if least > most:
        raise Refused(422, "MaxLimitExceeded", "Min scale can't exceed scale")
