"""Services of other kinds: load balancer, external, dns, selector (rancher-1.6-api.md 4.1, 5.2)."""

from __future__ import annotations

import pytest
import yaml

from rancher_client.cattle import kinds, services
from rancher_client.cattle.resources import LbConfig

from .waiting import wait_for

PORT = 18998


@pytest.fixture
def balanced(bench):
    """A load balancer in front of a service, and that service."""
    web = bench.service()
    rule = {"sourcePort": PORT, "targetPort": 80, "protocol": "http", "serviceId": web.id}
    config = LbConfig.parse({"portRules": [rule]})
    fields = kinds.load_balancer("front", config, image=bench.target.old)
    front = services.create(bench.rancher, fields | {"startOnCreate": True}, stack_id=bench.stack_id)
    return bench.settled(front.id, "active"), web


def test_a_load_balancer_is_listed_among_the_services_under_its_own_type(bench, balanced):
    front, web = balanced

    by_kind = {seen.kind: seen.id for seen in services.read_all(bench.rancher, stack_id=bench.stack_id)}

    assert by_kind == {"loadBalancerService": front.id, "service": web.id}


def test_a_load_balancer_gets_a_health_check_and_labels_of_the_server(balanced):
    front, _web = balanced

    assert front.launch_config["healthCheck"]["port"] == 42
    assert front.launch_config["labels"]["io.rancher.container.create_agent"] == "true"


def test_a_load_balancer_is_read_by_either_address(wire, balanced):
    front, _web = balanced

    assert wire("GET", f"loadbalancerservices/{front.id}").json()["id"] == front.id
    assert wire("GET", f"services/{front.id}").json()["type"] == "loadBalancerService"


def test_an_upgrade_of_a_load_balancer_without_its_launch_config_is_refused(wire, balanced):
    front, _web = balanced
    sidekick = {"name": "logs", "imageUuid": "docker:x"}

    answer = wire.act(front.id, "upgrade", {"inServiceStrategy": {"secondaryLaunchConfigs": [sidekick]}})

    assert (answer.status_code, answer.json()["fieldName"]) == (
        422,
        "LaunchConfig is required for load balancer service",
    )


@pytest.mark.trap("78")
def test_a_type_in_the_body_for_services_chooses_nothing(bench, wire):
    body = kinds.dns_service("alias") | {"stackId": bench.stack_id}

    made = wire("POST", "services", json=body | {"launchConfig": {"imageUuid": bench.target.old}}).json()

    assert made["type"] == "service"


@pytest.mark.trap("77")
def test_an_address_is_changed_where_external_services_are_and_ignored_where_all_are(bench, wire):
    fields = kinds.external_service("mail", ip_addresses=["192.0.2.1"])
    made = services.create(bench.rancher, fields, stack_id=bench.stack_id)
    bench.settled(made.id, "inactive")

    def addresses_after(collection, address):
        wire("PUT", f"{collection}/{made.id}", json={"externalIpAddresses": [address]})
        return wire("GET", f"externalservices/{made.id}").json()["externalIpAddresses"]

    assert addresses_after("services", "192.0.2.2") == ["192.0.2.1"]
    assert addresses_after("externalservices", "192.0.2.3") == ["192.0.2.3"]


@pytest.mark.trap("40")
def test_a_load_balancer_is_upgraded_and_rolled_back_by_the_address_of_services(bench, balanced):
    front, _web = balanced

    bench.upgrade(front)
    bench.settled(front.id, "upgraded")

    assert bench.roll_back(front.id).configs() == front.configs()


@pytest.mark.trap("40")
def test_a_rollback_by_its_own_address_keeps_the_new_config(bench, wire, balanced):
    front, _web = balanced
    accepted = bench.upgrade(front)
    bench.settled(front.id, "upgraded")

    answer = wire("POST", f"loadbalancerservices/{front.id}/?action=rollback")

    assert answer.status_code == 202
    assert bench.settled(front.id, "active").versions() == accepted.versions()


