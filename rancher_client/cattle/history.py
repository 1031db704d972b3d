"""What Rancher remembers of a service: who asked for what, and what it did (rancher-1.6-api.md 9)."""

from __future__ import annotations

from rancher_client.cattle import collections
from rancher_client.cattle.resources import AuditRow, ServiceLog
from rancher_client.cattle.session import Session

NEWEST_FIRST = {"sort": "id", "order": "desc"}


def audit_rows(
    session: Session, service_id: str, *, event_type: str | None = None, limit: int = 20
) -> list[AuditRow]:
    """The newest changing requests for a service, newest first.

    `event_type` is "api.service.upgrade" and the like. Each row is written inside the request it tells of, so
    a read begun after a lost answer shows it if it was accepted. Requests that were refused are not among
    them: their rows carry no resource.
    """
    filters: dict[str, str | int | bool] = {
        "resourceType": "service",
        "resourceId": service_id,
        **NEWEST_FIRST,
    }
    if event_type is not None:
        filters["eventType"] = event_type
    return collections.newest(session, "auditlogs", parse=AuditRow.parse, params=filters, limit=limit)


def service_logs(session: Session, service_id: str, *, limit: int = 50) -> list[ServiceLog]:
    """What Rancher did for a service in the last 24 h, newest first."""
    filters: dict[str, str | int | bool] = {"serviceId": service_id, **NEWEST_FIRST}
    return collections.newest(session, "servicelogs", parse=ServiceLog.parse, params=filters, limit=limit)
