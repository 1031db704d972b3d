"""Volumes made of a stack's templates by the services that name them (rancher-1.6-api.md 6.1, 10.6)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref, Timing

from .container_lab import BARE, alone
from .lab import OLD, Lab, upgrade_body
from .volume_lab import state, view

VOLUMES = ["vt:/a", "vtp:/b", "plain:/c"]
"""One shared by the stack, one for each unit, and one that Docker makes."""
LOST = re.compile(r"Failed to locate volume for instance of deployment unit \[[0-9a-f-]{36}\]")
A_LONG_WHILE = 600.0
"""Seconds within which a failed process is tried again several times."""


def template(lab: Lab, name: str, **fields: Any) -> int:
    body = {"name": name, "stackId": Ref("stack", lab.stack), **fields}
    return lab.engine.create("volumeTemplate", body, project=lab.project)


@pytest.fixture
def templates(lab: Lab) -> dict[str, int]:
    """`vt` is shared, `vtp` is for each unit."""
    return {"vt": template(lab, "vt"), "vtp": template(lab, "vtp", perContainer=True)}


def made_of(lab: Lab, number: int) -> list[int]:
    """The numbers of the volumes made of a template, in order of creation."""
    return [volume for _, volume in lab.engine.related("volumeTemplate", number, "volumes")]


def mounts(lab: Lab, service: int, **wanted: Any) -> list[dict[str, int]]:
    return [container["dataVolumeMounts"] for container in lab.containers(service, **wanted)]


def only(lab: Lab, service: int) -> dict[str, Any]:
    (container,) = lab.containers(service)
    return container


def copy_of(lab: Lab) -> None:
    """Let the lab go on with a copy of what its engine shows."""
    kinds = ("project", "host", "stack", "service", "container")
    rows = {kind: {n: lab.engine.view(kind, n) or {} for n in lab.engine.ids(kind)} for kind in kinds}
    around, timing = lab.engine.site, Timing.simulated_hosts()
    lab.engine = Engine.adopt(rows, start=lab.engine.now, timing=timing, site=around)


def failures(lab: Lab, service: int) -> list[str]:
    """The events of the service's log at which an external volume was missing."""
    logs = [lab.engine.view(*found) for found in lab.engine.related("service", service, "serviceLogs")]
    told = [log for log in logs if log is not None and LOST.fullmatch(str(log["description"]))]
    assert all(log["level"] == "error" for log in told)
    return [log["eventType"] for log in told]


def with_sidekick(lab: Lab, **config: Any) -> int:
    return lab.service(sidekicks=[{"name": "side", "imageUuid": OLD, **config}], dataVolumes=["vtp:/b"])


def test_the_stack_has_one_of_a_template_and_each_unit_one_of_its_own(
    lab: Lab, templates: dict[str, int]
) -> None:
    service = lab.service(scale=2, dataVolumes=VOLUMES)

    first, second = lab.containers(service)
    (shared,) = made_of(lab, templates["vt"])
    assert made_of(lab, templates["vtp"]) == [mount["/b"] for mount in mounts(lab, service)]
    assert [mount["/a"] for mount in mounts(lab, service)] == [shared, shared]
    assert re.fullmatch("shop_vt_[0-9a-f]{5}", view(lab, shared)["name"])
    for number, container in enumerate((first, second), start=1):
        own = view(lab, container["dataVolumeMounts"]["/b"])["name"]
        assert re.fullmatch(f"shop_vtp_{number}_{container['deploymentUnitUuid']}_[0-9a-f]{{5}}", own)
        shown = ["plain:/c", f"{view(lab, shared)['name']}:/a", f"{own}:/b"]
        assert container["dataVolumes"] == shown