def test_an_external_service_is_healthy_and_has_no_containers(bench):
    fields = kinds.external_service("mail", ip_addresses=["192.0.2.1"])

    made = services.create(bench.rancher, fields | {"startOnCreate": True}, stack_id=bench.stack_id)
    seen = bench.settled(made.id, "active")

    assert (seen.kind, seen.health_state) == ("externalService", "healthy")
    assert bench.containers(made.id) == []


def test_a_dns_service_leads_to_those_it_is_linked_to(bench):
    web = bench.service(active=False)
    made = services.create(
        bench.rancher, kinds.dns_service("alias") | {"startOnCreate": True}, stack_id=bench.stack_id
    )
    bench.settled(made.id, "active")

    services.set_links(bench.rancher, made.id, {"web": web.id})

    wait_for(lambda: bench.read(made.id).linked_services, lambda links: links == {"web": web.id})


def test_a_service_of_a_selector_needs_no_image(bench, wire):
    body = {"type": "service", "name": "chosen", "stackId": bench.stack_id, "selectorContainer": "app=chosen"}
    answer = wire("POST", "services", json=body | {"launchConfig": {"imageUuid": "rancher/none"}})

    assert answer.status_code == 201
    assert bench.settled(answer.json()["id"], "inactive").selector_container == "app=chosen"


@pytest.fixture
def labelled(bench):
    """A service of that name with labels of nobody else, and the selector that chooses it."""
    key = f"conformance-{bench.stack_id}"

    def labelled(name, value="web", **fields):
        config = {"imageUuid": bench.target.old, "labels": {key: value}}
        return bench.service(name=name, active=False, launchConfig=config, **fields), f"{key}={value}"

    return labelled


def linked(bench, service_id, *names):
    return wait_for(
        lambda: sorted(bench.read(service_id).linked_services), lambda found: found == sorted(names)
    )


def test_a_selector_links_to_services_that_are_there_and_that_come(bench, wire, labelled):
    web, selector = labelled("web")
    by = bench.service(name="by", active=False, selectorLink=selector)
    linked(bench, by.id, "web")

    labelled("late")
    labelled("other", "db")

    linked(bench, by.id, "late", "web")
    again = wire.act(by.id, "addservicelink", {"serviceLink": {"serviceId": web.id}})
    assert (again.status_code, again.json()["code"]) == (422, "NotUnique")


def test_another_selector_takes_the_links_of_the_former_one_away(bench, wire, labelled):
    _web, selector = labelled("web")
    _db, other = labelled("db", "db")
    by = bench.service(name="by", active=False, selectorLink=selector)
    linked(bench, by.id, "web")

    wire("PUT", f"services/{by.id}", json={"selectorLink": other})
    linked(bench, by.id, "db")
    wire("PUT", f"services/{by.id}", json={"selectorLink": None})
    linked(bench, by.id)


def test_a_removed_service_is_linked_to_nobody(bench, wire, labelled):
    web, selector = labelled("web")
    by = bench.service(name="by", active=False, selectorLink=selector)
    linked(bench, by.id, "web")

    wire("DELETE", f"services/{web.id}")

    linked(bench, by.id)


def test_a_service_has_containers_of_others_that_its_selector_chooses(bench, wire):
    key = f"conformance-{bench.stack_id}"
    config = {"imageUuid": bench.target.old, "labels": {key: "web"}}
    web = bench.service(name="web", scale=2, launchConfig=config)
    by = bench.service(name="by", selectorContainer=f"{key}=web")
    theirs = {container.id for container in bench.containers(web.id)}

    chosen = wait_for(lambda: set(bench.read(by.id).instance_ids), theirs.__lt__)

    assert len(chosen) == 3
    assert set(bench.read(web.id).instance_ids) == theirs
    services_of = wire("GET", f"containers/{min(theirs)}").json()["serviceIds"]
    assert sorted(services_of) == sorted([web.id, by.id])
    wire("DELETE", f"services/{by.id}")
    wait_for(lambda: bench.read(by.id).state, lambda state: state == "removed")
    assert len(bench.running(web.id)) == 2


