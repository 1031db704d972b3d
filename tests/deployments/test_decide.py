"""The next step for one service: every branch, by hand."""

from datetime import timedelta

import pytest

from deploytickets.deployments.decide import decide, may_send
from deploytickets.deployments.facts import Answer, CallFacts, Refusal, WayBack
from deploytickets.deployments.steps import (
    AskPeople,
    AskToVerify,
    CancelToFree,
    Done,
    End,
    Finish,
    Goal,
    RemoveCreated,
    RestoreStoredConfigs,
    RollBack,
    Start,
    TakeOver,
    Wait,
)
from deploytickets.tickets.plans import PlannedAction
from tests.deployments.readings import (
    OURS,
    at,
    block,
    config,
    container,
    facts,
    former_block,
    held_since,
    service,
)

OLD = {"": config("0")}
SENT = {"": config("v1", OURS)}
THEIRS = {"": config("x9", "DEPLOY-7/1/ffffffffffff")}
OUR_BLOCK = block(SENT, OLD)
FORMER_BLOCK = block(OLD, {"": config("before 0")})
NEW = container("v1", rancher_id="1i9")
STOPPED_OLD = container("0", "stopped")


def accepted(ended: float = 0, made: float = -1) -> CallFacts:
    return CallFacts(made_at=at(made), over_at=at(made + 45), ended_at=at(ended), is_accepted=True)


def refused(text: str = "no", *, is_terminal: bool = False, tries: int = 1) -> CallFacts:
    return CallFacts(
        made_at=at(-1), over_at=at(44), ended_at=at(0), refusal=Refusal(is_terminal, text), tries=tries
    )


def unresolved(over: float) -> CallFacts:
    return CallFacts(made_at=at(-1), over_at=at(over))


def upgraded(containers=(NEW, STOPPED_OLD), **fields):
    return service("upgraded", SENT, OUR_BLOCK, containers, **fields)


def code(step) -> str:
    return step.why.code if isinstance(step, AskPeople) else step.trouble.code


# Towards upgraded


def test_an_untouched_active_service_is_started():
    assert decide(facts(asked_at=None), service("active", OLD), Goal.UPGRADED, at(0)) == Start()
    assert decide(facts(asked_at=None), service("updating-active", OLD), Goal.UPGRADED, at(0)) == Start()


@pytest.mark.parametrize("state", ["inactive", "activating", "restarting", "deactivating"])
def test_a_service_that_is_not_active_is_waited_for(state):
    step = decide(facts(asked_at=None), service(state, OLD), Goal.UPGRADED, at(0))

    assert isinstance(step, Wait)
    assert code(step) == "not_startable"


def test_a_start_whose_answer_was_lost_is_sent_again_only_when_it_is_over():
    want = facts(start=unresolved(over=15))

    assert decide(want, service("active", OLD), Goal.UPGRADED, at(14)) == Wait()
    assert decide(want, service("active", OLD), Goal.UPGRADED, at(15)) == Start()


def test_a_start_that_was_not_taken_is_sent_again_after_a_pause_that_grows():
    want = facts(answer=Answer.REFUSED, start=refused(tries=3))

    assert code(decide(want, service("active", OLD), Goal.UPGRADED, at(3.9))) == "start_not_taken_yet"
    assert decide(want, service("active", OLD), Goal.UPGRADED, at(4)) == Start()


def test_a_start_that_rancher_refuses_for_good_asks_people():
    want = facts(answer=Answer.REFUSED, start=refused("Port is wrong", is_terminal=True))
    step = decide(want, service("active", OLD), Goal.UPGRADED, at(60))

    assert code(step) == "start_refused"
    assert step.why.params["message"] == "Port is wrong."


def test_a_half_accepted_start_is_sent_anew():
    seen = service("active", SENT, None, [container("0")])
    want = facts(start=refused(), answer=Answer.REFUSED, **held_since(0, seen))

    assert decide(want, seen, Goal.UPGRADED, at(15)) == Start(anew=True)


