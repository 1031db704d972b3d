"""A world made of what another server shows: it stands there, numbers on, and what was on its way goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref, Site, Timing

from .lab import OLD, Lab, upgrade_body
from .stack_lab import StackLab

KINDS = ("project", "host", "stack", "service", "container")
CHECK: dict[str, Any] = {"port": 80, "interval": 2000, "healthyThreshold": 2, "strategy": "none"}
SIDE: dict[str, Any] = {"name": "side", "imageUuid": "sim:side:1"}

Views = dict[str, dict[int, dict[str, Any]]]


def shown(engine: Engine) -> Views:
    """All rows of an engine as a server shows them: what has no value is left out."""
    return {kind: {number: said(engine, kind, number) for number in engine.ids(kind)} for kind in KINDS}


def said(engine: Engine, kind: str, number: int) -> dict[str, Any]:
    view = engine.view(kind, number)
    assert view is not None
    return {name: value for name, value in view.items() if value is not None}


class Copy(StackLab):
    """A lab whose engine is a copy of another lab's, at the same moment."""

    def __init__(self, lab: Lab, views: Views | None = None, *, timing: Timing | None = None) -> None:
        self.engine = Engine.adopt(
            views or shown(lab.engine),
            start=lab.engine.now,
            timing=timing or Timing.simulated_hosts(),
            site=lab.engine.site,
        )
        self.project, self.hosts, self.stack = lab.project, lab.hosts, lab.stack


def standalone(lab: Lab, **fields: Any) -> int:
    body = {"name": "alone", "imageUuid": "docker:busybox", **fields}
    number = lab.engine.create("container", body, project=lab.project)
    lab.wait(5)
    return number


def rich() -> StackLab:
    """One of everything, at rest."""
    lab = StackLab(hosts=4)
    engine = lab.engine
    engine.update("host", lab.hosts[0], {"name": "first", "labels": {"rack": "1"}})
    db = lab.service("db", fields={"metadata": {"a": 1}, "scalePolicy": {"min": 1, "max": 3, "increment": 1}})
    shared = {
        "networkLaunchConfig": "web",
        "networkMode": "container",
        "dataVolumesFromLaunchConfigs": ["web"],
    }
    web = lab.service(scale=2, ports=["8080:80"], sidekicks=[SIDE | shared])
    engine.act("service", web, "setservicelinks", {"serviceLinks": [{"name": "store", "serviceId": db}]})
    lab.service("every", labels={"io.rancher.scheduler.global": "true"})
    lab.service("idle", scale=2, start=False)
    standalone(lab, networkMode="host", requestedHostId=lab.hosts[1], labels={"a": "b"})
    sick, young = lab.service("sick", healthCheck=CHECK), lab.service("young", healthCheck=CHECK)
    engine.levers.health(lab.ids(sick)[0], answers=False)
    lab.upgrade(young, upgrade_body(interval=0, healthCheck=CHECK))
    lab.until(young, "upgraded")
    engine.create("dnsService", {"name": "alias", "stackId": lab.stack}, project=lab.project)
    engine.levers.image_exists("r/none:1", exists=False)
    standalone(lab, name="failed", imageUuid="docker:r/none:1")
    lab.stack_of("version: '2'\nservices:\n  bad name: {image: a}\n", "version: '2'\n", name="refused")
    for host in lab.hosts[2:]:
        engine.levers.give_up_host(host)
    engine.levers.regain_host(lab.hosts[2])
    lab.wait(60)
    return lab


def test_a_copy_shows_what_the_original_shows() -> None:
    lab = rich()

    views = shown(lab.engine)

    copy = shown(Copy(lab, views).engine)
    for kind in KINDS:
        assert copy[kind] == views[kind]


def test_nothing_happens_to_a_copy_that_stands() -> None:
    lab = rich()
    copy = Copy(lab)
    before = shown(copy.engine)

    copy.wait(100)

    assert shown(copy.engine) == before