@pytest.mark.parametrize("field", ["selectorLink", "selectorContainer"])
def test_a_selector_whose_key_has_a_blank_is_refused(bench, wire, field):
    service = bench.service(active=False)

    answer = wire("PUT", f"services/{service.id}", json={field: "not(a selector"})

    assert (answer.status_code, answer.json()["code"], answer.json()["fieldName"]) == (
        422,
        "InvalidFormat",
        "Invalid format selector : not(a selector",
    )


def test_a_balancer_forgets_the_rules_to_a_removed_service(bench, wire, balanced):
    front, web = balanced
    linked(bench, front.id, "web")

    wire("DELETE", f"services/{web.id}")

    linked(bench, front.id)
    wait_for(
        lambda: wire("GET", f"services/{front.id}").json()["lbConfig"]["portRules"], lambda rules: not rules
    )


def a_rule(web, port):
    return {"sourcePort": port, "targetPort": port - 1, "protocol": "tcp", "serviceId": web.id}


def set_fields(rule):
    """A rule as Rancher shows it, without its type and what is unset."""
    return {name: value for name, value in rule.items() if name != "type" and value is not None}


@pytest.fixture
def resting(bench):
    """A load balancer that was never started, and the service it leads to."""
    web = bench.service(active=False)
    config = LbConfig.parse({"portRules": [a_rule(web, PORT)]})
    fields = kinds.load_balancer("front", config, image=bench.target.old)
    front = services.create(bench.rancher, fields, stack_id=bench.stack_id)
    return bench.settled(front.id, "inactive"), web


@pytest.mark.trap("77")
def test_rules_put_at_services_keep_nothing_but_their_target_port(bench, wire, resting):
    front, web = resting
    new = {"lbConfig": {"portRules": [a_rule(web, PORT + 1)]}}

    stripped = wire("PUT", f"services/{front.id}", json=new)
    bench.settled(front.id, "inactive")
    kept = wire("PUT", f"loadbalancerservices/{front.id}", json=new)

    assert (stripped.status_code, kept.status_code) == (200, 200)
    assert [set_fields(rule) for rule in stripped.json()["lbConfig"]["portRules"]] == [{"targetPort": PORT}]
    assert [set_fields(rule) for rule in kept.json()["lbConfig"]["portRules"]] == [a_rule(web, PORT + 1)]


@pytest.mark.trap("77")
def test_the_address_of_an_external_service_put_at_services_is_ignored(bench, wire):
    fields = kinds.external_service("mail", hostname="a.example")
    made = services.create(bench.rancher, fields, stack_id=bench.stack_id)
    bench.settled(made.id, "inactive")

    answer = wire("PUT", f"services/{made.id}", json={"hostname": "b.example"})

    assert (answer.status_code, answer.json()["hostname"]) == (200, "a.example")


@pytest.mark.trap("78")
def test_a_type_posted_to_services_chooses_nothing(bench, wire):
    web = bench.service(active=False)
    body = {
        "type": "loadBalancerService",
        "name": "front",
        "stackId": bench.stack_id,
        "launchConfig": {"imageUuid": bench.target.old},
        "lbConfig": {"portRules": [a_rule(web, PORT)]},
    }

    made = wire("POST", "services", json=body)

    assert (made.status_code, made.json()["type"]) == (201, "service")
    bench.settled(made.json()["id"], "inactive")


def test_a_balancer_without_a_config_is_exported_in_the_former_form(bench, wire):
    web = bench.service(active=False)
    body = {
        "name": "former",
        "stackId": bench.stack_id,
        "startOnCreate": False,
        "launchConfig": {"imageUuid": bench.target.old},
        "lbConfig": None,
    }
    made = wire("POST", "loadbalancerservices", json=body).json()
    wire.act(made["id"], "addservicelink", {"serviceLink": {"serviceId": web.id, "name": "alias"}})

    texts = wire("POST", f"stacks/{bench.stack_id}/?action=exportconfig", json={}).json()
    written = yaml.safe_load(texts["dockerComposeConfig"])["services"]["former"]

    assert (written["image"], written["links"]) == ("rancher/load-balancer-service", [f"{web.name}:alias"])
    assert "lb_config" not in yaml.safe_load(texts["rancherComposeConfig"])["services"]["former"]
