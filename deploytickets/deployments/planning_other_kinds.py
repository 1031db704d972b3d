"""Services of compose files that are no plain ones: load balancers, external services, DNS aliases. Pure.

External services and aliases only lead elsewhere: one that is missing is made like any other service, and
one that is there is never upgraded, as rancher-compose does it (rancher-1.6-api.md 10.1). A load balancer
needs its targets' ids and is used by more than one application: a ticket makes and changes none.
"""

from collections.abc import Mapping
from typing import Any

from deploytickets.deployments.planned import CannotPlan
from deploytickets.drivers.base import ServiceSeen
from deploytickets.drivers.marks import mark_label
from deploytickets.tickets.findings import finding
from deploytickets.tickets.plans import PRIMARY
from rancher_client.compose import Change, ComposedService, Composition, Kind, changes


def kept(composed: ComposedService, seen: ServiceSeen) -> dict[str, Any]:
    """The finding about a service that is there and stays as it is, with what the files want otherwise."""
    differing = sorted(
        {change.name for change in _differences(composed, seen)} | _other_settings(composed, seen)
    )
    about = {"service": composed.name, "kind": composed.kind.value}
    if not differing:
        return finding("other-kind-kept", about=composed.name, **about)
    return finding("other-kind-differs", about=composed.name, **about, settings=", ".join(differing))


def not_made(composed: ComposedService) -> dict[str, Any]:
    """The finding about a load balancer that is missing."""
    return finding("balancer-not-made", about=composed.name, service=composed.name)


def check_links(created: ComposedService, missing_balancers: set[str]) -> None:
    """A service whose links could never be set must not be made.

    Raises CannotPlan when it links to a load balancer that is missing.
    """
    for balancer in sorted(missing_balancers.intersection(created.links.values())):
        raise CannotPlan("balancer-needed", service=created.name, balancer=balancer)


def missing_balancers(composition: Composition, names: Mapping[str, ServiceSeen]) -> set[str]:
    """The load balancers of the files that are not in Rancher; `names` are the services that are."""
    return {
        composed.name
        for composed in composition.services
        if composed.kind is Kind.LOAD_BALANCER and composed.name not in names
    }


def _differences(composed: ComposedService, seen: ServiceSeen) -> tuple[Change, ...]:
    return changes(
        seen.configs.get(PRIMARY, {}),
        composed.launch_config,
        ignored_labels=(mark_label(),),
        is_balancer=composed.kind is Kind.LOAD_BALANCER,
    )


def _other_settings(composed: ComposedService, seen: ServiceSeen) -> set[str]:
    if composed.kind is not Kind.DNS_ALIAS or composed.selector_link:
        return set()
    wanted = composed.links.keys() | composed.external_links.keys()
    return {"links"} if wanted != seen.links.keys() else set()
