"""What calls make of rows that follow from containers, hosts and projects (rancher-1.6-api.md 6.1, 7.1)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Refused

from .lab import Lab

SETTLED = 1.0
"""Seconds after which the process of such a row has ended."""


def view(lab: Lab, kind: str, number: int) -> dict[str, Any]:
    found = lab.engine.view(kind, number)
    assert found is not None
    return found


def state(lab: Lab, kind: str, number: int) -> str:
    return str(view(lab, kind, number)["state"])


def act(lab: Lab, kind: str, number: int, action: str) -> tuple[str, str]:
    """The state at once and the one after the process."""
    lab.engine.act(kind, number, action, {})
    begun = state(lab, kind, number)
    lab.wait(SETTLED)
    return begun, state(lab, kind, number)


def first(lab: Lab, kind: str) -> int:
    return lab.engine.ids(kind, project=lab.project)[0]


def published(lab: Lab) -> tuple[int, int]:
    """A container that publishes a port, and the port's row."""
    container = lab.engine.create(
        "container", {"name": "one", "imageUuid": "docker:nginx", "ports": ["8080:80"]}, project=lab.project
    )
    lab.wait(10)
    assert lab.container(container)["state"] == "running"
    return container, first(lab, "port")


@pytest.mark.parametrize("kind", ["network", "subnet", "storagePool", "ipAddress"])
def test_what_has_the_standard_processes_is_deactivated_and_activated_again(lab: Lab, kind: str) -> None:
    number = first(lab, kind)

    assert act(lab, kind, number, "update") == ("updating-active", "active")
    assert act(lab, kind, number, "deactivate") == ("deactivating", "inactive")
    assert lab.engine.offered(kind, number) == {"activate", "remove", "update"}
    assert act(lab, kind, number, "update") == ("updating-inactive", "inactive")
    assert act(lab, kind, number, "activate") == ("activating", "active")


def test_on_the_way_a_row_is_transitioning_and_offers_what_may_overtake(lab: Lab) -> None:
    number = first(lab, "network")
    lab.engine.act("network", number, "update", {})

    assert view(lab, "network", number)["transitioning"] == "yes"
    assert view(lab, "network", number)["transitioningMessage"] == "In Progress"
    assert lab.engine.offered("network", number) == {"deactivate", "remove"}

    lab.engine.act("network", number, "deactivate", {})
    lab.wait(SETTLED)
    assert state(lab, "network", number) == "inactive", "the end of the overtaken update is void"


def test_an_inactive_row_is_removed_leaves_the_lists_and_may_be_purged(lab: Lab) -> None:
    number = first(lab, "network")
    act(lab, "network", number, "deactivate")

    lab.engine.delete("network", number)
    assert state(lab, "network", number) == "removing"
    lab.wait(SETTLED)

    assert state(lab, "network", number) == "removed"
    assert view(lab, "network", number)["removed"] is not None
    assert number not in lab.engine.ids("network", project=lab.project)
    assert lab.engine.offered("network", number) == {"purge"}
    assert act(lab, "network", number, "purge") == ("purging", "purged")


def test_what_is_active_can_neither_be_deleted_nor_removed(lab: Lab) -> None:
    number = first(lab, "network")

    with pytest.raises(Refused) as deleted:
        lab.engine.delete("network", number)
    with pytest.raises(Refused) as removed:
        lab.engine.act("network", number, "remove", {})

    assert (deleted.value.status, removed.value.status) == (405, 422)
    assert state(lab, "network", number) == "active"


def test_calls_for_a_row_that_is_not_there_are_not_found(lab: Lab) -> None:
    for call in (
        lambda: lab.engine.act("port", 5, "deactivate", {}),
        lambda: lab.engine.update("port", 5, {"name": "x"}),
        lambda: lab.engine.delete("port", 5),
    ):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.status == 404


def test_an_address_is_associated_and_let_go_again(lab: Lab) -> None:
    number = first(lab, "ipAddress")

    assert act(lab, "ipAddress", number, "associate") == ("associating", "associated")
    assert lab.engine.offered("ipAddress", number) == {"disassociate"}
    assert act(lab, "ipAddress", number, "disassociate") == ("disassociating", "active")


def test_a_port_that_was_deactivated_is_active_after_the_next_start(lab: Lab) -> None:
    container, port = published(lab)
    assert act(lab, "port", port, "deactivate") == ("deactivating", "inactive")
    assert lab.container(container)["state"] == "running"

    lab.engine.act("container", container, "stop", {})
    lab.wait(10)
    assert state(lab, "port", port) == "inactive"
    lab.engine.act("container", container, "start", {})
    lab.wait(10)

    assert state(lab, "port", port) == "active"


def test_a_removed_port_stays_so_whatever_its_container_does(lab: Lab) -> None:
    container, port = published(lab)
    act(lab, "port", port, "deactivate")
    assert act(lab, "port", port, "remove") == ("removing", "removed")

    lab.engine.act("container", container, "stop", {})
    lab.wait(10)
    lab.engine.act("container", container, "start", {})
    lab.wait(10)

    assert state(lab, "port", port) == "removed"
    assert lab.container(container)["state"] == "running"


def test_only_another_public_port_starts_an_update(lab: Lab) -> None:
    _, port = published(lab)

    lab.engine.update("port", port, {"name": "front", "publicPort": 8080})
    assert (view(lab, "port", port)["name"], state(lab, "port", port)) == ("front", "active")

    lab.engine.update("port", port, {"publicPort": 8081})
    assert (view(lab, "port", port)["publicPort"], state(lab, "port", port)) == (8081, "updating-active")
    lab.wait(SETTLED)
    assert state(lab, "port", port) == "active"


