"""The changing verbs: one call each, marked, bounded in time."""

import pytest

from deploytickets.drivers.base import CreateOrder
from deploytickets.drivers.marks import mark_label, mark_of
from deploytickets.tickets.plans import PRIMARY
from rancher_client.cattle import services
from rancher_client.errors import Invalid, NotOffered, NotSent, OutcomeUnknown, UnsafeBody
from rancher_client.simulator.server import Effect
from tests.drivers.orders import NEW, TOKEN, over, soon, upgrade_of
from tests.workshop import HEALTH_CHECK, IMAGE, Workshop


def test_a_start_sends_the_complete_config_with_our_mark(rancher: Workshop) -> None:
    web = rancher.service("web", environment={"LOG": "info"}, labels={"team": "shop"}, ports=["8080:80"])
    seen = rancher.read(web)

    accepted = rancher.driver.start(upgrade_of(seen), send_by=soon())

    now = rancher.read(web).configs[PRIMARY]
    assert now["imageUuid"] == NEW
    assert now["environment"] == {"LOG": "info"}
    assert now["labels"] == {"team": "shop", mark_label(): TOKEN}
    assert now["ports"] == seen.configs[PRIMARY]["ports"]
    assert accepted.version == now["version"] != seen.configs[PRIMARY]["version"]


def test_the_mark_of_an_attempt_before_is_overwritten(rancher: Workshop) -> None:
    web = rancher.service("web", labels={mark_label(): "DEPLOY-99/1/aaaaaaaaaaaa"})

    rancher.driver.start(upgrade_of(rancher.read(web)), send_by=soon())

    assert mark_of(rancher.read(web).configs[PRIMARY]["labels"]) == TOKEN


def test_every_config_that_is_sent_carries_the_mark(rancher: Workshop) -> None:
    web = rancher.service("web", sidekicks={"logs": {"imageUuid": IMAGE}, "config": {"imageUuid": IMAGE}})
    seen = rancher.read(web)
    sent = {name: {**seen.configs[name], "imageUuid": NEW} for name in (PRIMARY, "logs")}

    rancher.driver.start(upgrade_of(seen, configs=sent), send_by=soon())

    marks = {name: mark_of(config.get("labels")) for name, config in rancher.read(web).configs.items()}
    assert marks == {PRIMARY: TOKEN, "logs": TOKEN, "config": ""}


def test_a_sidekick_alone_can_be_upgraded(rancher: Workshop) -> None:
    web = rancher.service("web", sidekicks={"logs": {"imageUuid": IMAGE}})
    seen = rancher.read(web)

    accepted = rancher.driver.start(
        upgrade_of(seen, configs={"logs": {**seen.configs["logs"], "imageUuid": NEW}}), send_by=soon()
    )

    now = rancher.read(web).configs
    assert now["logs"]["version"] == accepted.version
    assert now[PRIMARY]["version"] == seen.configs[PRIMARY]["version"]


def test_a_sidekick_is_removed_by_name(rancher: Workshop) -> None:
    web = rancher.service("web", sidekicks={"logs": {"imageUuid": IMAGE}})

    rancher.driver.start(upgrade_of(rancher.read(web), removed_sidekicks=("logs",)), send_by=soon())

    assert set(rancher.read(web).configs) == {PRIMARY}


def test_an_order_that_would_ruin_the_service_is_never_sent(rancher: Workshop) -> None:
    web = rancher.service("web")
    calls = len(rancher.server.journal)

    with pytest.raises(UnsafeBody, match="no image"):
        rancher.driver.start(upgrade_of(rancher.read(web), configs={PRIMARY: {}}), send_by=soon())

    assert len(rancher.server.journal) == calls


def test_no_verb_sends_when_its_time_is_over(rancher: Workshop) -> None:
    web = rancher.service("web")
    driver, seen = rancher.driver, rancher.read(web)
    calls = len(rancher.server.journal)
    order = CreateOrder("api", {PRIMARY: {"imageUuid": IMAGE}}, TOKEN, {"scale": 1})

    for verb in (
        lambda: driver.start(upgrade_of(seen), send_by=over()),
        lambda: driver.create_stack("new", send_by=over()),
        lambda: driver.create(order, stack_rancher_id=seen.stack_rancher_id, send_by=over()),
        lambda: driver.finish(web, send_by=over()),
        lambda: driver.roll_back(web, send_by=over()),
        lambda: driver.cancel(web, send_by=over()),
        lambda: driver.remove(web, send_by=over()),
        lambda: driver.set_links(web, {}, send_by=over()),
    ):
        with pytest.raises(NotSent):
            verb()

    assert len(rancher.server.journal) == calls


def test_a_second_start_is_refused_while_the_first_stands(rancher: Workshop) -> None:
    web = rancher.service("web")
    seen = rancher.read(web)
    rancher.driver.start(upgrade_of(seen), send_by=soon())

    with pytest.raises(NotOffered):
        rancher.driver.start(upgrade_of(seen, mark="DEPLOY-111/2/aaaaaaaaaaaa"), send_by=soon())


