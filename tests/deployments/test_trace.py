"""The table of rancher-1.6-api.md 13.5, by hand: each row, in its order, and what its words mean."""

from dataclasses import replace

import pytest

from deploytickets.deployments.facts import Answer, BlockVersions
from deploytickets.deployments.phases import Phase
from deploytickets.deployments.trace import trace
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
THEIR_BLOCK = block(THEIRS, OLD)
ON_OURS = block({"": config("x9", OURS)}, SENT)

QUIET = [
    "requested",
    "registering",
    "inactive",
    "activating",
    "active",
    "updating-active",
    "updating-inactive",
    "deactivating",
    "restarting",
]


@pytest.mark.parametrize("state", ["removing", "removed", "purging", "purged"])
def test_row_1_a_removed_service_is_gone(state):
    assert trace(facts(), service(state, SENT, OUR_BLOCK), at(1)) is Phase.GONE


def test_row_1_a_service_that_rancher_does_not_know_is_gone():
    assert trace(facts(), None, at(1)) is Phase.GONE


def test_row_2_a_state_that_nobody_told_us_of_is_undecided():
    assert trace(facts(), service("erroring", SENT, OUR_BLOCK), at(60)) is None


@pytest.mark.parametrize("state", QUIET)
def test_row_3_an_upgrade_on_ours_that_was_rolled_back_leaves_ours_finished(state):
    assert trace(facts(), service(state, SENT, ON_OURS), at(20)) is Phase.FINISHED


def test_row_4_an_upgrade_on_ours_being_rolled_back_is_undecided():
    assert trace(facts(), service("rolling-back", SENT, ON_OURS), at(20)) is None


@pytest.mark.parametrize("state", ["active", "upgrading", "upgraded", "finishing-upgrade", "rolling-back"])
def test_row_5_an_upgrade_on_ours_replaces_it(state):
    seen = service(state, {"": config("x9", OURS)}, ON_OURS)

    assert trace(facts(), seen, at(1)) is Phase.REPLACED


def test_row_5_a_move_to_another_service_replaces_ours():
    moved = block({}, {}, in_service=False)

    assert trace(facts(), service("upgrading", SENT, moved), at(1)) is Phase.REPLACED


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("upgrading", Phase.UPGRADING),
        ("upgraded", Phase.UPGRADED),
        ("finishing-upgrade", Phase.FINISHING),
        ("canceling-upgrade", Phase.CANCELLED),
        ("canceled-upgrade", Phase.CANCELLED),
    ],
)
def test_row_6_configs_and_block_ours_say_how_far_the_upgrade_is(state, phase):
    assert trace(facts(), service(state, SENT, OUR_BLOCK), at(0)) is phase


def test_row_7_a_roll_back_of_ours_with_our_configs_still_there():
    assert trace(facts(), service("rolling-back", SENT, OUR_BLOCK), at(0)) is Phase.ROLLING_BACK


def test_row_7_a_roll_back_of_ours_with_the_old_configs_back():
    assert trace(facts(), service("rolling-back", OLD, OUR_BLOCK), at(0)) is Phase.ROLLING_BACK


def test_row_8_our_config_with_only_former_containers_is_half_accepted_after_15_s():
    seen = service("active", SENT, OUR_BLOCK, [container("0")])

    assert trace(facts(**held_since(0, seen)), seen, at(14.9)) is None
    assert trace(facts(**held_since(0, seen)), seen, at(15)) is Phase.HALF_ACCEPTED


@pytest.mark.parametrize("state", ["running", "stopped", "error"])
def test_row_8_does_not_match_while_there_is_any_container_of_ours(state):
    seen = service("active", SENT, OUR_BLOCK, [container("0"), container("v1", state)])

    assert trace(facts(**held_since(0, seen)), seen, at(60)) is Phase.FINISHED


