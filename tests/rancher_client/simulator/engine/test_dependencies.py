"""Containers that live on the network or the volumes of others, named by id (cattle: InstanceStart.java)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref, Site

from .container_lab import alone
from .lab import OLD, Lab

ONCE = {"io.rancher.container.start_once": "true"}
NOT_RUNNING = "instance is not running : Dependencies readiness error"


def on(number: int, tie: str) -> dict[str, Any]:
    """The fields of a container that lives on another one."""
    if tie == "volumeFrom":
        return {"dataVolumesFrom": [Ref("container", number)]}
    return {"networkMode": "container", "networkContainerId": Ref("container", number)}


def fate(lab: Lab, number: int) -> tuple[str, str | None]:
    view = lab.container(number)
    return view["state"], view["transitioningMessage"]


ties = pytest.mark.parametrize("tie", ["networkFrom", "volumeFrom"])


@ties
def test_it_goes_where_the_other_one_is_and_names_it(lab: Lab, tie: str) -> None:
    for _ in range(4):
        other = alone(lab)
        number = alone(lab, **on(other, tie))

        view = lab.container(number)
        assert (view["state"], view["hostId"]) == ("running", lab.container(other)["hostId"])
        ref = Ref("container", other)
        shown = (view["networkContainerId"], view["dataVolumesFrom"])
        assert shown == ((ref, None) if tie == "networkFrom" else (None, [ref]))


def test_a_network_is_only_shared_in_mode_container(lab: Lab) -> None:
    other = alone(lab, requestedHostId=lab.hosts[0])
    lab.engine.act("host", lab.hosts[0], "deactivate")
    lab.wait(5)

    number = alone(lab, networkMode="managed", networkContainerId=Ref("container", other))

    assert lab.container(number)["state"] == "running"


@ties
def test_on_a_stopped_one_it_cannot_start(lab: Lab, tie: str) -> None:
    other = alone(lab, startOnCreate=False)

    number = alone(lab, **on(other, tie), settle=10)

    assert fate(lab, number) == ("error", f"{tie} {NOT_RUNNING}")


@ties
def test_on_a_removed_one_it_cannot_start(lab: Lab, tie: str) -> None:
    other = alone(lab)
    lab.engine.delete("container", other)
    lab.wait(5)

    number = alone(lab, **on(other, tie), settle=10)

    assert fate(lab, number) == ("error", f"{tie} instance is removed : Dependencies readiness error")


@ties
def test_it_runs_on_when_the_other_one_stops_but_is_not_started_again(lab: Lab, tie: str) -> None:
    other = alone(lab)
    number = alone(lab, **on(other, tie))
    lab.engine.act("container", other, "stop")
    lab.wait(5)
    assert fate(lab, number) == ("running", None)

    lab.engine.act("container", number, "restart")
    lab.wait(10)

    assert fate(lab, number) == ("stopped", f"{tie} {NOT_RUNNING}")
    lab.engine.act("container", other, "start")
    lab.wait(10)
    lab.engine.act("container", number, "start")
    lab.wait(10)
    assert fate(lab, number) == ("running", None)


@ties
def test_one_that_starts_once_may_have_stopped_but_not_before_it_had_a_host(lab: Lab, tie: str) -> None:
    job = alone(lab, labels=ONCE)
    lab.engine.act("container", job, "stop")
    never = alone(lab, labels=ONCE, startOnCreate=False)
    lab.wait(5)

    assert fate(lab, alone(lab, **on(job, tie))) == ("running", None)
    assert fate(lab, alone(lab, **on(never, tie))) == (
        "error",
        f"Allocation failed: Dependent instance not allocated yet: {never}.",
    )


def test_it_waits_for_one_that_is_being_started(lab: Lab) -> None:
    other = alone(lab, settle=0)
    number = alone(lab, **on(other, "volumeFrom"), settle=0)

    lab.wait(10)

    assert fate(lab, number) == ("running", None)


@pytest.mark.parametrize(("pull", "ends"), [(20.0, ("running", None)), (60.0, ("error", NOT_RUNNING))])
def test_it_waits_half_a_minute_and_no_longer(lab: Lab, pull: float, ends: tuple[str, str | None]) -> None:
    lab.engine.levers.image("slow", pull=pull)
    job = alone(lab, imageUuid="sim:slow", labels=ONCE, settle=0)
    number = alone(lab, **on(job, "volumeFrom"), settle=15)
    assert fate(lab, number) == ("starting", "Waiting for dependencies")

    lab.wait(20)

    assert fate(lab, number) == ends


def test_it_fails_with_the_other_one(lab: Lab) -> None:
    failing = alone(lab, labels={"io.rancher.scheduler.affinity:host_label": "no=such"}, settle=0)
    number = alone(lab, **on(failing, "volumeFrom"), settle=10)

    assert fate(lab, failing)[0] == "error"
    assert fate(lab, number) == ("error", NOT_RUNNING)


def test_it_stops_waiting_for_one_that_is_removed(lab: Lab) -> None:
    lab.engine.levers.image("slow", pull=20)
    job = alone(lab, imageUuid="sim:slow", labels=ONCE, settle=0)
    between = alone(lab, **on(job, "volumeFrom"))
    number = alone(lab, **on(between, "volumeFrom"))
    assert fate(lab, number) == ("starting", "Waiting for dependencies")

    lab.engine.delete("container", between)
    lab.wait(5)

    assert fate(lab, number) == ("error", NOT_RUNNING)


def test_volumes_of_two_hosts_come_together_nowhere(lab: Lab) -> None:
    one, two = (alone(lab, requestedHostId=host) for host in lab.hosts[:2])

    both = {"dataVolumesFrom": [Ref("container", two), Ref("container", one)]}

    assert fate(lab, alone(lab, **both)) == (
        "error",
        "Allocation failed: Dependent instances are allocated to different hosts. Hosts and the dependent "
        f"instances allocated to them: {{{lab.hosts[0]}=[{one}], {lab.hosts[1]}=[{two}]}}.",
    )
    number = alone(lab, **on(one, "networkFrom"), dataVolumesFrom=[Ref("container", two)])
    assert fate(lab, number) == ("error", f"Allocation failed: On the same host ({lab.hosts[0]}) as {one}")


def test_a_host_that_takes_nothing_takes_nothing_beside_its_own_either(lab: Lab) -> None:
    one, two = (alone(lab, requestedHostId=lab.hosts[0]) for _ in range(2))
    lab.engine.act("host", lab.hosts[0], "deactivate")
    lab.wait(5)

    number = alone(lab, dataVolumesFrom=[Ref("container", two), Ref("container", one)])

    assert fate(lab, number) == (
        "error",
        f"Allocation failed: On the same host ({lab.hosts[0]}) as {one}, {two}",
    )


@ties
def test_who_names_a_host_gets_it_wherever_the_other_one_is(lab: Lab, tie: str) -> None:
    other = alone(lab, requestedHostId=lab.hosts[0])

    number = alone(lab, **on(other, tie), requestedHostId=lab.hosts[1])

    assert lab.container(number)["hostId"] == Ref("host", lab.hosts[1])


@pytest.mark.parametrize(("scheduler", "state"), [(False, "running"), (True, "error")])
def test_who_names_a_host_is_asked_about_ports_by_a_scheduler_only(scheduler: bool, state: str) -> None:
    lab = Lab(site=Site(scheduler_service=scheduler, hosts_bind_ports=False))
    alone(lab, ports=["80:80"], requestedHostId=lab.hosts[0])

    number = alone(lab, ports=["80:80"], requestedHostId=lab.hosts[0])

    assert lab.container(number)["state"] == state


@ties
def test_it_depends_on_the_same_after_a_snapshot(lab: Lab, tie: str) -> None:
    other = alone(lab)
    number = alone(lab, **on(other, tie))
    before = lab.container(number)

    lab.engine = Engine.restore(lab.engine.snapshot())

    assert lab.container(number) == before
    assert lab.container(number)["imageUuid"] == OLD


def test_mode_container_without_a_container_runs_alone(lab: Lab) -> None:
    assert lab.container(alone(lab, networkMode="container"))["state"] == "running"


def test_one_that_nobody_knows_any_more_counts_as_removed(lab: Lab) -> None:
    number = alone(lab, **on(4711, "volumeFrom"))

    assert fate(lab, number) == ("error", "volumeFrom instance is removed : Dependencies readiness error")


def test_having_waited_once_spares_no_later_start_the_question(lab: Lab) -> None:
    other = alone(lab, settle=0)
    number = alone(lab, **on(other, "volumeFrom"), settle=10)
    for each in (number, other):
        lab.engine.act("container", each, "stop", {})
        lab.wait(2)

    lab.engine.act("container", number, "start", {})
    lab.wait(5)

    assert fate(lab, number) == ("stopped", f"volumeFrom {NOT_RUNNING}")
