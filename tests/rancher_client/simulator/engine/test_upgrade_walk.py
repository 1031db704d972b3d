"""Corners of the walk through the batches, forth and back (rancher-1.6-api.md 5.1, 5.3, 5.5, 5.7).

Source: cattle:…sd/server/.../upgrade/impl/UpgradeManagerImpl.java.
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref

from .lab import NEW, OLD, START, Lab, upgrade_body

CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2, "unhealthyThreshold": 2, "strategy": "none"}
LOG = {"name": "log", "imageUuid": "sim:registry/log:1"}
LOG_2 = {"name": "log", "imageUuid": "sim:registry/log:2"}


def next_moment(lab: Lab) -> None:
    due = lab.engine.due_at()
    assert due is not None
    lab.engine.advance(due)


# Forth.


def test_the_block_can_be_read_a_moment_before_the_first_container_changes(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web)

    while lab.view(web)["upgrade"] is None:
        next_moment(lab)

    assert lab.generations(web) == {("old", "running"): 2}
    lab.wait(0.05)
    assert lab.generations(web)["old", "stopping"] == 1


def test_a_rollback_before_the_walk_begins_touches_no_container(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web)
    while lab.view(web)["upgrade"] is None:
        next_moment(lab)

    lab.act(web, "rollback")
    lab.until(web, "active")

    assert {view["startCount"] for view in lab.containers(web)} == {1}
    assert lab.generations(web) == {("old", "running"): 2}


def test_of_both_strategies_the_one_in_service_wins(lab: Lab) -> None:
    web, other = lab.service("web", scale=2), lab.service("other", scale=0)
    to_service = {"toServiceId": other, "finalScale": 2}

    lab.upgrade(web, upgrade_body() | {"toServiceStrategy": to_service})
    lab.until(web, "upgraded")

    assert lab.generations(web)["new", "running"] == 2
    assert lab.view(other)["scale"] == 0


def test_a_null_interval_is_an_error_between_batches_and_the_next_try_goes_on(lab: Lab) -> None:
    """As with a null batchSize the schema lets it pass, and Java stumbles where it sleeps [code]."""
    web = lab.service(scale=2)
    body = upgrade_body()
    body["inServiceStrategy"]["intervalMillis"] = None

    lab.upgrade(web, body)
    lab.wait(3)
    view = lab.view(web)
    assert (view["state"], view["transitioning"]) == ("upgrading", "error")
    assert "getIntervalMillis()" in view["transitioningMessage"]
    assert lab.generations(web)["new", "running"] == 1
    lab.until(web, "upgraded")

    assert lab.generations(web)["new", "running"] == 2


def test_what_could_not_be_made_is_not_stopped_but_removed(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.start_fails(NEW, "no such thing")
    lab.upgrade(web)
    lab.wait(4)
    [bad] = lab.containers(web, state="error")

    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.wait(2)

    assert lab.container(bad["id"])["state"] == "removed"
    assert {view["imageUuid"] for view in lab.containers(web, state="running")} == {OLD}


def test_a_continued_upgrade_stops_what_the_interrupted_batch_left_running(lab: Lab) -> None:
    """startFirst: the old container of the batch was to stop when its successor had come up."""
    web = lab.service(scale=2, settle=60, healthCheck=CHECK)
    lab.engine.levers.image(NEW, healthy_after=100.0)
    lab.upgrade(web, upgrade_body(start_first=True, healthCheck=CHECK))
    lab.wait(10)
    lab.act(web, "cancelupgrade")
    lab.until(web, "canceled-upgrade")
    assert lab.generations(web) == {("old", "running"): 2, ("new", "running"): 1}
    lab.engine.levers.image(NEW, healthy_after=0.0)
    lab.wait(100)

    lab.act(web, "continueupgrade")
    running = {len(lab.containers(web, state="running"))}
    while lab.state(web) != "upgraded":
        next_moment(lab)
        running.add(len(lab.containers(web, state="running")))

    assert lab.generations(web) == {("old", "stopped"): 2, ("new", "running"): 2}
    assert running == {2, 3}, "it stops before the next batch begins"


def test_what_is_being_removed_already_is_not_waited_for(lab: Lab) -> None:
    """As by an upgrade right after a finish, which does not wait for it either (getInstancesToCleanup)."""
    web = lab.service()
    lab.upgrade(web)
    took = lab.until(web, "upgraded")
    lab.act(web, "finishupgrade")
    lab.until(web, "active")
    assert lab.generations(web)["old", "removing"] == 1

    lab.upgrade(web, upgrade_body(OLD))

    assert lab.until(web, "upgraded") < took + 0.5


def test_a_rollback_leaves_the_old_container_of_an_interrupted_start_first_running(lab: Lab) -> None:
    """It is none of those that a rollback cleans up, and goes back into care (getInstancesToCleanup)."""
    web = lab.service(scale=1, settle=60, healthCheck=CHECK)
    [old] = lab.ids(web)
    lab.engine.levers.image_health(NEW, answers=False)
    lab.upgrade(web, upgrade_body(start_first=True, healthCheck=CHECK))
    lab.wait(10)

    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.wait(2)

    assert [(view["id"], view["startCount"]) for view in lab.containers(web)] == [(old, 1)]


def test_a_rollback_of_a_sidekick_leaves_its_primary_alone(lab: Lab) -> None:
    web = lab.service(sidekicks=[LOG])
    before = {view["name"]: view["id"] for view in lab.containers(web)}
    lab.upgrade(web, {"inServiceStrategy": {"batchSize": 1, "secondaryLaunchConfigs": [LOG_2]}})
    lab.until(web, "upgraded")

    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.wait(2)

    after = {view["name"]: (view["id"], view["startCount"]) for view in lab.containers(web)}
    assert after == {"shop-web-1": (before["shop-web-1"], 1), "shop-web-log-1": (before["shop-web-log-1"], 2)}


def test_a_rollback_takes_the_batches_one_after_the_other(lab: Lab) -> None:
    web = lab.service(scale=3)
    lab.upgrade(web, upgrade_body(interval=20_000))
    lab.until(web, "upgraded")

    lab.act(web, "rollback")
    lab.wait(10)

    assert lab.generations(web) == {
        ("old", "running"): 1,
        ("new", "stopped"): 1,
        ("old", "stopped"): 2,
        ("new", "running"): 2,
    }


def test_what_was_removed_by_hand_is_not_removed_twice(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web)
    lab.until(web, "upgraded")
    old = lab.containers(web, version="0")[0]["id"]
    lab.engine.delete("container", old)

    lab.act(web, "finishupgrade")
    lab.until(web, "active")
    lab.wait(3)

    assert lab.container(old)["state"] == "removed"
    assert lab.generations(web) == {("new", "running"): 2}


def test_a_copied_upgrade_whose_block_was_not_written_yet_ends_without_doing_anything(lab: Lab) -> None:
    web = lab.service(scale=2)
    kinds = ("project", "host", "stack", "service", "container")
    views = {kind: {n: lab.engine.view(kind, n) or {} for n in lab.engine.ids(kind)} for kind in kinds}
    views["service"][web]["state"] = "upgrading"
    lab.engine = Engine.adopt(views, start=START + 1000)

    assert lab.until(web, "upgraded") < 1
    assert lab.generations(web) == {("old", "running"): 2}


def test_a_config_that_depends_on_one_that_depends_on_the_changed_one_changes_too(lab: Lab) -> None:
    """In whichever order the service names them (finalizeLCNamesToUpdate)."""
    base = {"name": "base", "imageUuid": OLD}
    far = {"name": "far", "imageUuid": OLD, "networkLaunchConfig": "near"}
    near = {"name": "near", "imageUuid": OLD, "networkLaunchConfig": "base"}
    other = {"name": "other", "imageUuid": OLD}
    web = lab.service(sidekicks=[base, far, near, other])

    lab.upgrade(web, {"inServiceStrategy": {"batchSize": 1, "secondaryLaunchConfigs": [base]}})

    versions = {each["name"]: each["version"] for each in lab.view(web)["secondaryLaunchConfigs"]}
    assert versions["far"] == versions["near"] == versions["base"] != "0"
    assert versions["other"] == lab.view(web)["launchConfig"]["version"] == "0"


def test_a_new_sidekick_may_have_ports(lab: Lab) -> None:
    web = lab.service()

    lab.upgrade(
        web, {"inServiceStrategy": {"batchSize": 1, "secondaryLaunchConfigs": [LOG | {"ports": ["81:81"]}]}}
    )
    lab.until(web, "upgraded")

    assert [end["port"] for end in lab.view(web)["publicEndpoints"]] == [81]


# To another service.


def moved(lab: Lab, *, blue: int = 3, green: int = 0, **strategy: Any) -> tuple[int, int]:
    """An upgrade from one service to another, just asked for."""
    one, two = lab.service("blue", scale=blue), lab.service("green", scale=green)
    wanted = {"toServiceId": Ref("service", two), "finalScale": 3, "batchSize": 1, "intervalMillis": 1000}
    lab.upgrade(one, {"toServiceStrategy": wanted | strategy})
    return one, two


def scales(lab: Lab, *services: int, state: str = "upgraded") -> list[tuple[int, ...]]:
    """The scales of the services on the way to the first one's state, each pair once."""
    seen = [tuple(lab.view(each)["scale"] for each in services)]
    while lab.state(services[0]) != state:
        next_moment(lab)
        found = tuple(lab.view(each)["scale"] for each in services)
        if found != seen[-1]:
            seen.append(found)
    return seen