def test_row_8_does_not_match_when_none_runs_or_none_was_read():
    stopped = service("active", SENT, OUR_BLOCK, [container("0", "stopped")])
    unread = service("active", SENT, OUR_BLOCK, None)

    assert trace(facts(**held_since(0, stopped)), stopped, at(60)) is Phase.FINISHED
    assert trace(facts(**held_since(0, unread)), unread, at(60)) is Phase.FINISHED


@pytest.mark.parametrize("state", QUIET)
def test_row_9_quiet_with_configs_and_block_ours_is_finished(state):
    assert trace(facts(), service(state, SENT, OUR_BLOCK, [container("v1")]), at(0)) is Phase.FINISHED


def test_row_10_old_configs_with_only_our_containers_running_is_torn_after_15_s():
    seen = service("active", OLD, OUR_BLOCK, [container("v1"), container("0", "stopped")])

    assert trace(facts(**held_since(0, seen)), seen, at(14)) is None
    assert trace(facts(**held_since(0, seen)), seen, at(15)) is Phase.TORN


def test_row_10_does_not_match_when_an_old_container_runs():
    seen = service("active", OLD, OUR_BLOCK, [container("v1"), container("0")])

    assert trace(facts(**held_since(0, seen)), seen, at(60)) is Phase.ROLLED_BACK


@pytest.mark.parametrize("state", QUIET)
def test_row_11_quiet_with_the_old_configs_under_our_block_is_rolled_back(state):
    assert trace(facts(), service(state, OLD, OUR_BLOCK, [container("0")]), at(0)) is Phase.ROLLED_BACK


def test_row_11_old_are_also_the_configs_that_our_block_came_from():
    """A config of somebody else's, stored between our read and our POST, is what a rollback leads to."""
    between = {"": config("b7")}

    assert trace(facts(), service("active", between, block(SENT, between)), at(0)) is Phase.ROLLED_BACK


@pytest.mark.parametrize("upgrade", [None, THEIR_BLOCK])
def test_row_12_our_config_stored_and_nothing_begun_is_half_accepted_after_15_s(upgrade):
    seen = service("active", SENT, upgrade)

    assert trace(facts(**held_since(2, seen)), seen, at(16)) is None
    assert trace(facts(**held_since(2, seen)), seen, at(17)) is Phase.HALF_ACCEPTED


def test_row_13_somebody_elses_configs_over_our_block_replace_ours():
    assert trace(facts(), service("active", THEIRS, OUR_BLOCK), at(1)) is Phase.REPLACED


def test_row_14_our_configs_before_the_block_is_written_are_undecided():
    seen = service("upgrading", SENT, None)

    assert trace(facts(**held_since(0, seen)), seen, at(60)) is None


def test_row_14_the_block_of_the_upgrade_before_counts_as_not_written():
    seen = service("upgrading", {"": config("v1", OURS)}, block({"": config("f1")}, OLD))
    sent = facts(versions_before={"": "f1"}, block_before=former_block("f1"), **held_since(0, seen))

    assert trace(sent, seen, at(60)) is None


@pytest.mark.parametrize("containers", [None, [], [container("0"), container("0", "stopped")]])
def test_row_14_as_long_as_no_container_of_ours_was_made(containers):
    seen = service("upgrading", SENT, None, containers)

    assert trace(facts(**held_since(0, seen)), seen, at(60)) is None


def test_row_15_containers_of_ours_without_a_block_mean_that_it_was_lost():
    seen = service("upgrading", SENT, None, [container("0", "stopped"), container("v1")])

    assert trace(facts(**held_since(0, seen)), seen, at(4)) is None
    assert trace(facts(**held_since(0, seen)), seen, at(5)) is Phase.TORN


@pytest.mark.parametrize("state", ["upgrading", "upgraded", "canceled-upgrade", "finishing-upgrade"])
def test_row_15_our_configs_with_somebody_elses_block_are_torn_after_5_s(state):
    seen = service(state, SENT, THEIR_BLOCK)

    assert trace(facts(**held_since(1, seen)), seen, at(5.9)) is None
    assert trace(facts(**held_since(1, seen)), seen, at(6)) is Phase.TORN


