"""Containers by themselves and under their service (rancher-1.6-api.md 6.1, 6.2, 4.4)."""

from __future__ import annotations

from itertools import takewhile

import pytest

from rancher_client.cattle import containers, stacks

from .waiting import wait_for


@pytest.fixture
def container(bench):
    """The one running container of an active service."""
    [found] = bench.running(bench.service().id)
    return found


@pytest.fixture
def alone(wire, target, rancher):
    """A container that no service made."""
    made = wire("POST", "containers", json={"name": "alone", "imageUuid": target.old}).json()
    yield wait_for(lambda: containers.get(rancher, made["id"]), lambda seen: seen.state == "running")
    wire("DELETE", f"containers/{made['id']}")
    wait_for(lambda: containers.get(rancher, made["id"]).state, lambda state: state in ("removed", "purged"))


def test_the_actions_of_a_running_and_of_a_stopped_container(rancher, alone):
    assert {"stop", "restart", "update", "logs", "execute", "proxy"} <= alone.actions
    assert not {"start", "remove"} & alone.actions

    containers.stop(rancher, alone.id)
    stopped = wait_for(lambda: containers.get(rancher, alone.id), lambda seen: seen.state == "stopped")

    assert {"start", "remove", "logs"} <= stopped.actions
    assert not {"stop", "restart"} & stopped.actions


def test_a_container_of_nobody_stays_stopped_until_it_is_started(rancher, alone):
    containers.stop(rancher, alone.id)
    wait_for(lambda: containers.get(rancher, alone.id).state, lambda state: state == "stopped")

    containers.start(rancher, alone.id)

    running = wait_for(lambda: containers.get(rancher, alone.id), lambda seen: seen.state == "running")
    assert running.start_count == 2


def test_a_restart_keeps_the_container_and_counts_one_start_more(rancher, alone):
    containers.restart(rancher, alone.id)

    wait_for(
        lambda: containers.get(rancher, alone.id),
        lambda seen: (seen.state, seen.start_count) == ("running", 2),
    )


def test_a_restart_rests_nowhere_on_its_way(rancher, wire, alone):
    answer = wire("POST", f"containers/{alone.id}/?action=restart", json={})
    looks = iter(lambda: containers.get(rancher, alone.id), None)
    on_the_way = takewhile(lambda seen: (seen.state, seen.start_count) != ("running", 2), looks)
    shown = [answer.json()["state"], *(seen.state for seen in on_the_way)]

    assert (answer.status_code, shown[0]) == (202, "restarting")
    assert set(shown) <= {"restarting", "stopping", "starting", "running"}


@pytest.mark.parametrize(("action", "passes"), [("update", "updating-running"), ("migrate", "migrating")])
def test_an_update_or_a_migration_by_hand_is_accepted_and_changes_nothing(wire, alone, action, passes):
    before = wire("GET", f"containers/{alone.id}").json()

    answer = wire("POST", f"containers/{alone.id}/?action={action}", json={"description": "another"})

    assert (answer.status_code, answer.json()["state"]) == (202, passes)
    after = wait_for(
        lambda: wire("GET", f"containers/{alone.id}").json(), lambda seen: seen["state"] == "running"
    )
    told = ("name", "description", "startCount", "externalId", "transitioning", "transitioningMessage")
    assert {key: after[key] for key in told} == {key: before[key] for key in told}


def test_an_error_by_hand_is_no_failure(rancher, wire, alone):
    containers.stop(rancher, alone.id)
    wait_for(lambda: containers.get(rancher, alone.id).state, lambda state: state == "stopped")

    answer = wire("POST", f"containers/{alone.id}/?action=error", json={})

    assert (answer.status_code, answer.json()["state"]) == (202, "erroring")
    after = wait_for(
        lambda: wire("GET", f"containers/{alone.id}").json(), lambda seen: seen["state"] == "error"
    )
    assert (after["transitioning"], after["transitioningMessage"]) == ("no", None)
    assert set(after["actions"]) == {"remove"}


def test_a_container_of_nobody_has_no_service_and_no_deployment_unit(alone):
    assert (alone.service_ids, alone.deployment_unit, alone.sidekick) == ((), None, None)


def test_a_running_one_that_is_deleted_stops_first(bench, wire, container):
    answer = wire("DELETE", f"containers/{container.id}")

    assert (answer.status_code, answer.json()["state"]) == (200, "stopping")


def test_one_that_is_stopped_by_hand_is_started_again_by_its_active_service(bench, rancher, container):
    containers.stop(rancher, container.id)

    wait_for(
        lambda: [(seen.id, seen.start_count) for seen in bench.running(container.service_ids[0])],
        lambda found: found == [(container.id, 2)],
    )


@pytest.mark.trap("15")
def test_one_that_is_removed_by_hand_gets_a_successor_of_the_same_name_with_a_higher_create_index(
    bench, wire, container
):
    wire("DELETE", f"containers/{container.id}")

    [successor] = wait_for(
        lambda: [seen for seen in bench.running(container.service_ids[0]) if seen.id != container.id],
        lambda found: len(found) == 1,
    )
    assert successor.name == container.name
    assert successor.create_index > container.create_index


@pytest.mark.parametrize("retain", [True, False])
def test_a_successor_has_the_same_address_only_where_the_service_retains_it(bench, wire, retain):
    service = bench.service(retainIp=retain)
    [before] = wait_for(lambda: bench.running(service.id), lambda found: len(found) == 1)
    wire("DELETE", f"containers/{before.id}")

    [after] = wait_for(
        lambda: [seen for seen in bench.running(service.id) if seen.id != before.id],
        lambda found: len(found) == 1,
    )

    former, own = (wire("GET", f"containers/{each.id}").json() for each in (before, after))
    assert former["primaryIpAddress"]
    assert (own["primaryIpAddress"] == former["primaryIpAddress"]) is retain


def test_the_labels_of_its_config_stand_on_a_container_beside_those_of_the_server(bench, rancher):
    stack = stacks.get(rancher, bench.stack_id).name
    service = bench.service(launchConfig={"imageUuid": bench.target.old, "labels": {"team": "shop"}})

    [container] = bench.running(service.id)

    assert container.labels["team"] == "shop"
    assert container.labels["io.rancher.stack.name"] == stack
    assert container.labels["io.rancher.stack_service.name"] == f"{stack}/web"
    assert container.labels["io.rancher.service.deployment.unit"] == container.deployment_unit


def test_no_exit_code_is_shown(wire, container):
    shown = wire("GET", f"containers/{container.id}").json()

    assert not {name for name in shown if "exit" in name.lower()}
