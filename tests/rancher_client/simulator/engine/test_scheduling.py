"""Placement: candidates, ports, labels (rancher-1.6-api.md chapter 7)."""

from __future__ import annotations

from collections import Counter

import pytest

from rancher_client.simulator.engine import Site

from .lab import Lab, upgrade_body

AFFINITY = "io.rancher.scheduler.affinity:"


def hosts_of(lab: Lab, service: int) -> Counter[int]:
    return Counter(view["hostId"].number for view in lab.containers(service, state="running"))


def label(lab: Lab, host: int, **labels: str) -> None:
    lab.engine.update("host", host, {"labels": labels})


def test_a_fixed_port_is_held_once_per_host(lab: Lab) -> None:
    web = lab.service(scale=3, ports=["80:80"])

    assert sorted(hosts_of(lab, web)) == lab.hosts


def test_more_scale_than_hosts_leaves_the_surplus_in_error_without_end(lab: Lab) -> None:
    web = lab.service(scale=4, ports=["80:80"], settle=60)

    assert len(hosts_of(lab, web)) == 3
    view = lab.view(web)
    assert (view["state"], view["transitioning"]) == ("activating", "error")
    assert "Allocation failed: host needs ports 80/tcp available" in view["transitioningMessage"]


@pytest.mark.parametrize(
    ("other", "fits"),
    [("80:81", False), ("80:80/udp", True), ("81:80", True), ("10.0.0.5:80:80", False)],
)
def test_ports_collide_by_number_protocol_and_address(lab: Lab, other: str, fits: bool) -> None:
    lab.service("first", scale=3, ports=["80:80"])

    second = lab.service("second", scale=1, ports=[other])

    assert (lab.state(second) == "active") is fits


def test_two_addresses_share_a_port(lab: Lab) -> None:
    lab.service("first", scale=3, ports=["10.0.0.5:80:80"])

    second = lab.service("second", scale=1, ports=["10.0.0.6:80:80"])

    assert lab.state(second) == "active"


def test_a_stopped_old_container_does_not_hold_its_port(lab: Lab) -> None:
    web = lab.service(scale=3, ports=["80:80"])

    lab.upgrade(web, upgrade_body(ports=["80:80"]))
    lab.until(web, "upgraded")

    assert lab.generations(web) == {("old", "stopped"): 3, ("new", "running"): 3}


@pytest.mark.parametrize(
    ("site", "comes_to"),
    [
        (Site(scheduler_service=True, hosts_bind_ports=True), ("rolling-back", "error")),
        (Site(scheduler_service=False, hosts_bind_ports=True), ("rolling-back", "error")),
        (Site(scheduler_service=False, hosts_bind_ports=False), ("active", "no")),
    ],
    ids=["the scheduler refuses", "the host refuses", "nobody looks"],
)
def test_when_somebody_took_the_port_meanwhile_a_rollback_fails_where_anybody_looks(
    site: Site, comes_to: tuple[str, str]
) -> None:
    lab = Lab(site=site)
    web = lab.service(scale=3, ports=["80:80"])
    lab.upgrade(web, upgrade_body())
    lab.until(web, "upgraded")
    lab.service("thief", scale=3, ports=["80:80"])

    lab.act(web, "rollback")
    lab.wait(30)

    assert (lab.state(web), lab.view(web)["transitioning"]) == comes_to


def test_random_ports_are_chosen_once_and_kept_over_upgrades(lab: Lab) -> None:
    web = lab.service(scale=2, ports=["80", "81/udp"])
    chosen = lab.view(web)["launchConfig"]["ports"]
    assert all(49153 <= int(spec.split(":")[0]) <= 65535 for spec in chosen)

    lab.upgrade(web, upgrade_body(ports=["80", "81/udp"]))
    lab.until(web, "upgraded")

    assert lab.view(web)["launchConfig"]["ports"] == chosen
    assert {tuple(view["ports"]) for view in lab.containers(web)} == {tuple(chosen)}


def test_all_of_a_unit_go_to_one_host(lab: Lab) -> None:
    sidekicks = [{"name": "logs", "imageUuid": "sim:registry/logs:1"}]
    web = lab.service(scale=5, sidekicks=sidekicks)

    by_unit: dict[str, set[int]] = {}
    for view in lab.containers(web):
        by_unit.setdefault(view["deploymentUnitUuid"], set()).add(view["hostId"].number)
    assert len(by_unit) == 5
    assert all(len(hosts) == 1 for hosts in by_unit.values())


