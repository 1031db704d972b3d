"""What stands in the way of a plan."""

from collections.abc import Mapping
from typing import Any

import pytest

from deploytickets.deployments.plan import PlanResult
from deploytickets.inventory.stages import StageBefore
from deploytickets.tickets.findings import render
from deploytickets.tickets.plans import PRIMARY
from tests.deployments.readings import MARK_LABEL
from tests.deployments.world import (
    a_config,
    a_host,
    a_placement,
    a_service,
    a_stack_placement,
    a_survey,
    codes,
    on_host,
    plan,
)

FIXED = {PRIMARY: a_config(ports=["8080:80/tcp"])}


def _the(code: str, result: PlanResult) -> Mapping[str, Any]:
    (found,) = (one for one in result.findings if one["code"] == code)
    return found


def _other(number: int, *, port: str = "8080:80/tcp", state: str = "running") -> Any:
    return a_service(
        "lb",
        {PRIMARY: a_config(repository="haproxy")},
        containers=[on_host(number, ports=[port], state=state)],
    )


def test_an_ordinary_plan_has_nothing_against_it() -> None:
    assert plan(a_placement(), a_survey(a_service())).findings == []


def test_every_finding_can_be_put_into_words() -> None:
    survey = a_survey(
        a_service("web", {PRIMARY: a_config(ports=["8080:80"], healthCheck=None)}, state="upgraded")
    )

    for fact in plan(a_placement(batch_size=2), survey).findings:
        assert "Preflight found" not in render(fact).sentence


# What stands in Rancher already


@pytest.mark.parametrize(
    "state", ["upgrading", "canceling-upgrade", "canceled-upgrade", "finishing-upgrade", "rolling-back"]
)
def test_somebody_elses_open_upgrade_blocks(state: str) -> None:
    found = _the("foreign-upgrade-open", plan(a_placement(), a_survey(a_service(state=state))))

    assert (found["level"], found["state"]) == ("blocker", state)


def test_somebody_elses_unfinished_upgrade_blocks() -> None:
    assert codes(plan(a_placement(), a_survey(a_service(state="upgraded"))), "blocker") == [
        "foreign-upgrade-unfinished"
    ]


def test_an_attempt_of_ours_that_no_ticket_knows_blocks_and_is_named() -> None:
    marked = {PRIMARY: a_config(labels={MARK_LABEL: "DEPLOY-7/1/0123456789ab"})}

    found = _the("attempt-unknown", plan(a_placement(), a_survey(a_service("web", marked, state="upgraded"))))

    assert (found["level"], found["mark"]) == ("blocker", "DEPLOY-7/1/0123456789ab")


@pytest.mark.parametrize("state", ["upgrading", "upgraded", "finishing-upgrade"])
def test_a_service_that_a_ticket_of_ours_holds_is_a_reason_to_queue_and_no_blocker(state: str) -> None:
    held = {("shop", "web"): "DEPLOY-110"}

    result = plan(a_placement(), a_survey(a_service(state=state)), held_by_us=held)

    assert result.findings == []


@pytest.mark.parametrize("state", ["inactive", "registering", "activating", "deactivating", "a-new-state"])
def test_a_service_in_no_state_to_be_upgraded_blocks(state: str) -> None:
    found = _the("service-not-upgradable", plan(a_placement(), a_survey(a_service(state=state))))

    assert (found["level"], found["state"]) == ("blocker", state)


# Hosts and ports


def test_a_port_held_by_somebody_else_on_every_host_blocks_and_says_by_whom() -> None:
    survey = a_survey(a_service("web", FIXED, scale=1), _other(1), hosts=[a_host(1)])

    found = _the("port-taken", plan(a_placement(), survey))

    assert (found["level"], found["port"], found["holders"]) == ("blocker", "8080/tcp", "shop/lb (node1)")


def test_a_port_held_by_a_container_without_a_service_blocks_too() -> None:
    lone = on_host(1, ports=["8080:80/tcp"], name="by-hand")
    survey = a_survey(a_service("web", FIXED, scale=1), hosts=[a_host(1)], standalone=[lone])

    assert _the("port-taken", plan(a_placement(), survey))["holders"] == "by-hand (node1)"


@pytest.mark.parametrize(
    ("port", "state"), [("8080:80/udp", "running"), ("8081:80/tcp", "running"), ("8080:80/tcp", "stopped")]
)
def test_another_port_another_protocol_and_a_stopped_container_hold_nothing(port: str, state: str) -> None:
    survey = a_survey(a_service("web", FIXED, scale=1), _other(1, port=port, state=state), hosts=[a_host(1)])

    assert codes(plan(a_placement(), survey), "blocker") == []


def test_its_own_containers_do_not_stand_in_its_way() -> None:
    own = [on_host(number, ports=["8080:80/tcp"]) for number in (1, 2)]
    survey = a_survey(a_service("web", FIXED, containers=own), hosts=[a_host(1), a_host(2)])

    result = plan(a_placement(), survey)

    assert codes(result, "blocker") == []
    assert _the("port-fixed", result)["usable"] == 2


def test_fewer_hosts_with_the_port_free_than_containers_block() -> None:
    survey = a_survey(a_service("web", FIXED, scale=3), _other(1))

    found = _the("too-few-hosts", plan(a_placement(), survey))

    assert (found["level"], found["wanted"], found["usable"]) == ("blocker", 3, 2)


def test_a_host_that_is_away_is_none_of_those_that_can_be_chosen() -> None:
    away = a_host(3, state="disconnected", is_usable=False)

    result = plan(
        a_placement(), a_survey(a_service("web", FIXED, scale=3), hosts=[a_host(1), a_host(2), away])
    )

    assert codes(result, "blocker") == ["too-few-hosts"]
    assert codes(result, "warning") == ["host-away"]


