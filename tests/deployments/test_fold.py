"""What an upgrade of several services needs, by hand."""

from deploytickets.deployments.facts import Answer, CallFacts
from deploytickets.deployments.fold import (
    Ended,
    Failed,
    Next,
    RollBackByPolicy,
    Upgraded,
    UpgradeFacts,
    decide_upgrade,
)
from deploytickets.deployments.phases import Phase
from deploytickets.deployments.steps import End, Finish, Goal, RemoveCreated, RollBack, Start
from deploytickets.tickets.plans import PlannedAction
from tests.deployments.readings import OURS, at, block, config, container, facts, service

OLD = {"": config("0")}
SENT = {"": config("v1", OURS)}
THEIRS = {"": config("x9", "DEPLOY-7/1/ffffffffffff")}
OUR_BLOCK = block(SENT, OLD)

UNTOUCHED = service("active", OLD, None, [container("0")])
MOVING = service("upgrading", SENT, OUR_BLOCK, [])
HEALTHY = service("upgraded", SENT, OUR_BLOCK, [container("v1")])
SICK = service("upgraded", SENT, OUR_BLOCK, [container("v1", "stopped")])
FINISHED = service("active", SENT, OUR_BLOCK, [container("v1")])
ROLLED_BACK = service("active", OLD, OUR_BLOCK, [container("0")])
REPLACED = service("upgraded", THEIRS, block(THEIRS, OLD))

ASKED = CallFacts(made_at=at(-1), over_at=at(44), ended_at=at(0), is_accepted=True)


def upgrade(*services, goal=Goal.UPGRADED, deadline=3600.0, **fields):
    return UpgradeFacts(goal=goal, deadline=at(deadline), minutes=60, services=services, **fields)


def new(name, *depends_on):
    return facts(name=name, asked_at=None, depends_on=depends_on)


def sent(name, *depends_on, **fields):
    return facts(name=name, depends_on=depends_on, **fields)


def next_of(facts_of_upgrade, now=20.0, /, **seen):
    return decide_upgrade(facts_of_upgrade, seen, at(now)).next


def test_independent_services_start_at_once_and_dependent_ones_wait():
    found = next_of(
        upgrade(new("db"), new("cache"), new("web", "db")), db=UNTOUCHED, cache=UNTOUCHED, web=UNTOUCHED
    )

    assert found == Next(calls=(("db", Start()), ("cache", Start())))


def test_a_dependent_service_starts_when_those_before_are_healthy():
    found = next_of(upgrade(sent("db"), new("web", "db")), db=HEALTHY, web=UNTOUCHED)

    assert found == Next(calls=(("web", Start()),))


def test_a_dependent_service_does_not_start_before_something_unhealthy():
    assert next_of(upgrade(sent("db"), new("web", "db")), db=SICK, web=UNTOUCHED) == Next()


def test_a_dependency_outside_of_the_plan_holds_nothing_up():
    assert next_of(upgrade(new("web", "db")), web=UNTOUCHED) == Next(calls=(("web", Start()),))


def test_one_that_fails_starts_no_further_ones_and_fails_the_ticket():
    found = next_of(upgrade(sent("db"), new("web")), db=REPLACED, web=UNTOUCHED)

    assert isinstance(found.outcome, Failed)
    assert found.outcome.why.code == "replaced"
    assert found.calls == ()


def test_all_upgraded_and_healthy_asks_to_verify():
    assert next_of(upgrade(sent("db"), sent("web")), db=HEALTHY, web=HEALTHY) == Next(outcome=Upgraded())


def test_one_of_two_upgraded_is_no_success():
    assert next_of(upgrade(sent("db"), sent("web")), db=HEALTHY, web=MOVING) == Next()
    assert next_of(upgrade(sent("db"), sent("web")), db=HEALTHY, web=SICK) == Next()


def test_a_service_finished_outside_meanwhile_does_not_hold_up_the_others():
    assert next_of(upgrade(sent("db"), sent("web")), db=FINISHED, web=MOVING) == Next()
    assert next_of(upgrade(sent("db"), sent("web")), db=FINISHED, web=HEALTHY) == Next(outcome=Upgraded())


def test_all_finished_outside_is_taken_over():
    found = next_of(upgrade(sent("db"), sent("web")), db=FINISHED, web=FINISHED)

    assert found == Next(outcome=Ended(End.FINISHED, is_outside=True))


def test_rolled_back_outside_before_the_others_were_started_is_taken_over():
    found = next_of(upgrade(sent("db"), new("web", "db")), db=ROLLED_BACK, web=UNTOUCHED)

    assert found == Next(outcome=Ended(End.ROLLED_BACK, is_outside=True))


def test_rolled_back_outside_while_others_stand_upgraded_asks_people():
    found = next_of(upgrade(sent("db"), sent("web")), db=ROLLED_BACK, web=HEALTHY)

    assert isinstance(found.outcome, Failed)
    assert found.outcome.why.code == "rolled_back_outside"