def test_one_service_grows_as_the_other_shrinks(lab: Lab) -> None:
    blue, green = moved(lab)

    assert scales(lab, blue, green) == [(3, 0), (3, 1), (2, 1), (2, 2), (1, 2), (1, 3), (0, 3)]
    lab.wait(5)
    assert (len(lab.containers(blue)), len(lab.containers(green, state="running"))) == (0, 3)


def test_it_moves_as_many_at_a_time_as_the_batch_says(lab: Lab) -> None:
    blue, green = moved(lab, batchSize=2)

    assert scales(lab, blue, green) == [(3, 0), (3, 2), (1, 2), (1, 3), (0, 3)]


def test_the_other_service_ends_with_the_final_scale_even_if_it_had_more(lab: Lab) -> None:
    blue, green = moved(lab, blue=1, green=3, finalScale=2)

    assert scales(lab, blue, green) == [(1, 3), (0, 2)]


def test_the_defaults_are_one_at_a_time_every_two_seconds_to_a_scale_of_one(lab: Lab) -> None:
    blue, green = lab.service("blue", scale=2), lab.service("green", scale=0)
    lab.upgrade(blue, {"toServiceStrategy": {"toServiceId": green}})
    began = lab.engine.now

    assert scales(lab, blue, green)[-1] == (0, 1)
    assert 2 < lab.engine.now - began < 8
    block = lab.view(blue)["upgrade"]["toServiceStrategy"]
    assert [block[key] for key in ("batchSize", "finalScale", "intervalMillis", "updateLinks")] == [
        1,
        1,
        2000,
        False,
    ]