def test_an_upgrade_on_its_way_is_waited_for():
    seen = service("upgrading", SENT, OUR_BLOCK, [NEW, STOPPED_OLD], scale=2)

    assert decide(facts(), seen, Goal.UPGRADED, at(1)) == Wait()


def test_upgraded_and_healthy_asks_to_verify():
    assert decide(facts(start=accepted()), upgraded(), Goal.UPGRADED, at(1)) == AskToVerify()


def test_a_read_begun_before_the_answer_is_no_success():
    assert isinstance(decide(facts(start=accepted(ended=2)), upgraded(), Goal.UPGRADED, at(1)), Wait)


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ([NEW], "too_few"),
        ([NEW, container("v1", "stopped", rancher_id="1i10")], "dead_while_upgraded"),
        ([NEW, container("v1", health="unhealthy", rancher_id="1i10", name="shop-web-2")], "unhealthy"),
        ([NEW, container("v1", health="initializing", rancher_id="1i10", name="b")], "not_healthy_yet"),
        ([NEW, container("0", rancher_id="1i10", name="shop-web-2")], "too_few"),
    ],
)
def test_upgraded_without_the_wanted_containers_of_the_new_version_healthy_waits(containers, expected):
    step = decide(facts(start=accepted()), upgraded(containers, scale=2), Goal.UPGRADED, at(1))

    assert code(step) == expected


def test_upgraded_without_having_read_the_containers_is_no_success():
    assert isinstance(decide(facts(start=accepted()), upgraded(None), Goal.UPGRADED, at(1)), Wait)


def test_every_changed_config_counts_one_container_per_unit():
    old = {"": config("0"), "logs": config("0")}
    sent = {"": config("v1", OURS), "logs": config("v1", OURS)}
    want = facts(configs_sent=frozenset({"", "logs"}), versions_before={"": "0", "logs": "0"})
    seen = service("upgraded", sent, block(sent, old), [NEW])
    twice = service("upgraded", sent, block(sent, old), [NEW, container("v1", rancher_id="1i10")])
    whole = service("upgraded", sent, block(sent, old), [NEW, container("v1", config_name="logs")])

    assert isinstance(decide(want, seen, Goal.UPGRADED, at(1)), Wait)
    assert isinstance(decide(want, twice, Goal.UPGRADED, at(1)), Wait)
    assert decide(want, whole, Goal.UPGRADED, at(1)) == AskToVerify()


def test_a_global_service_wants_one_container_on_each_matching_host():
    want = facts(is_global=True, scale=2)
    one = upgraded([NEW], scale=1, is_global=True)
    two = upgraded([NEW, container("v1", rancher_id="1i10", name="b")], scale=1, is_global=True)

    assert isinstance(decide(want, one, Goal.UPGRADED, at(1)), Wait)
    assert decide(want, two, Goal.UPGRADED, at(1)) == AskToVerify()


def test_scale_zero_is_upgraded_at_once():
    assert decide(facts(), upgraded([], scale=0), Goal.UPGRADED, at(1)) == AskToVerify()


def test_finished_or_rolled_back_outside_is_taken_over():
    finished = service("active", SENT, OUR_BLOCK, [NEW])
    rolled_back = service("active", OLD, OUR_BLOCK, [container("0")])

    assert decide(facts(), finished, Goal.UPGRADED, at(1)) == TakeOver(End.FINISHED)
    assert decide(facts(), rolled_back, Goal.UPGRADED, at(1)) == TakeOver(End.ROLLED_BACK)


def test_a_rollback_begun_outside_is_waited_for_and_said():
    step = decide(facts(), service("rolling-back", OLD, OUR_BLOCK), Goal.UPGRADED, at(1))

    assert code(step) == "rolling_back_outside"


def test_a_cancelled_upgrade_asks_people():
    step = decide(facts(), service("canceled-upgrade", SENT, OUR_BLOCK), Goal.UPGRADED, at(1))

    assert code(step) == "cancelled"


