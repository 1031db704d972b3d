"""What containers write: lines that follow from when they ran, read in any piece (rancher-1.6-api.md 6.3)."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from rancher_client.simulator.engine.output import RUNS_KEPT, STDERR, STDOUT, Line

from .lab import OLD, Lab


@pytest.fixture
def number(lab: Lab) -> int:
    """A container of its own, just begun."""
    return lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)


def everything(lab: Lab, number: int) -> list[Line]:
    return lab.engine.written(number, after=0.0, said_from=0)


def begin_again(lab: Lab, number: int) -> None:
    lab.engine.act("container", number, "stop", {})
    lab.wait(1)
    lab.engine.act("container", number, "start", {})
    lab.wait(1)


def test_an_application_says_that_it_starts_that_it_is_ready_and_what_it_serves(
    lab: Lab, number: int
) -> None:
    lab.wait(60)
    began = lab.container(number)["firstRunning"]

    first, second, *rest = everything(lab, number)

    assert first == Line(began, STDOUT, "Starting registry/shop:1")
    assert (second.stream, second.text) == (STDOUT, "Ready to take requests")
    assert began < second.at < began + 0.1
    assert 8 < len(rest) < 30
    paces = {round(later.at - earlier.at, 3) for earlier, later in pairwise([second, *rest])}
    assert len(paces) == 1
    assert 2 <= min(paces) <= 7


def test_it_warns_now_and_then_on_the_other_stream(lab: Lab, number: int) -> None:
    lab.wait(3600)

    lines = everything(lab, number)[2:]
    warnings = [line for line in lines if line.stream == STDERR]

    assert all(line.text.startswith("WARN slow query took ") for line in warnings)
    assert all(line.text.startswith("GET /orders/") for line in lines if line.stream == STDOUT)
    assert len(lines) / 20 < len(warnings) < len(lines) / 5


def test_before_it_runs_it_has_written_nothing(lab: Lab, number: int) -> None:
    lab.wait(0.2)

    assert everything(lab, number) == lab.engine.last_written(number, 10, since=0.0) == []


def test_a_restart_ends_the_process_and_begins_another(lab: Lab, number: int) -> None:
    lab.wait(1)

    lab.engine.act("container", number, "restart", {})
    lab.wait(1)

    assert [line.text for line in everything(lab, number)] == [
        "Starting registry/shop:1",
        "Ready to take requests",
        "Received signal 15, shutting down",
        "Starting registry/shop:1",
        "Ready to take requests",
    ]


def test_an_end_by_itself_is_not_told_again_when_the_container_goes(lab: Lab, number: int) -> None:
    lab.wait(1)
    lab.engine.levers.container_exits(number)
    lab.wait(1)
    before = everything(lab, number)

    lab.engine.delete("container", number)
    lab.wait(10)

    assert everything(lab, number) == before
    assert before[-1].stream == STDERR
    assert before[-1].text == "The process has ended by itself"


def test_what_levers_make_it_say_stands_among_its_own_lines(lab: Lab, number: int) -> None:
    lab.wait(10)
    lab.engine.levers.container_says(number, "one")
    lab.wait(10)
    lab.engine.levers.container_says(number, "two", STDERR)
    lab.wait(10)

    lines = everything(lab, number)
    said = [line for line in lines if line.text in ("one", "two")]

    assert lines == sorted(lines, key=lambda line: line.at)
    assert [(line.stream, line.text) for line in said] == [(STDOUT, "one"), (STDERR, "two")]
    assert lab.engine.said(number) == 2
    assert said[0] not in lab.engine.written(number, after=0.0, said_from=1)
    assert said[1] in lab.engine.last_written(number, 8, since=0.0)
    assert said[0] not in lab.engine.last_written(number, 50, since=said[0].at + 1)


def test_one_that_does_not_run_says_nothing(lab: Lab, number: int) -> None:
    lab.engine.levers.container_says(number, "too early")

    assert lab.engine.said(number) == 0


@pytest.mark.parametrize("seed", range(4))
def test_followed_piece_by_piece_it_is_what_is_read_at_once(seed: int) -> None:
    lab, drawn = Lab(seed=seed), random.Random(seed)
    number = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    followed: list[Line] = []
    after, said = 0.0, 0
    for _ in range(40):
        what = drawn.choice(["wait", "wait", "say", "restart", "exit"])
        if what == "say":
            lab.engine.levers.container_says(number, "hello")
        elif what == "exit":
            lab.engine.levers.container_exits(number)
        elif what == "restart" and lab.container(number)["state"] == "stopped":
            lab.engine.act("container", number, "start", {})
        lab.wait(drawn.choice([0.0, 0.03, 0.5, 7.0, 60.0]))
        followed += lab.engine.written(number, after=after, said_from=said)
        after, said = lab.engine.now, lab.engine.said(number)

    whole = everything(lab, number)

    assert sorted(followed) == sorted(whole)
    assert len(whole) > 20


@pytest.mark.parametrize("seed", range(4))
def test_the_last_lines_are_the_end_of_all_lines(seed: int) -> None:
    lab = Lab(seed=seed)
    number = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    for pause in (30, 2, 300):
        lab.wait(pause)
        lab.engine.levers.container_says(number, "hello")
        begin_again(lab, number)
    whole = everything(lab, number)
    assert len(whole) > 50

    for count in (*range(12), len(whole) - 1, len(whole), 1000):
        assert (
            lab.engine.last_written(number, count, since=0.0) == whole[len(whole) - min(count, len(whole)) :]
        )
    for line in whole:
        since = [other for other in whole if other.at >= line.at]
        assert lab.engine.last_written(number, 1000, since=line.at) == since
        assert lab.engine.last_written(number, 3, since=line.at) == since[-3:]


def test_only_so_many_runs_are_kept(lab: Lab, number: int) -> None:
    lab.wait(1)
    for _ in range(RUNS_KEPT + 3):
        begin_again(lab, number)

    starts = [line for line in everything(lab, number) if line.text.startswith("Starting ")]

    assert len(starts) == RUNS_KEPT