def test_what_such_a_volume_shows(lab: Lab, templates: dict[str, int]) -> None:
    options = {"size": "5"}
    other = template(lab, "other", driver="nfs", driverOpts=options)
    blank = template(lab, "blank", driver=" ")
    service = lab.service(dataVolumes=["vt:/a", "other:/b", "blank:/c"])

    plain, of_driver, of_blank = (view(lab, made_of(lab, n)[0]) for n in (templates["vt"], other, blank))

    assert (plain["driver"], plain["driverOpts"]) == ("local", {})
    assert (of_driver["driver"], of_driver["driverOpts"], of_blank["driver"]) == ("nfs", options, "local")
    assert plain["stackId"] == Ref("stack", lab.stack)
    assert plain["volumeTemplateId"] == Ref("volumeTemplate", templates["vt"])
    assert (plain["externalId"], plain.get("uri")) == (plain["name"], None)
    # It rests in use, too: nothing of the server's activates it.
    assert (only(lab, service)["state"], plain["state"]) == ("running", "inactive")
    assert [volume for _, volume in lab.engine.related("stack", lab.stack, "volumes")] == sorted(
        made_of(lab, templates["vt"]) + made_of(lab, other) + made_of(lab, blank)
    )


def test_they_are_there_before_their_container(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(dataVolumes=VOLUMES, settle=0)
    while not lab.ids(service):
        due = lab.engine.due_at()
        assert due is not None
        lab.engine.advance(due)

    container = only(lab, service)

    assert (container["state"], container["dataVolumes"]) == ("requested", ["plain:/c"])
    assert container["dataVolumeMounts"].keys() == {"/a", "/b"}
    assert [state(lab, number) for number in container["dataVolumeMounts"].values()] == ["registering"] * 2


def test_a_container_without_any_says_so_from_the_beginning(lab: Lab) -> None:
    service = lab.service(settle=0)
    while not lab.ids(service):
        lab.wait(0.05)

    assert mounts(lab, service) == [{}]


def test_a_path_keeps_how_it_is_mounted(lab: Lab, templates: dict[str, int]) -> None:
    given = lab.engine.create("volume", {"name": "given", "driver": "local"}, project=lab.project)
    lab.wait(1)
    service = lab.service(dataVolumes=["vt:/a:ro"], dataVolumeMounts={"/g": Ref("volume", given)})

    (shared,) = made_of(lab, templates["vt"])

    assert mounts(lab, service) == [{"/a:ro": shared, "/g": given}]


@pytest.mark.parametrize("text", ["/vt:/a", "v/t:/a", "vt:", "vt", "other:/a", ":/a"])
def test_what_is_no_name_of_a_template_makes_nothing(lab: Lab, templates: dict[str, int], text: str) -> None:
    odd = template(lab, "v/t")
    lab.service(dataVolumes=[text])

    assert made_of(lab, templates["vt"]) + made_of(lab, odd) == []


def test_one_whose_name_only_begins_alike_is_another_one(lab: Lab, templates: dict[str, int]) -> None:
    longer = template(lab, "vt_x")
    lab.service(dataVolumes=["vt_x:/x", "vt:/a"])

    assert (len(made_of(lab, longer)), len(made_of(lab, templates["vt"]))) == (1, 1)


def test_one_made_by_hand_is_taken_if_it_is_the_stacks(lab: Lab, templates: dict[str, int]) -> None:
    fields = {"name": "shop_vt_mine", "driver": "local", "volumeTemplateId": templates["vt"]}
    stray = lab.engine.create("volume", fields, project=lab.project)
    own = lab.engine.create("volume", {**fields, "stackId": lab.stack}, project=lab.project)
    lab.wait(1)

    service = lab.service(dataVolumes=["vt:/a"])

    assert (mounts(lab, service), made_of(lab, templates["vt"])) == ([{"/a": own}], [stray, own])


def test_templates_of_another_stack_are_none(lab: Lab, templates: dict[str, int]) -> None:
    other = lab.engine.create("stack", {"name": "other"}, project=lab.project)
    lab.wait(1)
    service = lab.service(fields={"stackId": other}, dataVolumes=["vt:/a"])

    assert (made_of(lab, templates["vt"]), mounts(lab, service)) == ([], [{}])


def test_what_keeps_no_units_has_no_volumes(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(
        fields={"kind": "loadBalancerService", "lbConfig": {"portRules": []}},
        ports=["80:80"],
        dataVolumes=["vt:/a"],
    )

    assert (lab.state(service), made_of(lab, templates["vt"])) == ("active", [])


def test_services_of_a_stack_share_one_and_its_host(lab: Lab, templates: dict[str, int]) -> None:
    services = [lab.service(name, scale=2, dataVolumes=["vt:/a"]) for name in ("web", "db")]

    found = [container for service in services for container in lab.containers(service)]

    assert [each["dataVolumeMounts"] for each in found] == [{"/a": made_of(lab, templates["vt"])[0]}] * 4
    assert len({each["hostId"] for each in found}) == 1


def test_all_containers_of_a_unit_have_the_same_one(lab: Lab, templates: dict[str, int]) -> None:
    service = with_sidekick(lab, dataVolumes=["vtp:/b"])

    assert mounts(lab, service) == [{"/b": made_of(lab, templates["vtp"])[0]}] * 2


def test_new_units_get_their_own_and_those_that_go_take_theirs_along(
    lab: Lab, templates: dict[str, int]
) -> None:
    service = lab.service(dataVolumes=VOLUMES)
    (first,) = made_of(lab, templates["vtp"])
    lab.engine.update("service", service, {"scale": 2})
    lab.wait(20)
    both = made_of(lab, templates["vtp"])
    assert (both[0], len(both), len(made_of(lab, templates["vt"]))) == (first, 2, 1)

    lab.engine.update("service", service, {"scale": 1})
    lab.wait(20)

    assert (made_of(lab, templates["vtp"]), state(lab, both[1])) == ([first], "removed")
    assert len(made_of(lab, templates["vt"])) == 1


def test_an_active_one_goes_by_way_of_being_detached(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(dataVolumes=VOLUMES)
    (own,) = made_of(lab, templates["vtp"])
    lab.engine.act("volume", own, "activate", {})
    lab.wait(1)
    assert state(lab, own) == "active"

    lab.engine.delete("service", service)
    seen = []
    for _ in range(40):
        seen.append(state(lab, own))
        lab.wait(0.05)

    assert list(dict.fromkeys(seen)) == ["active", "deactivating", "removing", "removed"]


def test_one_that_was_removed_by_hand_is_let_be(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(dataVolumes=VOLUMES)
    (own,) = made_of(lab, templates["vtp"])
    lab.engine.delete("volume", own)
    lab.wait(1)
    removed = view(lab, own)["removed"]

    lab.engine.delete("service", service)
    lab.wait(20)

    assert (lab.state(service), view(lab, own)["removed"]) == ("removed", removed)


def test_one_that_was_removed_by_hand_is_made_again_with_the_next_work_on_the_service(
    lab: Lab, templates: dict[str, int]
) -> None:
    service = lab.service(dataVolumes=VOLUMES)
    former = mounts(lab, service)
    for number in former[0].values():
        lab.engine.delete("volume", number)
    lab.wait(20)
    assert made_of(lab, templates["vt"]) + made_of(lab, templates["vtp"]) == []

    lab.act(service, "deactivate")
    lab.until(service, "inactive")
    lab.wait(5)
    lab.act(service, "activate")
    lab.until(service, "active")

    assert mounts(lab, service) == former
    assert len(made_of(lab, templates["vt"])) == len(made_of(lab, templates["vtp"])) == 1


def test_an_upgrade_and_its_end_keep_them(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(scale=2, dataVolumes=VOLUMES)
    former = mounts(lab, service)
    lab.upgrade(service, upgrade_body(batch=2, dataVolumes=VOLUMES))
    lab.until(service, "upgraded")
    assert mounts(lab, service, state="running") == former

    lab.act(service, "finishupgrade")
    lab.until(service, "active")
    lab.wait(5)

    assert {state(lab, number) for mount in former for number in mount.values()} == {"inactive"}
    assert (len(made_of(lab, templates["vt"])), len(made_of(lab, templates["vtp"]))) == (1, 2)


def test_a_container_that_is_made_again_has_what_its_unit_has(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(dataVolumes=VOLUMES)
    former = mounts(lab, service)
    lab.engine.delete("container", only(lab, service)["id"])
    lab.wait(20)

    assert (lab.state(service), mounts(lab, service)) == ("active", former)


def test_a_unit_that_is_made_again_has_another_one(lab: Lab, templates: dict[str, int]) -> None:
    lab.engine.images.change(BARE, start_error="refused")
    service = lab.service(dataVolumes=VOLUMES, settle=3)
    (former,) = made_of(lab, templates["vtp"])
    lab.engine.images.change(BARE, start_error=None)
    lab.until(service, "active", within=A_LONG_WHILE)

    assert state(lab, former) in ("removed", "purged")
    assert mounts(lab, service)[0]["/b"] == made_of(lab, templates["vtp"])[0] != former


def test_after_a_stack_is_renamed_there_is_a_new_shared_one(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(dataVolumes=VOLUMES)
    former = mounts(lab, service)
    lab.engine.update("stack", lab.stack, {"name": "store"})
    lab.act(service, "deactivate")
    lab.until(service, "inactive")
    lab.wait(5)
    lab.act(service, "activate")
    lab.until(service, "active")

    names = [view(lab, number)["name"] for number in made_of(lab, templates["vt"])]

    assert [name.rpartition("_")[0] for name in names] == ["shop_vt", "store_vt"]
    assert len(made_of(lab, templates["vtp"])) == 1
    assert mounts(lab, service) == former


def test_the_service_takes_its_units_volumes_along_and_leaves_the_shared_one(
    lab: Lab, templates: dict[str, int]
) -> None:
    service = lab.service(scale=2, dataVolumes=VOLUMES)
    own = made_of(lab, templates["vtp"])
    lab.engine.delete("service", service)
    lab.wait(20)

    assert [state(lab, number) for number in own] == ["removed", "removed"]
    assert [state(lab, number) for number in made_of(lab, templates["vt"])] == ["inactive"]


def test_the_service_waits_for_each_of_them_to_go(lab: Lab, templates: dict[str, int]) -> None:
    services = [lab.service(name, scale=3, dataVolumes=texts) for name, texts in (("a", []), ("b", VOLUMES))]
    lab.engine.delete("volume", made_of(lab, templates["vtp"])[0])
    lab.wait(20)

    took = []
    for service in services:
        lab.engine.delete("service", service)
        took.append(lab.until(service, "removed"))

    assert took[1] - took[0] == pytest.approx(2 * Timing.simulated_hosts().project_step)


def test_the_stack_takes_all_along(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(dataVolumes=VOLUMES)
    found = list(mounts(lab, service)[0].values())
    lab.engine.delete("stack", lab.stack)
    seen: dict[int, list[str]] = {number: [] for number in found}
    for _ in range(200):
        for number in found:
            seen[number].append(state(lab, number))
        lab.wait(0.02)

    for states in seen.values():
        assert list(dict.fromkeys(states)) == ["inactive", "removing", "removed"]


def test_a_template_leaves_what_was_made_of_it(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(dataVolumes=VOLUMES)
    former = mounts(lab, service)
    for number in templates.values():
        lab.engine.act("volumeTemplate", number, "remove", {})
    lab.wait(2)
    lab.engine.update("service", service, {"scale": 2})
    lab.wait(20)

    assert [state(lab, number) for number in former[0].values()] == ["inactive", "inactive"]
    assert mounts(lab, service) == [*former, {}]
    assert lab.containers(service)[1]["dataVolumes"] == VOLUMES


def test_an_external_one_is_the_volume_of_its_name(lab: Lab) -> None:
    template(lab, "outer", external=True)
    number = lab.engine.create("volume", {"name": "outer", "driver": "local"}, project=lab.project)
    lab.wait(1)

    service = lab.service(dataVolumes=["outer:/o"])

    assert (lab.state(service), mounts(lab, service)) == ("active", [{"/o": number}])
    assert only(lab, service)["dataVolumes"] == ["outer:/o"]


def test_without_an_external_one_nothing_is_made_until_it_is_there(lab: Lab) -> None:
    template(lab, "outer", external=True)
    elsewhere = lab.engine.create("project", {"name": "other"}, project=None)
    lab.engine.create("volume", {"name": "outer", "driver": "local"}, project=elsewhere)
    gone, _ = (
        lab.engine.create("volume", {"name": name, "driver": "local"}, project=lab.project)
        for name in ("outer", "another")
    )
    lab.wait(1)
    lab.engine.delete("volume", gone)
    lab.wait(1)

    service = lab.service(dataVolumes=["outer:/o"])

    shown = lab.view(service)
    assert (shown["state"], shown["transitioning"]) == ("activating", "error")
    assert LOST.fullmatch(shown["transitioningMessage"])
    assert lab.ids(service) == []
    lab.engine.create("volume", {"name": "outer", "driver": "local"}, project=lab.project)
    lab.until(service, "active", within=A_LONG_WHILE)
    assert len(lab.ids(service)) == 1


def test_what_a_unit_has_already_waits_for_the_external_one_of_another_config(lab: Lab) -> None:
    template(lab, "outer", external=True)
    service = with_sidekick(lab, dataVolumes=["outer:/o"])
    lab.wait(A_LONG_WHILE)
    (waiting,) = lab.containers(service)
    assert waiting["state"] == "requested"

    lab.engine.create("volume", {"name": "outer", "driver": "local"}, project=lab.project)
    lab.until(service, "active", within=A_LONG_WHILE)

    found = lab.containers(service)
    assert (found[0]["id"], [each["state"] for each in found]) == (waiting["id"], ["running", "running"])


def test_a_creation_that_has_begun_is_not_begun_anew() -> None:
    slow = 5.0
    lab = Lab(timing=replace(Timing.simulated_hosts(), create=slow))
    service = lab.service(settle=2)
    assert only(lab, service)["state"] == "requested"

    lab.engine.update("service", service, {"scale": 2})
    lab.wait(slow - 1.5)

    assert [each["state"] == "requested" for each in lab.containers(service)] == [False, True]


def test_a_copy_of_another_server_holds_no_volumes(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(dataVolumes=VOLUMES)
    shown = only(lab, service)["dataVolumes"]

    copy_of(lab)

    assert (mounts(lab, service), only(lab, service)["dataVolumes"]) == ([{}], shown)


def test_what_runs_in_a_copy_of_another_server_is_let_be(lab: Lab) -> None:
    service = lab.service()
    (first,) = lab.ids(service)
    copy_of(lab)
    lab.wait(5)
    lab.engine.take_changes()

    lab.engine.update("service", service, {"scale": 2})
    lab.wait(10)

    assert len(lab.containers(service, state="running")) == 2
    assert ("container", first) not in lab.engine.take_changes()


def test_an_upgrade_that_lacks_an_external_one_fails(lab: Lab) -> None:
    template(lab, "outer", external=True)
    service = lab.service()
    lab.upgrade(service, upgrade_body(dataVolumes=["outer:/o"]))
    lab.wait(15)

    shown = lab.view(service)

    assert (shown["state"], shown["transitioning"]) == ("upgrading", "error")
    assert LOST.fullmatch(shown["transitioningMessage"])
    within = ["starting.wait.exception", "starting.exception", "exception"]
    assert failures(lab, service)[:3] == [f"service.upgrade.{event}" for event in within]


def test_a_finish_that_lacks_an_external_one_fails(lab: Lab) -> None:
    template(lab, "outer", external=True)
    number = lab.engine.create("volume", {"name": "outer", "driver": "local"}, project=lab.project)
    lab.wait(1)
    source, target = lab.service("web", dataVolumes=["outer:/o"]), lab.service("next", scale=0)
    strategy = {"toServiceId": target, "finalScale": 1, "batchSize": 1, "intervalMillis": 1000}
    lab.upgrade(source, {"toServiceStrategy": {**strategy, "updateLinks": False}})
    lab.until(source, "upgraded")
    lab.engine.delete("volume", number)
    lab.engine.update("service", source, {"scale": 1})
    lab.wait(5)

    lab.act(source, "finishupgrade")
    lab.wait(2)

    within = ["wait.exception", "exception"]
    assert failures(lab, source) == [f"service.finishupgrade.{event}" for event in within]


def test_a_service_that_is_to_grow_by_another_one_fails_without_it(lab: Lab) -> None:
    template(lab, "outer", external=True)
    target = lab.service("next", scale=0, dataVolumes=["outer:/o"])
    source = lab.service("web")
    strategy = {"toServiceId": target, "finalScale": 1, "batchSize": 1, "intervalMillis": 1000}
    lab.upgrade(source, {"toServiceStrategy": {**strategy, "updateLinks": False}})
    lab.wait(20)

    assert LOST.fullmatch(str(lab.view(source)["transitioningMessage"]))


def test_a_policy_does_not_get_along_without_an_external_one(lab: Lab) -> None:
    template(lab, "outer", external=True)
    policy = {"scalePolicy": {"min": 1, "max": 2, "increment": 1}}
    service = lab.service(fields=policy, dataVolumes=["outer:/o"])

    assert (lab.view(service)["transitioning"], lab.ids(service)) == ("error", [])


def test_the_log_tells_of_a_missing_one_where_it_tells_of_the_wait(lab: Lab) -> None:
    template(lab, "outer", external=True)
    service = lab.service(dataVolumes=["outer:/o"], settle=3)

    within = ["wait.exception", "exception"]
    assert failures(lab, service) == [f"service.activate.{event}" for event in within]


def test_a_look_that_finds_it_missing_says_so_before_the_update_that_it_asked_for(lab: Lab) -> None:
    template(lab, "outer", external=True)
    number = lab.engine.create("volume", {"name": "outer", "driver": "local"}, project=lab.project)
    lab.wait(1)
    policy = {"scalePolicy": {"min": 1, "max": 1, "increment": 1}}
    service = lab.service(fields=policy, dataVolumes=["outer:/o"])
    lab.until(service, "active")
    lab.engine.delete("volume", number)
    lab.engine.delete("container", only(lab, service)["id"])
    lab.wait(5)

    processes = ("trigger", "update")
    both = [f"service.{process}.{e}" for process in processes for e in ("wait.exception", "exception")]
    assert failures(lab, service)[:4] == both


def test_a_snapshot_keeps_whose_it_is(lab: Lab, templates: dict[str, int]) -> None:
    service = lab.service(dataVolumes=VOLUMES)
    (own,) = made_of(lab, templates["vtp"])

    lab.engine = Engine.restore(lab.engine.snapshot())
    lab.engine.delete("service", service)
    lab.wait(20)

    assert state(lab, own) == "removed"


def test_the_root_of_what_never_was_on_a_host_rests(lab: Lab) -> None:
    never = alone(lab, startOnCreate=False)
    once = alone(lab)
    lab.engine.act("container", once, "stop", {})
    lab.wait(5)

    assert (state(lab, never), state(lab, once)) == ("inactive", "detached")
    assert lab.engine.offered("volume", never) == {"activate", "allocate", "remove", "update"}
    lab.engine.act("container", never, "start", {})
    lab.wait(10)
    assert state(lab, never) == "active"
