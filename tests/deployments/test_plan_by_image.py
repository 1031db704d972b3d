"""Plans of the strategy `service`: the image of existing services gets another tag, and nothing else."""

import pytest

from deploytickets.deployments.plan import Ahead
from deploytickets.drivers.base import StackSeen
from deploytickets.tickets.plans import PRIMARY, PlanContent, PlannedAction
from tests.deployments.readings import MARK_LABEL
from tests.deployments.world import (
    REPOSITORY,
    a_config,
    a_placement,
    a_service,
    a_survey,
    as_stored,
    codes,
    digest,
    plan,
    problem,
    the_service,
)


def test_the_image_gets_the_version_and_everything_else_stays_as_it_was_read() -> None:
    config = a_config(environment={"LOG": "info"}, ports=["8080:80/tcp"], labels={"team": "shop"})

    web = the_service(plan(a_placement(), a_survey(a_service("web", {PRIMARY: config}))))

    without_version = {name: value for name, value in config.items() if name != "version"}
    assert web.action is PlannedAction.UPGRADED
    assert web.wanted == {PRIMARY: {**without_version, "imageUuid": f"docker:{REPOSITORY}:1.0.1"}}
    assert (web.rancher_id, web.scale, web.has_health_check) == ("1s-web", 2, True)


def test_the_manner_of_the_upgrade_is_the_placements() -> None:
    placement = a_placement(batch_size=3, interval_millis=5000, start_first=True)

    web = the_service(plan(placement, a_survey(a_service())))

    assert (web.batch_size, web.interval_millis, web.start_first) == (3, 5000, True)


def test_a_sidekick_of_the_same_image_is_upgraded_too_and_another_one_is_left_alone() -> None:
    other = a_config("3", repository="registry.abc.net/logs")
    service = a_service("web", {PRIMARY: a_config(), "worker": a_config(), "logs": other})

    web = the_service(plan(a_placement(), a_survey(service)))

    assert sorted(web.wanted) == [PRIMARY, "worker"]
    assert sorted(web.starts_from) == [PRIMARY, "logs", "worker"]


def test_a_sidekick_alone_can_hold_the_applications_image() -> None:
    service = a_service("web", {PRIMARY: a_config("1", repository="nginx"), "app": a_config()})

    web = the_service(plan(a_placement(), a_survey(service)))

    assert sorted(web.wanted) == ["app"]


def test_all_services_that_are_named_are_planned() -> None:
    placement = a_placement(service_names=["web", "worker"])

    result = plan(placement, a_survey(a_service("web"), a_service("worker"), a_service("other")))

    assert [service.name for service in result.content.services] == ["web", "worker"]


def test_where_none_is_named_those_with_the_image_are_planned() -> None:
    stranger = a_service("db", {PRIMARY: a_config("9", repository="postgres")})

    result = plan(a_placement(service_names=[]), a_survey(a_service("web"), stranger))

    assert [service.name for service in result.content.services] == ["web"]


def test_a_service_that_runs_the_version_already_is_left_alone_when_another_one_does_not() -> None:
    new = a_service("web", {PRIMARY: a_config("1.0.1")})

    result = plan(a_placement(service_names=["web", "worker"]), a_survey(new, a_service("worker")))

    assert the_service(result, "web").action is PlannedAction.UNCHANGED
    assert the_service(result, "worker").action is PlannedAction.UPGRADED
    assert "nothing-to-change" in codes(result, "note")


def test_where_everything_runs_the_version_already_the_containers_are_made_anew() -> None:
    result = plan(a_placement(), a_survey(a_service("web", {PRIMARY: a_config("1.0.1")})))

    assert the_service(result).action is PlannedAction.UPGRADED
    assert codes(result, "warning") == ["already-running"]
    assert "image-not-pulled" in codes(result, "note")


def test_marks_and_the_hash_of_rancher_compose_are_not_carried_on() -> None:
    labels = {MARK_LABEL: "DEPLOY-1/1/aaaaaaaaaaaa", "io.rancher.service.hash": "f00", "team": "shop"}

    web = the_service(plan(a_placement(), a_survey(a_service("web", {PRIMARY: a_config(labels=labels)}))))

    assert web.wanted[PRIMARY]["labels"] == {"team": "shop"}