def test_an_upgraded_primary_stays_on_the_host_of_its_sidekick(lab: Lab) -> None:
    sidekicks = [{"name": "logs", "imageUuid": "sim:registry/logs:1"}]
    web = lab.service(scale=5, sidekicks=sidekicks)

    lab.upgrade(web, upgrade_body(batch=5))
    lab.until(web, "upgraded")

    by_unit: dict[str, set[int]] = {}
    for view in lab.containers(web, state="running"):
        by_unit.setdefault(view["deploymentUnitUuid"], set()).add(view["hostId"].number)
    assert all(len(hosts) == 1 for hosts in by_unit.values())


def test_the_scheduler_service_prefers_the_host_with_the_fewest_containers() -> None:
    lab = Lab(site=Site())
    web = lab.service(scale=9)

    assert set(hosts_of(lab, web).values()) == {3}


def test_requested_host_id_pins(lab: Lab) -> None:
    web = lab.service(scale=4, requestedHostId=lab.hosts[2])

    assert set(hosts_of(lab, web)) == {lab.hosts[2]}


@pytest.mark.parametrize("gone", ["inactive", "lost"])
def test_only_active_hosts_with_an_active_agent_get_containers(lab: Lab, gone: str) -> None:
    if gone == "inactive":
        lab.engine.act("host", lab.hosts[0], "deactivate", {})
        lab.wait(1)
    else:
        lab.engine.levers.lose_host(lab.hosts[0])
        lab.wait(40)

    web = lab.service(scale=6)

    assert lab.hosts[0] not in hosts_of(lab, web)
    assert hosts_of(lab, web).total() == 6


def test_must_and_must_not_host_labels(lab: Lab) -> None:
    label(lab, lab.hosts[0], zone="a")
    near = lab.service("near", scale=3, labels={AFFINITY + "host_label": "zone=A"})
    far = lab.service("far", scale=3, labels={AFFINITY + "host_label_ne": "zone=a"})

    assert set(hosts_of(lab, near)) == {lab.hosts[0]}
    assert lab.hosts[0] not in hosts_of(lab, far)


def test_a_soft_label_is_kept_while_it_can_be(lab: Lab) -> None:
    label(lab, lab.hosts[0], zone="a")
    web = lab.service(scale=3, ports=["80:80"], labels={AFFINITY + "host_label_soft": "zone=a"})
    one = lab.service("one", scale=2, labels={AFFINITY + "host_label_soft": "zone=a"})

    assert len(hosts_of(lab, web)) == 3
    assert set(hosts_of(lab, one)) == {lab.hosts[0]}


def test_a_label_that_no_host_has_is_an_allocation_failure(lab: Lab) -> None:
    web = lab.service(scale=1, labels={AFFINITY + "host_label": "foo=bar"})

    message = lab.view(web)["transitioningMessage"]
    assert message.endswith("Allocation failed: needs host with label foo: bar")


def test_container_labels_keep_together_and_apart(lab: Lab) -> None:
    lab.service("db", scale=1, labels={"role": "db"})
    [home] = hosts_of(lab, 1)
    near = lab.service("near", scale=2, labels={AFFINITY + "container_label": "role=db"})
    far = lab.service("far", scale=2, labels={AFFINITY + "container_label_ne": "role=db"})

    assert set(hosts_of(lab, near)) == {home}
    assert home not in hosts_of(lab, far)


def test_one_of_a_service_per_host_with_the_macro(lab: Lab) -> None:
    apart = {AFFINITY + "container_label_ne": "io.rancher.stack_service.name=${service_name}"}
    web = lab.service(scale=3, labels=apart)

    assert sorted(hosts_of(lab, web)) == lab.hosts


def test_container_names_keep_apart(lab: Lab) -> None:
    lab.service("db", scale=1)
    [home] = hosts_of(lab, 1)

    far = lab.service("far", scale=3, labels={AFFINITY + "container_ne": "shop-db-1"})

    assert home not in hosts_of(lab, far)


def test_a_global_service_has_one_unit_on_each_matching_host(lab: Lab) -> None:
    for host in lab.hosts[:2]:
        label(lab, host, zone="a")
    web = lab.service(labels={"io.rancher.scheduler.global": "true", AFFINITY + "host_label": "zone=a"})

    assert sorted(hosts_of(lab, web)) == lab.hosts[:2]
    assert (lab.state(web), len(lab.containers(web))) == ("active", 2)


def test_only_host_labels_count_for_a_global_service(lab: Lab) -> None:
    """Its units name their hosts, and who does is asked about nothing else (cattle: populateConstraints)."""
    lab.service("db", scale=1, labels={"role": "db"})

    web = lab.service(labels={"io.rancher.scheduler.global": "true", AFFINITY + "container_label": "role=db"})

    assert sorted(hosts_of(lab, web)) == lab.hosts
    assert (lab.state(web), lab.view(web)["transitioning"]) == ("active", "no")


