"""Processes over HTTP: as recorded, for admins only, and enough to explain why a thing hangs (9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from rancher_client.cattle import Session, processes
from rancher_client.errors import NotFound
from rancher_client.simulator.engine import Ref
from rancher_client.simulator.server import SimulatorServer

from .conftest import Environment
from .following import Scenario, assert_only, follow
from .recorded import Player

RECORDING = "framework/process-instances"

FOLLOWS = (RECORDING,)

NOT_FOLLOWED: Mapping[str, Mapping[int, str]] = {
    RECORDING: {4: "nothing here keeps the names of the server's periodic tasks"}
}
"""Steps whose answer still differs, by recording and number, and why."""

UPGRADE = {"inServiceStrategy": {"batchSize": 1, "intervalMillis": 2000, "launchConfig": {}}}


class Admin:
    """An admin's key on a simulator, and what it reads outside every project."""

    def __init__(self, server: SimulatorServer) -> None:
        with server.engine_lock:
            directory = server.simulator.directory
            self.account = f"1a{directory.admin().id}"
            self.key = directory.add_key(Ref("account", directory.admin().id))[1:]
        self._server = server

    def call(self, method: str, path: str) -> requests.Response:
        return requests.request(method, f"{self._server.url}/v2-beta/{path}", auth=self.key, timeout=10)

    def rows(self, path: str) -> list[dict[str, Any]]:
        answered = self.call("GET", path)
        assert answered.status_code == 200, answered.text
        rows: list[dict[str, Any]] = answered.json()["data"]
        return rows

    def processes_of(self, service: str, **filters: str) -> list[dict[str, Any]]:
        """The processes of a service in the order in which they were asked for."""
        wanted = {"resourceType": "service", "resourceId": service, "sort": "id", **filters}
        return self.rows("processinstances?" + "&".join(f"{key}={value}" for key, value in wanted.items()))


@pytest.fixture
def admin(server: SimulatorServer) -> Admin:
    return Admin(server)


@pytest.fixture
def session(server: SimulatorServer, admin: Admin, prod: Environment) -> Iterator[Session]:
    opened = Session(server.url, *admin.key, project=prod.project)
    yield opened
    opened.close()


def failing_upgrade(of: Environment) -> str:
    """A service whose upgrade wants an image that no registry has."""
    web = of.make_service("web", scale=2)
    of.server.levers.image_exists("shop:9", False)
    launch_config = {"imageUuid": "docker:shop:9"}
    of.call(
        "POST", f"/services/{web}/?action=upgrade", {"inServiceStrategy": {"launchConfig": launch_config}}
    )
    of.server.advance(4)
    return web


def an_upgrade_overtaken_by_a_rollback(server: SimulatorServer) -> Player:
    """The upgrade has found that its service was moved on, the rollback's first try has just begun."""
    home, admin = Environment(server, *server.add_project("home", hosts=3)), Admin(server)
    web = home.make_service("emptylc", home.make_stack(), launchConfig={"imageUuid": "sim:1"})
    home.call("POST", f"/services/{web}/?action=upgrade", UPGRADE)
    server.advance(1)
    home.call("POST", f"/services/{web}/?action=rollback")
    while admin.processes_of(web)[-1]["phase"] == "REQUESTED":
        server.advance(0.05)
    found = [row["id"] for row in admin.processes_of(web)]
    ours = dict(zip(("1pi79", "1pi80", "1pi88", "1pi95"), found, strict=True))
    [run] = admin.rows(f"processinstances/{found[-1]}/processexecutions")
    ours |= {"1a1": admin.account, "1a8": home.project, "1s16": web, "1pe83": run["id"]}
    return Player(server.url, admin.key, ours)


def test_every_recorded_answer_is_given() -> None:
    at_once = Scenario(an_upgrade_overtaken_by_a_rollback, pauses=dict.fromkeys(range(5), 0.0))

    assert_only(follow(RECORDING, at_once), NOT_FOLLOWED[RECORDING])