def test_it_waits_for_the_health_of_the_other_service(lab: Lab) -> None:
    blue = lab.service("blue", scale=1)
    green = lab.service("green", scale=1, healthCheck=CHECK, settle=60)
    for view in lab.containers(green):
        lab.engine.levers.health(view["id"], answers=False)
    lab.wait(20)
    lab.upgrade(blue, {"toServiceStrategy": {"toServiceId": green}})
    lab.wait(20)
    assert (lab.state(blue), lab.view(blue)["scale"]) == ("upgrading", 1)

    for view in lab.containers(green):
        lab.engine.levers.health(view["id"], answers=True)
    lab.until(blue, "upgraded")

    assert lab.view(blue)["scale"] == 0


def test_each_step_reconciles_and_so_the_unhealthy_go_too(lab: Lab) -> None:
    """…/UpgradeManagerImpl.java, doToServiceUpgrade: activate"""
    blue, green = lab.service("blue", scale=2, healthCheck=CHECK, settle=60), lab.service("green", scale=0)
    lab.upgrade(blue, {"toServiceStrategy": {"toServiceId": green, "finalScale": 2}})
    lab.engine.levers.health_reported(lab.ids(blue)[0], healthy=False)

    lab.until(blue, "upgraded")
    lab.wait(5)

    assert lab.ids(blue) == []


@pytest.mark.parametrize("gone", [True, False], ids=["removed", "never named"])
def test_without_the_other_service_nothing_is_moved(lab: Lab, gone: bool) -> None:
    blue, green = lab.service("blue", scale=2), lab.service("green")
    if gone:
        lab.engine.delete("service", green)
        lab.until(green, "removed")

    lab.upgrade(blue, {"toServiceStrategy": {"toServiceId": green if gone else None, "updateLinks": True}})

    assert lab.until(blue, "upgraded") < 1
    assert lab.view(blue)["scale"] == 2


def linked(lab: Lab, name: str, *links: dict[str, Any]) -> int:
    """A service with these links."""
    number = lab.service(name, settle=2)
    lab.engine.act("service", number, "setservicelinks", {"serviceLinks": list(links)})
    return number


def links_of(lab: Lab, *services: int) -> list[dict[str, int]]:
    return [
        {name: ref.number for name, ref in (lab.view(each)["linkedServices"] or {}).items()}
        for each in services
    ]