def test_a_copy_goes_on_over_a_snapshot_and_says_nothing_twice() -> None:
    """Rows keep in their fields only what has no place of its own, and no reference to unknown kinds."""
    lab = rich()
    views = shown(lab.engine)
    views["stack"][lab.stack]["catalogId"] = Ref("catalog", 3)
    views["container"][1]["registryCredentialId"] = Ref("registryCredential", 4)
    copy = Copy(lab, views)

    saved = json.loads(json.dumps(copy.engine.snapshot()))

    assert shown(Engine.restore(saved)) == shown(copy.engine)
    assert "catalogId" not in said(copy.engine, "stack", lab.stack)
    assert "registryCredentialId" not in said(copy.engine, "container", 1)
    assert not any("state" in row["fields"] for kind in KINDS[:4] for row in saved["rows"][kind])
    assert not any("state" in row["config"] for row in saved["rows"]["container"])


def test_new_rows_are_numbered_after_all_that_were_seen() -> None:
    lab = rich()
    copy = Copy(lab)
    highest = {kind: max(copy.engine.ids(kind)) for kind in KINDS}

    made = {
        "container": standalone(copy, name="another"),
        "host": copy.engine.create("host", {}, project=copy.project),
        "stack": copy.engine.create("stack", {"name": "another"}, project=copy.project),
        "service": copy.service("another", start=False),
        "project": copy.engine.create("project", {"name": "another"}, project=None),
    }

    assert made == {kind: number + 1 for kind, number in highest.items()}


def test_an_empty_project_can_be_copied() -> None:
    lab = Lab(hosts=0)
    views = shown(lab.engine) | {"stack": {}}

    engine = Engine.adopt(views, start=lab.engine.now)

    assert engine.create("host", {}, project=lab.project) == 1
    assert engine.site == Site()


def test_a_copy_runs_at_the_pace_that_is_asked_for(lab: Lab) -> None:
    slow = Timing(checkpoint=5.0)
    copy = Copy(lab, timing=slow)

    web = copy.service(settle=20)

    assert copy.state(web) == "activating"
    assert copy.engine.site == lab.engine.site


def test_references_inside_of_values_may_be_references_to_rows(lab: Lab) -> None:
    """As the resources of a live server are read: a rule of a balancer leads to the service it led to."""
    web = lab.service()
    config = {"imageUuid": "docker:rancher/lb-service-haproxy:v0.9.14"}
    rules = {"portRules": [{"sourcePort": 80, "targetPort": 80, "protocol": "http", "serviceId": web}]}
    body = {"name": "lb", "stackId": lab.stack, "launchConfig": config, "lbConfig": rules}
    balancer = lab.engine.create("loadBalancerService", body, project=lab.project)
    lab.wait(5)
    views = shown(lab.engine)
    lb = views["service"][balancer]
    for each in (lb["lbConfig"]["portRules"][0], lb["launchConfig"]):
        each["serviceId"] = Ref("service", web)
    lb["secondaryLaunchConfigs"] = [{"name": "side", "imageUuid": "sim:a", "requestedHostId": Ref("host", 1)}]
    lb["upgrade"] = {"toServiceStrategy": {"toServiceId": Ref("service", web)}}

    copy = Copy(lab, views)

    seen = copy.view(balancer)
    assert seen["lbConfig"]["portRules"][0]["serviceId"] == seen["launchConfig"]["serviceId"] == web
    assert seen["secondaryLaunchConfigs"][0]["requestedHostId"] == 1
    assert seen["upgrade"]["toServiceStrategy"]["toServiceId"] == Ref("service", web)
    json.dumps(copy.engine.snapshot())


@pytest.mark.parametrize("projects", [0, 2])
def test_a_copy_is_of_one_project(lab: Lab, projects: int) -> None:
    views = shown(lab.engine)
    project = views["project"][lab.project]
    views["project"] = dict.fromkeys(range(5, 5 + projects), project)

    with pytest.raises(ValueError, match=f"one project, not of {projects}"):
        Engine.adopt(views, start=lab.engine.now)


