"""Services of every kind: what is sent for them, and where to (rancher-1.6-api.md 4.1)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import kinds, services
from rancher_client.cattle.resources import NO_IMAGE, LbConfig, PortRule
from rancher_client.errors import NotSent, UnsafeBody

from .conftest import SERVICE
from .scripted import answer

TO_WEB = PortRule(80, 8080, service_id="1s7", hostname="shop.example")
IMAGE = "docker:rancher/lb-service-haproxy:v0.9.14"


def sent(server):
    [request] = server.requests
    return request.method, request.target.partition("/projects/1a5/")[2], request.json()


def test_a_load_balancer_is_made_in_its_own_collection_with_the_ports_of_its_rules(serve, on):
    server = serve(answer(SERVICE | {"type": "loadBalancerService"}, 201))
    rules = (TO_WEB, PortRule(80, 8081, service_id="1s8"), PortRule(53, 53, "udp", selector="app=dns"))
    fields = kinds.load_balancer("lb", LbConfig(rules, certificate_ids=("1c1",)), image=IMAGE, scale=2)

    services.create(on(server), fields, stack_id="1st7")

    method, path, body = sent(server)
    assert (method, path) == ("POST", "loadbalancerservices")
    assert body["launchConfig"] == {"imageUuid": IMAGE, "ports": ["80:80", "53:53/udp"]}
    assert body["lbConfig"]["certificateIds"] == ["1c1"]
    assert body["lbConfig"]["portRules"] == [
        {
            "sourcePort": 80,
            "targetPort": 8080,
            "protocol": "http",
            "serviceId": "1s7",
            "hostname": "shop.example",
        },
        {"sourcePort": 80, "targetPort": 8081, "protocol": "http", "serviceId": "1s8"},
        {"sourcePort": 53, "targetPort": 53, "protocol": "udp", "selector": "app=dns"},
    ]
    assert (body["stackId"], body["scale"]) == ("1st7", 2)


def test_where_a_balancer_leads_is_changed_in_its_own_collection(serve, on):
    """At `/services/` Rancher keeps nothing of a rule but its target port (trap 77)."""
    server = serve(answer(SERVICE | {"type": "loadBalancerService"}))

    services.set_balancing(on(server), "1s12", LbConfig((TO_WEB,)))

    assert sent(server)[:2] == ("PUT", "loadbalancerservices/1s12")


def test_where_an_external_service_leads_is_changed_in_its_own_collection(serve, on):
    server = serve(answer(SERVICE | {"type": "externalService"}))

    services.set_external(on(server), "1s12", hostname="db.example")

    assert sent(server) == ("PUT", "externalservices/1s12", {"hostname": "db.example"})


@pytest.mark.parametrize(
    ("fields", "collection", "extras"),
    [
        (
            kinds.external_service("db", ip_addresses=["10.0.0.9"]),
            "externalservices",
            {"externalIpAddresses": ["10.0.0.9"]},
        ),
        (
            kinds.external_service("db", hostname="db.example", health_check={"port": 5432}),
            "externalservices",
            {"hostname": "db.example", "healthCheck": {"port": 5432}},
        ),
        (kinds.dns_service("alias"), "dnsservices", {}),
        (
            kinds.selector_service("all", "app=web"),
            "services",
            {"selectorContainer": "app=web", "launchConfig": {"imageUuid": NO_IMAGE}},
        ),
    ],
)
def test_each_other_kind_is_made_where_it_belongs(serve, on, fields, collection, extras):
    server = serve(answer(SERVICE, 201))

    services.create(on(server), fields, stack_id="1st7")

    _, path, body = sent(server)
    assert path == collection
    assert body == {"type": fields["type"], "name": fields["name"], "stackId": "1st7"} | extras


@pytest.mark.parametrize("given", [{}, {"ip_addresses": ["10.0.0.9"], "hostname": "db.example"}])
def test_an_external_service_leads_to_addresses_or_to_a_name(given):
    with pytest.raises(UnsafeBody, match="either IP addresses or a host name"):
        kinds.external_service("db", **given)


@pytest.mark.parametrize(
    "rule",
    [
        PortRule(None, 80, service_id="1s7"),
        PortRule(80, 80),
        PortRule(80, 80, service_id="1s7", selector="a=b"),
    ],
)
def test_a_rule_needs_a_port_and_one_target(rule):
    with pytest.raises(UnsafeBody):
        kinds.load_balancer("lb", LbConfig((rule,)), image=IMAGE)


def test_an_ordinary_service_still_needs_a_launch_config(serve, on):
    server = serve(answer(SERVICE, 201))

    with pytest.raises(NotSent):
        services.create(on(server), {"name": "web"}, stack_id="1st7")

    assert server.requests == []


def test_a_rolling_restart_says_batch_and_interval(serve, on):
    server = serve(answer(SERVICE | {"state": "restarting"}, 202))

    services.restart(on(server), "1s12", batch_size=2, interval_millis=500)

    method, path, body = sent(server)
    assert (method, path) == ("POST", "services/1s12/?action=restart")
    assert body == {"rollingRestartStrategy": {"batchSize": 2, "intervalMillis": 500}}


@pytest.mark.parametrize("numbers", [{"batch_size": 0}, {"interval_millis": 99}])
def test_a_restart_that_rancher_would_refuse_is_not_sent(serve, on, numbers):
    server = serve(answer(SERVICE, 202))

    with pytest.raises(ValueError, match="at least one container"):
        services.restart(on(server), "1s12", **numbers)

    assert server.requests == []
