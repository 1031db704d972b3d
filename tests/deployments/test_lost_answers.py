"""Calls whose answer was lost, refused or never sent: accepted at most once, and found again (I1, I10)."""

import pytest

from deploytickets import clock
from deploytickets.deployments import leases, reconcile
from deploytickets.deployments.models import Upgrade
from deploytickets.drivers.marks import mark_label
from tests.builders import reloaded
from tests.deployments.company import Company, let_pass, services_of, upgrade_of


def starts(company: Company, *, accepted: bool | None = True):
    return [
        entry
        for entry in company.simulator.journal.calls("upgrade", accepted=accepted)
        if mark_label() in entry.labels
    ]


def intents(ticket, name="web"):
    return [(intent.verb, intent.outcome) for intent in services_of(ticket)[name].intents.all()]


def test_f19_an_accepted_start_whose_answer_was_lost_is_adopted(company: Company):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("accept_then_reset", action="upgrade")

    ticket = company.begin(ticket)
    assert intents(ticket) == [("start", "unknown")]

    ticket = company.reach(ticket, "verifying")
    assert intents(ticket) == [("start", "accepted")]
    assert len(starts(company)) == 1


def test_f20_a_start_that_never_arrived_is_sent_once_more_with_the_same_mark(company: Company):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("reset_before", action="upgrade")

    ticket = company.begin(ticket)
    ticket = company.step(ticket)
    assert intents(ticket) == [("start", "unknown")], "it may still be in the server"
    assert starts(company) == []

    let_pass(16)
    ticket = company.reach(company.step(ticket), "verifying")
    assert intents(ticket) == [("start", "superseded"), ("start", "accepted")]
    assert len(starts(company)) == 1
    assert starts(company)[0].labels[mark_label()] == services_of(ticket)["web"].token


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_f21_a_server_error_is_an_unknown_outcome(company: Company, status: int):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("status", action="upgrade", status=status, html=True)

    ticket = company.begin(ticket)
    assert intents(ticket) == [("start", "unknown")]
    assert reloaded(ticket).state == "deploying"

    let_pass(16)
    ticket = company.reach(company.step(ticket), "verifying")
    assert len(starts(company)) == 1


def test_a_garbled_202_is_an_unknown_outcome_and_is_adopted(company: Company):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("garbage", action="upgrade", garbage="truncated")

    ticket = company.reach(company.begin(ticket), "verifying")

    assert intents(ticket) == [("start", "accepted")]
    assert len(starts(company)) == 1


def test_f22_a_conflict_is_looked_at_and_sent_again(company: Company):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("status", action="upgrade", status=409)

    ticket = company.begin(ticket)
    assert ticket.state == "deploying"

    let_pass(2)
    ticket = company.reach(company.step(ticket), "verifying")
    assert intents(ticket) == [("start", "refused"), ("start", "accepted")]


def test_f29_a_config_stored_without_the_upgrade_is_sent_anew_once_and_goes_back_to_the_stored_one(
    company: Company,
):
    web = company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("store_only", action="upgrade", status=409)

    ticket = company.begin(ticket)
    ticket = company.step(ticket)
    first = services_of(ticket)["web"].token
    assert company.get(f"/services/{web}")["launchConfig"]["labels"][mark_label()] == first
    assert company.get(f"/services/{web}")["state"] == "active"

    let_pass(16)
    ticket = company.reach(company.step(ticket), "verifying")
    row = services_of(ticket)["web"]
    assert row.token != first
    assert row.way_back == "stored_configs"
    assert len(starts(company)) == 1

    ticket = company.carry_on(
        company.roll_back(ticket), until=lambda one: _passing(one, "rolled_back"), rounds=120
    )
    shown = company.get(f"/services/{web}")
    assert shown["launchConfig"]["imageUuid"] == "docker:registry/shop:1.0.0"
    assert shown["state"] == "active"


def _passing(ticket, state):
    let_pass(2)
    return ticket.state == state


def test_f48_a_start_that_rancher_forgot_fails_with_that_word_and_can_be_tried_again(company: Company):
    from deploytickets.deployments import services
    from tests.builders import actor_of

    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("forget", action="upgrade")

    ticket = company.step(company.begin(ticket))
    assert ticket.state == "deploying"
    let_pass(6)
    ticket = company.step(ticket)

    assert ticket.state == "failed"
    assert ticket.failure is not None
    assert ticket.failure["code"] == "forgotten"
    assert ticket.clear_in_rancher

    services.try_again(ticket.key, by=actor_of(company.ops))
    ticket = company.reach(company.begin(reloaded(ticket)), "verifying")
    assert ticket.attempt == 2
    assert upgrade_of(ticket).number == 2


