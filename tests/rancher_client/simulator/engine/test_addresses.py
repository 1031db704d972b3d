"""Addresses that a service keeps for successors, or that a container asks for (rancher-1.6-api.md 4.1)."""

from __future__ import annotations

from typing import Any

import pytest

from .lab import Lab, upgrade_body

CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2}
MANAGED = {"networkMode": "managed"}
SIDE = {"name": "side", "imageUuid": "sim:registry/side:1", **MANAGED}
LABEL = "io.rancher.container.requested_ip"


def keeping(lab: Lab, name: str = "web", *, retain: bool = True, **config: Any) -> int:
    return lab.service(name, fields={"retainIp": retain}, **MANAGED, **config)


def addresses(lab: Lab, service: int) -> dict[str, str]:
    """The addresses of a service's running containers, by their names."""
    return {
        view["name"]: view["primaryIpAddress"]
        for view in lab.containers(service)
        if view["state"] == "running"
    }


def lose_first(lab: Lab, service: int) -> None:
    """Remove a container by hand; its service makes another."""
    lab.engine.delete("container", min(lab.ids(service)))
    lab.wait(20)


@pytest.mark.parametrize("retain", [True, False])
def test_a_successor_has_the_same_address_only_where_the_service_retains_it(lab: Lab, retain: bool) -> None:
    web = keeping(lab, retain=retain, scale=2, sidekicks=[SIDE])
    before, ids = addresses(lab, web), lab.ids(web)

    for _ in range(4):
        lose_first(lab, web)

    assert len(before) == len(set(before.values())) == 4
    assert set(ids).isdisjoint(lab.ids(web))
    assert (addresses(lab, web) == before) is retain


def test_an_upgrade_and_a_replaced_unit_keep_the_address(lab: Lab) -> None:
    web = keeping(lab, scale=2, healthCheck=CHECK)
    before = addresses(lab, web)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK, **MANAGED))
    lab.until(web, "upgraded")
    assert addresses(lab, web) == before
    lab.act(web, "finishupgrade")
    lab.until(web, "active")

    sick = lab.containers(web)[0]
    lab.engine.levers.health(sick["id"], answers=False)
    lab.wait(30)

    assert sick["id"] not in lab.ids(web)
    assert addresses(lab, web) == before


def test_what_was_scaled_away_has_lost_its_address(lab: Lab) -> None:
    web = keeping(lab, scale=2)
    before = addresses(lab, web)
    lab.engine.update("service", web, {"scale": 1})
    lab.wait(20)

    lab.engine.update("service", web, {"scale": 2})
    lab.wait(20)

    after = addresses(lab, web)
    assert [name for name in before if after[name] == before[name]] == ["shop-web-1"]


def test_to_turn_it_on_keeps_the_present_addresses_and_to_turn_it_off_does_not_give_them_up(lab: Lab) -> None:
    web = keeping(lab, retain=False, scale=2)
    before = addresses(lab, web)

    lab.engine.update("service", web, {"retainIp": True})
    lab.wait(5)
    lose_first(lab, web)
    assert addresses(lab, web) == before

    lab.engine.update("service", web, {"retainIp": False})
    lab.wait(5)
    lose_first(lab, web)
    assert addresses(lab, web) == before


def test_to_turn_it_on_in_a_state_that_only_stores_it_keeps_nothing(lab: Lab) -> None:
    """No process runs that would (cattle: ServiceUpdatePreListener)."""
    web = keeping(lab, retain=False)
    lab.upgrade(web, upgrade_body(**MANAGED))
    lab.until(web, "upgraded")
    lab.engine.update("service", web, {"retainIp": True})
    lab.act(web, "finishupgrade")
    lab.until(web, "active")
    lab.wait(5)
    before = addresses(lab, web)

    lose_first(lab, web)

    assert addresses(lab, web) != before


def test_an_update_of_anything_else_keeps_none(lab: Lab) -> None:
    web = keeping(lab, retain=False)
    before = addresses(lab, web)

    lab.engine.update("service", web, {"metadata": {"k": 1}})
    lab.wait(5)
    lose_first(lab, web)

    assert addresses(lab, web) != before


def test_an_address_that_is_asked_for_is_given_if_it_is_of_the_network_and_free(lab: Lab) -> None:
    def got(name: str, **config: Any) -> str:
        return next(iter(addresses(lab, keeping(lab, name, **config)).values()))

    assert got("one", retain=False, requestedIpAddress="10.42.5.5") == "10.42.5.5"
    assert got("two", requestedIpAddress="10.42.5.5, 10.42.5.6") == "10.42.5.6"
    assert got("three", labels={LABEL: "10.42.5.7"}) == "10.42.5.7"
    assert got("four", retain=False, labels={LABEL: "10.42.5.8"}) != "10.42.5.8"
    assert got("five", requestedIpAddress="192.168.0.1").startswith("10.42.")
    assert got("six", requestedIpAddress="none").startswith("10.42.")
    lone = {"name": "lone", "imageUuid": "sim:x", "requestedIpAddress": "10.42.5.9", **MANAGED}
    number = lab.engine.create("container", lone, project=lab.project)
    lab.wait(5)
    assert lab.container(number)["primaryIpAddress"] == "10.42.5.9"


def test_an_address_that_is_kept_for_a_successor_is_nobody_elses(lab: Lab) -> None:
    web = keeping(lab, requestedIpAddress="10.42.5.5")
    lab.act(web, "deactivate")
    lab.wait(5)
    lab.engine.delete("container", lab.ids(web)[0])
    lab.wait(5)

    other = keeping(lab, "other", requestedIpAddress="10.42.5.5")

    assert list(addresses(lab, other).values()) != ["10.42.5.5"]
    lab.engine.delete("service", web)
    lab.wait(10)
    third = keeping(lab, "third", requestedIpAddress="10.42.5.5")
    assert list(addresses(lab, third).values()) == ["10.42.5.5"]


def test_an_address_is_free_again_in_another_project(lab: Lab) -> None:
    wanted = "10.42.7.7"
    lab.service("here", fields={"retainIp": True}, requestedIpAddress=wanted, **MANAGED)
    elsewhere = lab.engine.create("project", {"name": "elsewhere"}, project=None)
    lab.engine.create("host", {}, project=elsewhere)
    body = {"imageUuid": "docker:nginx", "requestedIpAddress": wanted, **MANAGED}

    there = lab.engine.create("container", body, project=elsewhere)
    lab.wait(10)

    assert lab.container(there)["primaryIpAddress"] == wanted
