"""What a PUT of a service stores, and what it sets going (rancher-1.6-api.md 4.1, 4.3).

Source: cattle:…/api/resource/AbstractObjectResourceManager.java, updateInternal; fields with
`scheduleUpdate` in resources/content/schema/base.
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Ref, Refused, ports

from .lab import OLD, Lab, upgrade_body

BALANCER = "docker:rancher/lb-service-haproxy:v0.9.1"


def create(lab: Lab, kind: str, **fields: Any) -> int:
    number = lab.engine.create(kind, {"name": "it", "stackId": lab.stack, **fields}, project=lab.project)
    lab.wait(20)
    return number


def rule(service: int) -> dict[str, Any]:
    return {"portRules": [{"sourcePort": 80, "targetPort": 80, "protocol": "http", "serviceId": service}]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "text"),
        ("healthCheck", {"port": 80}),
        ("hostname", "a.b"),
        ("externalIpAddresses", ["1.2.3.4"]),
    ],
)
def test_these_fields_of_a_service_are_stored_without_a_process(lab: Lab, field: str, value: Any) -> None:
    web = lab.service()

    lab.engine.update("service", web, {field: value})

    assert (lab.state(web), lab.view(web)[field]) == ("active", value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "other"),
        ("scale", 2),
        ("scalePolicy", {"min": 1, "max": 1}),
        ("metadata", {"a": 1}),
        ("retainIp", True),
        ("selectorLink", "a=b"),
        ("selectorContainer", "a=b"),
        ("lbConfig", {"config": "x"}),
    ],
)
def test_these_fields_of_a_service_set_an_update_going(lab: Lab, field: str, value: Any) -> None:
    web = lab.service()

    lab.engine.update("service", web, {field: value})

    assert (lab.state(web), lab.view(web)[field]) == ("updating-active", value)
    assert lab.until(web, "active") < 5


@pytest.mark.parametrize(
    "field", ["stackId", "startOnCreate", "externalId", "launchConfig", "vip", "unheard"]
)
def test_what_is_said_at_creation_only_is_dropped_without_a_word(lab: Lab, field: str) -> None:
    web = lab.service(fields={"externalId": "mine", "vip": "10.0.0.1"})
    before = lab.view(web)

    lab.engine.update("service", web, {field: {"imageUuid": "sim:x"} if field == "launchConfig" else 7})

    assert lab.view(web) == before


@pytest.mark.parametrize(
    ("kind", "field", "value", "state"),
    [
        ("externalService", "hostname", "c.d", "updating-active"),
        ("externalService", "externalIpAddresses", ["1.1.1.1"], "updating-active"),
        ("externalService", "description", "text", "active"),
        ("dnsService", "metadata", {"a": 1}, "updating-active"),
        ("dnsService", "hostname", "c.d", "active"),
    ],
)
def test_each_kind_has_fields_of_its_own_that_set_an_update_going(
    lab: Lab, kind: str, field: str, value: Any, state: str
) -> None:
    it = create(lab, kind, startOnCreate=True)

    lab.engine.update("service", it, {field: value})

    assert (lab.state(it), lab.view(it)[field]) == (state, value)


def test_null_for_a_policy_that_there_is_not_changes_nothing(lab: Lab) -> None:
    web = lab.service()

    lab.engine.update("service", web, {"scalePolicy": None})
    assert lab.state(web) == "active"

    lab.engine.update("service", web, {"scalePolicy": {"min": 1, "max": 2}})
    lab.until(web, "active")
    lab.engine.update("service", web, {"scalePolicy": {"min": 1, "max": 2}})
    assert lab.state(web) == "updating-active", "numbers of a body are never those of the row"


# While something runs.


def test_a_put_in_inactive_passes_updating_inactive_and_starts_nothing(lab: Lab) -> None:
    web = lab.service(start=False)

    lab.engine.update("service", web, {"scale": 3})
    assert lab.state(web) == "updating-inactive"
    lab.until(web, "inactive")

    assert (lab.view(web)["scale"], lab.containers(web)) == (3, [])


@pytest.mark.parametrize("state", ["activating", "updating-active"])
def test_a_put_is_taken_in_at_once_by_what_waits_for_containers(lab: Lab, state: str) -> None:
    lab.engine.levers.image(OLD, start=20.0)
    web = lab.service(scale=1, settle=2)
    if state == "updating-active":
        lab.until(web, "active")
        lab.engine.update("service", web, {"scale": 2})
        lab.wait(2)
    assert lab.state(web) == state
    present = len(lab.ids(web))

    lab.engine.update("service", web, {"scale": present + 2})
    lab.wait(0.1)

    assert len(lab.ids(web)) == present + 2
    assert (lab.state(web), lab.view(web)["transitioning"]) == (state, "yes")
    lab.until(web, "active")
    assert lab.view(web)["currentScale"] == present + 2


def test_a_put_does_not_wait_for_the_next_try_of_what_failed(lab: Lab) -> None:
    lab.engine.levers.start_fails(OLD, "no such thing")
    web = lab.service(settle=200)
    lab.engine.levers.start_fails(OLD, None)
    lab.wait(10)
    assert (lab.state(web), lab.view(web)["transitioning"]) == ("activating", "error")

    lab.engine.update("service", web, {"metadata": {"a": 1}})

    assert lab.until(web, "active") < 3


@pytest.mark.parametrize("wait", [0.0, 5.0], ids=["removing", "removed"])
def test_a_service_that_goes_refuses_what_would_set_an_update_going(lab: Lab, wait: float) -> None:
    web = lab.service()
    lab.engine.delete("service", web)
    lab.wait(wait)

    with pytest.raises(Refused) as raised:
        lab.engine.update("service", web, {"metadata": {"a": 1}})

    assert raised.value.status == 409
    lab.engine.update("service", web, {"description": "gone"})
    assert lab.view(web)["description"] == "gone"


def test_the_action_update_runs_the_process_without_a_change(lab: Lab) -> None:
    web = lab.service()

    lab.act(web, "update")
    assert lab.state(web) == "updating-active"

    assert lab.until(web, "active") < 3


# Load balancers.


def test_a_balancers_links_are_its_rules_targets_once_it_is_made_and_updated(lab: Lab) -> None:
    web, db = lab.service("web"), lab.service("db")
    config = {"imageUuid": BALANCER}
    fields = {"name": "lb", "stackId": lab.stack, "launchConfig": config, "lbConfig": rule(web)}

    lb = lab.engine.create("loadBalancerService", fields, project=lab.project)
    assert lab.view(lb)["linkedServices"] is None
    lab.wait(5)
    assert lab.view(lb)["linkedServices"] == {"web": Ref("service", web)}

    lab.engine.update("service", lb, {"description": "text"})
    lab.engine.update("service", lb, {"lbConfig": rule(db)})
    assert lab.view(lb)["linkedServices"] == {"web": Ref("service", web)}
    lab.wait(5)
    assert lab.view(lb)["linkedServices"] == {"db": Ref("service", db)}


def test_the_config_of_a_balancer_is_put_whole_and_as_it_is(lab: Lab) -> None:
    """What a POST and an upgrade add to it (ServiceValidationFilter.java, create) a PUT does not."""
    lb = create(lab, "loadBalancerService", launchConfig={"imageUuid": BALANCER}, startOnCreate=True)
    lab.upgrade(lb, upgrade_body(BALANCER))
    lab.until(lb, "upgraded")
    lab.act(lb, "finishupgrade")
    lab.until(lb, "active")

    lab.engine.update("service", lb, {"launchConfig": {"imageUuid": BALANCER, "version": "mine"}})

    assert lab.state(lb) == "updating-active"
    assert lab.view(lb)["launchConfig"] == {"imageUuid": BALANCER, "version": "0"}
    lab.engine.update("service", lb, {"launchConfig": None})
    assert lab.view(lb)["launchConfig"] is None


# What a new service becomes.


def test_a_scale_that_is_left_out_is_one(lab: Lab) -> None:
    assert lab.view(create(lab, "service", launchConfig={"imageUuid": OLD}))["scale"] == 1


def test_configs_begin_with_version_0_whatever_was_sent(lab: Lab) -> None:
    log = {"name": "log", "imageUuid": OLD, "version": "mine"}
    web = lab.service(version="mine", sidekicks=[log])

    view = lab.view(web)

    assert [view["launchConfig"]["version"], view["secondaryLaunchConfigs"][0]["version"]] == ["0", "0"]


def test_a_service_that_does_not_start_makes_its_stack_unhealthy(lab: Lab) -> None:
    """An inactive service counts as unhealthy (3.3)."""
    lab.service(start=False)

    assert (lab.engine.view("stack", lab.stack) or {})["healthState"] == "unhealthy"


def test_what_asks_for_no_port_gets_none(lab: Lab) -> None:
    assert "ports" not in lab.view(lab.service())["launchConfig"]


def test_a_service_removed_while_it_registers_never_gets_any_further(lab: Lab) -> None:
    web = lab.service(settle=0)

    lab.engine.delete("service", web)
    states = set()
    for _ in range(100):
        states.add(lab.state(web))
        lab.wait(0.05)

    assert states == {"removing", "removed"}
    assert lab.ids(web) == []


def test_a_random_port_is_one_that_no_service_of_the_project_names(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "RANDOM_PORTS", range(50_000, 50_003))
    other = lab.engine.create("project", {"name": "Other", "state": "active"}, project=None)
    stack = lab.engine.create("stack", {"name": "far"}, project=other)

    def chosen(service: int) -> list[int]:
        return [int(spec.partition(":")[0]) for spec in lab.view(service)["launchConfig"]["ports"]]

    fixed = lab.service("fixed", ports=["50001:80"])
    one, two = lab.service("one", ports=["80"]), lab.service("two", ports=["80"])
    assert {*chosen(fixed), *chosen(one), *chosen(two)} == {50_000, 50_001, 50_002}

    config = {"imageUuid": OLD, "ports": ["80", "81", "82"]}
    far = lab.engine.create("service", {"name": "x", "stackId": stack, "launchConfig": config}, project=other)
    lab.wait(5)
    assert sorted(chosen(far)) == [50_000, 50_001, 50_002], "another project has a range of its own"

    free = chosen(one)
    lab.engine.delete("service", one)
    lab.until(one, "removed")
    assert chosen(lab.service("three", ports=["80"])) == free
