"""Where containers go: global services, affinity, a requested host (rancher-1.6-api.md 4.4, 7.3)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import services
from rancher_client.cattle.resources import Transitioning
from rancher_client.errors import Invalid

from .waiting import wait_for

GLOBAL = {"io.rancher.scheduler.global": "true"}
AFFINITY = "io.rancher.scheduler.affinity:"


def config(bench, **labels):
    return {"imageUuid": bench.target.old, "labels": labels}


def test_a_global_service_has_one_unit_on_every_active_host(bench, host_ids):
    service = bench.service(launchConfig=config(bench, **GLOBAL))

    wait_for(
        lambda: sorted(seen.host_id for seen in bench.running(service.id)),
        lambda found: found == sorted(host_ids),
    )


@pytest.mark.trap("41")
@pytest.mark.parametrize(("before", "after"), [(GLOBAL, {}), ({}, GLOBAL)])
def test_no_upgrade_leads_from_global_to_a_number_or_back(bench, before, after):
    service = bench.service(active=False, launchConfig=config(bench, **before))

    with pytest.raises(Invalid) as caught:
        bench.upgrade(service, labels=after)

    assert caught.value.text == "Switching from global scale to fixed (and vice versa)"


def test_a_requested_host_gets_all_containers(bench, host_ids):
    pinned = {"imageUuid": bench.target.old, "requestedHostId": host_ids[1]}

    service = bench.service(scale=2, launchConfig=pinned)

    assert {seen.host_id for seen in bench.running(service.id)} == {host_ids[1]}


def test_a_requested_host_is_shown_by_its_id_and_kept_over_an_upgrade(bench, host_ids):
    service = bench.service(launchConfig={"imageUuid": bench.target.old, "requestedHostId": host_ids[1]})
    assert service.launch_config["requestedHostId"] == host_ids[1]

    bench.upgrade(service)
    upgraded = bench.settled(service.id, "upgraded")

    assert upgraded.launch_config["requestedHostId"] == host_ids[1]
    assert upgraded.upgrade.in_service.launch_config["requestedHostId"] == host_ids[1]
    assert {seen.host_id for seen in bench.running(service.id)} == {host_ids[1]}


def test_containers_that_must_not_share_a_host_with_their_like_spread(bench, host_ids):
    labels = {"kind": "spread", f"{AFFINITY}container_label_ne": "kind=spread"}

    service = bench.service(scale=len(host_ids), launchConfig=config(bench, **labels))

    assert len({seen.host_id for seen in bench.running(service.id)}) == len(host_ids)


def test_a_label_that_no_host_has_leaves_the_service_activating_with_an_error(bench):
    made = services.create(
        bench.rancher,
        {
            "name": "web",
            "startOnCreate": True,
            "launchConfig": config(bench, **{f"{AFFINITY}host_label": "no=such"}),
        },
        stack_id=bench.stack_id,
    )

    seen = wait_for(lambda: bench.read(made.id), lambda now: now.transitioning is Transitioning.ERROR)

    assert seen.state == "activating"
    assert "Allocation failed" in seen.transitioning_message
    assert bench.running(made.id) == []


def test_a_wish_that_no_host_fulfils_is_passed_over(bench):
    service = bench.service(launchConfig=config(bench, **{f"{AFFINITY}host_label_soft": "no=such"}))

    assert len(bench.running(service.id)) == 1


def test_primary_and_sidekick_share_a_host(bench):
    sidekick = {"name": "logs", "imageUuid": bench.target.old}

    service = bench.service(scale=2, secondaryLaunchConfigs=[sidekick])

    by_unit: dict[str, set[str]] = {}
    for container in bench.running(service.id):
        by_unit.setdefault(container.deployment_unit, set()).add(container.host_id)
    assert [len(found) for found in by_unit.values()] == [1, 1]
