"""Plans from surveys of a Rancher, and what Rancher then makes of them: the promise of a plan is kept."""

from collections.abc import Iterator

import pytest

from deploytickets.deployments.ordering import in_order
from deploytickets.deployments.plan import Ahead, PlanResult
from deploytickets.drivers.base import CreateOrder, UpgradeOrder
from deploytickets.tickets.plans import PRIMARY, PlannedAction
from tests.deployments.world import a_placement, a_stack_placement, codes, digest, plan, the_service
from tests.drivers.orders import soon
from tests.workshop import HEALTH_CHECK, IMAGE, Workshop, workshop

WEB = """
version: '2'
services:
  web:
    image: registry.abc.net/shop:${VERSION}
    ports: ["8080:8080", "9090"]
    environment: {LOG: info, JAVA_OPTS: -Xmx512m}
    command: run --fast
    mem_limit: 512m
    labels: {io.rancher.sidekicks: logs, team: shop}
    links: ["db"]
    stdin_open: true
  logs:
    image: registry.abc.net/logs:3
    volumes_from: [web]
  db:
    image: postgres:15
    volumes: ["/srv/db:/var/lib/postgresql/data"]
"""
WEB_RANCHER = """
version: '2'
services:
  web:
    scale: 2
    metadata: {owner: shop}
    health_check: {port: 8080, interval: 2000, healthy_threshold: 2, unhealthy_threshold: 3}
"""


@pytest.fixture
def rancher() -> Iterator[Workshop]:
    with workshop() as made:
        yield made


def _carry_out(rancher: Workshop, result: PlanResult, key: str) -> None:
    """Send what the plan says, wait, and finish."""
    driver = rancher.driver
    stack = result.content.stack_rancher_id
    for number, service in enumerate(in_order(result.content.services)):
        mark = f"{key}/1/{number:012x}"
        if service.action is PlannedAction.CREATED:
            stack = stack or driver.create_stack(result.content.stack_name, send_by=soon())
            order = CreateOrder(service.name, service.wanted, mark, service.settings or {})
            driver.create(order, stack_rancher_id=stack, send_by=soon())
        elif service.action is PlannedAction.UPGRADED:
            assert service.rancher_id is not None
            seen = rancher.read(service.rancher_id)
            driver.start(
                UpgradeOrder(
                    rancher_id=seen.rancher_id,
                    name=seen.name,
                    sidekicks=tuple(name for name in seen.configs if name != PRIMARY),
                    configs=service.wanted,
                    mark=mark,
                    batch_size=service.batch_size,
                    interval_millis=service.interval_millis,
                    start_first=service.start_first,
                    removed_sidekicks=service.removed_sidekicks,
                ),
                send_by=soon(),
            )
            rancher.advance(120)
            driver.finish(seen.rancher_id, send_by=soon())
        rancher.advance(30)


def _links_set(rancher: Workshop) -> None:
    services = {service.name: service for service in rancher.driver.services()}
    rancher.driver.set_links(services["web"].rancher_id, {"db": services["db"].rancher_id}, send_by=soon())


def test_a_stack_made_by_a_plan_is_as_the_files_want_it(rancher: Workshop) -> None:
    placement = a_stack_placement(WEB, WEB_RANCHER)

    _carry_out(rancher, plan(placement, rancher.driver.survey()), "DEPLOY-1")
    _links_set(rancher)
    again = plan(placement, rancher.driver.survey())

    assert {service.action for service in again.content.services} == {PlannedAction.UNCHANGED}
    assert codes(again, "blocker") == ["nothing-to-do"]
    assert "settings-kept" not in codes(again)


def test_of_a_stack_only_what_differs_is_upgraded(rancher: Workshop) -> None:
    placement = a_stack_placement(WEB, WEB_RANCHER)
    _carry_out(rancher, plan(placement, rancher.driver.survey(), "1.0.0"), "DEPLOY-1")

    result = plan(placement, rancher.driver.survey(), "1.0.1")
    _carry_out(rancher, result, "DEPLOY-2")

    assert list(the_service(result, "web").wanted) == [PRIMARY]
    assert the_service(result, "db").action is PlannedAction.UNCHANGED
    again = plan(placement, rancher.driver.survey(), "1.0.1")
    assert codes(again, "blocker") == ["nothing-to-do"]


def test_by_image_everything_else_stays_as_it_was(rancher: Workshop) -> None:
    rancher.service(
        "web",
        scale=2,
        image=IMAGE,
        ports=["8080:80/tcp"],
        environment={"LOG": "info"},
        labels={"team": "shop", "io.rancher.service.hash": "0" * 40},
        healthCheck=HEALTH_CHECK,
        sidekicks={"logs": {"imageUuid": "docker:registry.abc.net/logs:3"}},
    )
    before = the_service(plan(a_placement(), rancher.driver.survey())).starts_from

    _carry_out(rancher, plan(a_placement(), rancher.driver.survey()), "DEPLOY-1")

    after = the_service(plan(a_placement(), rancher.driver.survey())).starts_from
    assert after["logs"] == before["logs"]
    assert after[PRIMARY] == {
        **before[PRIMARY],
        "imageUuid": "docker:registry.abc.net/shop:1.0.1",
        "labels": {"team": "shop"},
    }


def test_a_plan_stays_the_same_while_nothing_moves(rancher: Workshop) -> None:
    rancher.service("web", scale=2, healthCheck=HEALTH_CHECK)
    first = plan(a_placement(), rancher.driver.survey())

    rancher.advance(300)

    assert digest(plan(a_placement(), rancher.driver.survey())) == digest(first)


@pytest.mark.parametrize("kind", ["by image", "by compose"])
def test_the_plan_of_a_queued_ticket_holds_once_the_one_ahead_is_finished(
    rancher: Workshop, kind: str
) -> None:
    if kind == "by image":
        placement = a_placement()
        rancher.service("web", ports=["8080:80/tcp"], healthCheck=HEALTH_CHECK)
    else:
        placement = a_stack_placement(WEB.replace(', "9090"', ""), WEB_RANCHER)
    survey = rancher.driver.survey()
    first = plan(placement, survey, "1.0.1")
    queued = plan(placement, survey, "1.0.2", ahead=[Ahead("DEPLOY-1", first.content)])

    _carry_out(rancher, first, "DEPLOY-1")

    assert digest(plan(placement, rancher.driver.survey(), "1.0.2")) == digest(queued)


def test_an_upgrade_by_hand_makes_the_plan_another_one(rancher: Workshop) -> None:
    web = rancher.service("web")
    before = plan(a_placement(), rancher.driver.survey())

    rancher.upgrade_by_hand(web, "docker:registry.abc.net/shop:1.0.0", environment={"LOG": "debug"})
    during = plan(a_placement(), rancher.driver.survey())
    rancher.advance(60)
    after = plan(a_placement(), rancher.driver.survey())

    assert codes(during, "blocker") == ["foreign-upgrade-open"]
    assert codes(after, "blocker") == ["foreign-upgrade-unfinished"]
    assert digest(after) != digest(before)


def test_ports_held_by_others_are_found_on_a_live_rancher(rancher: Workshop) -> None:
    rancher.service("lb", stack="other", scale=2, image="docker:haproxy:1", ports=["8080:80/tcp"])
    rancher.service("web", scale=1, ports=["8080:8080/tcp"], healthCheck=HEALTH_CHECK)
    rancher.advance(60)

    free = plan(a_placement(), rancher.driver.survey())
    start_first = plan(a_placement(start_first=True), rancher.driver.survey())

    assert codes(free, "blocker") == []
    assert codes(start_first, "blocker") == ["start-first-needs-ports"]
