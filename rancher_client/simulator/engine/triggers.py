"""What makes an active service look whether there is something to do (rancher-1.6-api.md 4.4).

Source: cattle:…/process/ServicesReconcileTrigger.java, ServicesReconcilePostTrigger.java and the lookups in
…/servicediscovery/service/impl.
"""

from __future__ import annotations

from . import launch_configs, looks, scale_policy
from .model import Container, Host, Service
from .world import World


def of_container(world: World, container: Container) -> None:
    """It has stopped or was removed, or its health has changed: its service looks, and those that chose it.

    The server does not call for a look at what reconcile itself has removed.
    """
    own = world.service_of(container)
    for service in [*([] if own is None else [own]), *world.choosing(container)]:
        looks.call(world, service, is_told=not container.dropped)


def of_host(world: World, host: Host, *, is_told_where_it_runs: bool = False) -> None:
    """A host comes or is given up, comes back, is removed or gets other labels; not when it is deactivated.

    Told is the look of those that have containers on every host, or as many as there is room for; where a
    host is activated or removed, also of those that have one there.
    """
    there = {container.service for container in world.on_host(host.id)} if is_told_where_it_runs else set()
    for service in world.services.values():
        if service.project == host.project:
            service.host_changed = True
            looks.call(world, service, is_told=_depends_on_hosts(service) or service.id in there)


def _depends_on_hosts(service: Service) -> bool:
    return launch_configs.is_global(service.launch_config) or scale_policy.of(service) is not None