def test_a_container_whose_volume_was_removed_waits_for_it_when_it_starts_and_can_be_stopped(
    lab: Lab,
) -> None:
    container, _ = published(lab)
    volume = first(lab, "volume")
    assert lab.engine.offered("volume", volume) == {"deallocate", "update"}
    assert act(lab, "volume", volume, "update") == ("updating-active", "active")

    lab.engine.act("container", container, "stop", {})
    lab.wait(10)
    assert act(lab, "volume", volume, "remove") == ("removing", "removed")
    lab.engine.act("container", container, "start", {})
    lab.wait(60)

    shown = lab.container(container)
    assert (shown["state"], shown["transitioningMessage"]) == ("starting", "Storage")
    assert state(lab, "volume", volume) == "removed"
    lab.engine.act("container", container, "stop", {})
    lab.wait(10)
    assert lab.container(container)["state"] == "stopped"


def test_a_volume_that_is_deallocated_stays_as_it_is(lab: Lab) -> None:
    published(lab)

    assert act(lab, "volume", first(lab, "volume"), "deallocate") == ("active", "active")


def test_a_service_lets_go_of_the_container_whose_pairing_is_removed(lab: Lab) -> None:
    service = lab.service(scale=2)
    gone, stays = lab.ids(service)
    pair = lab.engine.related("container", gone, "serviceExposeMaps")[0][1]

    assert act(lab, "serviceExposeMap", pair, "remove") == ("removing", "removed")

    assert lab.ids(service) == [stays]
    assert lab.container(gone)["state"] == "running"
    assert lab.container(gone)["serviceIds"] is None
    assert view(lab, "serviceExposeMap", pair)["serviceId"].number == service
    lab.wait(60)
    assert lab.ids(service) == [stays], "nothing takes its place by itself"


@pytest.mark.parametrize("kind", ["physicalHost", "storagePool"])
def test_a_host_goes_with_its_machine_and_with_its_pool(lab: Lab, kind: str) -> None:
    host = lab.hosts[0]
    if kind == "storagePool":
        act(lab, kind, host, "deactivate")
        assert state(lab, "host", host) == "active"

    assert act(lab, kind, host, "remove") == ("removing", "removed")

    assert state(lab, "host", host) == "removed"
    assert state(lab, "host", lab.hosts[1]) == "active"


def test_a_machine_is_updated(lab: Lab) -> None:
    assert act(lab, "physicalHost", lab.hosts[0], "update") == ("updating", "active")


def test_a_removed_label_is_still_borne_and_the_next_to_bear_it_brings_a_new_one(lab: Lab) -> None:
    service = lab.service(labels={"tier": "front"})
    label = next(n for n in lab.engine.ids("label") if view(lab, "label", n)["key"] == "tier")

    assert act(lab, "label", label, "remove") == ("removing", "removed")
    assert view(lab, "label", label)["removed"] is not None
    assert lab.containers(service)[0]["labels"]["tier"] == "front"
    with pytest.raises(Refused):
        lab.engine.act("label", label, "remove", {})

    lab.service("again", labels={"tier": "front"})
    again = [n for n in lab.engine.ids("label") if view(lab, "label", n)["key"] == "tier"]
    assert len(again) == 1
    assert again != [label]


def test_what_calls_made_of_rows_outlives_a_snapshot(lab: Lab) -> None:
    _, port = published(lab)
    lab.engine.act("port", port, "deactivate", {})

    lab.engine = Engine.restore(lab.engine.snapshot())
    assert state(lab, "port", port) == "deactivating"
    lab.wait(SETTLED)

    assert state(lab, "port", port) == "inactive"


def test_each_change_is_told_of(lab: Lab) -> None:
    _, port = published(lab)
    lab.engine.take_changes()

    lab.engine.update("port", port, {"description": "mine"})
    assert ("port", port) in lab.engine.take_changes()
    lab.engine.act("port", port, "deactivate", {})
    assert ("port", port) in lab.engine.take_changes()
    lab.wait(SETTLED)
    assert ("port", port) in lab.engine.take_changes()


def test_both_are_told_of_when_a_pairing_goes(lab: Lab) -> None:
    web = lab.service()
    (container,) = lab.ids(web)
    pairing = first(lab, "serviceExposeMap")
    lab.engine.act("serviceExposeMap", pairing, "remove", {})
    lab.engine.take_changes()

    lab.wait(SETTLED)

    assert {("service", web), ("container", container)} <= set(lab.engine.take_changes())


def test_a_second_change_while_a_port_is_updated_starts_nothing(lab: Lab) -> None:
    _, port = published(lab)

    lab.engine.update("port", port, {"publicPort": 8081})
    lab.engine.update("port", port, {"publicPort": 8082})

    assert (state(lab, "port", port), view(lab, "port", port)["publicPort"]) == ("updating-active", 8082)
    lab.wait(SETTLED)
    assert state(lab, "port", port) == "active"


def test_a_row_that_a_call_has_moved_goes_with_its_container_all_the_same(lab: Lab) -> None:
    container, port = published(lab)
    act(lab, "port", port, "deactivate")
    assert view(lab, "port", port)["removed"] is None

    lab.engine.delete("container", container)
    lab.wait(5)

    assert view(lab, "port", port)["removed"] == lab.container(container)["removed"]


def test_a_volume_that_was_only_updated_holds_no_start_up(lab: Lab) -> None:
    container, _ = published(lab)
    act(lab, "volume", first(lab, "volume"), "update")
    lab.engine.act("container", container, "stop", {})
    lab.wait(10)

    lab.engine.act("container", container, "start", {})
    lab.wait(10)

    assert lab.container(container)["state"] == "running"
