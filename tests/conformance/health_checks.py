"""Health checks for hosts that a Rancher simulates, where nobody checks anything (rancher-1.6-api.md 4.4)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Event, Thread
from typing import Any

import requests

from rancher_client.cattle import Session, containers, services, stacks

from . import waiting
from .target import new_stack, remove_stack
from .waiting import wait_for

Key = tuple[str, str]

LOOK_SECONDS = 0.5
"""How often the health checks look; the shortest interval a case asks for is a few times as long."""

REPORTED = {True: "UP", False: "DOWN"}
"""The words of a health check (cattle: ServiceEventCreate.java)."""


class Door:
    """Requests that are made with keys of their own, outside any project."""

    def __init__(self, url: str) -> None:
        self._root = f"{url}/v2-beta"

    def get(self, path: str, key: Key, **filters: str) -> Any:
        """The decoded answer; raises requests.HTTPError where it is refused."""
        return self._ask("GET", path, key, params=filters)

    def post(self, path: str, key: Key, body: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer; raises requests.HTTPError where it is refused."""
        return self._ask("POST", path, key, json=body or {})

    def _ask(self, method: str, path: str, key: Key, **options: Any) -> Any:
        answer = requests.request(
            method, f"{self._root}/{path}", auth=key, timeout=waiting.patience.total_seconds(), **options
        )
        answer.raise_for_status()
        return answer.json()


class HealthChecks:
    """What the health check service of a host does: it reports for every container that has a check.

    It needs a container with an agent in the project, whose key it uses; it makes one on every host, in a
    stack of its own. All answer, except those of images in `silent`.
    """

    def __init__(self, door: Door, session: Session, project: str, administrator: Key, image: str) -> None:
        self.silent: set[str] = set()
        self._door, self._session, self._project = door, session, project
        self._administrator, self._image = administrator, image
        self._stop = Event()
        self._thread = Thread(target=self._report_forever, name="health-checks", daemon=True)
        self._failure: Exception | None = None

    def start(self) -> None:
        """Make the containers that report, and report from now on."""
        self._stack_id = new_stack(self._session)
        labels = {"io.rancher.scheduler.global": "true", "io.rancher.container.create_agent": "true"}
        made = services.create(
            self._session,
            {
                "name": "checks",
                "startOnCreate": True,
                "launchConfig": {"imageUuid": self._image, "labels": labels},
            },
            stack_id=self._stack_id,
        )
        self._service_id = made.id
        wait_for(lambda: services.get(self._session, made.id).state, lambda state: state == "active")
        self._thread.start()

    def stop(self) -> None:
        """Report no more and take the containers away; raises what ended the reporting early."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        remove_stack(self._session, self._stack_id)
        wait_for(lambda: {stack.id for stack in stacks.read_all(self._session)}, self._is_gone)
        if self._failure is not None:
            raise self._failure

    def _key(self) -> Key:
        """The key of a reporter's agent; looked up each time, since a host may lose its reporter."""
        [reporter, *_] = [
            container
            for container in containers.of_service(self._session, self._service_id)
            if container.state == "running"
        ]
        agent_id = self._door.get(f"containers/{reporter.id}", self._administrator)["agentId"]
        account_id = self._door.get(f"agents/{agent_id}", self._administrator)["accountId"]
        [credential, *_] = self._rows("credentials", accountId=account_id)
        return credential["publicValue"], credential["secretValue"]

    def _rows(self, path: str, **filters: str) -> list[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = self._door.get(path, self._administrator, limit="3000", **filters)[
            "data"
        ]
        return rows

    def _is_gone(self, listed: set[str]) -> bool:
        return self._stack_id not in listed

    def _report_forever(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                for container in self._rows("containers", accountId=self._project):
                    self._report(container)
            except requests.ConnectionError:
                continue  # the server closes idle connections (12.1)
            except Exception as failure:
                self._failure = failure
                return

    def _report(self, container: Mapping[str, Any]) -> None:
        answers = container["imageUuid"] not in self.silent
        is_news = container["healthState"] in (
            ("initializing", "reinitializing", "unhealthy") if answers else ("healthy",)
        )
        if container["state"] != "running" or not container["healthCheck"] or not is_news:
            return
        key = self._key()
        for check in self._rows("healthcheckinstancehostmaps", instanceId=container["id"]):
            report = {
                "externalTimestamp": int(time.time()),
                "reportedHealth": REPORTED[answers],
                "healthcheckUuid": check["uuid"],
            }
            self._door.post("serviceevents", key, report)