def test_a_new_host_gets_a_container_of_a_global_service(lab: Lab) -> None:
    web = lab.service(labels={"io.rancher.scheduler.global": "true"})

    host = lab.engine.create("host", {}, project=lab.project)
    lab.wait(5)

    assert sorted(hosts_of(lab, web)) == [*lab.hosts, host]


def test_the_unit_of_a_global_service_goes_with_its_host(lab: Lab) -> None:
    web = lab.service(labels={"io.rancher.scheduler.global": "true"})

    lab.engine.act("host", lab.hosts[0], "deactivate", {})
    lab.wait(2)
    lab.engine.delete("host", lab.hosts[0])
    lab.wait(10)
    lab.engine.update("service", web, {"metadata": {"looked": "at again"}})
    lab.wait(50)

    assert sorted(hosts_of(lab, web)) == lab.hosts[1:]
    assert (lab.state(web), lab.view(web)["transitioning"]) == ("active", "no")


def test_a_global_service_upgrades_in_place_on_each_host(lab: Lab) -> None:
    labels = {"io.rancher.scheduler.global": "true"}
    web = lab.service(labels=labels)

    lab.upgrade(web, upgrade_body(labels=labels))
    lab.until(web, "upgraded")

    assert sorted(hosts_of(lab, web)) == lab.hosts


def test_the_message_of_the_scheduler_service_names_the_reservations() -> None:
    lab = Lab(hosts=1, site=Site())
    lab.service("holder", ports=["80:8080"])

    web = lab.service(ports=["80:8080"])

    text = "Allocation failed: No healthy hosts meet the resource constraints: "
    text += "[instanceReservation: 1, 80:8080/tcp portReservation]."
    assert lab.view(web)["transitioningMessage"].endswith(text)


@pytest.mark.parametrize("seed", range(4))
def test_a_unit_goes_where_the_ports_of_all_its_containers_are_free(seed: int) -> None:
    lab = Lab(seed=seed)
    for number in lab.hosts[:2]:
        fields = {"imageUuid": "sim:x", "ports": ["80:80"], "requestedHostId": number}
        lab.engine.create("container", fields, project=lab.project)
    lab.wait(5)

    web = lab.service(ports=["80:80"], sidekicks=[{"name": "logs", "imageUuid": "sim:logs:1"}], settle=3)

    assert lab.state(web) == "active"
    assert set(hosts_of(lab, web)) == {lab.hosts[2]}


def message_of(lab: Lab, service: int) -> str:
    """What stands in the way of the service, without the container's number."""
    return str(lab.view(service)["transitioningMessage"]).rpartition("Allocation failed: ")[2]


def test_hosts_of_another_project_get_nothing(lab: Lab) -> None:
    other = lab.engine.create("project", {"name": "Other", "state": "active"}, project=None)
    stranger = lab.engine.create("host", {}, project=other)
    lab.wait(1)

    web = lab.service(scale=9)

    assert stranger not in hosts_of(lab, web)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("whose", ["primary", "sidekick"])
def test_a_label_of_one_container_binds_the_whole_unit(seed: int, whose: str) -> None:
    lab = Lab(seed=seed)
    label(lab, lab.hosts[1], zone="a")
    pinned = {"labels": {AFFINITY + "host_label": "zone=a"}}
    logs = {"name": "logs", "imageUuid": "sim:logs:1", **(pinned if whose == "sidekick" else {})}

    web = lab.service(sidekicks=[logs], **(pinned if whose == "primary" else {}))

    assert set(hosts_of(lab, web)) == {lab.hosts[1]}


def test_a_stopped_container_keeps_nobody_company(lab: Lab) -> None:
    fields = {"imageUuid": "sim:x", "name": "db", "requestedHostId": lab.hosts[0], "labels": {"role": "db"}}
    db = lab.engine.create("container", fields, project=lab.project)
    lab.wait(5)
    lab.engine.act("container", db, "stop", {})
    lab.wait(15)

    web = lab.service(labels={AFFINITY + "container_label": "role=db"})

    assert message_of(lab, web) == "host must have a container with label role=db"


@pytest.mark.parametrize("by", ["name", "uuid"])
def test_containers_keep_together_by_name_and_by_uuid(lab: Lab, by: str) -> None:
    fields = {"imageUuid": "sim:x", "name": "db", "requestedHostId": lab.hosts[2]}
    db = lab.engine.create("container", fields, project=lab.project)
    lab.wait(5)

    web = lab.service(scale=3, labels={AFFINITY + "container": lab.container(db)[by]})

    assert set(hosts_of(lab, web)) == {lab.hosts[2]}


