"""Services as they are stored and shown (rancher-1.6-api.md 1.5, 1.7, 4)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import services, stacks
from rancher_client.errors import Invalid

from .waiting import wait_for

FILLED_IN = {
    "kind": "container",
    "networkMode": "managed",
    "instanceTriggeredStop": "stop",
    "privileged": False,
    "publishAllPorts": False,
    "readOnly": False,
    "runInit": False,
    "startOnCreate": True,
    "stdinOpen": False,
    "system": False,
    "tty": False,
    "vcpu": 1,
    "version": "0",
    "drainTimeoutMs": 0,
}


@pytest.mark.trap("1")
def test_a_launch_config_is_stored_with_its_defaults_and_nothing_else(bench):
    service = bench.service(active=False)

    assert service.launch_config == {"type": "launchConfig", "imageUuid": bench.target.old, **FILLED_IN}


def test_statuses_of_creating_changing_acting_and_removing(bench, wire):
    body = {"name": "web", "stackId": bench.stack_id, "launchConfig": {"imageUuid": bench.target.old}}
    made = wire("POST", "services", json=body)
    service_id = made.json()["id"]
    bench.settled(service_id, "inactive")

    assert made.status_code == 201
    assert wire("PUT", f"services/{service_id}", json={"description": "x"}).status_code == 200
    assert wire.act(service_id, "setservicelinks", {"serviceLinks": []}).status_code == 200
    assert wire.act(service_id, "remove").status_code == 202


@pytest.mark.trap("8")
def test_a_put_of_the_launch_config_is_taken_and_ignored(bench, rancher):
    service = bench.service()

    services.update(rancher, service.id, {"launchConfig": {"imageUuid": bench.target.new}})

    assert bench.settled(service.id, "active").launch_config == service.launch_config


def test_a_put_changes_only_the_fields_sent(bench, rancher):
    service = bench.service(active=False, metadata={"a": 1}, description="before")

    services.update(rancher, service.id, {"description": "after", "noSuchField": 1})

    seen = bench.read(service.id)
    assert (seen.description, seen.metadata, seen.name) == ("after", {"a": 1}, "web")


def test_no_sidekicks_are_shown_as_an_empty_list_once_the_service_stands(bench, wire):
    service = bench.service(active=False)

    assert wire("GET", f"services/{service.id}").json()["secondaryLaunchConfigs"] == []


def test_dates_have_a_twin_in_milliseconds(bench, wire):
    body = wire("GET", f"services/{bench.service(active=False).id}").json()

    assert body["created"].endswith("Z")
    assert body["createdTS"] // 1000 > 1_400_000_000


def test_scale_decides_how_many_containers_run(bench, rancher):
    service = bench.service(scale=1)

    services.set_scale(rancher, service.id, 3)
    wait_for(lambda: bench.running(service.id), lambda seen: len(seen) == 3)
    bench.settled(service.id, "active")
    services.set_scale(rancher, service.id, 1)

    wait_for(lambda: bench.containers(service.id), lambda seen: len(seen) == 1)


def test_a_policy_grows_from_its_minimum_to_its_maximum_whatever_the_scale(bench):
    policy = {"min": 1, "max": 3, "increment": 1}

    service = bench.service(scale=1, scalePolicy=policy)

    assert (len(bench.running(service.id)), service.scale, service.current_scale) == (3, 1, 3)


def test_what_a_policy_came_to_stays_when_it_is_taken_away(bench, rancher):
    service = bench.service(scale=1, scalePolicy={"min": 2, "max": 2, "increment": 1})
    services.update(rancher, service.id, {"scalePolicy": None})
    bench.settled(service.id, "active")

    services.set_scale(rancher, service.id, 3)

    bench.settled(service.id, "active")
    assert len(bench.running(service.id)) == 2


def test_an_inactive_service_starts_when_activated_and_stops_when_deactivated(bench, rancher):
    service = bench.service(active=False)

    services.activate(rancher, service.id)
    bench.settled(service.id, "active")
    assert len(bench.running(service.id)) == 1

    services.deactivate(rancher, service.id)
    bench.settled(service.id, "inactive")
    wait_for(lambda: bench.running(service.id), lambda seen: not seen)


def test_links_are_replaced_as_a_whole(bench, rancher):
    db, cache = bench.service(name="db", active=False), bench.service(name="cache", active=False)
    web = bench.service(name="web", active=False)

    services.set_links(rancher, web.id, {"database": db.id, "cache": cache.id})
    assert bench.read(web.id).linked_services == {"database": db.id, "cache": cache.id}

    services.set_links(rancher, web.id, {"database": db.id})
    wait_for(lambda: bench.read(web.id).linked_services, lambda links: links == {"database": db.id})


def test_a_sidekicks_container_says_which_config_it_is_of(bench):
    service = bench.service(secondaryLaunchConfigs=[{"name": "logs", "imageUuid": bench.target.old}])

    assert sorted(container.sidekick or "" for container in bench.running(service.id)) == ["", "logs"]
    assert len({container.deployment_unit for container in bench.running(service.id)}) == 1


def test_a_stack_name_is_taken_once_in_a_project(bench, rancher):
    name = stacks.get(rancher, bench.stack_id).name

    assert [stack.id for stack in stacks.read_all(rancher, name=name)] == [bench.stack_id]
    with pytest.raises(Invalid) as caught:
        stacks.create(rancher, name)
    assert caught.value.code == "NotUnique"


def test_an_external_id_is_kept_for_finding_ones_own(bench):
    assert bench.service(active=False, externalId="deploy:web").external_id == "deploy:web"
