"""The look of an active service at what there is to do, and what its log tells (rancher-1.6-api.md 4.4, 9).

Where the server has called for the look, the log tells of it whatever it finds (`triggers`); this engine
looks more often. Source: cattle:…/deployment/impl/DeploymentManagerImpl.java, serviceUpdate.
"""

from __future__ import annotations

from . import reconcile, runs, scale_policy, service_logs, waits
from .model import Service
from .world import World


def look(world: World, service: Service) -> None:
    """Event: the look. In `upgraded`, `canceled-upgrade` and `inactive` nothing happens.

    It only asks for an update, but that of a service with a policy deploys by itself, while the update waits
    for it (DeploymentManagerImpl.java, reconcileDeployment).
    """
    is_told, service.look_is_told = service.look_is_told, False
    service.trigger_due = False
    grows = service.host_changed and scale_policy.may_grow(service)
    service.host_changed = False
    todo = reconcile.plan(world, service)
    is_idle = todo.is_empty and not grows
    if is_told and waits.is_something_starting(world, service):
        is_idle = False
    if service.state != "active" or (is_idle and not is_told):
        return
    if scale_policy.of(service) is not None and not is_idle:
        runs.request(world, service, "update", {runs.LOOK: True})
        return
    transaction = world.new_uuid()
    service_logs.write(
        world, service, "service.trigger", "Re-evaluating state", transaction=transaction, sub_log=False
    )
    if reconcile.rests(world, service):
        return
    status = reconcile.summary(todo, service)
    service_logs.write(world, service, "service.trigger.info", status, transaction=transaction)
    if is_idle:
        service_logs.write(
            world, service, "service.trigger.info", "Service already reconciled", transaction=transaction
        )
    else:
        runs.request(world, service, "update")
