"""Hosts that are not there: what services do without them, and when they come back (7.1, 4.4)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .lab import Lab

GLOBAL = {"io.rancher.scheduler.global": "true"}


def states(lab: Lab, service: int) -> Counter[str]:
    return Counter(view["state"] for view in lab.containers(service))


def on(lab: Lab, service: int, host: int) -> int:
    """The container of a global service on a host."""
    (number,) = (view["id"] for view in lab.containers(service) if view["hostId"].number == host)
    return int(number)


def test_a_global_service_leaves_its_unit_on_an_inactive_host_as_it_is(lab: Lab) -> None:
    web = lab.service(labels=GLOBAL)
    away = on(lab, web, lab.hosts[0])
    lab.engine.act("host", lab.hosts[0], "deactivate", {})
    lab.wait(2)

    lab.engine.act("container", away, "stop", {})
    lab.wait(30)

    assert states(lab, web) == {"running": 2, "stopped": 1}
    assert lab.state(web) == "active"


def test_each_container_of_a_global_service_asks_for_the_host_of_its_unit(lab: Lab) -> None:
    web = lab.service(labels=GLOBAL)

    for view in lab.containers(web):
        assert view["requestedHostId"] == view["hostId"]
        assert view["labels"]["io.rancher.service.requested.host.id"] == str(view["hostId"].number)


def test_it_is_started_again_when_the_host_is_activated(lab: Lab) -> None:
    web = lab.service(labels=GLOBAL)
    away = on(lab, web, lab.hosts[0])
    lab.engine.act("host", lab.hosts[0], "deactivate", {})
    lab.wait(2)
    lab.engine.act("container", away, "stop", {})
    lab.wait(30)

    lab.engine.act("host", lab.hosts[0], "activate", {})
    lab.wait(30)

    assert lab.container(away)["state"] == "running"


def test_without_a_usable_host_a_service_rests_as_it_is(lab: Lab) -> None:
    web = lab.service(scale=2)
    stopped, _ = lab.ids(web)
    for host in lab.hosts:
        lab.engine.act("host", host, "deactivate", {})
    lab.wait(2)

    lab.engine.act("container", stopped, "stop", {})
    lab.engine.update("service", web, {"scale": 1})
    lab.wait(30)

    assert lab.state(web) == "active"
    assert states(lab, web) == {"running": 1, "stopped": 1}


def test_it_goes_on_where_it_stood_once_a_host_is_back(lab: Lab) -> None:
    web = lab.service(scale=2)
    for host in lab.hosts:
        lab.engine.act("host", host, "deactivate", {})
    lab.wait(2)
    lab.engine.update("service", web, {"scale": 3})
    lab.wait(30)

    lab.engine.act("host", lab.hosts[0], "activate", {})
    lab.wait(30)

    assert states(lab, web) == {"running": 3}


def alone_on_a_lost_host(lab: Lab, **config: Any) -> tuple[int, int, int]:
    """A service, its only container, and the host that is lost with it."""
    web = lab.service(**config)
    (number,) = lab.ids(web)
    lost = lab.container(number)["hostId"].number
    lab.engine.levers.give_up_host(lost)
    return web, number, lost


def test_on_a_lost_host_a_container_stops_at_once_without_its_agent(lab: Lab) -> None:
    web, number, _ = alone_on_a_lost_host(lab)

    lab.engine.act("service", web, "deactivate", {})
    lab.wait(1)

    assert lab.container(number)["state"] == "stopped"


def test_a_stop_that_waits_for_an_agent_ends_when_the_agent_is_known_to_be_lost(lab: Lab) -> None:
    web = lab.service()
    (number,) = lab.ids(web)
    lab.engine.levers.lose_host(lab.container(number)["hostId"].number)
    lab.engine.act("service", web, "deactivate", {})
    lab.wait(20)
    waiting = lab.container(number)["state"]

    lab.wait(30)

    assert (waiting, lab.container(number)["state"]) == ("stopping", "stopped")


def test_a_container_that_should_start_on_a_lost_host_is_made_anew_elsewhere(lab: Lab) -> None:
    web, number, lost = alone_on_a_lost_host(lab)
    lab.engine.act("container", number, "stop", {})

    lab.wait(10)
    waiting = lab.container(number)["state"]
    lab.wait(120)

    (other,) = lab.containers(web, state="running")
    assert waiting == "starting"
    assert other["id"] != number
    assert other["hostId"].number != lost


def test_one_with_a_check_is_removed_as_soon_as_its_start_fails(lab: Lab) -> None:
    web, number, _ = alone_on_a_lost_host(lab, healthCheck={"port": 80, "strategy": "none"})
    lab.engine.act("container", number, "stop", {})

    lab.wait(10)

    assert lab.container(number)["state"] == "removed"
    assert states(lab, web) == {"running": 1}


def test_what_runs_on_a_lost_host_counts_as_running(lab: Lab) -> None:
    web = lab.service(scale=2)
    before = lab.ids(web)

    lab.engine.levers.give_up_host(lab.container(before[0])["hostId"].number)
    lab.wait(60)

    assert lab.ids(web) == before
    assert states(lab, web) == {"running": 2}


def test_the_state_of_an_agent_is_told_from_its_first_change_on(lab: Lab) -> None:
    host = lab.hosts[0]

    def shown() -> tuple[str, str | None]:
        view = lab.engine.view("host", host)
        assert view is not None
        return view["state"], view["agentState"]

    seen = [shown()]
    lab.engine.levers.give_up_host(host)
    seen.append(shown())
    lab.engine.levers.regain_host(host)
    lab.wait(5)
    seen.append(shown())

    assert seen == [("active", None), ("disconnected", "disconnected"), ("active", "active")]
