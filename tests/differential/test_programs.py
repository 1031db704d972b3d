"""What programs are: drawn from the seed alone, of every kind of step, in reach of both servers."""

from __future__ import annotations

from collections import Counter

import pytest

from . import programs
from .moments import PAIRS
from .side_by_side import drawn
from .steps import (
    AtOnce,
    Health,
    HostsBack,
    Link,
    Make,
    MakeContainer,
    OfContainer,
    OfHost,
    Program,
    Put,
    Upgrade,
)


def many(kind: str, count: int = 60) -> list[Program]:
    return [programs.draw(kind, seed=1, sequence=number, steps=8) for number in range(count)]


@pytest.mark.parametrize("kind", programs.KINDS)
def test_the_same_seed_gives_the_same_program(kind):
    assert programs.draw(kind, seed=7, sequence=3, steps=9) == programs.draw(
        kind, seed=7, sequence=3, steps=9
    )


@pytest.mark.parametrize("kind", [kind for kind in programs.KINDS if kind != "moment"])
def test_another_seed_gives_another_program(kind):
    assert programs.draw(kind, seed=7, sequence=3, steps=9) != programs.draw(
        kind, seed=8, sequence=3, steps=9
    )


def test_a_longer_program_begins_like_the_shorter_one():
    short, long = (programs.draw("linked", seed=1, sequence=5, steps=steps) for steps in (3, 9))

    assert long.steps[: len(short.steps)] == short.steps


def test_the_kinds_take_turns():
    assert Counter(program.kind for program in drawn(["linked", "ports"], sequences=8, seed=1, steps=2)) == {
        "linked": 4,
        "ports": 4,
    }


def test_linked_programs_upgrade_primary_and_sidekicks_alone_and_together():
    upgrades = [step for program in many("linked") for step in program.steps if isinstance(step, Upgrade)]

    assert {(step.primary is not None, bool(step.sidekicks)) for step in upgrades} == {
        (True, False),
        (False, True),
        (True, True),
    }


def test_linked_programs_use_each_of_the_link_actions():
    actions = {step.action for program in many("linked") for step in program.steps if isinstance(step, Link)}

    assert actions == {"setservicelinks", "addservicelink", "removeservicelink"}


def test_hosts_go_away_in_every_way_and_come_back():
    steps = [step for program in many("hosts") for step in program.steps]

    assert {step.action for step in steps if isinstance(step, OfHost)} == {"deactivate", "evacuate", "lose"}
    assert any(isinstance(step, HostsBack) for step in steps)


def test_only_the_first_of_containers_that_may_share_a_host_has_its_host_moved():
    moved = [step for p in many("hosts") if p.is_scattered for step in p.steps if isinstance(step, OfHost)]

    assert {step.nth for step in moved} == {0}


def test_no_container_is_started_by_hand_while_a_host_is_lost():
    for program in many("hosts"):
        is_lost = False
        for step in program.steps:
            assert not (is_lost and isinstance(step, OfContainer))
            is_lost = (is_lost or getattr(step, "action", "") == "lose") and not isinstance(step, HostsBack)


def test_programs_that_move_hosts_ask_to_be_alone():
    moving = {
        kind
        for kind in programs.KINDS
        for program in many(kind, 20)
        if any(isinstance(step, OfHost) for step in program.steps)
    }

    assert moving == {"hosts"}
    assert all(program.is_alone and program.needs_lever for program in many("hosts"))


def test_programs_at_the_same_time_do_not_want_the_same_ports():
    def ports(program: Program) -> set[str]:
        return {
            port.split(":")[0]
            for step in program.steps
            if isinstance(step, Make)
            for port in step.body["launchConfig"].get("ports", ())
        }

    neighbours = many("ports", 30)

    assert all(ports(program) for program in neighbours)
    for number, program in enumerate(neighbours):
        assert all(ports(program).isdisjoint(ports(other)) for other in neighbours[number + 1 :])


def test_some_services_want_more_containers_with_a_port_than_three_hosts_can_have():
    makes = [step for program in many("ports") for step in program.steps if isinstance(step, (Make, Put))]

    assert any(step.body.get("scale") == 4 for step in makes)


def test_checks_report_good_and_bad_of_one_container_and_of_all():
    reports = [step for program in many("health") for step in program.steps if isinstance(step, Health)]

    assert {(step.nth is None, step.healthy) for step in reports} == {
        (True, True),
        (True, False),
        (False, True),
        (False, False),
    }


def test_containers_are_stopped_restarted_and_deleted_by_hand():
    steps = [step for program in many("linked") for step in program.steps if isinstance(step, OfContainer)]

    assert {step.action for step in steps} == {"stop", "restart", "DELETE"}


def test_every_pair_of_calls_has_its_turn():
    met = [
        step for program in many("moment", len(PAIRS)) for step in program.steps if isinstance(step, AtOnce)
    ]

    assert [(step.first, step.second) for step in met] == [(pair.first, pair.second) for pair in PAIRS]


def test_programs_about_services_make_each_kind_of_them():
    made = [step for program in many("services") for step in program.steps if isinstance(step, Make)]

    assert {step.collection for step in made} == {
        "services",
        "dnsservices",
        "externalservices",
        "loadbalancerservices",
    }
    assert {key for step in made for key in step.body} >= {
        "selectorLink",
        "scalePolicy",
        "lbConfig",
        "hostname",
    }


def test_names_of_lone_containers_are_never_those_of_another_program():
    owners: dict[str, set[int]] = {}
    for program in many("containers"):
        for step in program.steps:
            if isinstance(step, MakeContainer):
                owners.setdefault(step.body["name"], set()).add(program.sequence)

    assert owners
    assert all(len(sequences) == 1 for sequences in owners.values())