def test_torn_forgotten_replaced_and_gone_ask_people():
    torn = service("upgrading", SENT, block(THEIRS, OLD))
    lost = service("active", OLD)
    theirs = service("upgraded", THEIRS, block(THEIRS, OLD))

    assert code(decide(facts(**held_since(0, torn)), torn, Goal.UPGRADED, at(5))) == "torn"
    forgotten = facts(answer=Answer.ACCEPTED, start=accepted(), **held_since(0, lost))
    assert code(decide(forgotten, lost, Goal.UPGRADED, at(5))) == "forgotten"
    assert code(decide(facts(), theirs, Goal.UPGRADED, at(20))) == "replaced"
    assert code(decide(facts(), None, Goal.UPGRADED, at(20))) == "gone"


def test_a_torn_service_whose_block_is_missing_or_the_former_one_is_said_to_be_that():
    """Ended in `upgraded` with our configs, and with the block as it was before both POSTs."""
    without = service("upgraded", SENT, None, [NEW, STOPPED_OLD])
    former = service("upgraded", SENT, FORMER_BLOCK, [NEW, STOPPED_OLD])
    had_former = facts(block_before=former_block("0"), **held_since(0, former))

    assert (
        code(decide(facts(**held_since(0, without)), without, Goal.UPGRADED, at(5))) == "torn_without_block"
    )
    assert code(decide(had_former, former, Goal.UPGRADED, at(5))) == "torn_former_block"
    assert code(decide(had_former, former, Goal.FINISHED, at(5))) == "torn_former_block"


def test_an_unknown_state_is_waited_for_and_said():
    assert code(decide(facts(), service("erroring", OLD), Goal.UPGRADED, at(99))) == "state_unknown"


# Towards finished


def test_a_healthy_upgraded_service_is_finished():
    assert decide(facts(), upgraded(), Goal.FINISHED, at(1)) == Finish()


def test_an_unhealthy_one_is_not():
    step = decide(facts(), upgraded([container("v1", "stopped")]), Goal.FINISHED, at(1))

    assert code(step) == "dead_while_upgraded"


def test_a_finish_whose_answer_was_lost_is_sent_again_only_when_it_is_over():
    want = facts(finish=unresolved(over=30))

    assert decide(want, upgraded(), Goal.FINISHED, at(29)) == Wait()
    assert decide(want, upgraded(), Goal.FINISHED, at(30)) == Finish()


def test_an_accepted_finish_is_never_sent_again():
    want = facts(finish=accepted(), **held_since(0, upgraded()))

    assert decide(want, upgraded(), Goal.FINISHED, at(4)) == Wait()
    assert code(decide(want, upgraded(), Goal.FINISHED, at(5))) == "finish_forgotten"


def test_a_finish_refused_for_good_asks_people():
    want = facts(finish=refused("no", is_terminal=True))

    assert code(decide(want, upgraded(), Goal.FINISHED, at(60))) == "call_refused"


def test_a_call_that_was_refused_is_said_until_it_is_sent_again():
    no = refused("Status 403", tries=3)

    assert code(decide(facts(finish=no), upgraded(), Goal.FINISHED, at(3))) == "call_refused"
    assert code(decide(facts(roll_back=no), upgraded(), Goal.ROLLED_BACK, at(3))) == "call_refused"
    assert decide(facts(roll_back=no), upgraded(), Goal.ROLLED_BACK, at(4)) == RollBack()


def test_finishing_is_waited_for_and_finished_is_done():
    finishing = service("finishing-upgrade", SENT, OUR_BLOCK, [NEW])
    finished = service("active", SENT, OUR_BLOCK, [NEW])

    assert decide(facts(), finishing, Goal.FINISHED, at(1)) == Wait()
    assert decide(facts(), finished, Goal.FINISHED, at(1)) == Done()


def test_a_finish_that_waits_for_health_says_so():
    sick = container("v1", health="unhealthy")
    seen = service("finishing-upgrade", SENT, OUR_BLOCK, [sick])

    assert code(decide(facts(), seen, Goal.FINISHED, at(1))) == "unhealthy"