def test_a_start_is_followed_to_upgraded_and_finished(rancher: Workshop) -> None:
    web = rancher.service("web", scale=2, healthCheck=HEALTH_CHECK)
    accepted = rancher.driver.start(upgrade_of(rancher.read(web)), send_by=soon())
    rancher.advance(120)

    upgraded = rancher.read(web)
    rancher.driver.finish(web, send_by=soon())
    rancher.advance(30)
    finished = rancher.read(web)

    assert upgraded.state == "upgraded"
    assert upgraded.upgrade is not None
    assert upgraded.upgrade.configs[PRIMARY]["version"] == accepted.version
    assert upgraded.upgrade.previous[PRIMARY]["imageUuid"] == IMAGE
    assert sorted(one.state for one in upgraded.containers or ()) == [
        "running",
        "running",
        "stopped",
        "stopped",
    ]
    assert finished.state == "active"
    assert {one.version for one in finished.containers or ()} == {accepted.version}
    assert {one.mark for one in finished.containers or ()} == {TOKEN}


def test_a_rollback_leads_to_the_former_config(rancher: Workshop) -> None:
    web = rancher.service("web")
    before = rancher.read(web)
    rancher.driver.start(upgrade_of(before), send_by=soon())
    rancher.advance(60)

    rancher.driver.roll_back(web, send_by=soon())
    rancher.advance(60)

    seen = rancher.read(web)
    assert seen.state == "active"
    assert seen.configs == before.configs


def test_a_cancelled_upgrade_can_be_rolled_back(rancher: Workshop) -> None:
    web = rancher.service("web", scale=2)
    rancher.driver.start(upgrade_of(rancher.read(web), interval_millis=60_000), send_by=soon())
    rancher.advance(20)

    rancher.driver.cancel(web, send_by=soon())
    rancher.advance(60)
    cancelled = rancher.read(web).state
    rancher.driver.roll_back(web, send_by=soon())
    rancher.advance(120)

    assert cancelled == "canceled-upgrade"
    assert rancher.read(web).state == "active"


def test_a_service_is_created_in_a_new_stack_with_our_mark_on_all_configs(rancher: Workshop) -> None:
    stack = rancher.driver.create_stack("new", send_by=soon())
    order = CreateOrder(
        "api",
        {PRIMARY: {"imageUuid": IMAGE}, "logs": {"imageUuid": IMAGE}},
        TOKEN,
        {"scale": 2, "startOnCreate": True, "metadata": {"owner": "shop"}, "links": {"db": "db"}},
    )

    accepted = rancher.driver.create(order, stack_rancher_id=stack, send_by=soon())
    rancher.advance(60)

    seen = rancher.read(accepted.rancher_id)
    assert (seen.name, seen.state, seen.scale, seen.stack_rancher_id) == ("api", "active", 2, stack)
    assert [mark_of(config["labels"]) for config in seen.configs.values()] == [TOKEN, TOKEN]
    assert seen.metadata == {"owner": "shop"}


def test_a_name_that_is_taken_is_refused(rancher: Workshop) -> None:
    rancher.service("web")

    with pytest.raises(Invalid) as caught:
        rancher.driver.create_stack("shop", send_by=soon())

    assert caught.value.code == "NotUnique"


def test_links_are_replaced_as_a_whole(rancher: Workshop) -> None:
    database, cache, web = rancher.service("db"), rancher.service("cache"), rancher.service("web")
    rancher.driver.set_links(web, {"db": database}, send_by=soon())

    rancher.driver.set_links(web, {"store": cache}, send_by=soon())

    assert rancher.read(web).links == {"store": cache}


def test_a_service_is_removed(rancher: Workshop) -> None:
    web = rancher.service("web")

    rancher.driver.remove(web, send_by=soon())
    rancher.advance(30)

    assert rancher.read(web).state == "removed"


def test_a_start_whose_answer_is_lost_is_found_in_ranchers_audit_log(rancher: Workshop) -> None:
    web = rancher.service("web")
    rancher.server.faults.order(Effect.ACCEPT_THEN_RESET, action="upgrade")

    with pytest.raises(OutcomeUnknown):
        rancher.driver.start(upgrade_of(rancher.read(web)), send_by=soon())

    version = rancher.driver.accepted_version(web, TOKEN)
    assert version == rancher.read(web).configs[PRIMARY]["version"]


def test_a_start_that_never_arrived_is_not_in_the_audit_log(rancher: Workshop) -> None:
    web = rancher.service("web")
    rancher.server.faults.order(Effect.RESET_BEFORE, action="upgrade")

    with pytest.raises(OutcomeUnknown):
        rancher.driver.start(upgrade_of(rancher.read(web)), send_by=soon())

    assert rancher.driver.accepted_version(web, TOKEN) is None


def test_somebody_elses_start_is_not_ours_in_the_audit_log(rancher: Workshop) -> None:
    web = rancher.service("web")
    rancher.upgrade_by_hand(web, NEW)

    assert rancher.driver.accepted_version(web, TOKEN) is None


def test_a_null_that_rancher_refuses_is_left_out(rancher: Workshop) -> None:
    web = rancher.service("web")
    seen = rancher.read(web)
    config = {**seen.configs[PRIMARY], "imageUuid": NEW, "environment": None, "secrets": None}

    rancher.driver.start(upgrade_of(seen, configs={PRIMARY: config}), send_by=soon())

    assert services.get(rancher.session, web).state == "upgrading"
