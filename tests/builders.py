"""Builders for tests: each makes the ordinary case, so that a test names only what is unusual.

They go through the services wherever there is one. Import them, or take the fixtures of the same
name from conftest.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from django.db import transaction

from deploytickets import clock
from deploytickets.access import services as access
from deploytickets.access.models import User
from deploytickets.access.roles import Role
from deploytickets.audit.actors import SYSTEM, Actor, ActorKind, Through
from deploytickets.audit.models import Event
from deploytickets.audit.queries import history as events_of
from deploytickets.catalog import services as catalog
from deploytickets.catalog.models import Application, Environment, Placement, RancherServer
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.plans import PlanContent, PlannedAction, PlannedService
from deploytickets.tickets.transitions import Action, State

SHELL = Actor(ActorKind.SYSTEM, "shell", Through.COMMAND)
PASSWORD = "correct horse battery staple"
_numbers = count(1)


def a_server(name: str = "", *, base_url: str = "http://127.0.0.1:8080", **fields: Any) -> RancherServer:
    keys = {"access_key": "ACCESS", "secret_key": "canary-secret-key", **fields}
    return catalog.add_server(by=SHELL, name=name or f"rancher-{next(_numbers)}", base_url=base_url, **keys)


def an_environment(
    name: str = "", *, server: RancherServer | None = None, rancher_id: str = "", **fields: Any
) -> Environment:
    """By default: one approval, four eyes, both verifications, automatic start."""
    number = next(_numbers)
    return catalog.add_environment(
        by=SHELL,
        name=name or f"env-{number}",
        server=(server or a_server()).name,
        rancher_id=rancher_id or f"1a{number}",
        **fields,
    )


def an_application(name: str = "", **fields: Any) -> Application:
    name = name or f"JavaService{next(_numbers)}"
    fields = {"image_repository": f"registry.abc.net/{name.lower()}", **fields}
    return catalog.add_application(by=SHELL, name=name, **fields)


def a_placement(
    application: Application | None = None, environment: Environment | None = None, **fields: Any
) -> Placement:
    application, environment = application or an_application(), environment or an_environment()
    fields = {"stack_name": application.name.lower(), "service_names": ["app"], **fields}
    return catalog.add_placement(
        by=SHELL, application=application.name, environment=environment.name, **fields
    )


def a_person(
    role: Role | str | None = Role.OPS, environment: Environment | None = None, *, name: str = ""
) -> User:
    """Somebody with the role, everywhere unless an environment is given; None: without any role."""
    name = name or f"person{next(_numbers)}"
    person = access.create_person(
        by=SHELL, username=name.lower(), password=PASSWORD, display_name=name.capitalize()
    )
    if role is not None:
        place = environment.name if environment else None
        access.grant(by=SHELL, username=person.username, role=role, environment=place)
    return person


def actor_of(
    user: User, *, through: Through = Through.PAGE, scopes: Sequence[str] | None = None, address: str = ""
) -> Actor:
    """The person as the `by` of a service: from a session, or from a token when scopes are given."""
    return Actor(
        ActorKind.PERSON,
        str(user),
        through,
        user_id=user.pk,
        address=address,
        token_id=None if scopes is None else 1,
        scopes=None if scopes is None else frozenset(scopes),
    )


def a_plan_for(ticket: Ticket, *, image: str = "", **service: Any) -> PlanContent:
    """One service `app` whose image becomes the ticket's version."""
    repository = ticket.application.image_repository
    fields: dict[str, Any] = {
        "name": "app",
        "action": PlannedAction.UPGRADED,
        "rancher_id": "1s5",
        "wanted": {"": {"imageUuid": image or f"docker:{repository}:{ticket.version}"}},
        "starts_from": {"": {"imageUuid": f"docker:{repository}:1.0.0", "version": "v0"}},
        "batch_size": 1,
        "interval_millis": 2000,
        "start_first": False,
        "scale": 3,
        **service,
    }
    return PlanContent(
        application=ticket.application.name,
        environment=ticket.environment.name,
        version=ticket.version,
        stack_name=ticket.placement.stack_name,
        stack_rancher_id="1st2",
        services=(PlannedService(**fields),),
    )


def planned(
    ticket: Ticket,
    *,
    content: PlanContent | None = None,
    findings: Sequence[Mapping[str, Any]] = (),
    now: datetime | None = None,
) -> Ticket:
    """The ticket after a plan has arrived, as the worker would bring it."""
    with transaction.atomic():
        ticket = tickets.locked(ticket.key)
        tickets.record_plan(
            ticket,
            content=content or a_plan_for(ticket),
            shown=[],
            findings=findings,
            now=now or clock.now(),
            by=SYSTEM,
        )
    return reloaded(ticket)


def file_ticket(
    *,
    by: User | None = None,
    placement: Placement | None = None,
    environment: Environment | None = None,
    application: Application | None = None,
    version: str = "1.0.1",
    with_plan: bool = True,
    findings: Sequence[Mapping[str, Any]] = (),
    **fields: Any,
) -> Ticket:
    """A pending ticket, filed by a developer, whose plan is there and has nothing against it."""
    placement = placement or a_placement(application, environment)
    ticket = tickets.file(
        by=actor_of(by or a_person(Role.DEVELOPER)),
        application=placement.application.name,
        environment=placement.environment.name,
        version=version,
        **fields,
    )
    return planned(ticket, findings=findings) if with_plan else ticket


def moved(ticket: Ticket, *actions: Action, target: State | None = None) -> Ticket:
    """The ticket after the actions were taken by the product itself, as the engine would."""
    for action in actions:
        with transaction.atomic():
            tickets.enter(tickets.locked(ticket.key), action, by=SYSTEM, target=target)
    return reloaded(ticket)


def approved_ticket(**fields: Any) -> Ticket:
    ticket = file_ticket(**fields)
    for _ in range(ticket.environment.approvals_required):
        tickets.approve(ticket.key, by=actor_of(a_person(Role.OPS)), plan_digest=ticket.plan_digest)
    return reloaded(ticket)


def verifying_ticket(**fields: Any) -> Ticket:
    return moved(approved_ticket(**fields), Action.START, Action.UPGRADED)


def reloaded(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def history(ticket: Ticket) -> list[Event]:
    return list(events_of("ticket", ticket.key))


def actions_of(ticket: Ticket) -> list[str]:
    return [event.action for event in history(ticket)]
