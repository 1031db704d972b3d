"""Tickets of several services, tickets that want the same one, and what is sent to each."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deploytickets.deployments import lanes, services, starting
from deploytickets.deployments.models import Lane
from deploytickets.drivers.marks import mark_label
from deploytickets.tickets import services as tickets
from tests.builders import actor_of, history, reloaded
from tests.deployments.company import Company, services_of

LOGS = {
    "name": "logs",
    "imageUuid": "docker:registry/shop:1.0.0",
    "dataVolumesFromLaunchConfigs": ["web"],
    "labels": {"team": "shop"},
}
METRICS = {"name": "metrics", "imageUuid": "docker:registry/metrics:3"}


def starts(company: Company) -> list[str | None]:
    return [entry.resource for entry in company.simulator.journal.calls("upgrade", accepted=True)]


def stored(config: dict[str, Any]) -> dict[str, Any]:
    """A config without what every upgrade changes: its version, its mark, its image."""
    labels = {name: value for name, value in config["labels"].items() if name != mark_label()}
    return {**config, "labels": labels, "version": None, "imageUuid": None}


def test_every_body_is_the_fresh_config_with_the_planned_image_and_nothing_else(company: Company):
    """The whole launch config goes, sidekicks included: what is left out Rancher forgets (trap 1)."""
    web = company.make_service(
        config={
            "environment": {"SECRET": "canary", "LOG": "info"},
            "ports": ["8080:8080"],
            "healthCheck": {"port": 8080, "interval": 2000, "responseTimeout": 2000},
            "dataVolumes": ["/var/log/shop:/logs"],
            "command": ["serve", "--fast"],
            "memory": 536870912,
        },
        secondaryLaunchConfigs=[LOGS, METRICS],
    )
    api = company.make_service("api", config={"environment": {"A": "1"}})
    before = {one: company.get(f"/services/{one}") for one in (web, api)}

    ticket = company.verifying(company.a_placement("web", "api"))

    for service_id, name in ((web, "web"), (api, "api")):
        after, old = company.get(f"/services/{service_id}"), before[service_id]
        assert stored(after["launchConfig"]) == stored(old["launchConfig"])
        assert after["launchConfig"]["imageUuid"] == "docker:registry/shop:1.0.1"
        assert after["launchConfig"]["labels"][mark_label()] == services_of(ticket)[name].token
    sidekicks = {one["name"]: one for one in company.get(f"/services/{web}")["secondaryLaunchConfigs"]}
    sidekicks_before = {one["name"]: one for one in before[web]["secondaryLaunchConfigs"]}
    assert stored(sidekicks["logs"]) == stored(sidekicks_before["logs"])
    assert sidekicks["logs"]["imageUuid"] == "docker:registry/shop:1.0.1"
    assert sidekicks["metrics"] == sidekicks_before["metrics"], "not the application's: not sent, not changed"


def test_a_linked_service_starts_when_the_one_it_needs_is_healthy(company: Company):
    db = company.make_service("db")
    web = company.make_service("web")
    company.act(web, "setservicelinks", {"serviceLinks": [{"name": "db", "serviceId": db}]})
    ticket = company.begin(company.approved(company.a_placement("web", "db")))
    assert starts(company) == [db]

    ticket = company.reach(ticket, "verifying")
    assert starts(company) == [db, web]

    ticket = company.reach(company.roll_back(ticket), "rolled_back", rounds=120)
    rolled_back = [entry.resource for entry in company.simulator.journal.calls("rollback", accepted=True)]
    assert rolled_back == [web, db]


def test_independent_services_start_at_once(company: Company):
    company.make_service("web")
    company.make_service("api")
    company.begin(company.approved(company.a_placement("web", "api")))

    assert len(starts(company)) == 2


def test_one_that_fails_starts_no_further_ones(company: Company):
    db = company.make_service("db", scale=3)
    web = company.make_service("web")
    company.act(web, "setservicelinks", {"serviceLinks": [{"name": "db", "serviceId": db}]})
    ticket = company.begin(company.approved(company.a_placement("web", "db")))
    company.play(3)
    company.act(db, "cancelupgrade")
    company.play(60)

    ticket = company.step(ticket)
    assert ticket.state == "failed"
    assert starts(company) == [db]

    company.reach(company.roll_back(ticket), "rolled_back", rounds=120)
    rolled_back = [entry.resource for entry in company.simulator.journal.calls("rollback", accepted=True)]
    assert rolled_back == [db], "only what was started"


def test_f42_a_second_ticket_queues_behind_the_first_and_says_so(company: Company):
    company.make_service()
    placement = company.a_placement("web")
    first = company.begin(company.approved(placement, "1.0.1"))
    second = company.approved(placement, "1.0.2")

    second = company.begin(second)
    assert second.state == "approved"
    assert second.waits_for == {"code": "queued", "behind": first.key}

    first = company.reach(first, "verifying")
    assert company.begin(second).state == "approved"
    first = company.reach(company.finish(first), "finished")
    company.play(5)

    second = company.begin(second)
    assert second.state == "deploying", (second.state, second.waits_for)
    company.reach(second, "verifying")


def test_a_plan_assumes_nothing_of_tickets_for_other_services(company: Company):
    company.make_service("web")
    company.make_service("other")
    company.verifying(company.a_placement("web"))

    ticket = company.file(company.a_placement("other", application="Other"))

    assert ticket.plan.shown["after"] == []


def test_a_queued_ticket_returns_to_its_approvers_when_the_one_ahead_ends_otherwise(company: Company):
    company.make_service()
    placement = company.a_placement("web")
    first = company.begin(company.approved(placement, "1.0.1"))
    second = company.begin(company.approved(placement, "1.0.2"))
    first = company.reach(first, "verifying")
    company.reach(company.roll_back(first), "rolled_back")
    company.play(5)

    second = company.begin(second)

    assert second.state == "pending"
    assert [event.action for event in history(second)][-1] == "ticket.approvals_voided"


def test_of_two_waiting_tickets_the_earlier_approval_goes_first_and_emergencies_before(company: Company):
    company.make_service()
    placement = company.a_placement("web")
    first, second = company.approved(placement, "1.0.1"), company.approved(placement, "1.0.2")

    assert company.begin(second).waits_for == {"code": "queued", "behind": first.key}

    urgent = company.file(placement, "1.0.3", is_emergency=True, emergency_reason="shop is down")
    urgent = company.approve(urgent)
    assert company.begin(first).waits_for == {"code": "queued", "behind": urgent.key}


@pytest.mark.parametrize("wanted", [1, 2])
def test_a_lane_has_one_holder(company: Company, wanted: int):
    company.make_service()
    company.make_service("api")
    placement = company.a_placement("web", "api")
    first = company.begin(company.approved(placement))
    other = company.file(placement, "1.0.2")

    with pytest.raises(lanes.LaneHeld) as held:
        lanes.take(other, [("shop", "web"), ("shop", "new")][:wanted], first.changed_at)

    assert held.value.keys == [first.key]
    assert not Lane.objects.filter(ticket=other).exists()


def test_start_by_hand_waits_for_a_person_and_starts_in_their_name(company: Company):
    company.make_service()
    company.environment.start = "by_hand"
    company.environment.save()
    ticket = company.begin(company.approved(company.a_placement("web")))
    assert ticket.state == "approved"
    assert ticket.waits_for is not None
    assert ticket.waits_for["code"] == "start_by_hand"

    services.start(ticket.key, by=actor_of(company.ops))
    assert reloaded(ticket).waits_for == {"code": "starting"}
    ticket = company.begin(ticket)

    assert ticket.state == "deploying"
    started = next(event for event in history(ticket) if event.action == "ticket.started")
    assert started.by_user_id == company.ops.pk


def test_start_has_to_be_pressed_again_when_the_approval_was_withdrawn_meanwhile(company: Company):
    company.make_service()
    company.environment.start = "by_hand"
    company.environment.save()
    ticket = company.approved(company.a_placement("web"))
    services.start(ticket.key, by=actor_of(company.ops))
    tickets.withdraw_approval(ticket.key, by=actor_of(company.ops))

    ticket = company.begin(company.approve(reloaded(ticket)))

    assert ticket.state == "approved"
    assert ticket.waits_for["code"] == "start_by_hand"


def test_f43_a_start_by_somebody_who_lost_the_role_is_void(company: Company):
    from deploytickets.access.models import Grant

    company.make_service()
    company.environment.start = "by_hand"
    company.environment.save()
    ticket = company.begin(company.approved(company.a_placement("web")))
    other = company.another_of_ops()
    services.start(ticket.key, by=actor_of(other))
    Grant.objects.filter(user=other).delete()

    ticket = company.begin(ticket)

    assert ticket.state == "approved"
    assert ticket.waits_for is not None
    assert ticket.waits_for["code"] == "start_by_hand"


def test_f43_a_locked_environment_is_not_started_in(company: Company):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.environment.locked_at = ticket.changed_at
    company.environment.locked_by, company.environment.locked_reason = "Oskar", "stocktaking"
    company.environment.save()

    ticket = company.begin(ticket)

    assert ticket.state == "approved"
    assert ticket.waits_for is not None
    assert ticket.waits_for["code"] == "locked"
    assert starts(company) == []


def test_while_rancher_is_away_an_approved_ticket_waits_and_says_since_when(company: Company):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("status", method="GET", status=503, times=1000)

    ticket = company.begin(ticket)
    assert ticket.waits_for is not None
    assert ticket.waits_for["code"] == "rancher_away"

    company.simulator.faults.clear()
    assert company.begin(ticket).state == "deploying"


def test_f34_no_further_service_is_started_on_what_was_seen_long_before(company: Company):
    """The calls before took long: whatever somebody did in Rancher meanwhile is looked at first."""

    class Late:
        def __getattr__(self, name: str):
            return getattr(company.driver, name)

        def survey(self):
            survey = company.driver.survey()
            return replace(survey, sent_at=survey.sent_at - timedelta(seconds=11))

    company.make_service()
    company.make_service("api")
    ticket = company.approved(company.a_placement("web", "api"))

    starting.begin(ticket.key, Late())
    assert len(starts(company)) == 1

    company.step(ticket)
    assert len(starts(company)) == 2
