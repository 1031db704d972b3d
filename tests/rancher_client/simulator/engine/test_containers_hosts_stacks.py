"""Containers, hosts and stacks by themselves (rancher-1.6-api.md 6.2, 7.1, chapter 3)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Refused
from rancher_client.simulator.engine.starting import CHECKPOINTS

from .lab import Lab


def stack(lab: Lab, number: int | None = None) -> dict[str, Any]:
    found = lab.engine.view("stack", lab.stack if number is None else number)
    assert found is not None
    return found


def host(lab: Lab, number: int) -> dict[str, Any]:
    found = lab.engine.view("host", number)
    assert found is not None
    return found


def test_a_start_passes_all_checkpoints_with_their_progress(lab: Lab) -> None:
    lab.service(settle=0)
    shown: list[tuple[str, int]] = []
    while not shown or lab.container(1)["state"] != "running":
        due = lab.engine.due_at()
        assert due is not None
        lab.engine.advance(due)
        if lab.engine.ids("container") and lab.container(1)["state"] == "starting":
            view = lab.container(1)
            step = (view["transitioningMessage"], view["transitioningProgress"])
            if step not in shown:
                shown.append(step)

    assert shown == list(CHECKPOINTS)


def test_a_running_container_that_is_deleted_stops_first(lab: Lab) -> None:
    web = lab.service()
    [number] = lab.ids(web)

    lab.engine.delete("container", number)

    assert lab.container(number)["state"] == "stopping"
    lab.wait(1)
    assert lab.container(number)["state"] == "removed"


def test_a_restart_keeps_the_container_and_counts_the_start(lab: Lab) -> None:
    web = lab.service()
    [number] = lab.ids(web)

    lab.engine.act("container", number, "restart", {})
    assert lab.container(number)["state"] == "restarting"
    lab.wait(1)

    assert (lab.container(number)["state"], lab.container(number)["startCount"]) == ("running", 2)


def test_labels_of_config_and_server_are_on_the_container(lab: Lab) -> None:
    web = lab.service(labels={"team": "shop"}, sidekicks=[{"name": "logs", "imageUuid": "sim:l:1"}])
    primary, sidekick = lab.containers(web)

    assert primary["labels"]["team"] == "shop"
    assert primary["labels"]["io.rancher.stack_service.name"] == "shop/web"
    assert sidekick["labels"]["io.rancher.stack_service.name"] == "shop/web/logs"
    assert sidekick["labels"]["io.rancher.service.launch.config"] == "logs"
    assert sidekick["labels"]["io.rancher.service.deployment.unit"] == primary["deploymentUnitUuid"]


def test_a_container_of_its_own_holds_its_port(lab: Lab) -> None:
    for number in lab.hosts:
        fields = {"imageUuid": "sim:x", "ports": ["80:80"], "requestedHostId": number}
        lab.engine.create("container", fields, project=lab.project)
    lab.wait(5)

    web = lab.service(ports=["80:80"])

    assert lab.view(web)["transitioning"] == "error"


def test_a_deactivated_host_keeps_its_containers_and_gets_no_new_ones(lab: Lab) -> None:
    web = lab.service(scale=3, ports=["80:80"])
    lab.engine.act("host", lab.hosts[0], "deactivate", {})
    lab.wait(10)

    assert host(lab, lab.hosts[0])["state"] == "inactive"
    assert len(lab.containers(web, state="running")) == 3


def test_an_active_host_cannot_be_deleted(lab: Lab) -> None:
    with pytest.raises(Refused) as raised:
        lab.engine.delete("host", lab.hosts[0])
    assert raised.value.status == 405


def test_a_removed_hosts_containers_come_up_elsewhere(lab: Lab) -> None:
    web = lab.service(scale=6)
    lab.engine.act("host", lab.hosts[0], "deactivate", {})
    lab.wait(1)

    lab.engine.delete("host", lab.hosts[0])
    lab.wait(10)

    views = lab.containers(web)
    assert host(lab, lab.hosts[0])["state"] == "removed"
    assert lab.hosts[0] not in lab.engine.ids("host")
    assert len(views) == 6
    assert lab.hosts[0] not in {view["hostId"].number for view in views}


def test_evacuate_empties_a_host_and_leaves_it_inactive(lab: Lab) -> None:
    web = lab.service(scale=6)
    crowded = lab.containers(web)[0]["hostId"].number

    lab.engine.act("host", crowded, "evacuate", {})
    assert host(lab, crowded)["state"] == "active"
    lab.wait(20)

    assert host(lab, crowded)["state"] == "inactive"
    assert crowded not in {view["hostId"].number for view in lab.containers(web)}
    assert len(lab.containers(web, state="running")) == 6


def test_a_lost_agent_is_reconnecting_then_disconnected_and_comes_back(lab: Lab) -> None:
    web = lab.service(scale=6)
    lost = lab.containers(web)[0]["hostId"].number

    lab.engine.levers.lose_host(lost)
    lab.wait(29)
    assert host(lab, lost)["state"] == "active"
    lab.wait(2)
    assert host(lab, lost)["state"] == "reconnecting"
    lab.wait(180)
    assert host(lab, lost)["state"] == "disconnected"
    assert len(lab.containers(web, state="running")) == 6
    lab.engine.levers.regain_host(lost)
    assert host(lab, lost)["state"] == "finishing-reconnect"
    lab.wait(1)
    assert host(lab, lost)["state"] == "active"


def test_a_short_loss_of_the_connection_is_not_noticed(lab: Lab) -> None:
    lab.engine.levers.lose_host(lab.hosts[0])
    lab.wait(20)
    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(300)

    assert host(lab, lab.hosts[0])["state"] == "active"


def test_health_checked_containers_of_a_lost_host_are_made_elsewhere(lab: Lab) -> None:
    web = lab.service(scale=3, healthCheck={"port": 80})
    lost = lab.containers(web)[0]["hostId"].number

    lab.engine.levers.lose_host(lost)
    lab.wait(300)

    alive = [view for view in lab.containers(web, state="running") if view["hostId"].number != lost]
    assert len(alive) == 3


def test_a_stack_with_compose_text_makes_no_service_without_an_executor(lab: Lab) -> None:
    lab.engine.levers.compose_executor("unregistered")
    number = lab.engine.create(
        "stack",
        {"name": "noexec", "dockerCompose": "version: '2'\n", "environment": {"A": "1"}, "externalId": "x"},
        project=lab.project,
    )
    assert stack(lab, number)["state"] == "activating"
    lab.wait(1)
    lab.engine.act("stack", number, "upgrade", {"environment": {"A": "2"}, "externalId": "y"})
    assert stack(lab, number)["state"] == "upgrading"
    lab.wait(1)
    view = stack(lab, number)
    assert (view["state"], view["environment"], view["externalId"]) == ("upgraded", {"A": "1"}, "x")
    lab.engine.act("stack", number, "finishupgrade", {})
    lab.wait(1)

    assert (stack(lab, number)["state"], stack(lab, number)["serviceIds"]) == ("active", None)


def test_a_stack_is_removed_before_a_service_of_many_containers(lab: Lab) -> None:
    web = lab.service(scale=12)

    lab.engine.delete("stack", lab.stack)
    lab.wait(0.1)
    assert lab.state(web) == "removing"
    while stack(lab)["state"] != "removed":
        lab.wait(0.02)

    assert lab.state(web) == "removing"
    lab.until(web, "removed")


def test_a_put_of_a_stack_passes_updating_active(lab: Lab) -> None:
    lab.engine.update("stack", lab.stack, {"name": "store", "dockerCompose": "x"})
    assert stack(lab)["state"] == "updating-active"
    lab.wait(1)

    view = stack(lab)
    assert (view["state"], view["name"], view.get("dockerCompose")) == ("active", "store", None)


def test_deactivate_services_is_all_or_none(lab: Lab) -> None:
    web, db = lab.service("web"), lab.service("db")
    lab.upgrade(db)
    lab.until(db, "upgraded")

    with pytest.raises(Refused) as raised:
        lab.engine.act("stack", lab.stack, "deactivateservices", {})

    text = "Service db is not in valid state to be deactivated: upgraded"
    assert (raised.value.code, raised.value.field_name) == ("InvalidState", text)
    assert lab.state(web) == "active"


def test_deactivate_and_activate_services_leave_the_stack_active(lab: Lab) -> None:
    web = lab.service("web")

    lab.engine.act("stack", lab.stack, "deactivateservices", {})
    lab.until(web, "inactive")
    lab.wait(1)
    assert (stack(lab)["state"], stack(lab)["healthState"]) == ("active", "unhealthy")
    lab.engine.act("stack", lab.stack, "activateservices", {})
    lab.until(web, "active")


def test_outputs_are_merged(lab: Lab) -> None:
    lab.engine.act("stack", lab.stack, "addoutputs", {"outputs": {"a": "1"}})
    lab.engine.act("stack", lab.stack, "addoutputs", {"outputs": {"b": "2"}})

    assert stack(lab)["outputs"] == {"a": "1", "b": "2"}
    with pytest.raises(Refused, match="outputs"):
        lab.engine.act("stack", lab.stack, "addoutputs", {})


def test_an_export_describes_the_services_as_they_are_now(lab: Lab) -> None:
    lab.service(scale=2, ports=["81"], environment={"LOG": "info"})

    exported = lab.engine.act("stack", lab.stack, "exportconfig", {})

    assert exported is not None
    text = exported["dockerComposeConfig"]
    assert "image: sim:registry/shop:1\r\n" in text
    assert ":81/tcp" in text
    assert "scale: 2\r\n" in exported["rancherComposeConfig"]


def test_stack_names_are_unique_in_the_project(lab: Lab) -> None:
    with pytest.raises(Refused) as raised:
        lab.engine.create("stack", {"name": "shop"}, project=lab.project)
    assert (raised.value.code, raised.value.field_name) == ("NotUnique", "name")


def test_a_pull_task_tells_by_host_name_how_it_went(lab: Lab) -> None:
    for number, name in zip(lab.hosts, ("one", "two"), strict=False):
        lab.engine.update("host", number, {"name": name})
    lab.engine.levers.close_registry("registry/")

    missing = lab.engine.create("pullTask", {"image": "registry/shop:9", "mode": "all"}, project=lab.project)
    lab.engine.levers.image_exists("registry/shop:1")
    there = lab.engine.create("pullTask", {"image": "registry/shop:1", "mode": "all"}, project=lab.project)
    lab.wait(1)

    task, good = lab.engine.view("pullTask", missing), lab.engine.view("pullTask", there)
    assert task is not None
    assert good is not None
    text = "Image [registry/shop:9] failed to pull: manifest unknown"
    assert (task["state"], task["status"]) == ("active", {"one": text, "two": text})
    assert good["status"] == {"one": "Done", "two": "Done"}
