"""What no key of a project can bring about: a host's agent lost and found, answers of health checks."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import requests

_LIMIT_SECONDS = 120.0


class Levers(Protocol):
    """Ids are Rancher's."""

    def silence(self, images: Iterable[str]) -> None:
        """No container of these images (without prefix) answers a check unless `report_health` says so."""

    def report_health(self, container_id: str, *, healthy: bool) -> None:
        """What all hosts that check this container report from now on."""

    def lose_host(self, host_id: str) -> None:
        """The host's agent is gone, and Rancher gives it up at once: `disconnected`."""

    def regain_host(self, host_id: str) -> None:
        """The agent is back."""

    def close(self) -> None:
        """Leave nothing behind."""


class Control:
    """Our simulator, by its `/_sim/`."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/_sim"
        self._session = requests.Session()

    def advance(self, seconds: float) -> None:
        """Move the virtual clock."""
        self._post("advance", seconds=seconds)

    def silence(self, images: Iterable[str]) -> None:
        for image in images:
            self._pull("image_health", reference=image, answers=False)

    def report_health(self, container_id: str, *, healthy: bool) -> None:
        self._pull("health_reported", container=container_id, healthy=healthy)

    def lose_host(self, host_id: str) -> None:
        self._pull("give_up_host", host=host_id)

    def regain_host(self, host_id: str) -> None:
        self._pull("regain_host", host=host_id)

    def close(self) -> None:
        self._session.close()

    def _pull(self, lever: str, **arguments: Any) -> None:
        self._post("levers", lever=lever, **arguments)

    def _post(self, call: str, **body: Any) -> None:
        answer = self._session.post(f"{self._url}/{call}", json=body, timeout=_LIMIT_SECONDS)
        answer.raise_for_status()


class SimulatedHosts:
    """A Rancher that simulates its hosts, by its super administrator's key.

    Nobody checks health there. Reports are sent as a health check sends them: `serviceevents` with the key
    of a container that has an agent (cattle: ServiceEventFilter.java), one for each host that has the
    container to check. The one that reports is made when it is first needed, in a stack of its own.
    """

    def __init__(self, url: str, project: str, key: tuple[str, str]) -> None:
        self._root = f"{url}/v2-beta/"
        self._project = f"projects/{project}/"
        self._key = key
        self._stack: str | None = None
        self._service = ""
        self._reporter: tuple[str, str] | None = None
        self._lock = threading.Lock()

    def silence(self, images: Iterable[str]) -> None:
        """Nothing to do: nobody reports unless told to."""

    def report_health(self, container_id: str, *, healthy: bool) -> None:
        checks = self._call("GET", f"healthcheckinstancehostmaps?instanceId={container_id}")
        for check in checks["data"]:
            report = {
                "externalTimestamp": int(time.time()),
                "reportedHealth": "UP" if healthy else "DOWN",
                "healthcheckUuid": check["uuid"],
            }
            self._send_report(report)

    def lose_host(self, host_id: str) -> None:
        """Disconnect the agent; hosts that check its containers find them gone, as they would."""
        self._move_agent(host_id, "disconnect", "disconnected")
        for container in self._call("GET", f"hosts/{host_id}/instances")["data"]:
            if container.get("healthState") is not None:
                self.report_health(container["id"], healthy=False)

    def regain_host(self, host_id: str) -> None:
        self._move_agent(host_id, "reconnect", "active")

    def close(self) -> None:
        """Take away what was made to report."""
        if self._stack is not None:
            self._call("DELETE", f"{self._project}services/{self._service}")
            self._call("DELETE", f"{self._project}stacks/{self._stack}")
            self._stack = None

    def _move_agent(self, host_id: str, action: str, until: str) -> None:
        agent = f"agents/{self._call('GET', f'hosts/{host_id}')['agentId']}"
        self._call("POST", f"{agent}?action={action}")
        self._until(lambda: self._call("GET", agent)["state"] == until, f"the agent of {host_id} is {until}")

    def _send_report(self, report: dict[str, Any]) -> None:
        """With the key there is, or with that of the container that has come for one gone with its host."""
        with self._lock:
            try:
                self._call("POST", "serviceevents", report, key=self._reporter or self._new_reporter())
            except requests.HTTPError:
                self._call("POST", "serviceevents", report, key=self._new_reporter())

    def _new_reporter(self) -> tuple[str, str]:
        """The key of a running container with an agent."""
        if self._stack is None:
            self._make_reporter()
        containers = f"{self._project}services/{self._service}/instances?state=running"
        self._until(lambda: self._call("GET", containers)["data"], "there is a container that reports")
        container = self._call("GET", containers)["data"][0]["id"]
        self._until(lambda: self._agent_of(container), "the container that reports has an agent")
        account_id = self._call("GET", f"agents/{self._agent_of(container)}")["accountId"]
        account = f"credentials?accountId={account_id}&kind=agentApiKey"
        self._until(lambda: self._call("GET", account)["data"], "the container that reports has a key")
        credential = self._call("GET", account)["data"][0]
        self._reporter = (credential["publicValue"], credential["secretValue"])
        return self._reporter

    def _agent_of(self, container: str) -> str | None:
        """Not shown below the project, and known only some time after the container runs."""
        agent_id: str | None = self._call("GET", f"containers/{container}")["agentId"]
        return agent_id

    def _make_reporter(self) -> None:
        name = f"reporter-{secrets.token_hex(3)}"
        self._stack = self._call("POST", f"{self._project}stacks", {"name": name})["id"]
        body = {
            "type": "service",
            "name": "reporter",
            "stackId": self._stack,
            "startOnCreate": True,
            "launchConfig": {
                "imageUuid": "sim:reporter",
                "labels": {"io.rancher.container.create_agent": "true"},
            },
        }
        self._service = self._call("POST", f"{self._project}services", body)["id"]

    def _until(self, holds: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + _LIMIT_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {_LIMIT_SECONDS:.0f} s until {what}")
            time.sleep(0.2)

    def _call(
        self, method: str, path: str, body: Any = None, *, key: tuple[str, str] | None = None
    ) -> dict[str, Any]:
        answer = requests.request(
            method, self._root + path, json=body, auth=key or self._key, timeout=_LIMIT_SECONDS
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