def test_what_refers_to_rows_that_were_not_seen_loses_the_reference(lab: Lab) -> None:
    """The lists of a live server are read one after the other."""
    web, db = lab.service(), lab.service("db", settle=2, healthCheck=CHECK)
    views = shown(lab.engine)
    of_web, of_db = lab.ids(web)[0], lab.ids(db)[0]
    views["service"][web]["stackId"] = Ref("stack", 99)
    views["container"][of_db] |= {"hostId": Ref("host", 99), "requestedHostId": Ref("host", 99)}

    engine = Copy(lab, views).engine

    assert engine.ids("service") == [db]
    engine.advance(engine.now + 10)
    assert said(engine, "container", of_db)["healthState"] == "healthy"
    assert "serviceIds" not in said(engine, "container", of_web)
    assert "hostId" in said(engine, "container", of_web)
    assert not {"hostId", "requestedHostId"} & said(engine, "container", of_db).keys()
    assert said(engine, "service", db)["instanceIds"] == [Ref("container", of_db)]


def test_what_is_not_said_is_as_with_a_new_row(lab: Lab) -> None:
    """A resource may lack what has no value: names, labels, a scale, the health of what has no check."""
    alias = lab.engine.create("dnsService", {"name": "alias", "stackId": lab.stack}, project=lab.project)
    lab.wait(1)
    alone, host = standalone(lab), lab.hosts[0]
    least = {"uuid", "created", "state", "kind", "name", "stackId"}
    views = shown(lab.engine)
    for kind, number in (("host", host), ("stack", lab.stack), ("service", alias), ("container", alone)):
        own = least - {"name"} if kind in ("host", "container") else least
        views[kind][number] = {key: value for key, value in views[kind][number].items() if key in own}

    engine = Copy(lab, views).engine

    bare = said(engine, "host", host)
    assert (bare["agentIpAddress"], bare["labels"]) == ("", {})
    assert said(engine, "stack", lab.stack)["healthState"] == "healthy"
    service = said(engine, "service", alias)
    assert (service["scale"], service["healthState"]) == (0, "healthy")
    assert service["secondaryLaunchConfigs"] == []
    engine.act("service", alias, "activate")
    engine.advance(engine.now + 1)
    assert said(engine, "service", alias)["state"] == "active"
    container = said(engine, "container", alone)
    assert container["startCount"] == 0
    assert not {"name", "labels", "ports", "serviceIds", "hostId"} & container.keys()


def test_a_host_without_a_hostname_goes_by_its_name() -> None:
    lab = Lab(site=Site())
    views = shown(lab.engine)
    del views["host"][lab.hosts[0]]["hostname"]
    views["host"][lab.hosts[0]]["name"] = "first"

    assert said(Copy(lab, views).engine, "host", lab.hosts[0])["hostname"] == "first"


def test_the_levers_find_the_containers_of_a_copy(lab: Lab) -> None:
    web = lab.service(healthCheck=CHECK)
    copy = Copy(lab)
    copy.wait(20)

    copy.engine.levers.image_health("registry/shop:1", answers=False)
    copy.wait(30)

    assert copy.view(web)["healthState"] == "unhealthy"


def test_a_rule_about_services_of_the_stack_counts_the_containers_of_the_copy(lab: Lab) -> None:
    """`${stack_name}/…` of an affinity label is read by the stack of the container that is placed (7.3)."""
    beside = {
        "io.rancher.scheduler.affinity:container_label": "io.rancher.stack_service.name=${stack_name}/db"
    }
    lab.service("db")
    web = lab.service(labels=beside)
    views = shown(lab.engine)
    views["container"][lab.ids(web)[0]]["state"] = "creating"
    views["container"][lab.ids(web)[0]].pop("hostId")
    copy = Copy(lab, views)

    copy.wait(10)

    assert copy.containers(web)[0]["state"] == "running"