def test_what_was_rolled_back_instead_of_finished_is_taken_over():
    seen = service("active", OLD, OUR_BLOCK, [container("0")])

    assert decide(facts(), seen, Goal.FINISHED, at(1)) == TakeOver(End.ROLLED_BACK)


def test_what_was_cancelled_or_replaced_cannot_be_finished():
    cancelled = service("canceled-upgrade", SENT, OUR_BLOCK)
    theirs = service("upgraded", THEIRS, block(THEIRS, OLD))

    assert code(decide(facts(), cancelled, Goal.FINISHED, at(1))) == "cancelled"
    assert code(decide(facts(), theirs, Goal.FINISHED, at(20))) == "replaced"


# Towards rolled back


def test_what_was_never_started_needs_no_rollback():
    assert decide(facts(asked_at=None), service("active", OLD), Goal.ROLLED_BACK, at(1)) == Done()


@pytest.mark.parametrize("state", ["upgrading", "upgraded", "canceled-upgrade"])
def test_an_upgrade_is_rolled_back_from_every_state_that_offers_it(state):
    assert decide(facts(), service(state, SENT, OUR_BLOCK), Goal.ROLLED_BACK, at(1)) == RollBack()


def test_no_rollback_before_the_block_of_our_own_upgrade_is_written():
    """It would take the configs of the upgrade before (trap 67)."""
    seen = service("upgrading", SENT, None)

    assert decide(facts(**held_since(0, seen)), seen, Goal.ROLLED_BACK, at(60)) == Wait()


def test_a_cancelling_upgrade_is_waited_for():
    seen = service("canceling-upgrade", SENT, OUR_BLOCK)

    assert decide(facts(), seen, Goal.ROLLED_BACK, at(1)) == Wait()


def test_a_torn_service_is_rolled_back():
    seen = service("upgrading", SENT, block(THEIRS, OLD))

    assert decide(facts(**held_since(0, seen)), seen, Goal.ROLLED_BACK, at(5)) == RollBack()


def test_the_rollback_of_a_torn_service_under_somebody_elses_block_is_ours():
    want = facts(roll_back=accepted())
    rolling = service("rolling-back", OLD, block(THEIRS, OLD))
    back = service("active", OLD, block(THEIRS, OLD), [container("0")])

    assert decide(want, rolling, Goal.ROLLED_BACK, at(20)) == Wait()
    assert decide(want, back, Goal.ROLLED_BACK, at(20)) == Done()


def test_a_torn_service_without_a_block_is_led_out_of_the_upgrade_and_then_gets_its_stored_configs_back():
    """There Rancher's rollback ends in `active` at once and leaves the new config (trap 67)."""
    torn = service("upgraded", SENT, None, [NEW, STOPPED_OLD])
    left = service("active", SENT, None, [NEW, STOPPED_OLD])
    after = facts(
        start=accepted(), answer=Answer.ACCEPTED, roll_back=accepted(ended=6), **held_since(7, left)
    )

    assert decide(facts(**held_since(0, torn)), torn, Goal.ROLLED_BACK, at(5)) == RollBack()
    assert decide(after, left, Goal.ROLLED_BACK, at(21)) == Wait()
    assert decide(after, left, Goal.ROLLED_BACK, at(22)) == RestoreStoredConfigs()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("upgraded", "torn_former_block"),
        ("upgrading", "torn_former_block_open"),
        ("canceled-upgrade", "torn_former_block_open"),
    ],
)
def test_no_rollback_of_a_torn_service_to_what_ran_before_the_former_upgrade(state, said):
    """Only `upgraded` can be finished, so only there the stored configs can follow by a fresh upgrade."""
    seen = service(state, SENT, FORMER_BLOCK, [NEW, STOPPED_OLD])
    want = facts(block_before=former_block("0"), **held_since(0, seen))

    assert code(decide(want, seen, Goal.ROLLED_BACK, at(5))) == said