@pytest.mark.parametrize("own", [THEIRS, OLD], ids=["theirs", "old"])
def test_row_15_our_block_with_other_configs_is_torn_after_5_s(own):
    seen = service("upgrading", own, OUR_BLOCK)

    assert trace(facts(**held_since(0, seen)), seen, at(4)) is None
    assert trace(facts(**held_since(0, seen)), seen, at(5)) is Phase.TORN


@pytest.mark.parametrize(("own", "upgrade"), [(SENT, THEIR_BLOCK), (SENT, None), (THEIRS, OUR_BLOCK)])
def test_row_16_configs_and_block_of_two_posts_while_rolling_back_are_undecided(own, upgrade):
    seen = service("rolling-back", own, upgrade)

    assert trace(facts(**held_since(0, seen)), seen, at(60)) is None


@pytest.mark.parametrize("state", ["active", "upgrading", "upgraded", "rolling-back"])
def test_row_17_a_refused_post_without_trace_is_untouched_at_once(state):
    assert trace(facts(answer=Answer.REFUSED), service(state, OLD), at(0)) is Phase.UNTOUCHED


@pytest.mark.parametrize("state", ["upgrading", "upgraded", "canceled-upgrade", "rolling-back"])
@pytest.mark.parametrize("answer", [Answer.NONE, Answer.ACCEPTED])
def test_row_18_a_moving_service_without_trace_is_undecided(state, answer):
    seen = service(state, OLD)

    assert trace(facts(answer=answer, **held_since(0, seen)), seen, at(60)) is None


def test_row_19_an_answered_post_without_trace_is_forgotten_after_5_s():
    seen = service("active", OLD)
    sent = facts(answer=Answer.ACCEPTED, version_known="v1", **held_since(0, seen))

    assert trace(sent, seen, at(4)) is None
    assert trace(sent, seen, at(5)) is Phase.FORGOTTEN


def test_row_20_an_unanswered_post_without_trace_is_untouched_when_it_is_over():
    assert trace(facts(), service("active", OLD), at(14.9)) is None
    assert trace(facts(), service("active", OLD), at(15)) is Phase.UNTOUCHED


def test_row_20_what_was_never_sent_is_untouched_at_once():
    assert trace(facts(asked_at=None), service("active", OLD), at(0)) is Phase.UNTOUCHED


def test_row_20_takes_the_block_of_the_upgrade_before_for_no_trace():
    seen = service("active", {"": config("f1")}, block({"": config("f1")}, OLD))
    sent = facts(versions_before={"": "f1"}, block_before=former_block("f1"))

    assert trace(sent, seen, at(15)) is Phase.UNTOUCHED


def test_row_21_somebody_elses_configs_are_undecided_until_ours_is_over():
    assert trace(facts(), service("active", THEIRS, THEIR_BLOCK), at(14)) is None


def test_row_21_somebody_elses_upgrading_is_undecided_for_5_s():
    seen = service("upgrading", THEIRS, THEIR_BLOCK)
    sent = facts(answer=Answer.REFUSED, **held_since(0, seen))

    assert trace(sent, seen, at(4)) is None
    assert trace(sent, seen, at(5)) is Phase.REPLACED


@pytest.mark.parametrize("state", ["active", "upgraded", "rolling-back", "finishing-upgrade"])
def test_row_22_what_is_left_is_somebody_elses(state):
    seen = service(state, THEIRS, THEIR_BLOCK)

    assert trace(facts(), seen, at(15)) is Phase.REPLACED
    assert trace(facts(answer=Answer.ACCEPTED, version_known="v1"), seen, at(0)) is Phase.REPLACED
    assert trace(facts(asked_at=None), seen, at(0)) is Phase.REPLACED