def test_the_deadline_fails_it_and_names_what_was_in_the_way():
    found = next_of(upgrade(sent("web"), deadline=30), 30, web=SICK)

    assert isinstance(found.outcome, Failed)
    assert found.outcome.why.code == "deadline_passed"
    assert found.outcome.why.params["because"]["code"] == "dead_while_upgraded"


def test_the_deadline_rolls_back_where_the_policy_says_so():
    found = next_of(upgrade(sent("web"), deadline=30, rolls_back_at_deadline=True), 30, web=MOVING)

    assert isinstance(found.outcome, RollBackByPolicy)


def test_success_at_the_deadline_is_success():
    assert next_of(upgrade(sent("web"), deadline=30), 31, web=HEALTHY) == Next(outcome=Upgraded())


def test_nothing_starts_after_the_deadline():
    assert next_of(upgrade(new("web"), deadline=30), 31, web=UNTOUCHED).calls == ()


# Verifying


def test_while_people_verify_nothing_is_called_and_trouble_is_told():
    found = next_of(upgrade(sent("web"), sent("db"), goal=Goal.HOLD), web=SICK, db=HEALTHY)

    assert found.calls == ()
    assert found.outcome is None
    assert found.notice is not None
    assert found.notice.code == "dead_while_upgraded"


def test_a_finish_or_rollback_outside_while_people_verify_is_taken_over():
    assert next_of(upgrade(sent("web"), goal=Goal.HOLD), web=FINISHED).outcome == Ended(End.FINISHED, True)
    assert next_of(upgrade(sent("web"), goal=Goal.HOLD), web=ROLLED_BACK).outcome == Ended(
        End.ROLLED_BACK, True
    )


def test_a_foreign_upgrade_while_people_verify_is_told():
    found = next_of(upgrade(sent("web"), goal=Goal.HOLD), web=REPLACED)

    assert found.notice is not None
    assert found.notice.code == "replaced"
    assert found.outcome is None


# Finishing


def test_finish_is_sent_to_every_healthy_service():
    found = next_of(upgrade(sent("db"), sent("web"), goal=Goal.FINISHED), db=HEALTHY, web=HEALTHY)

    assert found == Next(calls=(("db", Finish()), ("web", Finish())))


def test_finish_is_sent_to_none_while_one_is_unhealthy():
    assert next_of(upgrade(sent("db"), sent("web"), goal=Goal.FINISHED), db=HEALTHY, web=SICK) == Next()


def test_all_finished_by_us_is_the_end():
    services = (sent("db", finish=ASKED), sent("web"))

    found = next_of(upgrade(*services, goal=Goal.FINISHED), db=FINISHED, web=FINISHED)

    assert found == Next(outcome=Ended(End.FINISHED, is_outside=False))


def test_finished_before_we_asked_is_outside():
    found = next_of(upgrade(sent("web"), goal=Goal.FINISHED), web=FINISHED)

    assert found == Next(outcome=Ended(End.FINISHED, is_outside=True))


def test_a_rollback_outside_of_one_service_stops_the_finish_of_the_others():
    found = next_of(upgrade(sent("db"), sent("web"), goal=Goal.FINISHED), db=ROLLED_BACK, web=HEALTHY)

    assert isinstance(found.outcome, Failed)


def test_a_finish_past_the_deadline_asks_people():
    hanging = service("finishing-upgrade", SENT, OUR_BLOCK, [container("v1", health="unhealthy")])
    found = next_of(upgrade(sent("web", finish=ASKED), goal=Goal.FINISHED, deadline=30), 31, web=hanging)

    assert isinstance(found.outcome, Failed)
    assert found.outcome.why.params["because"]["code"] == "unhealthy"


# Rolling back


def test_roll_back_goes_in_reverse_and_only_where_something_was_started():
    services = (sent("db"), sent("web", "db"), new("cron", "web"))
    ask = upgrade(*services, goal=Goal.ROLLED_BACK)

    first = next_of(ask, db=HEALTHY, web=HEALTHY, cron=UNTOUCHED)
    second = next_of(ask, db=HEALTHY, web=ROLLED_BACK, cron=UNTOUCHED)

    assert first == Next(calls=(("web", RollBack()),))
    assert second == Next(calls=(("db", RollBack()),))


def test_roll_back_waits_for_the_one_above():
    rolling = service("rolling-back", OLD, OUR_BLOCK, [])
    found = next_of(upgrade(sent("db"), sent("web", "db"), goal=Goal.ROLLED_BACK), db=HEALTHY, web=rolling)

    assert found == Next()


def test_a_created_service_is_removed_before_what_it_needs_is_rolled_back():
    made = service("active", {"": config("0", OURS)}, None, [container("0")])
    services = (sent("db"), sent("web", "db", action=PlannedAction.CREATED, versions_before={}))

    found = next_of(upgrade(*services, goal=Goal.ROLLED_BACK), db=HEALTHY, web=made)

    assert found == Next(calls=(("web", RemoveCreated()),))