@pytest.mark.parametrize(
    ("about", "value", "said"),
    [
        ("container_label", "role=db", "host must have a container with label role=db"),
        ("container", "db", "host must have a container with name or uuid db"),
        ("container_ne", "shop-holder-1", "host must not have a container with name or uuid shop-holder-1"),
        ("container_label_ne", "role=holder", "host must not have a container with label role=holder"),
    ],
)
def test_the_message_names_the_container_that_is_missing_or_in_the_way(
    about: str, value: str, said: str
) -> None:
    lab = Lab(hosts=1)
    lab.service("holder", labels={"role": "holder"})

    web = lab.service(labels={AFFINITY + about: value})

    assert message_of(lab, web) == said


def test_the_message_leaves_out_soft_labels_and_labels_that_fit(lab: Lab) -> None:
    label(lab, lab.hosts[0], zone="a")
    lab.service("holder", scale=3, ports=["80:80"])
    soft = {AFFINITY + "host_label_soft": "disk=ssd"}

    blocked = lab.service("blocked", ports=["80:80"], labels={AFFINITY + "host_label": "zone=a", **soft})
    lost = lab.service("lost", labels={AFFINITY + "host_label": "zone=b", **soft})

    assert message_of(lab, blocked) == "host needs ports 80/tcp available"
    assert message_of(lab, lost) == "needs host with label zone: b"


def test_the_message_leaves_out_ports_without_a_number(lab: Lab) -> None:
    """An upgrade chooses no number anew (4.2), so such a port can be taken by nobody."""
    lab.service("holder", scale=3, ports=["80:80"])
    web = lab.service(ports=["81:81"])

    lab.upgrade(web, upgrade_body(ports=["80:80", "82"]))
    lab.wait(20)

    assert message_of(lab, web) == "host needs ports 80/tcp available"


def test_two_ports_without_a_number_in_one_unit_are_taken_for_the_same(lab: Lab) -> None:
    sidekick = {"name": "log", "imageUuid": "sim:registry/log:1"}
    web = lab.service(sidekicks=[sidekick])

    lab.upgrade(web, upgrade_body(ports=["82"], sidekicks=[sidekick | {"ports": ["83"]}]))
    lab.wait(20)

    assert message_of(lab, web) == "Port null/tcp requested more than once."


def test_the_scheduler_service_names_reservations_beside_labels_that_no_host_has() -> None:
    lab = Lab(site=Site())

    web = lab.service(ports=["80:8080"], labels={AFFINITY + "host_label": "zone=b"})

    reserved = "Host must satisfy resource constraints: [80:8080/tcp portReservation]."
    assert message_of(lab, web) == f"{reserved} needs host with label zone: b"


@pytest.mark.parametrize("seed", range(12))
def test_two_units_with_a_fixed_port_and_a_sidekick_never_meet_on_a_host(seed: int) -> None:
    lab = Lab(seed=seed, hosts=2)
    side = {"name": "side", "imageUuid": "sim:side:1"}

    web = lab.service(scale=2, ports=["80:80"], sidekicks=[side], settle=4)

    assert lab.state(web) == "active"
    assert {c["state"] for c in lab.containers(web)} == {"running"}


def test_a_failed_container_gets_no_host_with_its_mate_any_more(lab: Lab) -> None:
    sidekick = {"name": "logs", "imageUuid": "sim:logs:1"}
    web = lab.service(sidekicks=[sidekick], labels={AFFINITY + "host_label": "zone=a"}, settle=0)
    while not lab.containers(web, state="stopping"):
        lab.wait(0.01)
    [failed] = lab.containers(web, state="stopping")

    label(lab, lab.hosts[1], zone="a")
    lab.wait(1)

    assert lab.hosts[1] in {view["hostId"].number for view in lab.containers(web) if view["hostId"]}
    assert lab.container(failed["id"])["hostId"] is None


def test_a_host_names_its_containers_in_the_order_in_which_it_got_them() -> None:
    lab = Lab(hosts=1)
    lab.engine.levers.image("registry/shop:1", start=60.0)
    web = lab.service(sidekicks=[{"name": "logs", "imageUuid": "sim:logs:1"}], settle=5)
    [primary, sidekick] = lab.ids(web)
    assert lab.container(primary)["state"] == "starting"

    lab.engine.delete("container", sidekick)
    lab.engine.update("service", web, {"metadata": {"look": "again"}})
    lab.wait(20)

    [_, another] = lab.ids(web)
    host = lab.engine.view("host", lab.hosts[0])
    assert host is not None
    assert another != sidekick
    assert [ref.number for ref in host["instanceIds"]] == [primary, another]


@pytest.mark.parametrize("named_by", ["name", "uuid"])
def test_a_container_that_others_go_to_is_named_by_its_name_or_its_uuid(lab: Lab, named_by: str) -> None:
    """ContainerAffinityConstraint.java"""
    [beside] = lab.containers(lab.service("first"))

    web = lab.service("web", scale=3, labels={f"{AFFINITY}container": beside[named_by]})

    assert hosts_of(lab, web) == {beside["hostId"].number: 3}
