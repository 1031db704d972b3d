"""The rows behind a resource's links (rancher-1.6-api.md 1.5, 3.1, 6.1, 7.1)."""

from __future__ import annotations

from collections.abc import Callable

from . import stack_processes, volume_templates
from .model import Container, Host, Project, Service, Stack
from .process_model import ProcessInstance
from .world import World


def behind(world: World, kind: str, id: int, link: str) -> list[tuple[str, int]]:
    """(kind, number) of each row behind the link; empty for a link the engine does not keep."""
    row = world.row(kind, id)
    found: Callable[[], list[tuple[str, int]]] | None = None
    if isinstance(row, Service):
        found = {
            "instances": lambda: [("container", number) for number in row.containers],
            "stack": lambda: [("stack", row.stack)],
            "account": lambda: [("project", row.project)],
            "serviceLogs": lambda: [
                ("serviceLog", log.id) for log in world.logs.values() if log.service == id
            ],
            "consumedservices": lambda: [("service", number) for number in row.links.values()],
            "consumedbyservices": lambda: [
                ("service", other.id)
                for other in world.services.values()
                if id in other.links.values() and other.removed is None
            ],
        }.get(link)
    elif isinstance(row, Stack):
        found = {
            "services": lambda: [
                ("service", service.id) for service in stack_processes.services_of(world, row)
            ],
            "volumeTemplates": lambda: [
                ("volumeTemplate", template.id) for template in volume_templates.of_stack(world, id)
            ],
            "account": lambda: [("project", row.project)],
        }.get(link)
    elif isinstance(row, Container):
        found = {
            "services": lambda: [("service", row.service)] if row.service is not None else [],
            "hosts": lambda: [("host", row.host)] if row.host is not None else [],
            "account": lambda: [("project", row.project)],
            "serviceLogs": lambda: [
                ("serviceLog", log.id) for log in world.logs.values() if log.container == id
            ],
        }.get(link)
    elif isinstance(row, Host):
        found = {
            "instances": lambda: [("container", c.id) for c in world.on_host(id)],
            "account": lambda: [("project", row.project)],
        }.get(link)
    elif isinstance(row, ProcessInstance):
        found = {
            "processExecutions": lambda: [("processExecution", number) for number in row.executions]
        }.get(link)
    elif isinstance(row, Project):
        found = {
            "stacks": lambda: [
                ("stack", s.id) for s in world.stacks.values() if s.project == id and s.removed is None
            ],
            "services": lambda: [
                ("service", s.id) for s in world.services.values() if s.project == id and s.removed is None
            ],
            "hosts": lambda: [
                ("host", h.id) for h in world.hosts.values() if h.project == id and h.removed is None
            ],
        }.get(link)
    return found() if found is not None else []
