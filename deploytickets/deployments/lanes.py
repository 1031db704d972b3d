"""The right to change a service: one ticket at a time, whatever placements name it (I3)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from deploytickets.catalog.models import Environment
from deploytickets.deployments.models import Lane
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.plans import PlanContent


class LaneHeld(Exception):
    """Another ticket holds one of the services; `keys` names whom to queue behind."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = sorted(set(keys))
        super().__init__(", ".join(self.keys))


def services_of(content: PlanContent) -> frozenset[tuple[str, str]]:
    """(stack name, service name) of everything that the plan is about."""
    return frozenset((content.stack_name, service.name) for service in content.services)


def held_in(environment: Environment, *, besides: Ticket | None = None) -> Mapping[tuple[str, str], str]:
    """(stack name, service name) -> key of the ticket that holds it."""
    held = Lane.objects.filter(
        server_id=environment.server_id, project=environment.rancher_id, released_at__isnull=True
    )
    if besides is not None:
        held = held.exclude(ticket=besides)
    rows = held.values_list("stack_name", "service_name", "ticket__key")
    return {(stack, service): key for stack, service, key in rows}


def take(ticket: Ticket, services: Iterable[tuple[str, str]], now: datetime) -> None:
    """Take the lanes of all these services for the ticket, or none of them; in the caller's transaction.

    Raises LaneHeld when a service is another ticket's.
    """
    wanted = frozenset(services)
    environment = ticket.environment
    try:
        with transaction.atomic():
            Lane.objects.bulk_create(
                Lane(
                    server_id=environment.server_id,
                    project=environment.rancher_id,
                    stack_name=stack,
                    service_name=service,
                    ticket=ticket,
                    taken_at=now,
                )
                for stack, service in sorted(wanted)
            )
    except IntegrityError:
        held = held_in(environment, besides=ticket)
        raise LaneHeld(held[service] for service in wanted if service in held) from None


def release(ticket: Ticket, now: datetime) -> None:
    """Give all lanes of the ticket back."""
    Lane.objects.filter(ticket=ticket, released_at__isnull=True).update(released_at=now)
