"""Strategy `stack`: compose files, filled with VERSION and answers, say what is wanted. Pure.

Like `rancher-compose up --upgrade` it creates what is missing, upgrades what differs and leaves alone
what the files do not mention; an upgrade never changes the scale (rancher-1.6-api.md 3.4, 10.1).
"""

from collections.abc import Mapping
from typing import Any

from deploytickets.catalog.models import Placement
from deploytickets.deployments import planning_other_kinds
from deploytickets.deployments.health import WITHOUT_CONTAINERS
from deploytickets.deployments.launch_configs import all_normal, differences, is_global
from deploytickets.deployments.planned import (
    CannotPlan,
    Planned,
    has_health_check,
    services_in,
    stack_of,
    the_one,
    units_wanted,
)
from deploytickets.drivers.base import Config, ServiceSeen, StackSeen, Survey
from deploytickets.tickets.findings import finding
from deploytickets.tickets.plans import PRIMARY, PlannedAction, PlannedService
from rancher_client.compose import (
    ComposedService,
    ComposeError,
    Composition,
    Kind,
    VariableUnset,
    compose,
)
from rancher_client.compose.find import DOCKER_COMPOSE, RANCHER_COMPOSE

VERSION = "VERSION"


def planned(placement: Placement, version: str, survey: Survey) -> Planned:
    """The services of the files, each created, upgraded or unchanged.

    Raises CannotPlan.
    """
    composition = _composition(placement, version)
    stack = stack_of(placement, survey)
    there = _there(composition, stack, survey)
    balancers = planning_other_kinds.missing_balancers(composition, there)
    services: list[PlannedService] = []
    findings: list[dict[str, Any]] = []
    for composed in composition.services:
        seen = there.get(composed.name)
        if composed.name in balancers:
            findings.append(planning_other_kinds.not_made(composed))
        elif seen is None:
            planning_other_kinds.check_links(composed, balancers)
            services.append(_created(placement, composed, survey))
        elif composed.kind is not Kind.SERVICE:
            findings.append(planning_other_kinds.kept(composed, seen))
        else:
            services.append(_upgraded(placement, composed, seen, survey))
            findings.extend(_kept_as_it_is(composed, seen))
    if any(service.action is PlannedAction.CREATED for service in services):
        findings.extend(_volumes_not_made(composition))
    return Planned((stack.rancher_id or None) if stack is not None else None, tuple(services), findings)


def _there(composition: Composition, stack: StackSeen | None, survey: Survey) -> dict[str, ServiceSeen]:
    """The services of the files that are in Rancher already, by name."""
    if stack is None:
        return {}
    in_stack = services_in(stack, survey)
    found = {
        composed.name: the_one(composed.name, stack, in_stack, kind=composed.kind.value)
        for composed in composition.services
    }
    return {name: seen for name, seen in found.items() if seen is not None}


def _composition(placement: Placement, version: str) -> Composition:
    application = placement.application
    for file, text in (
        (DOCKER_COMPOSE, application.docker_compose),
        (RANCHER_COMPOSE, application.rancher_compose),
    ):
        if not text.strip():
            raise CannotPlan("compose-missing", application=application.name, file=file)
    answers = {str(name): str(value) for name, value in placement.answers.items()}
    try:
        composition = compose(
            application.docker_compose, application.rancher_compose, {**answers, VERSION: version}
        )
    except VariableUnset as error:
        raise CannotPlan(
            "variable-unset",
            variable=error.variable,
            file=error.file or DOCKER_COMPOSE,
            line=error.line or 1,
            environment=placement.environment.name,
        ) from None
    except ComposeError as error:
        raise CannotPlan(
            "compose-invalid", file=error.file or DOCKER_COMPOSE, line=error.line or 1, problem=error.text
        ) from None
    if not composition.services:
        raise CannotPlan("compose-missing", application=application.name, file=DOCKER_COMPOSE)
    return composition


def _configs(composed: ComposedService) -> dict[str, Config]:
    sidekicks = {
        str(config["name"]): {name: value for name, value in config.items() if name != "name"}
        for config in composed.secondary_launch_configs
    }
    return {PRIMARY: dict(composed.launch_config), **sidekicks}