def test_linked_services_of_the_plan_come_first() -> None:
    placement = a_placement(service_names=["web", "api"])
    web = a_service("web", links={"backend": "1s-api", "db": "1s-db"})

    result = plan(placement, a_survey(web, a_service("api"), a_service("db")))

    assert the_service(result, "web").depends_on == ("api",)


def test_the_same_survey_gives_the_same_digest_and_a_moved_one_another() -> None:
    before = plan(a_placement(), a_survey(a_service()))
    again = plan(a_placement(), a_survey(a_service()))
    moved = plan(a_placement(), a_survey(a_service("web", {PRIMARY: a_config(environment={"A": "b"})})))

    assert digest(before) == digest(again)
    assert digest(moved) != digest(before)


def test_health_scale_and_names_of_containers_do_not_change_the_digest() -> None:
    before = plan(a_placement(), a_survey(a_service()))
    after = plan(a_placement(), a_survey(a_service(scale=5, health_state="unhealthy", message="In Progress")))

    assert digest(before) == digest(after)


def test_the_plan_of_a_queued_ticket_holds_once_the_one_ahead_was_carried_out() -> None:
    now = a_survey(a_service("web", {PRIMARY: a_config("1.0.0", environment={"LOG": "info"})}))
    first = plan(a_placement(), now, "1.0.1")
    queued = plan(a_placement(), now, "1.0.2", ahead=[Ahead("DEPLOY-110", first.content)])
    done = as_stored(the_service(first).wanted[PRIMARY], version="f1c0", mark="DEPLOY-110/1/0123456789ab")

    later = plan(a_placement(), a_survey(a_service("web", {PRIMARY: done})), "1.0.2")

    assert queued.shown["after"] == ["DEPLOY-110"]
    assert the_service(queued).starts_from[PRIMARY]["imageUuid"].endswith(":1.0.1")
    assert digest(queued) == digest(later)


def test_the_plan_of_a_queued_ticket_differs_once_the_one_ahead_was_rolled_back() -> None:
    now = a_survey(a_service())
    first = plan(a_placement(), now, "1.0.1")
    queued = plan(a_placement(), now, "1.0.2", ahead=[Ahead("DEPLOY-110", first.content)])

    later = plan(a_placement(), now, "1.0.2")

    assert digest(queued) != digest(later)


def test_a_plan_survives_being_stored() -> None:
    content = plan(a_placement(), a_survey(a_service())).content

    assert PlanContent.from_json(content.as_json()) == content


@pytest.mark.parametrize(
    ("stacks", "code"),
    [
        ([], "stack-missing"),
        ([StackSeen("1st1", "shop", "removed")], "stack-missing"),
        ([StackSeen("1st1", "shop", "active"), StackSeen("1st2", "shop", "active")], "stack-ambiguous"),
    ],
)
def test_without_exactly_one_stack_of_the_name_there_is_no_plan(stacks: list[StackSeen], code: str) -> None:
    assert problem(a_placement(), a_survey(a_service(), stacks=stacks))["code"] == code


def test_without_exactly_one_service_of_the_name_there_is_no_plan() -> None:
    assert problem(a_placement(), a_survey())["code"] == "service-missing"
    assert problem(a_placement(), a_survey(a_service(), a_service(rancher_id="1s9")))["code"] == (
        "service-ambiguous"
    )


def test_a_service_that_is_being_removed_is_no_service() -> None:
    assert problem(a_placement(), a_survey(a_service(state="removing")))["code"] == "service-missing"


def test_a_service_of_the_same_name_in_another_stack_is_another_service() -> None:
    elsewhere = a_service(rancher_id="1s9", stack_rancher_id="1st-other", stack_name="other")

    result = plan(a_placement(), a_survey(a_service(), elsewhere))

    assert the_service(result).rancher_id == "1s-web"


def test_a_service_without_the_applications_image_is_named_with_the_repository() -> None:
    stranger = a_service("web", {PRIMARY: a_config("9", repository="postgres")})

    assert problem(a_placement(), a_survey(stranger)) == {
        "code": "image-not-found-in-service",
        "service": "web",
        "repository": REPOSITORY,
    }


def test_a_load_balancer_is_not_upgraded() -> None:
    assert problem(a_placement(), a_survey(a_service(kind="loadBalancerService")))["code"] == "service-kind"
