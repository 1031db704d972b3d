"""Lone volumes, and the containers that name them (rancher-1.6-api.md 6.1)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref, Refused

from .container_lab import alone
from .lab import OLD, Lab
from .volume_lab import state, view

BY_LABEL = {"io.rancher.scheduler.affinity:volumes": "other,data"}
A_LONG_WHILE = 900.0
"""Seconds within which the server has purged what it removed."""


def volume(lab: Lab, name: str | None = "data", **fields: Any) -> int:
    number = lab.engine.create("volume", {"name": name, "driver": "local", **fields}, project=lab.project)
    lab.wait(1)
    return number


def mounts(lab: Lab, container: int) -> dict[str, int]:
    found: dict[str, int] = lab.container(container)["dataVolumeMounts"]
    return found


def pools(lab: Lab, number: int) -> list[int]:
    return [pool for _, pool in lab.engine.related("volume", number, "storagePools")]


def host_of(lab: Lab, container: int) -> int:
    return int(lab.container(container)["hostId"].number)


def test_one_is_registering_at_first_and_rests_then(lab: Lab) -> None:
    number = lab.engine.create("volume", {"name": "data", "driver": "nfs"}, project=lab.project)

    made = view(lab, number)
    assert (made["state"], made["transitioning"], made["externalId"]) == ("registering", "yes", None)
    assert (made["uri"], made["driver"]) == ("nfs:///data", "nfs")
    assert lab.engine.offered("volume", number) == {"activate", "remove"}
    lab.wait(1)

    assert (state(lab, number), view(lab, number)["externalId"]) == ("inactive", "data")
    assert lab.engine.offered("volume", number) == {"activate", "allocate", "remove", "update"}
    assert number in lab.engine.ids("volume", project=lab.project)


@pytest.mark.parametrize(("name", "driver"), [("", "local"), (None, "local"), ("data", "")])
def test_without_a_name_or_a_driver_it_has_no_address(lab: Lab, name: str | None, driver: str) -> None:
    assert view(lab, volume(lab, name, driver=driver))["uri"] is None
    assert view(lab, volume(lab, name))["externalId"] == (name or None)


def test_a_host_knows_a_long_name_by_its_digest(lab: Lab) -> None:
    assert view(lab, volume(lab, "v" * 200))["externalId"] == "47431df0387414dc3a16666da5ffa715"
    assert view(lab, volume(lab, "v" * 127))["externalId"] == "v" * 127


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({}, "MissingRequired", "Either driver or storageDriverId is required"),
        (
            {"driver": "nfs", "sizeMb": 5},
            "InvalidOption",
            "Volume driver nfs does not support specifying a size.",
        ),
    ],
)
def test_one_needs_a_driver_and_takes_no_size(lab: Lab, fields: dict[str, Any], code: str, text: str) -> None:
    with pytest.raises(Refused) as refused:
        lab.engine.create("volume", {"name": "data", **fields}, project=lab.project)

    assert (refused.value.status, refused.value.code, refused.value.message) == (422, code, text)


@pytest.mark.parametrize(
    ("action", "on_the_way", "then"),
    [
        ("allocate", "inactive", "inactive"),
        ("update", "updating-inactive", "inactive"),
        ("activate", "activating", "active"),
        ("remove", "removing", "removed"),
    ],
)
def test_its_actions(lab: Lab, action: str, on_the_way: str, then: str) -> None:
    number = volume(lab)

    lab.engine.act("volume", number, action, {})
    seen = state(lab, number)
    lab.wait(1)

    assert (seen, state(lab, number)) == (on_the_way, then)


def test_only_a_change_of_its_host_begins_a_process(lab: Lab) -> None:
    number = volume(lab)

    lab.engine.update("volume", number, {"driverOpts": {"k": "v"}, "description": "d"})
    assert (state(lab, number), view(lab, number)["driverOpts"]) == ("inactive", {"k": "v"})
    lab.engine.update("volume", number, {"hostId": Ref("host", lab.hosts[0])})
    assert state(lab, number) == "updating-inactive"


def test_a_removed_one_may_be_deleted_again_and_is_purged_in_time(lab: Lab) -> None:
    number = volume(lab)
    lab.engine.delete("volume", number)
    assert state(lab, number) == "removing"
    lab.engine.delete("volume", number)
    lab.wait(1)
    lab.engine.delete("volume", number)

    assert state(lab, number) == "removed"
    assert lab.engine.offered("volume", number) == {"purge"}
    assert view(lab, number)["removed"] is not None
    assert number not in lab.engine.ids("volume")
    lab.wait(A_LONG_WHILE)
    assert state(lab, number) == "purged"


def test_one_in_use_that_is_active_cannot_be_deleted(lab: Lab) -> None:
    number = volume(lab)
    lab.engine.act("volume", number, "activate", {})
    lab.wait(1)

    with pytest.raises(Refused) as refused:
        lab.engine.delete("volume", number)
    assert refused.value.status == 405


def test_a_container_that_names_it_takes_it_to_its_host(lab: Lab) -> None:
    number = volume(lab)
    container = lab.engine.create(
        "container",
        {"imageUuid": OLD, "dataVolumes": ["data:/x:ro", "/anon", "/h:/q", "new:/n"]},
        project=lab.project,
    )
    assert mounts(lab, container) is None
    lab.wait(10)

    shown = lab.container(container)
    assert shown["dataVolumeMounts"] == {"/x:ro": number}
    assert shown["dataVolumes"] == ["data:/x:ro", "/anon", "/h:/q", "new:/n"]
    host = host_of(lab, container)
    assert (pools(lab, number), state(lab, number)) == ([host], "inactive")
    volumes = [Ref("volume", number), Ref("volume", container)]
    pool = lab.engine.view("storagePool", host)
    assert pool is not None
    assert (
        pool["volumeIds"]
        == volumes
        == [Ref(*each) for each in lab.engine.related("storagePool", host, "volumes")]
    )
    lab.engine.delete("container", container)
    lab.wait(10)
    assert pools(lab, number) == [host]


def test_one_that_lies_on_a_host_is_taken_by_label_only_and_there(lab: Lab) -> None:
    number = volume(lab)
    first = alone(lab, dataVolumes=["data:/x"])

    without = alone(lab, dataVolumes=["data:/x"])
    assert mounts(lab, without) == {}
    for _ in range(4):
        beside = alone(lab, dataVolumes=["data:/x"], labels=BY_LABEL)
        assert mounts(lab, beside) == {"/x": number}
        assert host_of(lab, beside) == host_of(lab, first)


def test_asked_for_on_another_host_nothing_fits(lab: Lab) -> None:
    number = volume(lab)
    first, other = lab.hosts[:2]
    alone(lab, dataVolumes=["data:/x"], requestedHostId=first)

    failed = lab.container(alone(lab, dataVolumes=["data:/x"], labels=BY_LABEL, requestedHostId=other))

    assert (failed["state"], failed["transitioningMessage"]) == (
        "error",
        f"Allocation failed: valid host(s) [{first}], "
        f"volume [{number}] must have exactly these pool(s):  [{first}]",
    )


def test_one_named_by_its_id_is_listed_by_its_name(lab: Lab) -> None:
    number = volume(lab)

    container = alone(lab, dataVolumeMounts={"/x": Ref("volume", number)})

    assert lab.container(container)["dataVolumes"] == ["data:/x"]
    assert (mounts(lab, container), pools(lab, number)) == ({"/x": number}, [host_of(lab, container)])


def test_of_two_with_one_name_a_container_can_have_neither(lab: Lab) -> None:
    volume(lab)
    volume(lab)
    text = "Could not process named volume data. More than one volume with that name exists."

    container = lab.engine.create(
        "container", {"imageUuid": OLD, "dataVolumes": ["data:/x"]}, project=lab.project
    )
    seen = []
    while (gone := lab.container(container))["state"] != "removed":
        seen.append((gone["state"], gone["transitioningMessage"]))
        lab.wait(0.05)

    assert seen[-1] == ("removing", text)
    assert (gone["state"], gone["transitioning"], gone["transitioningMessage"]) == ("removed", "error", text)


def test_removed_ones_and_those_of_others_are_not_found(lab: Lab) -> None:
    lab.engine.delete("volume", volume(lab))
    lab.wait(1)
    elsewhere = lab.engine.create("project", {"name": "other"}, project=None)
    lab.engine.create("volume", {"name": "data", "driver": "local"}, project=elsewhere)
    lab.wait(1)

    assert mounts(lab, alone(lab, dataVolumes=["data:/x"])) == {}


def test_a_driver_makes_what_there_is_not(lab: Lab) -> None:
    number = volume(lab)

    container = alone(lab, dataVolumes=["data:/x", "new:/y", "/z", "/h:/q", "/r:ro"], volumeDriver="nfs")

    found = mounts(lab, container)
    assert found.keys() == {"/x", "/y", "/z", "/r:ro"}
    assert found["/x"] == number
    made = view(lab, found["/y"])
    assert [made[key] for key in ("name", "driver", "state", "externalId")] == [
        "new",
        "nfs",
        "inactive",
        "new",
    ]
    nameless = view(lab, found["/z"])["name"]
    assert f"{nameless}:/z" in lab.container(container)["dataVolumes"]
    assert "/h:/q" in lab.container(container)["dataVolumes"]
    assert pools(lab, found["/z"]) == [host_of(lab, container)]


def test_the_local_driver_makes_nothing(lab: Lab) -> None:
    assert mounts(lab, alone(lab, dataVolumes=["new:/y", "/z"], volumeDriver="local")) == {}


def test_all_containers_of_a_service_go_where_its_volume_is(lab: Lab) -> None:
    number = volume(lab)
    service = lab.service(scale=4, dataVolumes=["data:/x"])
    lab.until(service, "active")

    containers = [number for _, number in lab.engine.related("service", service, "instances")]

    assert [mounts(lab, each) for each in containers] == [{"/x": number}] * 4
    assert {host_of(lab, each) for each in containers} == set(pools(lab, number))


def test_a_service_whose_containers_cannot_have_it_says_so(lab: Lab) -> None:
    volume(lab)
    volume(lab)
    service = lab.service(dataVolumes=["data:/x"], settle=3)

    assert lab.view(service)["transitioning"] == "error"
    text = lab.view(service)["transitioningMessage"]
    assert text.startswith("Failed to allocate instance [container:1i")
    assert text.endswith(
        "in state [removed]: Could not process named volume data. More than one volume with that name exists."
    )


def test_one_made_for_a_stack_goes_with_it(lab: Lab) -> None:
    mine = volume(lab, stackId=Ref("stack", lab.stack))
    other = volume(lab)
    assert lab.engine.related("stack", lab.stack, "volumes") == [("volume", mine)]

    lab.engine.delete("stack", lab.stack)
    lab.wait(5)

    assert (state(lab, mine), state(lab, other)) == ("removed", "inactive")
    assert lab.engine.related("stack", lab.stack, "volumes") == []


def test_one_made_of_a_template_stands_behind_its_link(lab: Lab) -> None:
    fields = {"name": "t", "stackId": Ref("stack", lab.stack)}
    template = lab.engine.create("volumeTemplate", fields, project=lab.project)
    number = volume(lab, volumeTemplateId=Ref("volumeTemplate", template))

    assert lab.engine.related("volumeTemplate", template, "volumes") == [("volume", number)]


def test_those_of_a_removed_host_go_when_its_pool_is_purged(lab: Lab) -> None:
    number, other = volume(lab), volume(lab, "other")
    alone(lab, dataVolumes=["data:/x"], requestedHostId=lab.hosts[0])
    lab.engine.act("host", lab.hosts[0], "deactivate")
    lab.wait(2)
    lab.engine.delete("host", lab.hosts[0])
    lab.wait(5)
    assert state(lab, number) == "inactive"

    lab.wait(A_LONG_WHILE)

    assert (view(lab, number)["removed"] is not None, state(lab, other)) == (True, "inactive")


def test_those_of_a_purged_project_are_removed(lab: Lab) -> None:
    number = volume(lab)
    lab.engine.delete("project", lab.project)
    lab.wait(5)
    assert state(lab, number) == "inactive"

    lab.wait(A_LONG_WHILE)

    assert view(lab, number)["removed"] is not None


def test_a_snapshot_keeps_it_and_where_it_lies(lab: Lab) -> None:
    number = volume(lab)
    alone(lab, dataVolumes=["data:/x"])

    again = Engine.restore(lab.engine.snapshot())

    assert again.view("volume", number) == view(lab, number)
    assert again.related("volume", number, "storagePools") == [("storagePool", pools(lab, number)[0])]
