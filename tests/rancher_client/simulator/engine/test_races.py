"""Requests of the same moment (rancher-1.6-api.md 5.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from rancher_client.simulator.engine import Outcome, Refused

from .lab import NEW, OLD, Lab, upgrade_body

OTHER = "sim:registry/shop:3"


def two_upgrades(lab: Lab, outcome: Outcome, *, scale: int = 2) -> int:
    web = lab.service(scale=scale)
    lab.upgrade(web, upgrade_body(NEW, interval=100))
    body = upgrade_body(OTHER, interval=100)
    lab.engine.act("service", web, "upgrade", body, overlapping=True, outcome=outcome)
    return web


@pytest.mark.parametrize(("outcome", "image"), [(Outcome.FIRST_WINS, NEW), (Outcome.SECOND_WINS, OTHER)])
def test_one_of_two_accepted_upgrades_is_lost_without_a_trace(lab: Lab, outcome: Outcome, image: str) -> None:
    web = two_upgrades(lab, outcome)

    lab.until(web, "upgraded")

    view = lab.view(web)
    assert view["launchConfig"]["imageUuid"] == image
    strategy = view["upgrade"]["inServiceStrategy"]
    assert strategy["launchConfig"]["imageUuid"] == image
    assert strategy["previousLaunchConfig"]["imageUuid"] == OLD
    assert {v["imageUuid"] for v in lab.containers(web, state="running")} == {image}


def test_a_torn_service_makes_and_stops_containers_without_end_and_a_rollback_cures_it(lab: Lab) -> None:
    web = two_upgrades(lab, Outcome.TORN)

    lab.wait(25)
    view = lab.view(web)
    assert (view["state"], view["transitioning"]) == ("upgrading", "yes")
    strategy = view["upgrade"]["inServiceStrategy"]
    assert view["launchConfig"]["version"] != strategy["launchConfig"]["version"]
    assert strategy["previousLaunchConfig"]["imageUuid"] == OLD
    assert len(lab.containers(web)) >= 10
    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.wait(2)

    assert lab.generations(web) == {("old", "running"): 2}


def test_a_torn_service_that_one_batch_holds_is_upgraded_and_a_rollback_leads_back(lab: Lab) -> None:
    web = two_upgrades(lab, Outcome.TORN, scale=1)

    lab.until(web, "upgraded")
    view = lab.view(web)
    strategy = view["upgrade"]["inServiceStrategy"]
    assert view["launchConfig"]["version"] != strategy["launchConfig"]["version"]
    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.wait(2)

    assert lab.generations(web) == {("old", "running"): 1}


def test_a_service_without_its_block_makes_containers_without_end_too(lab: Lab) -> None:
    web = two_upgrades(lab, Outcome.BLOCK_LOST)

    lab.wait(25)

    view = lab.view(web)
    assert (view["state"], view["transitioning"], view["upgrade"]) == ("upgrading", "yes", None)
    assert len(lab.containers(web)) >= 10


def test_an_upgrade_whose_block_was_lost_is_upgraded_and_a_rollback_leaves_its_config(lab: Lab) -> None:
    web = two_upgrades(lab, Outcome.BLOCK_LOST, scale=1)
    lab.until(web, "upgraded")
    assert lab.view(web)["upgrade"] is None

    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.wait(2)

    assert lab.view(web)["launchConfig"]["imageUuid"] == OTHER
    assert {v["imageUuid"] for v in lab.containers(web, state="running")} == {OTHER}
    assert {v["imageUuid"] for v in lab.containers(web, state="stopped")} == {OLD}


def test_the_second_upgrade_may_be_refused_after_all(lab: Lab) -> None:
    with pytest.raises(Refused, match="ActionNotAvailable"):
        two_upgrades(lab, Outcome.REFUSED)


def test_chance_brings_about_every_outcome() -> None:
    seen: Counter[str] = Counter()
    for seed in range(60):
        lab = Lab(seed=seed)
        web = lab.service()
        lab.upgrade(web, upgrade_body(NEW))
        try:
            lab.engine.act("service", web, "upgrade", upgrade_body(OTHER), overlapping=True)
        except Refused as refused:
            seen[refused.code] += 1
            continue
        lab.wait(0.1)
        view = lab.view(web)
        if view["upgrade"] is None:
            seen["block lost"] += 1
            continue
        own, block = view["launchConfig"], view["upgrade"]["inServiceStrategy"]["launchConfig"]
        seen["torn" if own["version"] != block["version"] else own["imageUuid"]] += 1

    assert set(seen) == {"ActionNotAvailable", "torn", "block lost", NEW, OTHER}


def test_once_the_block_is_written_a_second_upgrade_is_refused_however_close(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=5000))
    lab.wait(1)

    with pytest.raises(Refused, match="ActionNotAvailable"):
        lab.engine.act(
            "service", web, "upgrade", upgrade_body(OTHER), overlapping=True, outcome=Outcome.SECOND_WINS
        )


def test_without_overlap_the_second_upgrade_is_always_refused(lab: Lab) -> None:
    web = lab.service()
    lab.upgrade(web)

    with pytest.raises(Refused, match="ActionNotAvailable"):
        lab.upgrade(web)


def collect(first: str, second: Callable[[Lab, int], object]) -> set[int]:
    statuses = set()
    for seed in range(40):
        lab = Lab(seed=seed)
        web = lab.service(scale=1)
        lab.upgrade(web)
        lab.until(web, "upgraded")
        lab.act(web, first)
        try:
            second(lab, web)
            statuses.add(202)
        except Refused as refused:
            statuses.add(refused.status)
        lab.until(web, "active")
    return statuses


def test_two_finishes_end_active_whatever_the_second_is_answered() -> None:
    statuses = collect(
        "finishupgrade",
        lambda lab, web: lab.engine.act("service", web, "finishupgrade", {}, overlapping=True),
    )

    assert statuses == {202, 409, 422}


def test_two_rollbacks_end_active_whatever_the_second_is_answered() -> None:
    statuses = collect(
        "rollback",
        lambda lab, web: lab.engine.act("service", web, "rollback", {}, overlapping=True),
    )

    assert statuses == {202, 409, 422}


def test_a_finish_beside_a_rollback_is_a_conflict_or_refused() -> None:
    statuses = collect(
        "rollback",
        lambda lab, web: lab.engine.act("service", web, "finishupgrade", {}, overlapping=True),
    )

    assert statuses == {409, 422}


def test_a_put_beside_an_upgrade_is_a_conflict_or_passes_and_the_upgrade_goes_its_way() -> None:
    statuses = set()
    for seed in range(20):
        lab = Lab(seed=seed)
        web = lab.service(scale=1)
        lab.upgrade(web)
        try:
            lab.engine.update("service", web, {"scale": 2}, overlapping=True)
            statuses.add(200)
        except Refused as refused:
            statuses.add(refused.status)
        lab.until(web, "upgraded")

    assert statuses == {200, 409}


def test_two_puts_both_pass_or_one_is_a_conflict() -> None:
    statuses = set()
    for seed in range(20):
        lab = Lab(seed=seed)
        web = lab.service(scale=1)
        lab.engine.update("service", web, {"scale": 2})
        try:
            lab.engine.update("service", web, {"scale": 3}, overlapping=True)
            statuses.add(200)
        except Refused as refused:
            statuses.add(refused.status)

    assert statuses == {200, 409}


def test_a_rollback_beside_an_upgrade_is_simply_the_next(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web)

    lab.engine.act("service", web, "rollback", {}, overlapping=True)

    assert lab.state(web) == "rolling-back"


def test_a_delete_beside_an_upgrade_ends_removed(lab: Lab) -> None:
    web = lab.service(scale=2)

    lab.upgrade(web)
    lab.engine.delete("service", web)
    lab.until(web, "removed")
    lab.wait(5)

    assert lab.containers(web) == []


def test_a_second_upgrade_that_is_refused_for_its_body_changes_nothing(lab: Lab) -> None:
    web = lab.service()
    lab.upgrade(web)

    body = upgrade_body("nginx")
    with pytest.raises(Refused, match="imageUuid"):
        lab.engine.act("service", web, "upgrade", body, overlapping=True, outcome=Outcome.SECOND_WINS)
    lab.until(web, "upgraded")

    assert lab.view(web)["launchConfig"]["imageUuid"] == NEW


def upgraded_by_other_posts(lab: Lab) -> int:
    """Upgraded to NEW and finished; then two upgrades of which the row never shows the block."""
    web = lab.service()
    lab.upgrade(web)
    lab.until(web, "upgraded")
    lab.act(web, "finishupgrade")
    lab.until(web, "active")
    lab.wait(2)
    lab.upgrade(web, upgrade_body("sim:registry/shop:4"))
    body = upgrade_body(OTHER)
    lab.engine.act("service", web, "upgrade", body, overlapping=True, outcome=Outcome.BLOCK_LOST)
    lab.until(web, "upgraded")
    return web


def test_a_lost_block_leaves_the_one_before_and_a_rollback_goes_by_that(lab: Lab) -> None:
    """As it goes by the row, not by what the lost upgrade held in memory (ServiceRollback.java)."""
    web = upgraded_by_other_posts(lab)
    assert lab.view(web)["upgrade"]["inServiceStrategy"]["launchConfig"]["imageUuid"] == NEW

    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.wait(2)

    assert lab.view(web)["launchConfig"]["imageUuid"] == OLD
    assert {view["imageUuid"] for view in lab.containers(web, state="running")} == {OLD}


def test_the_upgrade_after_a_lost_block_goes_by_its_own_again(lab: Lab) -> None:
    web = upgraded_by_other_posts(lab)
    lab.act(web, "finishupgrade")
    lab.until(web, "active")

    lab.upgrade(web, upgrade_body("sim:registry/shop:5"))
    lab.until(web, "upgraded")

    block = lab.view(web)["upgrade"]["inServiceStrategy"]["launchConfig"]
    assert block["imageUuid"] == "sim:registry/shop:5"
    assert {view["version"] for view in lab.containers(web, state="running")} == {block["version"]}


def test_a_link_set_in_between_does_not_part_two_upgrades(lab: Lab) -> None:
    """Nothing is scheduled for it, so that it moves no state."""
    web, db = lab.service("web"), lab.service("db")
    lab.upgrade(web)
    lab.engine.act("service", web, "addservicelink", {"serviceLink": {"serviceId": db}})

    body = upgrade_body(OTHER)
    lab.engine.act("service", web, "upgrade", body, overlapping=True, outcome=Outcome.SECOND_WINS)

    assert lab.view(web)["launchConfig"]["imageUuid"] == OTHER


def beside_a_put(second: Callable[[Lab, int], object], *, first: str | None = None) -> set[int]:
    """What 30 servers answer to a request that comes with a PUT, or with an action, of an active service."""
    statuses = set()
    for seed in range(30):
        lab = Lab(seed=seed)
        web = lab.service(settle=5)
        if first is None:
            lab.engine.update("service", web, {"scale": 2})
        else:
            lab.engine.act("service", web, first, {"rollingRestartStrategy": {}})
        try:
            second(lab, web)
            statuses.add(200)
        except Refused as refused:
            statuses.add(refused.status)
    return statuses


RESTART = {"rollingRestartStrategy": {"batchSize": 1}}


@pytest.mark.parametrize(
    ("action", "statuses"),
    [("restart", {409, 422}), ("finishupgrade", {422}), ("upgrade", {200}), ("deactivate", {200})],
)
def test_an_action_beside_a_put_was_checked_against_the_state_before_it(
    action: str, statuses: set[int]
) -> None:
    """`restart` was offered and is not any more; `finishupgrade` never was; the others still are."""
    body = upgrade_body(OTHER) if action == "upgrade" else RESTART

    found = beside_a_put(lambda lab, web: lab.engine.act("service", web, action, body, overlapping=True))

    assert found == statuses


def test_a_put_meets_upgrades_and_puts_only() -> None:
    """A restart refuses it, overlapping or not: no update may start then."""

    def put(lab: Lab, web: int, *, overlapping: bool) -> None:
        lab.engine.update("service", web, {"scale": 3}, overlapping=overlapping)

    assert beside_a_put(lambda lab, web: put(lab, web, overlapping=True)) == {200, 409}
    assert beside_a_put(lambda lab, web: put(lab, web, overlapping=False)) == {200}
    assert beside_a_put(lambda lab, web: put(lab, web, overlapping=True), first="restart") == {409}


def test_the_first_request_of_all_overlaps_with_nothing(lab: Lab) -> None:
    web = lab.service()

    lab.engine.update("service", web, {"description": "text"}, overlapping=True)
    lab.engine.act("service", lab.service("db"), "deactivate", {}, overlapping=True)

    assert lab.view(web)["description"] == "text"
