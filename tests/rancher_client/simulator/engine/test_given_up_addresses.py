"""The address of a container that is removed stays listed for a while (rancher-1.6-api.md 6.1)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine

from .container_lab import act, alone, state
from .lab import Lab

KIND = "ipAddress"


def managed(lab: Lab) -> int:
    """A container in the managed network, which alone gives addresses."""
    return alone(lab, networkMode="managed")


def of(lab: Lab, container: int) -> int:
    """The row of the container's address."""
    address = lab.container(container)["primaryIpAddress"]
    return next(n for n in lab.engine.ids(KIND) if shown(lab, n)["address"] == address)


def shown(lab: Lab, number: int) -> dict[str, Any]:
    found = lab.engine.view(KIND, number)
    assert found is not None
    return found


def removed(lab: Lab) -> int:
    """A container that has just been removed."""
    number = managed(lab)
    lab.engine.delete("container", number)
    lab.wait(2)
    assert state(lab, number) == "removed"
    return number


def is_listed(lab: Lab, address: int) -> bool:
    return address in lab.engine.ids(KIND, project=lab.project)


def test_a_stopped_container_keeps_its_address(lab: Lab) -> None:
    container = managed(lab)

    act(lab, container, "stop")
    lab.wait(2)

    assert state(lab, container) == "stopped"
    assert shown(lab, of(lab, container))["state"] == "active"


def test_a_removed_one_gives_its_address_up_which_stays_listed(lab: Lab) -> None:
    container = removed(lab)
    address = of(lab, container)

    row = shown(lab, address)

    assert (row["state"], row["removed"]) == ("inactive", None)
    assert row["name"] == row["address"] == lab.container(container)["primaryIpAddress"]
    assert is_listed(lab, address)
    assert (KIND, address) in lab.engine.related("network", row["networkId"].number, "ipAddresses")
    assert lab.engine.offered(KIND, address) == {"activate", "remove", "update"}


def test_what_is_given_up_goes_within_ten_minutes_each_at_a_moment_of_its_own(lab: Lab) -> None:
    addresses = [of(lab, removed(lab)) for _ in range(8)]
    began = lab.engine.now
    gone: dict[int, float] = {}

    while len(gone) < len(addresses) and lab.engine.now < began + 700:
        lab.wait(5)
        gone |= {a: lab.engine.now for a in addresses if a not in gone and not is_listed(lab, a)}

    assert len(gone) == 8
    assert max(gone.values()) - began <= 665
    assert len({round(moment / 60) for moment in gone.values()}) > 3
    assert all((moment - min(gone.values())) % 60 == pytest.approx(0, abs=1e-3) for moment in gone.values())
    last = max(gone, key=lambda address: gone[address])
    assert shown(lab, last)["state"] == "removed"
    assert began < shown(lab, last)["removed"] <= gone[last]


def test_it_does_not_wait_for_the_purge_of_its_container(lab: Lab) -> None:
    waiting = {removed(lab) for _ in range(8)}
    addresses = {container: of(lab, container) for container in waiting}
    order = set()

    for _ in range(70):
        lab.wait(10)
        for container in waiting:
            order.add((state(lab, container) == "purged", is_listed(lab, addresses[container])))

    assert order == {(False, True), (False, False), (True, True), (True, False)}


def test_one_taken_away_by_hand_stays_as_it_is(lab: Lab) -> None:
    address = of(lab, removed(lab))

    lab.engine.act(KIND, address, "remove")
    lab.wait(2)
    taken = shown(lab, address)
    lab.wait(700)

    assert taken["state"] == "removed"
    assert shown(lab, address)["removed"] == taken["removed"]


def test_one_that_is_just_being_changed_goes_all_the_same(lab: Lab) -> None:
    address = of(lab, removed(lab))
    before = lab.engine.snapshot()
    lab.wait(700)
    end = shown(lab, address)["removed"]
    lab.engine = Engine.restore(before)
    lab.wait(end - lab.engine.now - 0.001)

    lab.engine.act(KIND, address, "update")
    lab.wait(1)

    assert (shown(lab, address)["state"], shown(lab, address)["removed"]) == ("removed", end)


def test_the_address_of_a_removed_host_goes_with_it(lab: Lab) -> None:
    host = lab.hosts[0]
    [(_, address)] = lab.engine.related("host", host, "ipAddresses")
    lab.engine.act("host", host, "deactivate")
    lab.wait(2)

    lab.engine.delete("host", host)
    lab.wait(2)

    assert shown(lab, address)["state"] == "removed"
    assert not is_listed(lab, address)


def test_a_snapshot_keeps_when_it_will_go(lab: Lab) -> None:
    address = of(lab, removed(lab))

    lab.engine = Engine.restore(lab.engine.snapshot())

    assert is_listed(lab, address)
    lab.wait(700)
    assert not is_listed(lab, address)


def test_that_it_comes_is_given_up_and_goes_is_announced(lab: Lab) -> None:
    container = managed(lab)
    address = of(lab, container)
    come = lab.engine.take_changes()

    lab.engine.delete("container", container)
    lab.wait(2)
    given_up = lab.engine.take_changes()
    lab.wait(700)
    gone = lab.engine.take_changes()

    assert (KIND, address) in come
    assert (KIND, address) in given_up
    assert (KIND, address) in gone