def test_a_host_names_its_containers_in_the_order_in_which_it_got_them(lab: Lab) -> None:
    web = lab.service(scale=6)
    views = shown(lab.engine)
    host = lab.hosts[0]
    own = views["host"][host]["instanceIds"]
    views["host"][host]["instanceIds"] = [Ref("container", 99), *reversed(own)]

    copy = Copy(lab, views)

    assert said(copy.engine, "host", host)["instanceIds"] == list(reversed(own))
    assert len(own) > 1
    assert len(copy.ids(web)) == 6


@pytest.mark.parametrize(
    ("state", "becomes", "starts"),
    [
        ("requested", "running", 2),
        ("creating", "running", 2),
        ("starting", "running", 2),
        ("running", "running", 1),
        ("updating-running", "running", 1),
        ("migrating", "running", 1),
        ("restarting", "running", 2),
        ("stopping", "stopped", 1),
        ("stopped", "stopped", 1),
        ("updating-stopped", "stopped", 1),
        ("removing", "removed", 1),
        ("erroring", "error", 1),
    ],
)
def test_what_a_container_was_in_is_begun_anew(lab: Lab, state: str, becomes: str, starts: int) -> None:
    number = standalone(lab)
    views = shown(lab.engine)
    views["container"][number]["state"] = state
    copy = Copy(lab, views)
    host = copy.container(number)["hostId"]

    copy.wait(10)

    view = copy.container(number)
    assert (view["state"], view["startCount"], view["hostId"]) == (becomes, starts, host)
    assert view["firstRunning"] == views["container"][number]["firstRunning"]


def test_a_container_that_runs_exits_and_is_started_again_in_the_copy(lab: Lab) -> None:
    web = lab.service(ports=["8080:80"])
    [before] = lab.containers(web)
    copy = Copy(lab)

    copy.engine.levers.container_exits(before["id"])
    copy.wait(5)

    [after] = copy.containers(web)
    assert after == before | {"startCount": 2}


@pytest.mark.parametrize("host_is_lost", [False, True])
def test_a_check_goes_on_and_an_unhealthy_container_stays_so(lab: Lab, host_is_lost: bool) -> None:
    web = lab.service(scale=2, settle=2, healthCheck=CHECK)
    young, sick = lab.ids(web)
    views = shown(lab.engine)
    views["container"][sick]["healthState"] = "unhealthy"
    if host_is_lost:
        for view in views["host"].values():
            view["state"] = "disconnected"

    copy = Copy(lab, views)
    copy.wait(30)

    seen = [copy.container(number)["healthState"] for number in (young, sick)]
    assert seen == ["initializing" if host_is_lost else "healthy", "unhealthy"]


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        ("registering", "active"),
        ("activating", "active"),
        ("deactivating", "inactive"),
        ("updating-active", "active"),
        ("updating-inactive", "inactive"),
        ("upgrading", "upgraded"),
        ("finishing-upgrade", "active"),
        ("rolling-back", "active"),
        ("canceling-upgrade", "canceled-upgrade"),
        ("removing", "removed"),
        ("restarting", "active"),
        ("active", "active"),
        ("inactive", "inactive"),
        ("upgraded", "upgraded"),
        ("canceled-upgrade", "canceled-upgrade"),
    ],
)
def test_what_a_service_was_in_is_begun_anew(lab: Lab, state: str, becomes: str) -> None:
    web = lab.service()
    lab.upgrade(web)
    lab.until(web, "upgraded")
    views = shown(lab.engine)
    views["service"][web]["state"] = state
    copy = Copy(lab, views)

    copy.wait(60)

    assert copy.state(web) == becomes