def test_the_four_processes_stand_as_recorded(server: SimulatorServer) -> None:
    player = an_upgrade_overtaken_by_a_rollback(server)
    found = player.read("/v2-beta/processinstances?resourceType=service&resourceId=1s16&sort=id")["data"]

    shown = ("processName", "exitReason", "result", "executionCount", "runningProcessServerId")
    assert [tuple(row[name] for name in shown) for row in found] == [
        ("service.create", "CHAIN", "SUCCESS", 1, None),
        ("service.activate", "DONE", "SUCCESS", 1, None),
        ("service.upgrade", "STATE_CHANGED", None, 1, None),
        ("service.rollback", None, None, 1, "192.0.2.2"),
    ]


def test_what_has_not_ended_is_found_by_its_missing_end(prod: Environment, admin: Admin) -> None:
    web = failing_upgrade(prod)

    [hanging] = admin.processes_of(web, endTime_null="")

    assert (hanging["processName"], hanging["exitReason"]) == ("service.upgrade", "UNKNOWN_EXCEPTION")
    assert admin.processes_of(web[2:]) == [], "the plain number of a row finds nothing"


def test_only_an_admin_outside_every_project_sees_them(prod: Environment, admin: Admin) -> None:
    web = failing_upgrade(prod)
    [newest, *_] = admin.processes_of(web, order="desc")

    assert admin.call("GET", f"processinstances/{newest['id']}").status_code == 200
    assert admin.call("GET", f"projects/{prod.project}/processinstances").status_code == 404
    assert prod.call("GET", "/processinstances").status_code == 404
    assert prod.call("GET", f"/processinstances/{newest['id']}").status_code == 404


def test_the_client_explains_why_an_upgrade_hangs(prod: Environment, session: Session) -> None:
    web = failing_upgrade(prod)

    [upgrade] = processes.under_way(session, "service", web)
    told = processes.waits_for(upgrade, processes.runs(session, upgrade.id))

    assert told == (
        "Try 1 of service.upgrade failed and will be repeated: "
        "Container should have been running but is in error state. Check logs for more information.: "
        "Error response from daemon: manifest for shop:9 not found"
    )


def test_the_client_explains_what_a_running_process_is_at(prod: Environment, session: Session) -> None:
    web = prod.make_service("web", scale=2)
    [_, container] = prod.get(f"/services/{web}/instances")["data"]
    prod.server.levers.stop_hangs(int(container["id"][2:]))
    prod.call("POST", f"/services/{web}/?action=upgrade", UPGRADE)
    prod.server.advance(8)

    [upgrade] = processes.under_way(session, "service", web)
    [stop] = processes.under_way(session, "container", container["id"])

    assert upgrade.server == "192.0.2.2"
    for found, handler in ((upgrade, "ServiceUpgrade"), (stop, "InstanceStop")):
        told = processes.waits_for(found, processes.runs(session, found.id))
        assert told == f"Try 1 of {found.process} is under way. It is at {handler}."


def test_a_process_can_be_replayed(prod: Environment, admin: Admin) -> None:
    web = failing_upgrade(prod)
    prod.server.levers.image_exists("shop:9")
    [upgrade] = admin.processes_of(web, endTime_null="")

    answered = admin.call("POST", f"processinstances/{upgrade['id']}/?action=replay")

    assert (answered.status_code, answered.json()["runAfter"]) == (200, None)
    assert answered.json()["executionCount"] == 0
    prod.server.advance(0.01)
    assert admin.processes_of(web, endTime_null="")[0]["exitReason"] is None


def test_what_is_forgotten_is_not_found_any_more(prod: Environment, session: Session) -> None:
    web = prod.make_service("web")
    [newest, *_] = processes.of(session, "service", web)

    prod.server.advance(3600)

    assert processes.of(session, "service", web) == []
    with pytest.raises(NotFound):
        processes.runs(session, newest.id)