def test_a_torn_service_that_somebody_finished_gets_its_stored_configs_back():
    finishing = service("finishing-upgrade", SENT, FORMER_BLOCK, [NEW, STOPPED_OLD])
    finished = service("active", SENT, FORMER_BLOCK, [NEW])
    before = former_block("0")

    want = facts(block_before=before, **held_since(0, finishing))
    assert decide(want, finishing, Goal.ROLLED_BACK, at(5)) == Wait()
    want = facts(block_before=before, **held_since(0, finished))
    assert decide(want, finished, Goal.ROLLED_BACK, at(15)) == RestoreStoredConfigs()


def test_a_torn_service_at_rest_gets_its_stored_configs_back():
    seen = service("active", OLD, OUR_BLOCK, [container("v1")])

    assert decide(facts(**held_since(0, seen)), seen, Goal.ROLLED_BACK, at(15)) == RestoreStoredConfigs()


def test_a_half_accepted_start_gets_its_stored_configs_back():
    seen = service("active", SENT, None, [container("0")])
    want = facts(start=refused(), answer=Answer.REFUSED, **held_since(0, seen))

    assert decide(want, seen, Goal.ROLLED_BACK, at(15)) == RestoreStoredConfigs()


def test_a_hanging_finish_is_cancelled_so_that_a_rollback_is_offered():
    seen = service("finishing-upgrade", SENT, OUR_BLOCK, [NEW])

    assert decide(facts(**held_since(0, seen)), seen, Goal.ROLLED_BACK, at(59)) == Wait()
    assert decide(facts(**held_since(0, seen)), seen, Goal.ROLLED_BACK, at(60)) == CancelToFree()


def test_an_accepted_rollback_is_never_sent_again():
    seen = service("upgraded", SENT, OUR_BLOCK, [NEW])
    want = facts(roll_back=accepted(), **held_since(0, seen))

    assert decide(want, seen, Goal.ROLLED_BACK, at(4)) == Wait()
    assert code(decide(want, seen, Goal.ROLLED_BACK, at(5))) == "roll_back_forgotten"


def test_rolling_back_is_waited_for_whatever_the_service_says_meanwhile():
    """Its line and `transitioning: error` are the failed upgrade's (trap 50)."""
    seen = service("rolling-back", OLD, OUR_BLOCK, [container("0")], transitioning="error", message="Bad")

    assert decide(facts(), seen, Goal.ROLLED_BACK, at(1)) == Wait()


def test_a_rollback_whose_old_container_cannot_start_says_why():
    broken = container("0", "error", message="Allocation failed: host needs ports 8080/tcp available")
    seen = service("rolling-back", OLD, OUR_BLOCK, [broken])

    assert code(decide(facts(), seen, Goal.ROLLED_BACK, at(1))) == "old_does_not_start"


def test_rolled_back_is_done():
    seen = service("active", OLD, OUR_BLOCK, [container("0")])

    assert decide(facts(), seen, Goal.ROLLED_BACK, at(1)) == Done()


def test_what_somebody_finished_has_no_way_back():
    seen = service("active", SENT, OUR_BLOCK, [NEW])

    assert decide(facts(), seen, Goal.ROLLED_BACK, at(1)) == TakeOver(End.FINISHED)


def test_what_somebody_else_upgraded_is_not_touched():
    theirs = service("upgraded", THEIRS, block(THEIRS, OLD))

    assert code(decide(facts(), theirs, Goal.ROLLED_BACK, at(20))) == "replaced"


def test_rancher_s_rollback_after_a_half_accepted_start_is_followed_by_the_stored_configs():
    seen = service("active", OLD, OUR_BLOCK, [container("0")])
    want = facts(way_back=WayBack.STORED_CONFIGS, start=accepted())

    assert decide(want, seen, Goal.ROLLED_BACK, at(5)) == RestoreStoredConfigs()


def test_the_upgrade_to_the_stored_configs_is_finished_and_then_done():
    want = facts(way_back=WayBack.RESTORING, start=accepted())
    moving = service("upgrading", SENT, OUR_BLOCK, [NEW], scale=2)

    assert decide(want, moving, Goal.ROLLED_BACK, at(1)) == Wait()
    assert decide(want, upgraded(), Goal.ROLLED_BACK, at(1)) == Finish()
    assert decide(want, service("active", SENT, OUR_BLOCK, [NEW]), Goal.ROLLED_BACK, at(1)) == Done()