def test_our_mark_in_another_version_than_answered_is_not_ours():
    """Somebody who copied our config copied our mark with it (trap 37)."""
    copied = {"": config("x9", OURS)}
    seen = service("upgrading", copied, block(copied, OLD))
    sent = facts(answer=Answer.ACCEPTED, version_known="v1", **held_since(0, seen))

    assert trace(sent, seen, at(5)) is Phase.REPLACED


def test_the_version_answered_tells_our_config_under_anothers_from_a_copy():
    """Another went on from a config with our mark that is not the one answered: not on ours."""
    seen = service("upgrading", THEIRS, block(THEIRS, {"": config("x1", OURS)}))
    sent = facts(answer=Answer.ACCEPTED, version_known="v1", **held_since(0, seen))

    assert trace(sent, seen, at(2)) is None
    assert trace(sent, seen, at(5)) is Phase.REPLACED


def test_a_block_of_ours_gives_the_version_that_an_answer_did_not():
    """Without the answer, V is the block's: configs with our mark in another version are not ours."""
    seen = service("upgrading", {"": config("x9", OURS)}, OUR_BLOCK)

    assert trace(facts(**held_since(0, seen)), seen, at(5)) is Phase.TORN


def test_every_config_sent_must_carry_the_mark_in_one_version():
    sent = facts(configs_sent=frozenset({"", "logs"}), versions_before={"": "0", "logs": "0"})
    old = {"": config("0"), "logs": config("0")}
    both = {"": config("v1", OURS), "logs": config("v1", OURS)}
    one = {"": config("v1", OURS), "logs": config("0")}
    two_versions = {"": config("v1", OURS), "logs": config("v2", OURS)}

    assert trace(sent, service("upgraded", both, block(both, old)), at(1)) is Phase.UPGRADED
    assert trace(sent, service("upgraded", one, block(one, old)), at(20)) is Phase.REPLACED
    assert trace(sent, service("upgraded", two_versions, block(two_versions, old)), at(20)) is Phase.REPLACED


def test_a_sidekick_alone_may_be_sent():
    sent = facts(configs_sent=frozenset({"logs"}), versions_before={"": "0", "logs": "0"})
    old = {"": config("0"), "logs": config("0")}
    new = {"": config("0"), "logs": config("v1", OURS)}

    assert trace(sent, service("upgraded", new, block(new, old)), at(1)) is Phase.UPGRADED


def test_a_sidekick_that_rancher_dragged_along_has_our_version():
    """5.2 step 3: who takes network or volumes from a changed config is changed with it, unmarked."""
    sent = facts(versions_before={"": "0", "logs": "0"})
    old = {"": config("0"), "logs": config("0")}
    dragged = {"": config("v1", OURS), "logs": config("v1")}
    foreign = {"": config("v1", OURS), "logs": config("x9")}

    assert trace(sent, service("upgraded", dragged, block(dragged, old)), at(1)) is Phase.UPGRADED
    seen = service("upgraded", foreign, block(foreign, old))
    assert trace(replace(sent, **held_since(0, seen)), seen, at(5)) is Phase.TORN


def test_an_unchanged_move_to_another_service_from_before_is_the_former_block():
    moved = block({}, {}, in_service=False)
    sent = facts(block_before=BlockVersions(configs={}, previous={}))

    assert trace(sent, service("active", OLD, moved), at(15)) is Phase.UNTOUCHED


def test_a_read_that_differs_from_the_one_before_holds_for_no_time():
    before = service("active", SENT, None)
    seen = service("upgraded", SENT, THEIR_BLOCK)

    assert trace(facts(**held_since(0, before)), seen, at(60)) is None


def test_all_quiet_states_hold_as_one():
    before = service("updating-active", SENT, None)

    assert trace(facts(**held_since(0, before)), service("active", SENT, None), at(15)) is Phase.HALF_ACCEPTED
