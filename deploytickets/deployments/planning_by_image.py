"""Strategy `service`: configs whose image is the application's get another tag, nothing else. Pure."""

from collections.abc import Mapping

from deploytickets.catalog.models import Placement
from deploytickets.deployments.launch_configs import all_normal, image_of, with_version
from deploytickets.deployments.planned import (
    ORDINARY,
    CannotPlan,
    Planned,
    depends_on,
    has_health_check,
    services_in,
    stack_of,
    the_one,
    units_wanted,
)
from deploytickets.drivers.base import Config, ServiceSeen, Survey
from deploytickets.tickets.plans import PlannedAction, PlannedService


def planned(placement: Placement, version: str, survey: Survey) -> Planned:
    """The placement's services with the version as their tag; sidekicks of the same image included.

    A config that has the tag already is left alone, unless all of them have it: then the wish can
    only be to make their containers anew.

    Raises CannotPlan.
    """
    stack = stack_of(placement, survey)
    environment = placement.environment.name
    if stack is None:
        raise CannotPlan("stack-missing", stack=placement.stack_name, environment=environment)
    in_stack = services_in(stack, survey)
    repository = placement.application.image_repository
    chosen: list[tuple[ServiceSeen, Mapping[str, Config]]] = []
    for name in placement.service_names or _names_with(repository, in_stack):
        service = the_one(name, stack, in_stack)
        if service is None:
            raise CannotPlan("service-missing", stack=stack.name, environment=environment, service=name)
        of_application = _of(repository, service)
        if not of_application:
            raise CannotPlan("image-not-found-in-service", service=name, repository=repository)
        chosen.append((service, of_application))
    if not chosen:
        raise CannotPlan("image-not-found-in-service", service=stack.name, repository=repository)
    is_again = all(
        image_of(config).version == version for _, configs in chosen for config in configs.values()
    )
    names = {service.rancher_id: service.name for service, _ in chosen if service.rancher_id}
    services = [
        _planned(placement, version, survey, service, configs, is_again=is_again, names=names)
        for service, configs in chosen
    ]
    return Planned(stack.rancher_id or None, tuple(services))


def _planned(
    placement: Placement,
    version: str,
    survey: Survey,
    service: ServiceSeen,
    of_application: Mapping[str, Config],
    *,
    is_again: bool,
    names: Mapping[str, str],
) -> PlannedService:
    wanted = {
        name: with_version(config, version)
        for name, config in sorted(of_application.items())
        if is_again or image_of(config).version != version
    }
    return PlannedService(
        name=service.name,
        action=PlannedAction.UPGRADED if wanted else PlannedAction.UNCHANGED,
        rancher_id=service.rancher_id or None,
        wanted=wanted,
        starts_from=all_normal(service.configs),
        batch_size=placement.batch_size,
        interval_millis=placement.interval_millis,
        start_first=placement.start_first,
        scale=units_wanted(service.scale, service.configs, survey, is_global=service.is_global),
        is_global=service.is_global,
        has_health_check=has_health_check(wanted or service.configs),
        depends_on=depends_on(service.links, names),
    )


def _of(repository: str, service: ServiceSeen) -> dict[str, Config]:
    return {name: config for name, config in service.configs.items() if image_of(config).is_of(repository)}


def _names_with(repository: str, services: list[ServiceSeen]) -> list[str]:
    """Where the placement names no services: those that run the application's image, by name."""
    found = [service for service in services if service.kind == ORDINARY and _of(repository, service)]
    return sorted({service.name for service in found})