def test_with_update_links_who_uses_the_service_is_linked_to_the_other_one_as_well(lab: Lab) -> None:
    """cattle:…/ServiceDiscoveryServiceImpl.java, cloneConsumingServices [run]"""
    blue, green = lab.service("blue"), lab.service("green")
    named = linked(lab, "named", {"serviceId": blue, "name": "db"})
    as_it_is = linked(lab, "as-it-is", {"serviceId": blue, "name": "blue"})
    plain = linked(lab, "plain", {"serviceId": blue})
    both = linked(lab, "both", {"serviceId": blue}, {"serviceId": green, "name": "other"})
    idle = linked(lab, "idle", {"serviceId": plain})
    rule = {"sourcePort": 80, "targetPort": 80, "protocol": "http", "serviceId": blue}
    body = {"name": "lb", "stackId": lab.stack, "scale": 1, "lbConfig": {"portRules": [rule]}}
    balancer = lab.engine.create("loadBalancerService", body, project=lab.project)
    lab.wait(5)

    lab.upgrade(blue, {"toServiceStrategy": {"toServiceId": green, "updateLinks": True}})
    lab.wait(0.5)

    assert links_of(lab, named, as_it_is, plain, both, idle, balancer) == [
        {"db": green},
        {"blue": green},
        {"blue": blue, "green": green},
        {"blue": blue, "other": green},
        {"plain": plain},
        {"blue": blue, "green": green},
    ]
    assert lab.view(balancer)["lbConfig"]["portRules"][0]["serviceId"] == blue
    lab.until(blue, "upgraded")
    lab.act(blue, "rollback")
    lab.until(blue, "active")
    assert links_of(lab, named, plain) == [{"db": green}, {"blue": blue, "green": green}]


def test_a_link_without_a_name_is_known_as_such_only_as_long_as_it_is(lab: Lab) -> None:
    blue, green = lab.service("blue"), lab.service("green")
    removed, anew = (linked(lab, name, {"serviceId": blue}) for name in ("removed", "anew"))
    named = {"serviceId": blue, "name": "blue"}
    lab.engine.act("service", removed, "removeservicelink", {"serviceLink": {"serviceId": blue}})
    lab.engine.act("service", removed, "addservicelink", {"serviceLink": named})
    lab.engine.act("service", anew, "setservicelinks", {"serviceLinks": [named]})

    lab.upgrade(blue, {"toServiceStrategy": {"toServiceId": green, "updateLinks": True}})
    lab.wait(0.5)

    assert links_of(lab, removed, anew) == [{"blue": green}, {"blue": green}]


@pytest.mark.parametrize("asked", [{}, {"updateLinks": False}, {"updateLinks": None}])
def test_without_it_links_stay_as_they_are(lab: Lab, asked: dict[str, Any]) -> None:
    blue, green = lab.service("blue"), lab.service("green")
    user = linked(lab, "user", {"serviceId": blue, "name": "db"})

    lab.upgrade(blue, {"toServiceStrategy": {"toServiceId": green} | asked})
    lab.until(blue, "upgraded")

    assert links_of(lab, user) == [{"db": blue}]


def test_nobody_is_linked_to_a_service_that_is_gone_and_nobody_gone_is_linked(lab: Lab) -> None:
    blue, green, gone = lab.service("blue"), lab.service("green"), lab.service("gone")
    user = linked(lab, "user", {"serviceId": blue, "name": "db"})
    removed = linked(lab, "removed", {"serviceId": blue, "name": "db"})
    for number in (gone, removed):
        lab.engine.delete("service", number)
    lab.wait(5)

    lab.upgrade(blue, {"toServiceStrategy": {"toServiceId": gone, "updateLinks": True}})
    lab.until(blue, "upgraded")
    assert links_of(lab, user) == [{"db": blue}]
    before = links_of(lab, removed)
    lab.act(blue, "finishupgrade")
    lab.until(blue, "active")
    lab.upgrade(blue, {"toServiceStrategy": {"toServiceId": green, "updateLinks": True}})
    lab.until(blue, "upgraded")
    assert (links_of(lab, user), links_of(lab, removed)) == ([{"db": green}], before)


def test_a_rollback_stops_the_move_where_it_is_and_moves_nothing_back(lab: Lab) -> None:
    blue, green = moved(lab, intervalMillis=5000)
    lab.wait(7)
    found = lab.view(blue)["scale"], lab.view(green)["scale"]
    assert lab.state(blue) == "upgrading"

    lab.act(blue, "rollback")
    lab.until(blue, "active")
    lab.wait(20)

    assert (lab.view(blue)["scale"], lab.view(green)["scale"]) == found


@pytest.mark.parametrize("field", ["batchSize", "finalScale", "intervalMillis"])
def test_a_null_is_an_error_without_end(lab: Lab, field: str) -> None:
    blue, _ = moved(lab, **{field: None})
    lab.wait(30)

    assert (lab.state(blue), lab.view(blue)["transitioning"]) == ("upgrading", "error")