@pytest.mark.parametrize("effect", ["accept_then_reset", "reset_before"])
def test_a_finish_whose_answer_was_lost_is_done_once(company: Company, effect: str):
    company.make_service()
    ticket = company.finish(company.verifying(company.a_placement("web")))
    company.simulator.faults.order(effect, action="finishupgrade")

    ticket = company.step(ticket)
    assert intents(ticket)[-1] == ("finish", "unknown")
    let_pass(16)
    company.reach(ticket, "finished")

    assert len(company.simulator.journal.calls("finishupgrade", accepted=True)) == 1


@pytest.mark.parametrize("effect", ["accept_then_reset", "reset_before"])
def test_a_roll_back_whose_answer_was_lost_is_done_once(company: Company, effect: str):
    company.make_service()
    ticket = company.roll_back(company.verifying(company.a_placement("web")))
    company.simulator.faults.order(effect, action="rollback")

    ticket = company.step(ticket)
    assert intents(ticket)[-1] == ("roll_back", "unknown")
    let_pass(16)
    company.reach(ticket, "rolled_back")

    assert len(company.simulator.journal.calls("rollback", accepted=True)) == 1


def test_another_refusal_is_terminal_once_a_look_shows_no_trace(company: Company):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("status", action="upgrade", status=422)

    ticket = company.begin(ticket)
    assert ticket.state == "deploying"
    ticket = company.step(ticket)

    assert ticket.state == "failed"
    assert ticket.failure is not None
    assert ticket.failure["code"] == "start_refused"


def test_what_was_not_sent_in_time_is_not_sent_at_all(company: Company):
    """F6: a process that slept between intent and call finds its time for sending over."""
    from deploytickets import clock
    from deploytickets.deployments import calling, leases
    from deploytickets.deployments.steps import Start
    from deploytickets.drivers.base import Driver

    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("status", action="upgrade", status=409)
    ticket = company.begin(ticket)
    upgrade = upgrade_of(ticket)
    lease = leases.take(upgrade.pk, clock.now())
    driver: Driver = company.driver
    seen = driver.observe(services_of(ticket)["web"].rancher_id)
    calling_within, calling.SEND_WITHIN = calling.SEND_WITHIN, -calling.SEND_WITHIN
    try:
        call = calling.prepare(
            upgrade.pk, "web", Start(), driver, seen, lease=lease, goal_since=upgrade.goal_since
        )
    finally:
        calling.SEND_WITHIN = calling_within

    calling.make(call)

    assert intents(ticket)[-1] == ("start", "refused")
    assert starts(company) == []


def test_roll_back_pressed_again_waits_until_the_lost_one_is_over(company: Company):
    company.make_service()
    ticket = company.roll_back(company.verifying(company.a_placement("web")))
    company.simulator.faults.order("reset_before", action="rollback")
    ticket = company.step(ticket)
    Upgrade.objects.update(deadline_at=upgrade_of(ticket).goal_since)
    ticket = company.step(ticket)
    assert ticket.state == "failed"

    ticket = company.step(company.roll_back(ticket))
    assert [verb for verb, outcome in intents(ticket) if outcome == "unknown"] == ["roll_back"]

    let_pass(16)
    ticket = company.reach(company.step(ticket), "rolled_back")
    assert len(company.simulator.journal.calls("rollback", accepted=True)) == 1


def test_a_way_back_that_rancher_refuses_is_not_sent_every_second(company: Company):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("store_only", action="upgrade", status=409)
    ticket = company.step(company.begin(ticket))
    company.simulator.faults.order("status", action="upgrade", status=409, times=1000)
    ticket = company.roll_back(ticket)
    let_pass(16)
    began = clock.now()

    for _second in range(30):
        ticket = company.step(ticket)
        let_pass(1)

    seconds = 30 + (clock.now() - began).total_seconds()
    assert [verb for verb, _outcome in intents(ticket)].count("restore") <= 1 + seconds / 7
    assert services_of(ticket)["web"].trouble["code"] == "call_refused"


def test_f25_a_look_that_takes_longer_than_a_lease_is_recorded_all_the_same(company: Company):
    """A lost answer needs two reads; each takes 20 s here, and somebody else wants the lease after each."""
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("reset_before", action="upgrade")
    upgrade = upgrade_of(company.begin(ticket))
    let_pass(60)
    reads = []

    class Slow:
        def __getattr__(self, name: str):
            reads.append(name)
            let_pass(20)
            assert leases.take(upgrade.pk, clock.now()) is None, "fenced off in the middle of a look"
            return getattr(company.driver, name)

    reconcile.step(upgrade.pk, Slow())

    assert reads == ["observe", "accepted_version"]
    assert intents(ticket) == [("start", "superseded")]
