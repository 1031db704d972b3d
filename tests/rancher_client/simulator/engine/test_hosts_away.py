"""Hosts that are not there: what services do without them, and when they come back (7.1, 4.4)."""

from __future__ import annotations

from collections import Counter

from .lab import Lab, upgrade_body

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


def test_a_unit_with_something_under_way_on_a_lost_host_is_made_anew_elsewhere(lab: Lab) -> None:
    web = lab.service(scale=1)
    (number,) = lab.ids(web)
    lost = lab.container(number)["hostId"].number
    lab.engine.levers.give_up_host(lost)
    lab.engine.act("container", number, "stop", {})
    lab.wait(5)

    lab.engine.update("service", web, {"scale": 2})
    lab.wait(30)

    running = lab.containers(web, state="running")
    assert len(running) == 2
    assert lost not in {view["hostId"].number for view in running}


def test_what_runs_on_a_lost_host_counts_as_running(lab: Lab) -> None:
    web = lab.service(scale=2)
    before = lab.ids(web)

    lab.engine.levers.give_up_host(lab.container(before[0])["hostId"].number)
    lab.wait(60)

    assert lab.ids(web) == before
    assert states(lab, web) == {"running": 2}


def test_evacuation_leaves_the_stopped_containers_of_an_upgrade(lab: Lab) -> None:
    web = lab.service(labels=GLOBAL)
    lab.upgrade(web, upgrade_body(batch=3, interval=100, labels=GLOBAL))
    lab.until(web, "upgraded")

    lab.engine.act("host", lab.hosts[0], "evacuate", {})
    lab.wait(10)

    assert lab.generations(web) == {("old", "stopped"): 3, ("new", "running"): 2}


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