def test_the_upgrade_to_the_stored_configs_is_sent_again_when_it_was_not_taken():
    want = facts(way_back=WayBack.RESTORING, start=refused(), answer=Answer.REFUSED)

    assert decide(want, service("active", OLD), Goal.ROLLED_BACK, at(2)) == RestoreStoredConfigs()


def test_the_upgrade_to_the_stored_configs_is_sent_again_after_a_pause_that_grows():
    want = facts(way_back=WayBack.RESTORING, start=refused(), restore=refused(tries=4), answer=Answer.REFUSED)

    assert code(decide(want, service("active", OLD), Goal.ROLLED_BACK, at(7))) == "call_refused"
    assert decide(want, service("active", OLD), Goal.ROLLED_BACK, at(8)) == RestoreStoredConfigs()


def test_an_upgrade_to_the_stored_configs_that_rancher_refuses_for_good_asks_people():
    no = refused(is_terminal=True)
    want = facts(way_back=WayBack.RESTORING, start=no, restore=no, answer=Answer.REFUSED)

    step = decide(want, service("active", OLD), Goal.ROLLED_BACK, at(2))
    assert isinstance(step, AskPeople)
    assert code(step) == "call_refused"


# Created services


def created(**fields):
    defaults = {"action": PlannedAction.CREATED, "versions_before": {}, "asked_at": None}
    return facts(**(defaults | fields))


def test_a_service_that_does_not_exist_is_created():
    assert decide(created(), None, Goal.UPGRADED, at(0)) == Start()


def test_a_stack_that_rancher_refuses_for_good_asks_people():
    want = created(has_stack=False, create_stack=refused(is_terminal=True))

    assert code(decide(want, None, Goal.UPGRADED, at(0))) == "call_refused"


def test_a_creation_whose_answer_was_lost_is_sent_again_only_when_it_is_over():
    want = created(asked_at=at(0), start=unresolved(over=15))

    assert decide(want, None, Goal.UPGRADED, at(14)) == Wait()
    assert decide(want, None, Goal.UPGRADED, at(15)) == Start()


def test_a_created_service_is_upgraded_when_it_is_active_and_healthy():
    made = {"": config("0", OURS)}
    want = created(asked_at=at(0), answer=Answer.ACCEPTED, start=accepted())

    assert decide(want, service("activating", made, None, []), Goal.UPGRADED, at(1)) == Wait()
    assert (
        decide(want, service("active", made, None, [container("0")]), Goal.UPGRADED, at(1)) == AskToVerify()
    )
    assert decide(want, service("active", made, None, [container("0")]), Goal.FINISHED, at(1)) == Done()


def test_a_service_of_that_name_without_our_mark_is_somebody_elses():
    assert code(decide(created(), service("active", OLD), Goal.UPGRADED, at(0))) == "replaced"


def test_a_created_service_is_removed_on_the_way_back():
    made = service("active", {"": config("0", OURS)}, None, [container("0")])
    want = created(asked_at=at(0), answer=Answer.ACCEPTED, start=accepted())

    assert decide(want, made, Goal.ROLLED_BACK, at(1)) == RemoveCreated()
    assert decide(want, service("removed", {}), Goal.ROLLED_BACK, at(1)) == Done()


def test_somebody_elses_service_of_that_name_is_not_removed():
    want = created(asked_at=at(0))

    assert code(decide(want, service("active", OLD), Goal.ROLLED_BACK, at(1))) == "replaced"


# Sending again


def test_the_pause_after_refusals_doubles_up_to_a_minute():
    pauses = [CallFacts(at(0), at(0), ended_at=at(0), tries=tries) for tries in (1, 2, 5, 7, 50)]
    earliest = [
        next(seconds for seconds in range(120) if may_send(call, at(0) + timedelta(seconds=seconds)))
        for call in pauses
    ]

    assert earliest == [1, 2, 16, 60, 60]
