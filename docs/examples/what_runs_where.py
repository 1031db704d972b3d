"""Lists what runs where: every container of every service in all projects that a key reaches.

    pip install ./rancher_client
    export RANCHER_URL=https://rancher.example RANCHER_ACCESS_KEY=… RANCHER_SECRET_KEY=…
    python docs/examples/what_runs_where.py [project name]

Changes nothing. Exit status 1 when Rancher could not be asked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

from rancher_client.cattle import Session, hosts, projects, services, stacks
from rancher_client.cattle.exits import exit_reason
from rancher_client.cattle.resources import Container, Host, Project, Service
from rancher_client.errors import RancherError


class Row(NamedTuple):
    """One container, or a service without any."""

    project: str
    service: str
    image: str
    host: str
    state: str
    why: str


def rows(session: Session, project: Project) -> Iterator[Row]:
    """Three lists for a whole project: containers come with their services."""
    inside = session.in_project(project.id)
    stack_names = {stack.id: stack.name for stack in stacks.read_all(inside)}
    by_id = {host.id: host for host in hosts.read_all(inside)}
    for service in services.read_all(inside, with_containers=True):
        name = f"{stack_names.get(service.stack_id or '', '?')}/{service.name}"
        if not service.containers:
            yield Row(project.name or project.id, name, _image(service), "-", service.state, "")
        for container in service.containers or ():
            yield Row(
                project.name or project.id,
                f"{name}/{container.sidekick}" if container.sidekick else name,
                (container.image or "-").removeprefix("docker:"),
                _host_name(container, by_id),
                container.health_state or container.state,
                _why(container),
            )


def table(found: list[Row]) -> str:
    """The rows below each other, columns as wide as needed."""
    cells = [tuple(name.upper() for name in Row._fields), *found]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _image(service: Service) -> str:
    image = (service.launch_config or {}).get("imageUuid")
    return str(image).removeprefix("docker:") if image else "-"


def _host_name(container: Container, by_id: dict[str, Host]) -> str:
    host = by_id.get(container.host_id or "")
    return "-" if host is None else host.name or host.hostname or host.id


def _why(container: Container) -> str:
    reason = exit_reason(container)
    return "" if reason is None else f"{reason.kind}: {reason.message}" if reason.message else reason.kind


def main(arguments: list[str]) -> int:
    """Print the table; returns the exit status."""
    session = Session(
        os.environ["RANCHER_URL"], os.environ["RANCHER_ACCESS_KEY"], os.environ["RANCHER_SECRET_KEY"]
    )
    try:
        wanted = [one for one in projects.read_all(session) if not arguments or one.name in arguments]
        print(table([row for project in wanted for row in rows(session, project)]))
    except RancherError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
