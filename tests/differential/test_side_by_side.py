"""Two simulators side by side over real HTTP, their clocks moved by the player: equal, unless one lies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from rancher_client.simulator.server import Effect, SimulatorServer

from . import __main__ as command
from . import programs
from .moments import PAIRS
from .server import Address, Server
from .side_by_side import drawn, run
from .steps import Link, Make, Program

WEB = Make("web", {"name": "web", "launchConfig": {"imageUuid": "IMG:web:1"}})
SETTLED_KINDS = [kind for kind in programs.KINDS if kind != "moment"]


@pytest.fixture
def two() -> Iterator[tuple[SimulatorServer, SimulatorServer]]:
    """Two simulators with other chances, so that what is compared must not depend on them."""
    with ExitStack() as stack:
        first, second = (stack.enter_context(SimulatorServer(speed=0, random_seed=seed)) for seed in (1, 2))
        yield first, second


def address(simulator: SimulatorServer, *, has_control: bool = True) -> Address:
    project, access_key, secret_key = simulator.add_project("differential", hosts=3)
    return Address(
        simulator.url,
        project,
        access_key,
        secret_key,
        image_prefix="docker:",
        has_control=has_control,
        virtual_clock=True,
    )


@pytest.mark.parametrize("kind", SETTLED_KINDS)
def test_two_simulators_do_the_same(two, kind):
    first, second = (Server(address(each)) for each in two)

    report = run(first, second, drawn([kind], sequences=3, seed=1, steps=5))

    assert (report.broken, report.differences) == ([], [])
    assert report.settled > 15


def test_two_simulators_permit_the_same_outcomes_of_calls_at_the_same_moment(two):
    first, second = (Server(address(each)) for each in two)
    finish_twice = next(number for number, pair in enumerate(PAIRS) if pair.name == "finish + finish")

    chosen = drawn(["moment"], sequences=len(PAIRS), seed=1, steps=0)
    report = run(first, second, [chosen[finish_twice]] * 3)

    assert report.broken == []
    assert len(report.moments) == 3
    assert all(outcome.answers for _, *outcomes in report.moments for outcome in outcomes)


def test_a_server_that_answers_otherwise_is_reported(two):
    first, second = (Server(address(each)) for each in two)
    with two[1].engine_lock:
        two[1].faults.order(Effect.STATUS, action="setservicelinks", status=409, times=100)

    report = run(
        first, second, [Program("linked", 0, (WEB, Link("setservicelinks", "web", {"itself": "web"})))]
    )

    assert {difference.aspect for difference in report.differences} == {"answer", "links"}
    assert not report.is_good(answers=99.5, settled=0, moments=0)


def test_a_server_whose_containers_end_up_otherwise_is_reported(two):
    first, second = (Server(address(each)) for each in two)
    with two[1].engine_lock:
        two[1].levers.start_fails("web:1.0.0", "no such device")

    report = run(first, second, drawn(["hosts"], sequences=1, seed=1, steps=0))

    assert {difference.aspect for difference in report.differences} >= {"state", "containers", "failing"}
    assert not report.is_good(answers=0, settled=95, moments=0)


def test_without_a_lever_what_needs_one_is_counted_as_not_run(two):
    first, second = Server(address(two[0])), Server(address(two[1], has_control=False))

    report = run(first, second, drawn(["hosts", "ports"], sequences=2, seed=1, steps=0))

    assert dict(report.not_run) == {"hosts": 1}
    assert "not run, no lever: 1 of kind hosts" in list(report.lines())


def test_the_command_prints_the_counts_and_says_by_its_status_whether_they_are_good(two, tmp_path, capsys):
    files = [written(address(each), tmp_path / f"{number}.json") for number, each in enumerate(two)]
    options = ["--kinds", "linked", "--sequences", "1", "--steps", "0"]

    assert command.main([*files, *options]) == 0
    assert "answers equal 3 of 3 (100.00 %)" in capsys.readouterr().out
    assert command.main([*files, *options, "--settled", "100.1"]) == 1


def written(address: Address, path: Path) -> str:
    path.write_text(
        json.dumps(
            {
                "url": address.url,
                "project": address.project,
                "access_key": address.access_key,
                "secret_key": address.secret_key,
                "image_prefix": address.image_prefix,
                "has_control": address.has_control,
                "virtual_clock": True,
            }
        )
    )
    return str(path)