def test_all_rolled_back_by_us_is_the_end():
    found = next_of(upgrade(sent("web", roll_back=ASKED), goal=Goal.ROLLED_BACK), web=ROLLED_BACK)

    assert found == Next(outcome=Ended(End.ROLLED_BACK, is_outside=False))


def test_rolled_back_before_we_asked_is_outside():
    found = next_of(upgrade(sent("web"), goal=Goal.ROLLED_BACK), web=ROLLED_BACK)

    assert found == Next(outcome=Ended(End.ROLLED_BACK, is_outside=True))


def test_rolling_back_what_was_never_started_is_ours():
    found = next_of(upgrade(new("web"), goal=Goal.ROLLED_BACK), web=UNTOUCHED)

    assert found == Next(outcome=Ended(End.ROLLED_BACK, is_outside=False))


def test_rolling_back_what_rancher_never_took_is_ours():
    asked = sent("web", answer=Answer.REFUSED)

    found = next_of(upgrade(asked, goal=Goal.ROLLED_BACK), web=UNTOUCHED)

    assert found == Next(outcome=Ended(End.ROLLED_BACK, is_outside=False))


def test_finished_outside_while_rolling_back_is_taken_over():
    found = next_of(upgrade(sent("web"), goal=Goal.ROLLED_BACK), web=FINISHED)

    assert found == Next(outcome=Ended(End.FINISHED, is_outside=True))


def test_a_finish_of_ours_that_took_effect_after_all_is_our_finish():
    rolling = upgrade(sent("web", is_finished_by_us=True), goal=Goal.ROLLED_BACK)

    assert next_of(rolling, web=FINISHED) == Next(outcome=Ended(End.FINISHED, is_outside=False))


def test_one_without_a_way_back_does_not_keep_the_others_from_theirs():
    ask = upgrade(sent("db"), sent("web", "db"), goal=Goal.ROLLED_BACK)

    first = next_of(ask, db=HEALTHY, web=REPLACED)
    then = next_of(ask, db=ROLLED_BACK, web=REPLACED)

    assert first == Next(calls=(("db", RollBack()),))
    assert isinstance(then.outcome, Failed)
    assert then.outcome.why.code == "replaced"


# Failed: people must decide


def test_rancher_may_recover_after_the_deadline():
    watch = upgrade(sent("web"), goal=Goal.WATCH, came_from=Goal.UPGRADED, deadline=1)

    assert next_of(watch, web=SICK) == Next()
    assert next_of(watch, web=HEALTHY) == Next(outcome=Upgraded())


def test_nothing_is_called_while_people_must_decide():
    for came_from in (Goal.UPGRADED, Goal.FINISHED, Goal.ROLLED_BACK):
        watch = upgrade(new("db"), sent("web"), goal=Goal.WATCH, came_from=came_from, deadline=1)
        assert next_of(watch, db=UNTOUCHED, web=MOVING).calls == ()


def test_a_late_finish_of_ours_still_ends_it():
    watch = upgrade(sent("web", finish=ASKED), goal=Goal.WATCH, came_from=Goal.FINISHED)

    assert next_of(watch, web=FINISHED) == Next(outcome=Ended(End.FINISHED, is_outside=False))


def test_a_late_rollback_of_ours_still_ends_it():
    watch = upgrade(sent("web", roll_back=ASKED), goal=Goal.WATCH, came_from=Goal.ROLLED_BACK)

    assert next_of(watch, web=ROLLED_BACK) == Next(outcome=Ended(End.ROLLED_BACK, is_outside=False))


def test_a_failed_rollback_does_not_turn_into_a_success():
    watch = upgrade(sent("web"), goal=Goal.WATCH, came_from=Goal.ROLLED_BACK)

    assert next_of(watch, web=HEALTHY) == Next()


def test_what_people_do_in_rancher_then_is_outside():
    watch = upgrade(sent("web"), goal=Goal.WATCH, came_from=Goal.UPGRADED)

    assert next_of(watch, web=FINISHED) == Next(outcome=Ended(End.FINISHED, is_outside=True))
    assert next_of(watch, web=ROLLED_BACK) == Next(outcome=Ended(End.ROLLED_BACK, is_outside=True))


def test_clear_means_that_nothing_of_ours_stands_in_rancher():
    ask = upgrade(sent("db"), new("web"))

    assert decide_upgrade(ask, {"db": ROLLED_BACK, "web": UNTOUCHED}, at(20)).is_clear
    assert not decide_upgrade(ask, {"db": HEALTHY, "web": UNTOUCHED}, at(20)).is_clear
    assert not decide_upgrade(ask, {"db": service("erroring", OLD), "web": UNTOUCHED}, at(20)).is_clear
    assert decide_upgrade(ask, {"db": HEALTHY, "web": UNTOUCHED}, at(20)).phases == {
        "db": Phase.UPGRADED,
        "web": Phase.UNTOUCHED,
    }