@pytest.mark.parametrize(
    ("state", "action", "kept"),
    [
        ("upgrading", None, "both"),
        ("upgraded", "finishupgrade", "new"),
        ("upgraded", "rollback", "old"),
        ("finishing-upgrade", None, "new"),
        ("rolling-back", None, "old"),
        ("canceled-upgrade", "rollback", "old"),
        ("canceling-upgrade", None, "both"),
    ],
)
def test_what_an_upgrade_has_set_aside_follows_from_state_and_version(
    lab: Lab, state: str, action: str | None, kept: str
) -> None:
    """Old containers stand stopped until the upgrade is finished or rolled back (5.3, 5.5)."""
    web = lab.service(scale=2)
    old = set(lab.ids(web))
    lab.upgrade(web, upgrade_body(batch=2))
    lab.until(web, "upgraded")
    new = set(lab.ids(web)) - old
    if state == "rolling-back":  # the configs are set back in the request itself
        lab.act(web, "rollback")
    views = shown(lab.engine)
    views["service"][web]["state"] = state
    copy = Copy(lab, views)

    copy.wait(30)
    if action is not None:
        copy.act(web, action)
    copy.wait(30)

    assert set(copy.ids(web)) == {"old": old, "new": new, "both": old | new}[kept]
    running = {view["id"] for view in copy.containers(web, state="running")}
    assert running == (old if kept == "old" else new)


@pytest.mark.parametrize("seconds", [0.1, 0.3, 1.2, 2.0, 3.3, 5.0])
@pytest.mark.parametrize(
    ("goes", "comes_to", "stand"),
    [
        ("upgrade", "upgraded", {("old", "stopped"): 4, ("new", "running"): 4}),
        ("rollback", "active", {("old", "running"): 4}),
    ],
)
def test_an_upgrade_that_was_under_way_goes_on_where_it_stood(
    seconds: float, goes: str, comes_to: str, stand: dict[tuple[str, str], int]
) -> None:
    lab = Lab(hosts=4)
    web = lab.service(scale=4, ports=["8080:80"])
    original = set(lab.ids(web))
    for image in ("registry/shop:1", "registry/shop:2"):
        lab.engine.levers.image(image, stop=1.0, start=1.0)
    lab.upgrade(web, upgrade_body(ports=["8080:80"]))
    if goes == "rollback":
        lab.until(web, "upgraded")
        lab.act(web, "rollback")
    lab.wait(seconds)
    made = set(lab.ids(web))
    copy = Copy(lab)
    assert copy.view(web)["publicEndpoints"] == lab.view(web)["publicEndpoints"]

    seen = set()
    while copy.state(web) != comes_to:
        copy.wait(0.5)
        seen.add(copy.view(web)["healthState"])
    copy.wait(10)

    assert "unhealthy" not in seen  # what is not replaced yet goes on counting
    assert copy.generations(web) == stand
    assert len(copy.view(web)["publicEndpoints"]) == 4
    assert set(copy.ids(web)) >= (made if goes == "upgrade" else original)


def test_what_a_rollback_was_making_anew_is_not_set_aside() -> None:
    lab = Lab(timing=Timing(create=2.0))
    web = lab.service(ports=["8080:80"])
    [old] = lab.ids(web)
    lab.upgrade(web)
    lab.until(web, "upgraded")
    lab.engine.delete("container", old)
    lab.wait(5)
    lab.act(web, "rollback")
    lab.wait(3)
    assert lab.generations(web)[("old", "creating")] == 1
    copy = Copy(lab)

    copy.until(web, "active")
    copy.wait(10)

    assert copy.generations(web) == {("old", "running"): 1}
    assert len(copy.view(web)["publicEndpoints"]) == 1


def test_an_active_service_makes_what_it_lacks(lab: Lab) -> None:
    """In the unit and under the name of what is gone; units follow from the containers seen."""
    web = lab.service(scale=3, sidekicks=[SIDE])
    every = lab.service("every", labels={"io.rancher.scheduler.global": "true"})
    views = shown(lab.engine)
    gone = [lab.containers(web)[3], lab.containers(every)[0]]
    for view in gone:
        del views["container"][view["id"]]
    copy = Copy(lab, views)

    copy.wait(10)

    for service, lost in zip((web, every), gone, strict=True):
        assert {view["name"] for view in copy.containers(service)} == {
            view["name"] for view in lab.containers(service)
        }
        kept = set(lab.ids(service)) - {lost["id"]}
        assert kept < set(copy.ids(service))
    assert {view["deploymentUnitUuid"] for view in copy.containers(web)} == {
        view["deploymentUnitUuid"] for view in lab.containers(web)
    }
    assert {view["hostId"] for view in copy.containers(every)} == {Ref("host", host) for host in copy.hosts}