def _depends_on(composed: ComposedService) -> tuple[str, ...]:
    return tuple(sorted({*composed.links.values(), *composed.depends_on}))


def _created(placement: Placement, composed: ComposedService, survey: Survey) -> PlannedService:
    wanted = _configs(composed)
    settings = composed.create_fields()
    for name in ("name", "launchConfig", "secondaryLaunchConfigs"):
        settings.pop(name, None)
    links = {**composed.links, **composed.external_links}
    return PlannedService(
        name=composed.name,
        action=PlannedAction.CREATED,
        rancher_id=None,
        wanted=wanted,
        starts_from={},
        batch_size=placement.batch_size,
        interval_millis=placement.interval_millis,
        start_first=_start_first(placement, composed),
        scale=0
        if composed.kind in WITHOUT_CONTAINERS
        else units_wanted(composed.scale or 1, wanted, survey, is_global=is_global(wanted)),
        is_global=is_global(wanted),
        has_health_check=has_health_check(wanted),
        settings={**settings, "links": links} if links else settings,
        depends_on=_depends_on(composed),
    )


def _upgraded(
    placement: Placement, composed: ComposedService, seen: ServiceSeen, survey: Survey
) -> PlannedService:
    of_files = _configs(composed)
    if is_global(of_files) != seen.is_global:
        raise CannotPlan("global-switch", service=seen.name)
    removed = tuple(sorted(seen.configs.keys() - of_files.keys()))
    wanted = {
        name: config
        for name, config in sorted(of_files.items())
        if name not in seen.configs or differences(seen.configs[name], config)
    }
    if removed:  # an upgrade that only removes sidekicks would carry no mark (13.5 step 2)
        wanted = {PRIMARY: of_files[PRIMARY], **wanted}
    return PlannedService(
        name=seen.name,
        action=PlannedAction.UPGRADED if wanted else PlannedAction.UNCHANGED,
        rancher_id=seen.rancher_id or None,
        wanted=wanted,
        starts_from=all_normal(seen.configs),
        batch_size=placement.batch_size,
        interval_millis=placement.interval_millis,
        start_first=_start_first(placement, composed),
        scale=units_wanted(seen.scale, seen.configs, survey, is_global=seen.is_global),
        is_global=seen.is_global,
        has_health_check=has_health_check(wanted or seen.configs),
        depends_on=_depends_on(composed),
        removed_sidekicks=removed,
    )


def _start_first(placement: Placement, composed: ComposedService) -> bool:
    return placement.start_first or composed.start_first


def _kept_as_it_is(composed: ComposedService, seen: ServiceSeen) -> list[dict[str, Any]]:
    """What the files say differently and an upgrade of containers leaves as it is."""
    found: list[dict[str, Any]] = []
    if composed.scale is not None and composed.scale != seen.scale and not seen.is_global:
        found.append(
            finding(
                "scale-kept", about=seen.name, service=seen.name, scale=seen.scale, in_file=composed.scale
            )
        )
    differing = [
        name
        for name, in_files, in_rancher in (
            ("metadata", dict(composed.metadata), _own_metadata(seen)),
            ("retain_ip", composed.retain_ip, seen.retain_ip),
            ("links", sorted(composed.links), sorted(seen.links.keys() - composed.external_links.keys())),
        )
        if in_files != in_rancher
    ]
    if differing:
        found.append(
            finding("settings-kept", about=seen.name, service=seen.name, settings=", ".join(differing))
        )
    return found


def _own_metadata(seen: ServiceSeen) -> Mapping[str, Any]:
    """Without the hash that rancher-compose keeps there (10.2)."""
    metadata = seen.metadata or {}
    return {name: value for name, value in metadata.items() if not name.startswith("io.rancher.")}


def _volumes_not_made(composition: Composition) -> list[dict[str, Any]]:
    """Named volumes that need a template of the stack: Rancher would make plain local ones instead."""
    return [
        finding("volume-not-made", about=volume.name, volume=volume.name)
        for volume in composition.volume_templates
        if volume.driver or volume.is_per_container
    ]
