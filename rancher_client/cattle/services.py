"""Services: reading them, and everything that can be asked of one (rancher-1.6-api.md 4 and 5).

All functions return as soon as Rancher has answered; none waits for what it began. A returned service is
Rancher's answer to the request, which is no proof that it stays so (13.5, trap 48).

Changing calls raise what `Session.change` raises; those that take `send_by` pass it on. NotOffered means
that the
action is not offered in the present state: read, the wish may be fulfilled already.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rancher_client.cattle import bodies, collections, kinds, single
from rancher_client.cattle.resources import LbConfig, Service
from rancher_client.cattle.session import ApiVersion, SendBy, Session

SERVICES_PER_PAGE = 100
"""With containers in it a service has 10 to 200 kB; a page of the largest fits into `Session.max_bytes`."""


def get(session: Session, service_id: str) -> Service:
    """One service; a removed one can still be read for 48 h. Raises NotFound and what `Session.read`
    raises.
    """
    return single.read(session, "services", service_id, Service.parse)


def read_all(
    session: Session, *, stack_id: str | None = None, name: str | None = None, with_containers: bool = False
) -> list[Service]:
    """The services of the project, or of one stack, or of that name (compared as the database likes).

    `with_containers` fills `Service.containers` by the same request. Removed services are not listed.
    """
    filters: dict[str, str | int | bool] = {}
    if stack_id is not None:
        filters["environmentId" if session.api_version is ApiVersion.V1 else "stackId"] = stack_id
    if name is not None:
        filters["name"] = name
    if with_containers:
        filters["include"] = "instances"
    parse = _parse_with_containers if with_containers else Service.parse
    return collections.read_all(
        session, "services", parse=parse, params=filters, rows_per_page=SERVICES_PER_PAGE
    )


def upgrade(
    session: Session,
    service_id: str,
    *,
    service_name: str,
    sidekicks: Collection[str],
    launch_config: Mapping[str, Any] | None,
    secondary_launch_configs: Sequence[Mapping[str, Any]] = (),
    batch_size: int,
    interval_millis: int,
    start_first: bool,
    send_by: SendBy | None = None,
) -> Service:
    """Ask for an in-service upgrade; the answer shows the sender's own configs with their new `version`.

    Not idempotent (trap 11): send it once, then judge by reads (13.5). The configs given replace the stored
    ones wholly; for what is checked before sending see `bodies.upgrade_body`.

    Args:
        service_name, sidekicks: the names that a fresh read shows.

    Raises:
        UnsafeBody: nothing was sent; the body would ruin the service.
        NotSent, Unreachable, Refused: surely not accepted (after Conflict the configs may be stored, 13.4).
        OutcomeUnknown, Unusable: it may have been.
    """
    body = bodies.upgrade_body(
        service_name=service_name,
        sidekicks=sidekicks,
        launch_config=launch_config,
        secondary_launch_configs=secondary_launch_configs,
        batch_size=batch_size,
        interval_millis=interval_millis,
        start_first=start_first,
    )
    return _act(session, service_id, "upgrade", body, send_by)


def finish_upgrade(session: Session, service_id: str, *, send_by: SendBy | None = None) -> Service:
    """Remove the old containers of an `upgraded` service. Offered in that state only (5.4)."""
    return _act(session, service_id, "finishupgrade", None, send_by)


def roll_back(session: Session, service_id: str, *, send_by: SendBy | None = None) -> Service:
    """Go back to the configs and containers before the upgrade (5.5).

    Before the `upgrade` block of this very upgrade is written, Rancher would go back to those of the one
    before it (trap 67): read it first. Always asked of `/services/`, for load balancers too (trap 40).
    """
    return _act(session, service_id, "rollback", None, send_by)


def cancel_upgrade(session: Session, service_id: str, *, send_by: SendBy | None = None) -> Service:
    """Stop an upgrade, or a hanging finish, where it is; takes up to 45 s (5.6)."""
    return _act(session, service_id, "cancelupgrade", None, send_by)


def continue_upgrade(session: Session, service_id: str, *, send_by: SendBy | None = None) -> Service:
    """Go on with a cancelled upgrade to the same target."""
    return _act(session, service_id, "continueupgrade", None, send_by)


def activate(session: Session, service_id: str, *, send_by: SendBy | None = None) -> Service:
    """Start the containers of an `inactive` service."""
    return _act(session, service_id, "activate", None, send_by)


def deactivate(session: Session, service_id: str, *, send_by: SendBy | None = None) -> Service:
    """Stop the containers of an active service."""
    return _act(session, service_id, "deactivate", None, send_by)


def remove(session: Session, service_id: str, *, send_by: SendBy | None = None) -> Service:
    """Remove a service with its containers. Offered in every state but `removing` and `removed`."""
    return _act(session, service_id, "remove", None, send_by)


def create(
    session: Session, fields: Mapping[str, Any], *, stack_id: str, send_by: SendBy | None = None
) -> Service:
    """Make a service in a stack; `fields` go by Rancher's names (4.1), or come from `kinds`.

    The name is unique in the stack, so a repeat is refused as Invalid with code NotUnique. `externalId` is
    the place for a mark of one's own.

    Raises UnsafeBody before sending, else what `upgrade` raises.
    """
    body = bodies.service_body(fields, stack_id=stack_id)
    collection = kinds.COLLECTIONS.get(str(fields.get("type")), "services")
    return session.change("POST", session.url(collection), Service.parse, body=body, send_by=send_by)


def restart(
    session: Session,
    service_id: str,
    *,
    batch_size: int = 1,
    interval_millis: int = 2000,
    send_by: SendBy | None = None,
) -> Service:
    """Restart all containers of an active service in place, `batch_size` at a time (4.3).

    The same containers, each with a `start_count` one higher. Raises ValueError for numbers that Rancher
    would refuse or ruin the service with.
    """
    if batch_size < 1 or interval_millis < bodies.LEAST_INTERVAL_MILLIS:
        raise ValueError("A restart takes at least one container at a time, and 100 ms between batches.")
    strategy = {"batchSize": batch_size, "intervalMillis": interval_millis}
    return _act(session, service_id, "restart", {"rollingRestartStrategy": strategy}, send_by)


def set_scale(session: Session, service_id: str, scale: int, *, send_by: SendBy | None = None) -> Service:
    """Change how many containers are wanted. Not during an upgrade: it could end it early (trap 27)."""
    if scale < 0:
        raise ValueError("A scale is a whole number from 0 on.")
    return update(session, service_id, {"scale": scale}, send_by=send_by)


def update(
    session: Session,
    service_id: str,
    fields: Mapping[str, Any],
    *,
    kind: str = "service",
    send_by: SendBy | None = None,
) -> Service:
    """PUT the given fields; the others stay. Fields that may not be changed are ignored silently (trap 8).

    `kind` is needed for the fields that only that kind has: at `/services/`, Rancher strips the rules of a
    balancer's `lbConfig` down to their target ports, and ignores an external service's `hostname` (trap 77).
    """
    collection = kinds.COLLECTIONS.get(kind, "services")
    return single.update(session, collection, service_id, fields, Service.parse, send_by=send_by)


def set_balancing(
    session: Session, service_id: str, config: LbConfig, *, send_by: SendBy | None = None
) -> Service:
    """Replace where a load balancer leads; in place, without new containers (4.1)."""
    fields = {"lbConfig": config.sent()}
    return update(session, service_id, fields, kind=kinds.LOAD_BALANCER, send_by=send_by)


def set_external(
    session: Session,
    service_id: str,
    *,
    ip_addresses: Collection[str] = (),
    hostname: str | None = None,
    send_by: SendBy | None = None,
) -> Service:
    """Change where an external service leads: IP addresses, or a host name.

    Raises UnsafeBody for none or both, else what `update` raises.
    """
    fields = kinds.external_address(service_id, ip_addresses, hostname)
    return update(session, service_id, fields, kind=kinds.EXTERNAL, send_by=send_by)


def set_links(
    session: Session, service_id: str, links: Mapping[str, str], *, send_by: SendBy | None = None
) -> Service:
    """Replace all service links; `links` maps the alias to the id of the service it leads to.

    An alias with a slash, as `shop/api`, is none: a link without a name to a service of another stack is
    shown that way, and is sent without one.
    """
    wanted = [
        {"serviceId": linked_id} | ({} if "/" in alias else {"name": alias})
        for alias, linked_id in links.items()
    ]
    return _act(session, service_id, "setservicelinks", {"serviceLinks": wanted}, send_by)


def _parse_with_containers(body: Mapping[str, Any]) -> Service:
    """A service without containers lacks the key that was asked for."""
    service = Service.parse(body)
    return service if service.containers is not None else replace(service, containers=())


def _act(
    session: Session, service_id: str, action: str, body: Mapping[str, Any] | None, send_by: SendBy | None
) -> Service:
    return single.act(session, "services", service_id, action, Service.parse, body=body, send_by=send_by)
