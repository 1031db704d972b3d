"""Saying that it works, or that it does not, and what Finish needs."""

import pytest

from deploytickets.access.errors import NotAllowed
from deploytickets.access.roles import Role
from deploytickets.audit.errors import Invalid
from deploytickets.tickets import policy
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import NotReady, NotYours, WrongState
from deploytickets.tickets.models import Verification
from deploytickets.tickets.transitions import Action, State
from tests.builders import (
    a_person,
    actions_of,
    actor_of,
    an_application,
    an_environment,
    approved_ticket,
    history,
    moved,
    reloaded,
    verifying_ticket,
)

pytestmark = pytest.mark.django_db


def verify(ticket, person, role, works=True, **fields):
    return tickets.verify(ticket.key, by=actor_of(person), role=role, works=works, **fields)


def may_finish(ticket, person):
    policy.require(Action.FINISH, reloaded(ticket), actor_of(person))


def test_two_people_verify_one_in_each_role_and_then_it_can_be_finished(anna, olga):
    ticket = verifying_ticket()

    verify(ticket, anna, "developer")
    verify(ticket, olga, "ops")

    may_finish(ticket, olga)
    assert reloaded(ticket).state == State.VERIFYING
    assert actions_of(ticket)[-2:] == ["ticket.verified", "ticket.verified"]


def test_finish_says_which_verification_is_missing_and_who_may_give_it(anna, olga):
    ticket = verifying_ticket(by=anna)
    verify(ticket, olga, "ops")

    with pytest.raises(NotReady, match=r"not verified as developer yet. Anna") as refusal:
        may_finish(ticket, olga)

    assert "as ops" not in str(refusal.value)


@pytest.mark.parametrize(
    ("policy_fields", "roles"),
    [
        ({"developer_verifies": False}, ["ops"]),
        ({"ops_verifies": False}, ["developer"]),
        ({"developer_verifies": False, "ops_verifies": False}, []),
    ],
)
def test_finish_needs_only_the_verifications_that_the_policy_asks_for(olga, otto, policy_fields, roles):
    ticket = verifying_ticket(environment=an_environment(**policy_fields))
    for role in roles:
        with pytest.raises(NotReady):
            may_finish(ticket, olga)
        verify(ticket, otto, role)

    may_finish(ticket, olga)


def test_the_requester_may_verify_as_developer(anna):
    ticket = verifying_ticket(by=anna)

    verify(ticket, anna, "developer")

    assert Verification.objects.get().by == anna


def test_the_two_verifications_are_given_by_different_people(olga, otto):
    ticket = verifying_ticket()
    verify(ticket, olga, "ops")

    with pytest.raises(NotAllowed, match="different people") as refusal:
        verify(ticket, olga, "developer")

    assert "Otto" in refusal.value.who_may
    assert "Olga" not in refusal.value.who_may


def test_developers_do_not_verify_as_ops(anna, olga):
    ticket = verifying_ticket()

    with pytest.raises(NotAllowed) as refusal:
        verify(ticket, anna, "ops")

    assert "Olga" in refusal.value.who_may


def test_viewers_do_not_verify():
    ticket = verifying_ticket()

    with pytest.raises(NotAllowed):
        verify(ticket, a_person(Role.VIEWER), "developer")


def test_does_not_work_disables_finish_and_rolls_nothing_back(anna, olga):
    ticket = verifying_ticket()
    verify(ticket, olga, "ops")
    verify(ticket, anna, "developer", works=False, note="500 on /pay")

    with pytest.raises(NotReady, match="Anna says that it does not work"):
        may_finish(ticket, olga)

    assert reloaded(ticket).state == State.VERIFYING


def test_does_not_work_disables_finish_even_in_a_role_that_is_not_asked_for(anna, olga, otto):
    ticket = verifying_ticket(environment=an_environment(developer_verifies=False))
    verify(ticket, olga, "ops")
    verify(ticket, anna, "developer", works=False, note="500 on /pay")

    with pytest.raises(NotReady):
        may_finish(ticket, otto)


def test_a_newer_verification_of_the_role_answers_it(anna, olga):
    ticket = verifying_ticket()
    verify(ticket, olga, "ops")
    verify(ticket, anna, "developer", works=False, note="500 on /pay")

    verify(ticket, a_person(Role.DEVELOPER), "developer")

    may_finish(ticket, olga)
    assert history(ticket)[-1].details["answers"] == "Anna"


def test_withdrawing_it_leaves_the_verification_missing(anna, olga):
    ticket = verifying_ticket()
    verify(ticket, olga, "ops")
    verify(ticket, anna, "developer", works=False, note="500 on /pay")

    tickets.withdraw_verification(ticket.key, by=actor_of(anna), role="developer")

    with pytest.raises(NotReady, match="not verified as developer"):
        may_finish(ticket, olga)
    assert actions_of(ticket)[-1] == "ticket.verification_withdrawn"


def test_nobody_withdraws_somebody_elses_verification(anna, olga):
    ticket = verifying_ticket()
    verify(ticket, anna, "developer", works=False, note="500 on /pay")

    with pytest.raises(NotYours):
        tickets.withdraw_verification(ticket.key, by=actor_of(olga), role="developer")


def test_who_says_that_it_does_not_work_says_how(anna):
    ticket = verifying_ticket()

    with pytest.raises(Invalid):
        verify(ticket, anna, "developer", works=False)


def test_a_role_that_does_not_exist_is_refused(anna):
    ticket = verifying_ticket()

    with pytest.raises(Invalid):
        verify(ticket, anna, "king")


def test_only_entries_of_the_checklist_are_kept_with_what_was_looked_at(anna):
    application = an_application(checklist=["pays", "refunds"])
    ticket = verifying_ticket(application=application)
    seen = {"version": "1.0.1", "containers": ["app-1", "app-2", "app-3"]}

    verify(ticket, anna, "developer", checked=["refunds", "dances"], looked_at=seen)

    verification = Verification.objects.get()
    assert verification.checked == ["refunds"]
    assert verification.looked_at == seen


def test_nothing_is_verified_before_every_service_is_upgraded(anna):
    ticket = moved(approved_ticket(), Action.START)

    with pytest.raises(WrongState, match="upgraded and healthy"):
        verify(ticket, anna, "developer")


def test_a_verification_is_of_one_attempt_only(anna, olga):
    ticket = verifying_ticket()
    verify(ticket, olga, "ops")
    verify(ticket, anna, "developer")
    type(ticket).objects.filter(pk=ticket.pk).update(attempt=2)

    with pytest.raises(NotReady):
        may_finish(ticket, olga)
