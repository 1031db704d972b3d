"""Upgrade, finish and rollback of a service (rancher-1.6-api.md 5.1 to 5.5, 13.1)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import services
from rancher_client.cattle.resources import Transitioning, labels_of
from rancher_client.errors import NotOffered

from .waiting import wait_for

LONG = 20_000
"""An interval between batches in which nothing else happens."""


def test_the_answer_shows_the_new_config_with_a_version_of_its_own_but_no_block_yet(bench):
    service = bench.service()

    accepted = bench.upgrade(service)

    assert (accepted.state, accepted.transitioning) == ("upgrading", Transitioning.YES)
    assert accepted.launch_config is not None
    assert accepted.launch_config["imageUuid"] == bench.target.new
    assert len(accepted.versions()["web"] or "") == 36
    assert accepted.upgrade is None


def test_reads_after_the_answer_show_at_least_what_it_showed(bench):
    accepted = bench.upgrade(bench.service(), interval_millis=LONG)

    seen = bench.read(accepted.id)

    assert seen.state in ("upgrading", "upgraded")
    assert seen.versions() == accepted.versions()


@pytest.mark.trap("12")
def test_the_block_comes_a_little_later_and_holds_the_new_and_the_former_config(bench):
    service = bench.service()

    seen = bench.with_block_of(bench.upgrade(service))

    assert seen.upgrade is not None
    assert seen.upgrade.in_service is not None
    assert seen.upgrade.in_service.configs("web") == seen.configs()
    assert seen.upgrade.in_service.previous("web") == service.configs()


@pytest.mark.trap("37")
def test_what_the_client_sends_as_version_is_dropped(bench):
    accepted = bench.upgrade(bench.service(), version="mine")

    assert accepted.versions()["web"] not in ("mine", "0")


def test_transitioning_stays_yes_until_upgraded(bench):
    accepted = bench.upgrade(bench.service(scale=2), interval_millis=1000)
    seen = []

    wait_for(
        lambda: seen.append(bench.read(accepted.id)) or seen[-1], lambda service: service.state == "upgraded"
    )

    assert {service.transitioning for service in seen[:-1]} <= {Transitioning.YES}
    assert seen[-1].transitioning is Transitioning.NO


@pytest.mark.trap("4", "13")
def test_when_upgraded_the_old_containers_are_stopped_and_still_listed(bench):
    service = bench.service(scale=2)
    old = {container.id for container in bench.running(service.id)}

    version = bench.upgrade(service).versions()["web"]
    upgraded = bench.settled(service.id, "upgraded")

    containers = bench.containers(service.id)
    assert {container.id for container in containers if container.state == "stopped"} == old
    assert {container.id for container in containers if container.version == version} == {
        container.id for container in bench.running(service.id)
    }
    assert old <= set(upgraded.instance_ids)


@pytest.mark.trap("14")
def test_a_successor_has_the_name_and_the_unit_of_the_one_it_replaces(bench):
    service = bench.service(scale=2)
    before = {(container.name, container.deployment_unit) for container in bench.running(service.id)}

    bench.upgrade(service)
    bench.settled(service.id, "upgraded")

    after = {(container.name, container.deployment_unit) for container in bench.running(service.id)}
    assert after == before


@pytest.mark.trap("37")
def test_a_label_sent_stands_in_config_block_and_every_new_container(bench):
    mark = {"deploy.example/attempt": "DEPLOY-111/1/9f3c00aa11bb"}

    accepted = bench.upgrade(bench.service(scale=2), labels=mark)
    seen = bench.settled(bench.with_block_of(accepted).id, "upgraded")

    assert seen.launch_config is not None
    assert labels_of(seen.launch_config) == mark
    assert all(mark.items() <= container.labels.items() for container in bench.running(seen.id))


@pytest.mark.trap("4")
@pytest.mark.parametrize("state", ["upgrading", "upgraded"])
def test_no_second_upgrade_is_offered_before_finish_or_rollback(bench, state):
    service = bench.service(scale=2)
    bench.upgrade(service, interval_millis=LONG if state == "upgrading" else 100)
    bench.in_state(service.id, state)

    with pytest.raises(NotOffered):
        bench.upgrade(service)


def test_the_actions_offered_in_each_state(bench):
    service = bench.service(scale=2)
    links = {"addservicelink", "removeservicelink", "setservicelinks"}
    assert service.actions == {"update", "deactivate", "upgrade", "restart", "remove"} | links

    upgrading = bench.upgrade(service)
    assert upgrading.actions == {"update", "cancelupgrade", "rollback", "remove"} | links
    upgraded = bench.settled(service.id, "upgraded")
    assert upgraded.actions == {"finishupgrade", "rollback", "remove"} | links


def test_finish_removes_the_old_containers_and_leaves_block_and_config(bench):
    service = bench.service(scale=2)
    accepted = bench.upgrade(service)
    upgraded = bench.settled(service.id, "upgraded")

    finished = bench.finish(service.id)

    assert finished.versions() == accepted.versions()
    assert finished.upgrade == upgraded.upgrade
    wait_for(
        lambda: bench.containers(service.id),
        lambda seen: {container.version for container in seen} == {accepted.versions()["web"]},
    )
    assert len(bench.running(service.id)) == 2


@pytest.mark.trap("19")
def test_rollback_starts_the_same_old_containers_with_the_old_config(bench):
    service = bench.service(scale=2)
    old = {container.id for container in bench.running(service.id)}
    bench.upgrade(service)
    upgraded = bench.settled(service.id, "upgraded")

    rolled_back = bench.roll_back(service.id)

    assert rolled_back.configs() == service.configs()
    assert rolled_back.versions() == {"web": "0"}
    assert rolled_back.upgrade == upgraded.upgrade
    wait_for(lambda: {container.id for container in bench.containers(service.id)}, lambda seen: seen == old)
    assert {container.start_count for container in bench.running(service.id)} == {2}


def test_the_answer_to_a_rollback_shows_the_old_config_at_once(bench, rancher):
    service = bench.service()
    bench.upgrade(service)
    bench.settled(service.id, "upgraded")

    answer = services.roll_back(rancher, service.id)

    assert answer.state == "rolling-back"
    assert answer.configs() == service.configs()
    bench.settled(service.id, "active")


def test_rollback_works_while_upgrading(bench):
    service = bench.service(scale=2)
    bench.with_block_of(bench.upgrade(service, interval_millis=LONG))

    rolled_back = bench.roll_back(service.id)

    assert rolled_back.versions() == {"web": "0"}
    wait_for(lambda: {c.version for c in bench.containers(service.id)}, lambda versions: versions == {"0"})
    assert len(bench.running(service.id)) == 2


@pytest.mark.trap("11")
def test_the_same_body_again_is_a_whole_new_upgrade(bench):
    service = bench.service()
    first = bench.upgrade(service)
    bench.settled(service.id, "upgraded")
    old = {container.id for container in bench.running(service.id)}
    finished = bench.finish(service.id)

    second = bench.upgrade(finished)

    assert second.versions() != first.versions()
    assert second.upgrade == finished.upgrade
    bench.settled(service.id, "upgraded")
    assert not old & {container.id for container in bench.running(service.id)}


@pytest.mark.trap("16")
def test_start_first_never_has_fewer_running_than_wanted(bench):
    service = bench.service(scale=2)
    bench.upgrade(service, start_first=True)
    counts = []

    def look():
        counts.append(len(bench.running(service.id)))
        return bench.read(service.id)

    wait_for(look, lambda seen: seen.state == "upgraded")

    assert min(counts) >= 2


def test_without_start_first_the_old_one_stops_before_the_new_one_starts(bench):
    service = bench.service(scale=1)
    bench.upgrade(service)
    counts = []

    def look():
        counts.append(len(bench.running(service.id)))
        return bench.read(service.id)

    wait_for(look, lambda seen: seen.state == "upgraded")

    assert max(counts) == 1


@pytest.mark.trap("44")
def test_after_the_last_batch_there_is_no_interval(bench):
    service = bench.service(scale=3)

    bench.upgrade(service, batch_size=3, interval_millis=10_000_000)

    bench.settled(service.id, "upgraded")
    assert len(bench.running(service.id)) == 3


def test_with_scale_nought_it_is_upgraded_at_once(bench):
    service = bench.service(scale=0)

    bench.upgrade(service)

    bench.settled(service.id, "upgraded")
    assert bench.containers(service.id) == []


@pytest.mark.trap("26")
def test_an_inactive_service_ends_active(bench):
    service = bench.service(active=False)

    bench.upgrade(service)
    bench.settled(service.id, "upgraded")

    assert bench.finish(service.id).state == "active"
    assert {container.image for container in bench.running(service.id)} == {bench.target.new}


@pytest.mark.trap("27")
def test_a_change_of_scale_in_upgraded_waits_for_finish(bench, rancher):
    service = bench.service(scale=1)
    bench.upgrade(service)
    bench.settled(service.id, "upgraded")

    stored = services.set_scale(rancher, service.id, 2)

    assert (stored.state, stored.scale) == ("upgraded", 2)
    assert len(bench.running(service.id)) == 1
    bench.finish(service.id)
    wait_for(lambda: bench.running(service.id), lambda seen: len(seen) == 2)


@pytest.mark.trap("27")
def test_a_change_of_scale_while_upgrading_is_done_at_once_and_kept_by_a_rollback(bench, rancher):
    service = bench.service(scale=2)
    bench.with_block_of(bench.upgrade(service, interval_millis=LONG))

    services.set_scale(rancher, service.id, 3)

    wait_for(lambda: bench.running(service.id), lambda running: len(running) == 3)
    # The change ends the pause of the batch, and the next ones may be through before anybody looks.
    assert bench.read(service.id).state in ("upgrading", "upgraded")
    rolled_back = bench.roll_back(service.id)
    assert rolled_back.scale == 3
    wait_for(
        lambda: [seen.image for seen in bench.running(service.id)],
        lambda images: images == [bench.target.old] * 3,
    )


@pytest.mark.trap("4")
def test_a_container_stopped_in_upgraded_stays_stopped_until_finish(bench, wire):
    service = bench.service()
    bench.upgrade(service)
    bench.settled(service.id, "upgraded")
    [container] = bench.running(service.id)

    wire("POST", f"containers/{container.id}/?action=stop", json={})
    wait_for(lambda: bench.running(service.id), lambda seen: not seen)
    assert bench.read(service.id).state == "upgraded"

    bench.finish(service.id)
    wait_for(lambda: [seen.id for seen in bench.running(service.id)], lambda ids: ids == [container.id])


@pytest.mark.trap("39")
def test_the_current_scale_is_still_the_old_one_while_more_containers_run(bench, rancher):
    service = bench.service(scale=1)
    bench.with_block_of(bench.upgrade(service, interval_millis=LONG))
    bench.in_state(service.id, "upgraded")

    services.set_scale(rancher, service.id, 2)
    bench.finish(service.id)

    wait_for(lambda: bench.running(service.id), lambda running: len(running) == 2)
    assert bench.read(service.id).current_scale == 1


def test_metadata_changed_in_between_is_kept_by_a_rollback(bench, rancher):
    service = bench.service(metadata={"a": 1})
    bench.upgrade(service)
    bench.settled(service.id, "upgraded")

    services.update(rancher, service.id, {"metadata": {"a": 2}})

    assert bench.roll_back(service.id).metadata == {"a": 2}


def test_a_removed_service_takes_no_action(bench, rancher, wire):
    service = bench.service(active=False)
    services.remove(rancher, service.id)
    bench.in_state(service.id, "removed")

    with pytest.raises(NotOffered):
        bench.upgrade(service)
    assert wire("PUT", f"services/{service.id}", json={"scale": 2}).status_code == 409
    assert bench.containers(service.id) == []


def test_an_upgrade_to_another_service_links_those_who_use_the_former_to_it_where_it_is_told_to(bench, wire):
    blue, green = bench.service(name="blue"), bench.service(name="green")
    named, plain = bench.service(name="named", active=False), bench.service(name="plain", active=False)
    for user, link in ((named, {"name": "db"}), (plain, {})):
        links = {"serviceLinks": [{"serviceId": blue.id} | link]}
        wire("POST", f"services/{user.id}/?action=setservicelinks", json=links)

    strategy = {"toServiceId": green.id, "finalScale": 1, "intervalMillis": 100, "updateLinks": True}
    wire("POST", f"services/{blue.id}/?action=upgrade", json={"toServiceStrategy": strategy})
    bench.in_state(blue.id, "upgraded")

    shown = [wire("GET", f"services/{user.id}").json()["linkedServices"] for user in (named, plain)]
    assert shown == [{"db": green.id}, {"blue": blue.id, "green": green.id}]
