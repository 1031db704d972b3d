"""Hosts: how they come, change, lose their agents and go (rancher-1.6-api.md 7.1)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Refused, Site

from .lab import OLD, Lab

GLOBAL = {"io.rancher.scheduler.global": "true"}
NEAR = GLOBAL | {"io.rancher.scheduler.affinity:host_label": "zone=a"}


def view(lab: Lab, host: int) -> dict[str, Any]:
    found = lab.engine.view("host", host)
    assert found is not None
    return found


def state(lab: Lab, host: int) -> str:
    return str(view(lab, host)["state"])


def act(lab: Lab, host: int, action: str) -> None:
    lab.engine.act("host", host, action, {})


def refusal(lab: Lab, host: int, action: str) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        act(lab, host, action)
    return refused.value.status, refused.value.code


def hosts_of(lab: Lab, service: int) -> list[int]:
    return sorted(found["hostId"].number for found in lab.containers(service, state="running"))


# Coming and changing.


def test_a_new_host_says_who_it_is_or_is_given_a_name_and_an_address() -> None:
    lab = Lab(site=Site())
    fields = {"hostname": "web7", "agentIpAddress": "192.168.1.7", "labels": {"zone": "a"}, "name": "first"}
    own = view(lab, lab.engine.create("host", fields, project=lab.project))
    given = view(lab, lab.hosts[1])

    assert {field: own[field] for field in fields} == fields
    assert (given["hostname"], given["agentIpAddress"], given["labels"]) == ("node2", "10.0.0.3", {})
    assert given["name"] is None
    assert (given["kind"], given["info"]["cpuInfo"]["count"]) == ("docker", 4)


def test_a_simulated_host_tells_only_how_much_it_takes(lab: Lab) -> None:
    host = view(lab, lab.hosts[0])

    assert (host["kind"], host["hostname"], host["info"], host["computeTotal"]) == (
        "sim",
        None,
        None,
        1_000_000,
    )


@pytest.mark.parametrize(
    ("fields", "passes"),
    [
        ({"labels": {"zone": "a"}}, "updating-active"),
        ({"labels": {}}, "active"),
        ({"memory": 1024}, "updating-active"),
        ({"milliCpu": 4000}, "updating-active"),
        ({"localStorageMb": 5}, "updating-active"),
        ({"name": "first", "description": "in the cellar"}, "active"),
    ],
)
def test_a_change_of_labels_or_of_what_it_has_to_give_passes_updating_active(
    lab: Lab, fields: dict[str, Any], passes: str
) -> None:
    host = lab.hosts[0]

    lab.engine.update("host", host, fields)
    assert state(lab, host) == passes
    lab.wait(1)

    assert state(lab, host) == "active"
    assert {field: view(lab, host)[field] for field in fields} == fields


def test_an_update_can_be_asked_for_without_any_change(lab: Lab) -> None:
    act(lab, lab.hosts[0], "update")
    assert state(lab, lab.hosts[0]) == "updating-active"
    lab.wait(1)

    assert state(lab, lab.hosts[0]) == "active"


def test_nobody_changes_what_a_host_tells_of_itself() -> None:
    lab = Lab(site=Site())

    lab.engine.update("host", lab.hosts[0], {"hostname": "other"})

    assert (state(lab, lab.hosts[0]), view(lab, lab.hosts[0])["hostname"]) == ("active", "node1")


def test_an_inactive_host_changes_by_a_state_of_its_own(lab: Lab) -> None:
    host = lab.hosts[0]
    act(lab, host, "deactivate")
    lab.engine.update("host", host, {"labels": {"on": "the way"}})
    assert state(lab, host) == "deactivating"
    lab.wait(1)

    lab.engine.update("host", host, {"labels": {"zone": "a"}})
    assert state(lab, host) == "updating-inactive"
    lab.wait(1)

    assert (state(lab, host), view(lab, host)["labels"]) == ("inactive", {"zone": "a"})


def test_the_labels_it_has_already_start_no_process(lab: Lab) -> None:
    host = lab.hosts[0]
    lab.engine.update("host", host, {"labels": {"zone": "a"}})
    lab.wait(1)

    lab.engine.update("host", host, {"labels": {"zone": "a"}, "name": "first"})

    assert state(lab, host) == "active"


# What services hear of it.


def test_services_look_again_when_a_host_gets_labels(lab: Lab) -> None:
    web = lab.service(labels=NEAR)
    assert hosts_of(lab, web) == []

    lab.engine.update("host", lab.hosts[1], {"labels": {"zone": "a"}})
    lab.wait(10)

    assert hosts_of(lab, web) == [lab.hosts[1]]


def test_services_look_again_when_a_host_comes_with_labels(lab: Lab) -> None:
    web = lab.service(labels=NEAR)

    host = lab.engine.create("host", {"labels": {"zone": "a"}}, project=lab.project)
    lab.wait(10)

    assert hosts_of(lab, web) == [host]


def test_services_look_again_when_an_agent_is_back(lab: Lab) -> None:
    lab.engine.levers.give_up_host(lab.hosts[0])
    web = lab.service(labels=GLOBAL)
    assert hosts_of(lab, web) == lab.hosts[1:]

    lab.engine.levers.regain_host(lab.hosts[0])
    assert state(lab, lab.hosts[0]) == "finishing-reconnect"
    lab.wait(10)

    assert hosts_of(lab, web) == lab.hosts


@pytest.mark.parametrize("way", ["noticed after pings", "at once"])
def test_services_look_again_when_an_agent_is_given_up(lab: Lab, way: str) -> None:
    """Something that no process has looked at since: configs that were written past the API (13.4)."""
    web = lab.service(scale=1)
    lab.engine.levers.store_configs(web, lab.view(web)["launchConfig"], [{"name": "side", "imageUuid": OLD}])

    if way == "at once":
        lab.engine.levers.give_up_host(lab.hosts[0])
    else:
        lab.engine.levers.lose_host(lab.hosts[0])
        lab.wait(200)
        assert len(lab.containers(web)) == 1
    lab.wait(20)

    assert len(lab.containers(web)) == 2


def test_services_of_other_projects_hear_nothing(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.store_configs(web, lab.view(web)["launchConfig"], [{"name": "side", "imageUuid": OLD}])

    other = lab.engine.create("project", {"name": "other", "state": "active"}, project=None)
    lab.engine.create("host", {}, project=other)
    lab.wait(20)
    assert len(lab.containers(web)) == 1

    lab.engine.create("host", {}, project=lab.project)
    lab.wait(20)
    assert len(lab.containers(web)) == 2


# Its actions.


def test_a_host_that_was_deactivated_is_removed_by_its_action_too(lab: Lab) -> None:
    host = lab.hosts[0]
    assert refusal(lab, host, "remove") == (422, "ActionNotAvailable")
    act(lab, host, "deactivate")
    lab.wait(1)

    act(lab, host, "remove")
    assert state(lab, host) == "removing"
    lab.wait(1)
    assert (state(lab, host), host in lab.engine.ids("host")) == ("removed", False)

    lab.engine.delete("host", host)
    assert state(lab, host) == "removed"
    act(lab, host, "purge")
    lab.wait(1)
    assert state(lab, host) == "purged"


@pytest.mark.parametrize(
    ("action", "refused"),
    [
        ("activate", (422, "ActionNotAvailable")),
        ("dockersocket", (501, "HostApiProxyDisabled")),
        ("delete", (404, "Not Found")),
        ("upgrade", (404, "Not Found")),
    ],
)
def test_what_an_active_host_refuses(lab: Lab, action: str, refused: tuple[int, str]) -> None:
    assert refusal(lab, lab.hosts[0], action) == refused


@pytest.mark.parametrize("by", ["deactivate", "evacuate"])
def test_its_own_state_shows_before_that_of_its_agent_unless_it_is_active(lab: Lab, by: str) -> None:
    host = lab.hosts[0]
    lab.engine.levers.give_up_host(host)
    assert state(lab, host) == "disconnected"

    act(lab, host, by)
    lab.wait(1)

    assert (state(lab, host), view(lab, host)["agentState"]) == ("inactive", "disconnected")


# Losing the agent.


def test_a_second_loss_begins_to_count_anew(lab: Lab) -> None:
    host = lab.hosts[0]
    lab.engine.levers.lose_host(host)
    lab.engine.levers.lose_host(host)
    lab.wait(31)
    assert state(lab, host) == "reconnecting"
    lab.wait(100)
    lab.engine.levers.regain_host(host)
    lab.engine.levers.regain_host(host)
    lab.wait(1)
    assert state(lab, host) == "active"

    lab.engine.levers.lose_host(host)
    lab.wait(29)
    assert state(lab, host) == "active"
    lab.wait(100)
    assert state(lab, host) == "reconnecting"
    lab.wait(100)
    assert state(lab, host) == "disconnected"


def test_an_agent_that_is_lost_while_it_comes_back_is_not_back(lab: Lab) -> None:
    host = lab.hosts[0]
    lab.engine.levers.give_up_host(host)
    lab.engine.levers.regain_host(host)
    lab.engine.levers.lose_host(host)

    lab.wait(10)

    assert state(lab, host) == "finishing-reconnect"


def test_an_agent_that_is_back_before_anybody_noticed_was_never_away(lab: Lab) -> None:
    host = lab.hosts[0]
    lab.engine.levers.lose_host(host)
    lab.wait(20)

    lab.engine.levers.regain_host(host)

    assert (state(lab, host), view(lab, host)["agentState"]) == ("active", None)


def test_a_stop_that_is_never_reported_ends_when_the_agent_is_given_up(lab: Lab) -> None:
    number = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    lab.wait(5)
    host = lab.container(number)["hostId"].number
    lab.engine.levers.stop_hangs(number)
    lab.engine.act("container", number, "stop", {})
    lab.wait(10)
    assert lab.container(number)["state"] == "stopping"

    lab.engine.levers.give_up_host(host)
    lab.wait(20)

    assert lab.container(number)["state"] == "stopped"


def test_a_check_hears_nothing_of_a_lost_host_and_again_when_it_is_back(lab: Lab) -> None:
    check = {"port": 80, "interval": 2000, "healthyThreshold": 2, "unhealthyThreshold": 3}
    web = lab.service(healthCheck=check | {"strategy": "none"})
    [number] = lab.ids(web)
    host = lab.container(number)["hostId"].number

    lab.engine.levers.lose_host(host)
    lab.wait(10)
    assert lab.container(number)["healthState"] == "unhealthy"
    lab.engine.levers.regain_host(host)
    lab.wait(10)

    assert lab.container(number)["healthState"] == "healthy"


def test_a_process_that_was_overtaken_is_not_taken_for_the_next_one(lab: Lab) -> None:
    """Here a deactivation, while the host was being evacuated."""
    host = lab.hosts[0]
    act(lab, host, "evacuate")
    lab.wait(0.05)
    act(lab, host, "deactivate")
    lab.wait(1)
    assert state(lab, host) == "inactive"

    act(lab, host, "activate")

    running = [
        found["processName"]
        for number in lab.engine.ids("processInstance")
        if (found := lab.engine.view("processInstance", number) or {})["runningProcessServerId"]
    ]
    assert running == ["host.activate"]
