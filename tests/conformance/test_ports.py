"""Published ports: chosen ones that run out, random ones that are kept (rancher-1.6-api.md 4.2, 7.4)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import services
from rancher_client.cattle.resources import Transitioning

from .waiting import wait_for

PORT = "18999"


def one_too_many(bench, host_ids):
    """A service that wants one public port more than there are hosts to give it."""
    return services.create(
        bench.rancher,
        {
            "name": "web",
            "scale": len(host_ids) + 1,
            "startOnCreate": True,
            "launchConfig": {"imageUuid": bench.target.old, "ports": [f"{PORT}:80"]},
        },
        stack_id=bench.stack_id,
    )


def test_a_random_port_is_shown_filled_in_and_kept_over_an_upgrade(bench):
    service = bench.service(launchConfig={"imageUuid": bench.target.old, "ports": ["80"]})
    [port] = wait_for(lambda: bench.read(service.id).launch_config["ports"], lambda ports: ":" in ports[0])
    public, _, private = port.partition(":")

    accepted = bench.upgrade(service, ports=["80"])
    bench.settled(service.id, "upgraded")

    assert private == "80/tcp"
    assert 49153 <= int(public) <= 65535
    assert accepted.launch_config["ports"] == [port]
    assert [container.ports for container in bench.running(service.id)] == [(port,)]


@pytest.mark.trap("17")
def test_a_chosen_port_runs_out_of_hosts_and_the_surplus_says_why(bench, host_ids):
    made = one_too_many(bench, host_ids)

    seen = wait_for(lambda: bench.read(made.id), lambda service: service.transitioning is Transitioning.ERROR)

    assert seen.state == "activating"
    assert "Allocation failed" in seen.transitioning_message
    wait_for(lambda: bench.running(made.id), lambda running: len(running) == len(host_ids))
    assert len({container.host_id for container in bench.running(made.id)}) == len(host_ids)


@pytest.mark.trap("7")
def test_an_upgrade_to_a_port_that_is_taken_stays_upgrading_and_goes_on_once_it_is_free(bench, host_ids):
    holder = bench.service(
        name="holder",
        scale=len(host_ids),
        launchConfig={"imageUuid": bench.target.old, "ports": [f"{PORT}:80"]},
    )
    service = bench.service()
    bench.upgrade(service, ports=[f"{PORT}:80"])

    seen = wait_for(lambda: bench.read(service.id), lambda now: now.transitioning is Transitioning.ERROR)
    assert seen.state == "upgrading"
    assert "Allocation failed" in seen.transitioning_message

    services.remove(bench.rancher, holder.id)
    bench.settled(service.id, "upgraded")
    [container] = bench.running(service.id)
    assert [port.removesuffix("/tcp") for port in container.ports] == [f"{PORT}:80"]


@pytest.mark.trap("16")
def test_start_first_with_a_fixed_port_on_every_host_can_be_rolled_back_stuck_or_not(bench, host_ids):
    """Without the scheduler service the old container's port does not count, and both share it (7.4)."""
    config = {"imageUuid": bench.target.old, "ports": [f"{PORT}:80"]}
    service = bench.service(scale=len(host_ids), launchConfig=config)
    bench.upgrade(service, start_first=True)

    seen = wait_for(
        lambda: bench.read(service.id),
        lambda now: now.transitioning is Transitioning.ERROR or now.state == "upgraded",
    )

    assert (seen.state, seen.transitioning) in (
        ("upgrading", Transitioning.ERROR),
        ("upgraded", Transitioning.NO),
    )
    assert bench.roll_back(service.id).configs() == service.configs()


@pytest.mark.trap("19", "50")
def test_rollback_from_a_port_that_is_taken_leads_back_to_the_old_image(bench, host_ids):
    bench.service(
        name="holder",
        scale=len(host_ids),
        launchConfig={"imageUuid": bench.target.old, "ports": [f"{PORT}:80"]},
    )
    service = bench.service()
    bench.upgrade(service, ports=[f"{PORT}:80"])
    wait_for(lambda: bench.read(service.id), lambda now: now.transitioning is Transitioning.ERROR)

    rolled_back = bench.roll_back(service.id)

    assert rolled_back.configs() == service.configs()
    wait_for(
        lambda: [container.image for container in bench.running(service.id)],
        lambda images: images == [bench.target.old],
    )


def test_a_policy_takes_as_much_as_has_a_place(bench, host_ids):
    service = bench.service(
        scale=1,
        scalePolicy={"min": 1, "max": len(host_ids) + 2, "increment": 1},
        launchConfig={"imageUuid": bench.target.old, "ports": [f"{PORT}:80"]},
    )

    assert (service.state, service.transitioning) == ("active", Transitioning.NO)
    assert len(bench.running(service.id)) == service.current_scale == len(host_ids)


def test_a_deactivation_leaves_what_could_not_be_made(bench, host_ids):
    made = one_too_many(bench, host_ids)
    wait_for(lambda: len(bench.running(made.id)), lambda running: running == len(host_ids))

    services.deactivate(bench.rancher, made.id)
    wait_for(lambda: bench.read(made.id).state, lambda state: state == "inactive")

    wait_for(
        lambda: sorted(container.state for container in bench.containers(made.id)),
        lambda states: states == ["error", *["stopped"] * len(host_ids)],
    )
