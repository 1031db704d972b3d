"""What the driver shows of a Rancher 1.6."""

import pytest

from deploytickets.drivers.errors import RancherError, reason_of
from deploytickets.tickets.plans import PRIMARY
from rancher_client.cattle import services
from rancher_client.simulator.server import Effect
from tests.workshop import HEALTH_CHECK, IMAGE, Workshop


def test_a_survey_shows_stacks_services_hosts_and_containers(rancher: Workshop) -> None:
    rancher.service(
        "web",
        scale=2,
        ports=["8080:80/tcp"],
        healthCheck=HEALTH_CHECK,
        sidekicks={"logs": {"imageUuid": IMAGE}},
    )

    survey = rancher.driver.survey()

    (web,) = survey.services
    assert [stack.name for stack in survey.stacks] == ["shop"]
    assert (web.name, web.stack_name, web.state, web.scale) == ("web", "shop", "active", 2)
    assert set(web.configs) == {PRIMARY, "logs"}
    assert web.configs[PRIMARY]["ports"] == ["8080:80/tcp"]
    assert len(survey.hosts) == 3
    assert all(host.is_usable for host in survey.hosts)
    assert web.containers is not None
    assert sorted(one.config_name for one in web.containers) == [PRIMARY, PRIMARY, "logs", "logs"]
    assert {one.host_name for one in web.containers} <= {host.name for host in survey.hosts}
    assert all(one.is_healthy for one in web.containers)


def test_a_survey_is_dated_before_its_first_read(rancher: Workshop) -> None:
    before = rancher.server.now

    survey = rancher.driver.survey()

    assert survey.sent_at.timestamp() == before


def test_a_host_that_is_away_is_not_usable_and_says_so(rancher: Workshop) -> None:
    lost = rancher.lose_a_host()

    hosts = {host.rancher_id: host for host in rancher.driver.survey().hosts}

    assert hosts[lost].state == "disconnected"
    assert not hosts[lost].is_usable


def test_one_list_serves_for_all_services_once_names_are_known(rancher: Workshop) -> None:
    rancher.service("web")
    driver = rancher.driver
    driver.services()
    asked: list[str] = []
    rancher.server.before_answer.append(lambda request, answer: asked.append(request.path))

    (web,) = driver.services()

    assert len(asked) == 1
    assert web.stack_name == "shop"
    assert web.containers


def test_a_service_that_is_gone_is_seen_as_none(rancher: Workshop) -> None:
    assert rancher.driver.observe("1s4711") is None


def test_a_removed_service_is_still_seen_with_its_state(rancher: Workshop) -> None:
    web = rancher.service("web")
    services.remove(rancher.session, web)
    rancher.advance(30)

    assert rancher.read(web).state == "removed"


def test_services_are_found_by_the_exact_names_of_stack_and_service(rancher: Workshop) -> None:
    web = rancher.service("web")
    rancher.service("web", stack="other")
    rancher.service("web-2")

    found = rancher.driver.find("shop", "web")

    assert [one.rancher_id for one in found] == [web]
    assert rancher.driver.find("shop", "nothing") == []
    assert rancher.driver.find("nowhere", "web") == []


def test_a_global_service_is_known_by_its_label(rancher: Workshop) -> None:
    agent = rancher.service("agent", labels={"io.rancher.scheduler.global": "true"})

    seen = rancher.read(agent)

    assert seen.is_global
    assert seen.containers is not None
    assert len(seen.containers) == 3


def test_links_are_shown_by_alias(rancher: Workshop) -> None:
    database = rancher.service("db")
    web = rancher.service("web")
    services.set_links(rancher.session, web, {"database": database})

    assert rancher.read(web).links == {"database": database}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"effect": Effect.STATUS, "status": 503, "html": True}, "unanswered"),
        ({"effect": Effect.GARBAGE, "garbage": "login_page"}, "unusable"),
        ({"effect": Effect.GARBAGE, "garbage": "wrong_types"}, "unusable"),
        ({"effect": Effect.RESET_BEFORE}, "unanswered"),
    ],
)
def test_an_answer_that_is_none_is_no_observation(rancher: Workshop, fault: dict, code: str) -> None:
    rancher.server.faults.order(**fault, times=10)

    with pytest.raises(RancherError) as caught:
        rancher.driver.survey()

    assert reason_of(caught.value)["code"] == code
