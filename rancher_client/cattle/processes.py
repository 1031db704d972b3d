"""Process instances: why a thing hangs, told by the engine itself (rancher-1.6-api.md 9).

For the key of an admin only; every other one gets NotFound. Asked outside any project, because below one the
type does not exist for admins either. Rancher forgets a process an hour after its end.
"""

from __future__ import annotations

from rancher_client.cattle import collections
from rancher_client.cattle.resources import ProcessInstance, ProcessRun
from rancher_client.cattle.session import Session

BASE_TYPES = {
    "container": "instance",
    "dnsService": "service",
    "externalService": "service",
    "loadBalancerService": "service",
    "project": "account",
    "virtualMachine": "instance",
}
"""Under which type the engine files what the API shows under another one [run]."""


def of(session: Session, resource_type: str, resource_id: str, *, limit: int = 20) -> list[ProcessInstance]:
    """The newest process instances of a resource ("service", "1s12"), newest first, over and not over."""
    return collections.newest(
        session,
        "processinstances",
        parse=ProcessInstance.parse,
        params={
            "resourceType": BASE_TYPES.get(resource_type, resource_type),
            "resourceId": resource_id,
            "sort": "id",
            "order": "desc",
        },
        limit=limit,
        scoped=False,
    )


def under_way(session: Session, resource_type: str, resource_id: str) -> list[ProcessInstance]:
    """Those of a resource that have not ended, newest first; without purges, which are planned long ahead."""
    recent = of(session, resource_type, resource_id)
    return [found for found in recent if not found.is_over and not found.process.endswith(".purge")]


def runs(session: Session, instance_id: str) -> list[ProcessRun]:
    """Each try of a process instance, in order, with the exceptions that ended them."""
    path = ("processinstances", instance_id, "processexecutions")
    return collections.read_all(session, *path, parse=ProcessRun.parse, scoped=False)


def waits_for(instance: ProcessInstance, tries: list[ProcessRun]) -> str | None:
    """What a process waits for, in a sentence; None when it is over. Pure.

    `tries` are its `runs`. The exit reasons are those of cattle:code/framework/engine/.../ExitReason.java.
    """
    if instance.is_over:
        return None
    if instance.exit_reason is None:
        at = tries[-1].handlers[-1] if tries and tries[-1].handlers else None
        where = f" It is at {at}." if at is not None else ""
        return f"Try {instance.tries} of {instance.process} is under way.{where}"
    failures = [failure.message for run in tries for failure in run.failures if failure.message]
    if instance.exit_reason in _FAILED:
        told = failures[-1] if failures else f"the engine names no cause but {instance.exit_reason}"
        return f"Try {instance.tries} of {instance.process} failed and will be repeated: {told}"
    waiting = _WAITING.get(instance.exit_reason, f"waits ({instance.exit_reason})")
    return f"{instance.process} {waiting}."


_FAILED = frozenset({"RETRY_EXCEPTION", "TIMEOUT", "UNKNOWN_EXCEPTION"})
_WAITING = {
    "DELAY": "waits for the time that it was put off to",
    "DELEGATE": "waits for the process that it handed its work to",
    "PROCESS_ALREADY_IN_PROGRESS": "waits, because another server works on the same process",
    "RESOURCE_BUSY": "waits for the lock that another process of the same resource holds",
    "SCHEDULED": "waits in the queue to be begun",
    "STATE_CHANGED": "waits to be begun anew, because the state moved meanwhile",
}
