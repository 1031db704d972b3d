"""Agreeing to a plan: who may, to what exactly, and what ends it (I2, I15)."""

from datetime import timedelta

import pytest

from deploytickets import clock
from deploytickets.access import services as access
from deploytickets.access.errors import NotAllowed
from deploytickets.access.roles import Role
from deploytickets.audit.actors import SYSTEM
from deploytickets.catalog import services as catalog
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import Blocked, NoPlan, NotYours, PlanChanged, UnknownTicket, WrongState
from deploytickets.tickets.findings import finding
from deploytickets.tickets.models import Approval
from deploytickets.tickets.transitions import Action, State
from tests.builders import (
    SHELL,
    a_person,
    a_plan_for,
    actions_of,
    actor_of,
    an_environment,
    approved_ticket,
    file_ticket,
    history,
    moved,
    planned,
    reloaded,
)

pytestmark = pytest.mark.django_db


def approve(ticket, person, **fields):
    return tickets.approve(ticket.key, by=actor_of(person), **{"plan_digest": ticket.plan_digest, **fields})


def test_the_last_approval_needed_moves_the_ticket_on(olga):
    ticket = file_ticket()

    approve(ticket, olga)

    assert reloaded(ticket).state == State.APPROVED
    assert reloaded(ticket).approved_at is not None
    assert actions_of(ticket) == ["ticket.filed", "ticket.planned", "ticket.approved"]


def test_before_the_last_approval_the_ticket_stays_pending(olga, otto):
    ticket = file_ticket(environment=an_environment(approvals_required=2))

    approve(ticket, olga)
    assert reloaded(ticket).state == State.PENDING

    approve(ticket, otto)
    assert reloaded(ticket).state == State.APPROVED
    given = [(event.details["given"], event.details["needed"]) for event in history(ticket)[2:]]
    assert given == [(1, 2), (2, 2)]


def test_one_person_gives_one_approval(olga):
    ticket = file_ticket(environment=an_environment(approvals_required=2))
    approve(ticket, olga)

    with pytest.raises(WrongState, match="approved this plan already"):
        approve(ticket, olga)

    assert reloaded(ticket).state == State.PENDING


def test_nobody_approves_their_own_ticket_where_four_eyes_is_on(olga, otto):
    ticket = file_ticket(by=olga)

    with pytest.raises(NotAllowed, match="four eyes") as refusal:
        approve(ticket, olga)

    assert refusal.value.who_may == ("Otto",)
    assert reloaded(ticket).state == State.PENDING
    assert actions_of(ticket) == ["ticket.filed", "ticket.planned"]


def test_where_four_eyes_is_off_ops_approve_their_own_tickets(olga):
    ticket = file_ticket(by=olga, environment=an_environment(four_eyes=False))

    approve(ticket, olga)

    assert reloaded(ticket).state == State.APPROVED


def test_four_eyes_exclude_whoever_changed_the_plan(olga):
    ticket = file_ticket()
    type(ticket).objects.filter(pk=ticket.pk).update(plan_editors=[olga.pk])

    with pytest.raises(NotAllowed, match="four eyes"):
        approve(ticket, olga)


def test_a_token_counts_as_its_owner(olga):
    ticket = file_ticket(by=olga)

    with pytest.raises(NotAllowed, match="four eyes"):
        tickets.approve(ticket.key, by=actor_of(olga, scopes=["decide"]), plan_digest=ticket.plan_digest)


def test_a_token_decides_only_with_the_scope_decide(olga):
    ticket = file_ticket()

    with pytest.raises(NotAllowed, match="“decide”"):
        tickets.approve(
            ticket.key, by=actor_of(olga, scopes=["read", "file"]), plan_digest=ticket.plan_digest
        )


def test_machines_never_approve_where_an_approval_is_asked_for():
    ticket = file_ticket()

    with pytest.raises(NotAllowed, match="Only people"):
        tickets.approve(ticket.key, by=SYSTEM, plan_digest=ticket.plan_digest)


def test_developers_do_not_approve_and_are_told_who_may(anna, olga, otto):
    ticket = file_ticket()

    with pytest.raises(NotAllowed, match="Olga or Otto") as refusal:
        approve(ticket, anna)

    assert refusal.value.who_may == ("Olga", "Otto")


def test_ops_of_another_environment_do_not_see_the_ticket():
    ticket = file_ticket()
    stranger = a_person(Role.OPS, an_environment())

    with pytest.raises(UnknownTicket):
        approve(ticket, stranger)


def test_djangos_superuser_is_no_way_around():
    ticket = file_ticket()
    root = a_person(None)
    type(root).objects.filter(pk=root.pk).update(is_superuser=True, is_staff=True)

    with pytest.raises(UnknownTicket):
        approve(ticket, root)


def test_an_approval_of_another_plan_than_the_present_one_is_refused(olga):
    ticket = file_ticket()

    with pytest.raises(PlanChanged) as refusal:
        approve(ticket, olga, plan_digest="0" * 64)

    assert refusal.value.facts["plan_digest"] == ticket.plan_digest
    assert not Approval.objects.exists()


def test_there_is_no_approval_before_the_first_plan(olga):
    ticket = file_ticket(with_plan=False)

    with pytest.raises(NoPlan, match="being made"):
        approve(ticket, olga, plan_digest="")


def test_blockers_stop_approval(olga):
    ticket = file_ticket(findings=[finding("image-missing", image="registry.abc.net/app:1.0.1")])

    with pytest.raises(Blocked, match="image-missing"):
        approve(ticket, olga)