def test_a_new_unit_gets_the_next_free_index(lab: Lab) -> None:
    web = lab.service(scale=2)
    copy = Copy(lab)

    copy.engine.update("service", web, {"scale": 3})
    copy.wait(5)

    assert [view["name"] for view in copy.containers(web)] == ["shop-web-1", "shop-web-2", "shop-web-3"]


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        ("activating", "active"),
        ("updating-active", "active"),
        ("upgrading", "upgraded"),
        ("finishing-upgrade", "active"),
        ("rolling-back", "active"),
        ("canceling-upgrade", "canceled-upgrade"),
        ("removing", "removed"),
        ("active", "active"),
        ("error", "error"),
    ],
)
def test_what_a_stack_was_in_is_begun_anew(lab: Lab, state: str, becomes: str) -> None:
    views = shown(lab.engine)
    views["stack"][lab.stack]["state"] = state
    copy = Copy(lab, views)

    copy.wait(30)

    assert copy.stack_view(lab.stack)["state"] == becomes


@pytest.mark.parametrize(
    ("state", "becomes", "within"),
    [
        ("active", "active", 1),
        ("activating", "active", 1),
        ("deactivating", "inactive", 1),
        ("removing", "removed", 1),
        ("reconnecting", "reconnecting", 179),
        ("reconnecting", "disconnected", 181),
        ("disconnecting", "disconnected", 1),
        ("disconnected", "disconnected", 1),
        ("finishing-reconnect", "active", 1),
    ],
)
def test_what_a_host_was_in_is_begun_anew(lab: Lab, state: str, becomes: str, within: float) -> None:
    views = shown(lab.engine)
    host = lab.hosts[0]
    views["host"][host]["state"] = state
    copy = Copy(lab, views)
    assert said(copy.engine, "host", host)["state"] == state

    copy.wait(within)

    assert said(copy.engine, "host", host)["state"] == becomes


def test_the_agent_of_a_host_seen_as_lost_does_not_answer_until_it_is_back(lab: Lab) -> None:
    views = shown(lab.engine)
    host = lab.hosts[0]
    views["host"][host]["state"] = "disconnected"
    copy = Copy(lab, views)

    assert copy.engine.agent(host) == (False, False)
    copy.engine.levers.regain_host(host)
    copy.wait(1)
    assert copy.engine.agent(host) == (True, True)


def test_a_copy_keeps_the_addresses_of_a_service_that_retains_them(lab: Lab) -> None:
    web = lab.service(fields={"retainIp": True}, networkMode="managed")
    [before] = lab.containers(web)
    copy = Copy(lab, shown(lab.engine))

    copy.engine.delete("container", before["id"])
    copy.wait(20)

    [after] = copy.containers(web)
    assert after["id"] != before["id"]
    assert after["primaryIpAddress"] == before["primaryIpAddress"] is not None


def test_a_job_that_has_run_is_not_waited_for_in_the_copy(lab: Lab) -> None:
    lab.engine.levers.image(OLD.removeprefix("sim:"), exits_after=2.0)
    job = lab.service("job", labels={"io.rancher.container.start_once": "true"})
    assert [c["state"] for c in lab.containers(job)] == ["stopped"]
    copy = Copy(lab)

    copy.engine.update("service", job, {"scale": 2})
    copy.wait(20)

    assert (copy.state(job), copy.view(job)["transitioning"]) == ("active", "no")
    assert len(copy.ids(job)) == 2