def test_a_host_that_was_taken_out_of_service_by_hand_is_no_warning() -> None:
    resting = a_host(3, state="inactive", is_usable=False)

    result = plan(a_placement(), a_survey(a_service(), hosts=[a_host(1), a_host(2), resting]))

    assert result.findings == []


def test_containers_on_a_host_that_is_away_are_told_of_by_service() -> None:
    away = a_host(3, state="reconnecting", is_usable=False)
    survey = a_survey(a_service(containers=[on_host(3)]), hosts=[a_host(1), a_host(2), away])

    found = _the("host-away-with-containers", plan(a_placement(), survey))

    assert (found["level"], found["host"], found["service"]) == ("warning", "node3", "web")


def test_host_labels_decide_which_hosts_can_be_chosen() -> None:
    labels = {"io.rancher.scheduler.affinity:host_label": "Zone=A"}
    service = a_service("web", {PRIMARY: a_config(ports=["8080:80"], labels=labels)}, scale=1)
    hosts = [a_host(1, labels={"zone": "a"}), a_host(2, labels={"zone": "b"})]

    free = plan(a_placement(), a_survey(service, hosts=hosts))
    taken = plan(a_placement(), a_survey(service, _other(1), hosts=hosts))

    assert codes(free, "blocker") == []
    assert codes(taken, "blocker") == ["port-taken"]


def test_where_no_host_fits_the_labels_nothing_can_be_placed() -> None:
    labels = {"io.rancher.scheduler.affinity:host_label_ne": "zone=a"}
    service = a_service("web", {PRIMARY: a_config(labels=labels)})

    result = plan(a_placement(), a_survey(service, hosts=[a_host(1, labels={"zone": "a"})]))

    assert codes(result, "blocker") == ["no-usable-host"]


def test_start_first_with_a_fixed_port_and_no_spare_host_blocks() -> None:
    own = [on_host(number, ports=["8080:80/tcp"]) for number in (1, 2, 3)]
    service = a_service("web", FIXED, scale=3, containers=own)

    assert codes(plan(a_placement(start_first=True), a_survey(service)), "blocker") == [
        "start-first-needs-ports"
    ]
    assert codes(plan(a_placement(start_first=False), a_survey(service)), "blocker") == []


def test_start_first_with_a_spare_host_for_each_of_a_batch_is_fine() -> None:
    own = [on_host(1, ports=["8080:80/tcp"])]
    service = a_service("web", FIXED, scale=1, containers=own)

    assert codes(plan(a_placement(start_first=True), a_survey(service)), "blocker") == []


def test_start_first_and_kept_addresses_exclude_each_other() -> None:
    result = plan(a_placement(start_first=True), a_survey(a_service(retain_ip=True)))

    assert codes(result, "blocker") == ["start-first-with-retain-ip"]


def test_a_global_service_needs_its_port_on_every_host_that_fits() -> None:
    labels = {"io.rancher.scheduler.global": "true"}
    service = a_service("web", {PRIMARY: a_config(ports=["8080:80"], labels=labels)}, is_global=True)

    result = plan(a_placement(), a_survey(service, _other(2)))

    assert _the("too-few-hosts", result)["wanted"] == 3
    assert _the("global-service", result)["wanted"] == 3


def test_services_made_by_one_plan_do_not_fit_on_one_host_with_one_port() -> None:
    one = "image: 'nginx:1', ports: ['80:80']"
    text = f"version: '2'\nservices:\n  a: {{{one}}}\n  b: {{{one}}}\n"

    result = plan(a_stack_placement(text), a_survey(hosts=[a_host(1)]))

    found = _the("too-few-hosts", result)
    assert (found["service"], found["usable"]) == ("b", 0)


# Versions


def test_a_version_older_than_what_runs_is_a_warning() -> None:
    found = _the("older-than-running", plan(a_placement(), a_survey(a_service()), "0.9.9"))

    assert (found["level"], found["running"]) == ("warning", "1.0.0")


def test_versions_that_tell_no_age_are_no_warning() -> None:
    assert plan(a_placement(), a_survey(a_service()), "3f6c2a1").findings == []


@pytest.mark.parametrize(("is_finished", "expected"), [(False, ["not-finished-before"]), (True, [])])
def test_a_version_not_finished_in_the_environment_before_is_a_warning(
    is_finished: bool, expected: list[str]
) -> None:
    result = plan(a_placement(), a_survey(a_service()), stage_before=StageBefore("stage", is_finished))

    assert codes(result, "warning") == expected


# Manner and health


def test_a_service_without_a_health_check_is_a_warning_with_its_name() -> None:
    service = a_service("web", {PRIMARY: a_config(healthCheck=None)})

    found = _the("no-health-check", plan(a_placement(), a_survey(service)))

    assert (found["level"], found["name"]) == ("warning", "no-health-check:web")


@pytest.mark.parametrize(
    ("batch_size", "scale", "start_first", "expected"),
    [
        (2, 2, False, True),
        (5, 2, False, True),
        (1, 2, False, False),
        (2, 2, True, False),
        (1, 1, False, False),
    ],
)
def test_a_batch_of_everything_at_once_is_a_warning(
    batch_size: int, scale: int, start_first: bool, expected: bool
) -> None:
    placement = a_placement(batch_size=batch_size, start_first=start_first)

    result = plan(placement, a_survey(a_service(scale=scale)))

    assert ("too-big-a-batch" in codes(result, "warning")) is expected


def test_blockers_come_first() -> None:
    service = a_service("web", {PRIMARY: a_config(healthCheck=None)}, state="upgraded")

    levels = [one["level"] for one in plan(a_placement(), a_survey(service), "0.9").findings]

    assert levels == sorted(levels, key=lambda level: level != "blocker")