def test_a_new_plan_ends_the_approvals_and_the_event_says_what_differs(olga):
    ticket = file_ticket()
    approve(ticket, olga)

    planned(ticket, content=a_plan_for(ticket, batch_size=2))

    after = reloaded(ticket)
    assert after.state == State.PENDING
    assert after.approved_at is None
    assert after.plan_digest != ticket.plan_digest
    event = history(ticket)[-1]
    assert event.action == "ticket.approvals_voided"
    assert event.details["voided"] == ["Olga"]
    assert event.details["difference"] == [{"code": "manner", "service": "app", "fields": ["batch_size"]}]


def test_the_same_plan_again_leaves_the_approvals_alone(olga):
    ticket = file_ticket()
    approve(ticket, olga)
    before = actions_of(ticket)

    planned(ticket)

    assert reloaded(ticket).state == State.APPROVED
    assert actions_of(ticket) == before


def test_withdrawing_takes_the_ticket_back(olga):
    ticket = file_ticket()
    approve(ticket, olga)

    tickets.withdraw_approval(ticket.key, by=actor_of(olga), reason="load test failed")

    assert reloaded(ticket).state == State.PENDING
    assert history(ticket)[-1].details["reason"] == "load test failed"
    assert Approval.objects.get().ended_because == "withdrawn"


def test_who_withdrew_may_approve_again(olga):
    ticket = file_ticket()
    approve(ticket, olga)
    tickets.withdraw_approval(ticket.key, by=actor_of(olga))

    approve(ticket, olga)

    assert reloaded(ticket).state == State.APPROVED


def test_nobody_withdraws_somebody_elses_approval(olga, otto):
    ticket = file_ticket()
    approve(ticket, olga)

    with pytest.raises(NotYours):
        tickets.withdraw_approval(ticket.key, by=actor_of(otto))


def test_nothing_is_withdrawn_after_the_start(olga):
    ticket = file_ticket()
    approve(ticket, olga)
    moved(ticket, Action.START)

    with pytest.raises(WrongState):
        tickets.withdraw_approval(ticket.key, by=actor_of(olga))


def test_an_approval_expires_after_the_hours_of_the_policy(olga):
    ticket = file_ticket(environment=an_environment(approval_lasts_hours=2))
    approve(ticket, olga)
    given_at = Approval.objects.get().given_at

    assert tickets.expire_approvals(given_at + timedelta(hours=2, seconds=-1)) == 0
    assert reloaded(ticket).state == State.APPROVED

    assert tickets.expire_approvals(given_at + timedelta(hours=2)) == 1
    assert reloaded(ticket).state == State.PENDING
    assert Approval.objects.get().ended_because == "expired"
    assert history(ticket)[-1].details == {"because": "expired", "voided": ["Olga"]}


def test_an_approval_that_expires_while_others_are_waited_for_makes_room_again(olga, otto):
    ticket = file_ticket(environment=an_environment(approvals_required=2))
    approve(ticket, olga)

    assert tickets.expire_approvals(clock.now() + timedelta(days=4)) == 1

    approve(ticket, olga)
    approve(ticket, otto)
    assert reloaded(ticket).state == State.APPROVED


def test_an_expired_approval_that_is_not_needed_sends_nothing_back(olga, otto):
    ticket = file_ticket(environment=an_environment(approvals_required=2))
    approve(ticket, olga)
    approve(ticket, otto)
    catalog.change_policy(by=SHELL, name=ticket.environment.name, approvals_required=1)
    first = Approval.objects.get(by=olga)
    Approval.objects.filter(pk=first.pk).update(expires_at=first.given_at)

    assert tickets.expire_approvals(clock.now()) == 0
    assert reloaded(ticket).state == State.APPROVED


@pytest.mark.parametrize("lost", ["role", "account"])
def test_an_approval_counts_no_more_when_its_giver_may_not_approve_any_more(olga, lost):
    ticket = file_ticket()
    approve(ticket, olga)
    if lost == "role":
        access.grant(by=SHELL, username="olga", role=Role.DEVELOPER)
    else:
        access.disable_person(by=SHELL, username="olga")

    assert tickets.expire_approvals(clock.now()) == 1

    assert reloaded(ticket).state == State.PENDING
    assert history(ticket)[-1].details["because"] == "not_enough"


def test_a_stricter_policy_sends_the_ticket_back_for_what_is_missing(olga, otto):
    ticket = file_ticket()
    approve(ticket, olga)
    catalog.change_policy(by=SHELL, name=ticket.environment.name, approvals_required=2)
    tickets.expire_approvals(clock.now())
    assert reloaded(ticket).state == State.PENDING

    approve(ticket, otto)

    assert reloaded(ticket).state == State.APPROVED


def test_what_has_started_is_not_sent_back():
    ticket = moved(approved_ticket(), Action.START)

    assert tickets.expire_approvals(clock.now() + timedelta(days=100)) == 0
    assert reloaded(ticket).state == State.DEPLOYING


def test_where_no_approval_is_asked_for_the_plan_approves_itself():
    ticket = file_ticket(environment=an_environment(approvals_required=0))

    assert ticket.state == State.APPROVED
    assert [(event.action, event.by_name) for event in history(ticket)][-1] == ("ticket.approved", "system")


def test_where_no_approval_is_asked_for_blockers_still_stop_it():
    blocker = finding("image-missing", image="registry.abc.net/app:1.0.1")
    ticket = file_ticket(environment=an_environment(approvals_required=0), findings=[blocker])

    assert ticket.state == State.PENDING


def test_where_no_approval_is_asked_for_warnings_are_still_accepted_by_somebody(anna):
    warning = finding("no-health-check", service="app")
    ticket = file_ticket(by=anna, environment=an_environment(approvals_required=0), findings=[warning])
    assert ticket.state == State.PENDING

    tickets.accept_warnings(
        ticket.key, by=actor_of(anna), plan_digest=ticket.plan_digest, names=["no-health-check"]
    )

    assert reloaded(ticket).state == State.APPROVED
