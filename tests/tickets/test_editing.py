"""Changing what a ticket asks for: approvals end, a new plan is wanted (F41)."""

from datetime import timedelta

import pytest

from deploytickets import clock
from deploytickets.access import services as access
from deploytickets.access.errors import NotAllowed
from deploytickets.access.roles import Role
from deploytickets.audit.errors import Invalid
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import NoPlan, WrongState
from deploytickets.tickets.findings import finding
from deploytickets.tickets.transitions import Action, State
from tests.builders import (
    SHELL,
    a_person,
    a_plan_for,
    actions_of,
    actor_of,
    approved_ticket,
    file_ticket,
    history,
    moved,
    planned,
    reloaded,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.0.2"},
        {"description": "something else"},
        {"links": ["https://ci.abc.net/483"]},
        {"is_emergency": True, "emergency_reason": "shop is down"},
    ],
)
def test_any_edit_of_an_approved_ticket_ends_its_approvals_and_wants_a_plan(anna, change):
    ticket = approved_ticket(by=anna)

    tickets.edit(ticket.key, by=actor_of(anna), **change)

    after = reloaded(ticket)
    assert after.state == State.PENDING
    assert after.plan_digest == ""
    assert after.plan_wanted_at is not None
    assert [approval.ended_because for approval in after.approvals.all()] == ["edited"]


def test_nobody_can_approve_between_the_edit_and_its_plan(anna, olga):
    ticket = file_ticket(by=anna)
    tickets.edit(ticket.key, by=actor_of(anna), version="1.0.2")

    with pytest.raises(NoPlan):
        tickets.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest)
    with pytest.raises(NoPlan):
        tickets.approve(ticket.key, by=actor_of(olga), plan_digest="")


def test_a_plan_that_was_being_computed_for_the_version_before_is_not_taken(anna):
    ticket = file_ticket(by=anna, with_plan=False)
    being_computed = a_plan_for(ticket)
    tickets.edit(ticket.key, by=actor_of(anna), version="1.0.2")

    after = planned(ticket, content=being_computed)

    assert after.plan is None
    assert after.plan_wanted_at is not None


def test_a_new_branch_brings_its_version(anna):
    ticket = file_ticket(by=anna, version="", branch="release/1.0.1")

    assert tickets.edit(ticket.key, by=actor_of(anna), branch="release/1.0.2").version == "1.0.2"


def test_a_schedule_is_set_kept_and_taken_away(anna):
    ticket, by = file_ticket(by=anna), actor_of(anna)
    later = clock.now() + timedelta(hours=2)

    tickets.edit(ticket.key, by=by, scheduled_for=later)
    assert reloaded(ticket).scheduled_for == later
    tickets.edit(ticket.key, by=by, description="changed")
    assert reloaded(ticket).scheduled_for == later
    tickets.edit(ticket.key, by=by, scheduled_for=None)
    assert reloaded(ticket).scheduled_for is None


def test_an_edit_that_changes_nothing_leaves_approvals_and_the_log_alone(anna):
    ticket = approved_ticket(by=anna)
    before = actions_of(ticket)

    tickets.edit(ticket.key, by=actor_of(anna), version=ticket.version)

    assert reloaded(ticket).state == State.APPROVED
    assert actions_of(ticket) == before


def test_the_event_says_what_was_changed_from_what_to_what(anna):
    ticket = file_ticket(by=anna)

    tickets.edit(ticket.key, by=actor_of(anna), version="1.0.2")

    event = history(ticket)[-1]
    assert (event.before["version"], event.after["version"]) == ("1.0.1", "1.0.2")
    assert "description" not in event.after


def test_accepted_warnings_are_accepted_anew_after_an_edit(anna, olga):
    warning = finding("no-health-check", service="app")
    ticket = file_ticket(by=anna, findings=[warning])
    tickets.accept_warnings(
        ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest, names=["no-health-check"]
    )

    tickets.edit(ticket.key, by=actor_of(anna), version="1.0.2")

    assert reloaded(ticket).accepted_warnings == []


def test_only_the_requester_edits(olga, anna):
    ticket = file_ticket(by=anna)

    with pytest.raises(NotAllowed) as refusal:
        tickets.edit(ticket.key, by=actor_of(olga), version="1.0.2")

    assert refusal.value.who_may == ("Anna",)


def test_what_has_started_is_not_edited(anna):
    ticket = moved(approved_ticket(by=anna), Action.START)

    with pytest.raises(WrongState):
        tickets.edit(ticket.key, by=actor_of(anna), version="1.0.2")


def test_an_edit_is_checked_like_a_filing(anna):
    ticket = file_ticket(by=anna)

    with pytest.raises(Invalid):
        tickets.edit(ticket.key, by=actor_of(anna), version="no tag")

    assert reloaded(ticket).version == "1.0.1"


def test_a_requester_who_is_developer_no_more_edits_nothing():
    anna = a_person(Role.DEVELOPER)
    ticket = file_ticket(by=anna)
    access.grant(by=SHELL, username=anna.username, role=Role.VIEWER)

    with pytest.raises(NotAllowed):
        tickets.edit(ticket.key, by=actor_of(anna), version="1.0.2")
