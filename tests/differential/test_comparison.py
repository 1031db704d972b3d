"""What counts as equal: states, actions, fields and their types, configs, containers; what does not count."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from . import pictures
from .comparison import Compared, compare
from .moments import Outcome, permitted, wholeness
from .player import Noted, Play
from .report import Report
from .steps import Act, Program, Read

SERVICE: dict[str, Any] = {
    "id": "1s12",
    "type": "service",
    "uuid": "a",
    "state": "active",
    "transitioning": "no",
    "healthState": "healthy",
    "transitioningMessage": None,
    "actions": {"upgrade": "http://one/?action=upgrade", "remove": "http://one/?action=remove"},
    "links": {"self": "http://one"},
    "scale": 1,
    "metadata": None,
    "launchConfig": {"imageUuid": "IMG:web:1", "version": "0"},
    "linkedServices": {"db": "1s11"},
    "publicEndpoints": [{"port": 8080, "hostId": "1h1"}],
    "instances": [
        {
            "id": "1i4",
            "state": "running",
            "transitioning": "no",
            "healthState": None,
            "version": "0",
            "labels": {"io.rancher.service.launch.config": "io.rancher.service.primary.launch.config"},
        }
    ],
}
PROGRAM = Program("linked", 0, (Act("web", "activate"), Act("web", "deactivate")))


def picture(failing: bool = False, **changes: Any) -> pictures.Picture:
    return {"web": pictures.of_service(copy.deepcopy(SERVICE) | changes, failing=failing)}


def played(*pictures_: pictures.Picture, answer: Any = 202) -> Play:
    return Play([Noted([answer], each) for each in pictures_])


def aspects(compared: Compared) -> list[str]:
    return [difference.aspect for difference in compared.differences]


def container(**changes: Any) -> dict[str, Any]:
    return SERVICE["instances"][0] | changes


def test_two_equal_plays_have_no_differences():
    compared = compare(PROGRAM, played(picture(), picture()), played(picture(), picture()))

    assert (compared.calls, compared.answers_equal, compared.settled, compared.settled_equal) == (2, 2, 2, 2)
    assert compared.differences == []


OF_THEIR_OWN = {"actions", "instances", "linkedServices", "publicEndpoints"}


@pytest.mark.parametrize("name", sorted(pictures.VOLATILE.keys() - OF_THEIR_OWN))
def test_a_volatile_field_may_be_anything(name):
    assert compare(PROGRAM, played(picture()), played(picture(**{name: 7}))).differences == []


@pytest.mark.parametrize(
    ("changes", "aspect"),
    [
        ({"state": "inactive"}, "state"),
        ({"healthState": "degraded"}, "health"),
        ({"actions": {"remove": "http://two"}}, "actions"),
        ({"surplus": None}, "fields"),
        ({"metadata": {}}, "fields"),
        ({"launchConfig": {"imageUuid": "IMG:web:2", "version": "0"}}, "launchConfig"),
        ({"secondaryLaunchConfigs": [{"name": "side"}]}, "secondaryLaunchConfigs"),
        ({"scale": 2}, "scale"),
        ({"linkedServices": None}, "links"),
        ({"publicEndpoints": None}, "ports"),
        ({"instances": []}, "containers"),
        ({"instances": [container(state="stopped")]}, "containers"),
        ({"instances": [container(healthState="healthy")]}, "containers"),
        ({"instances": [container(version="old")]}, "containers"),
        ({"instances": [container(surplus=1)]}, "container fields"),
    ],
)
def test_what_counts(changes, aspect):
    assert aspect in aspects(compare(PROGRAM, played(picture()), played(picture(**changes))))


def test_urls_versions_and_ids_do_not_count():
    other = picture(
        id="1s99",
        actions={"upgrade": "http://two", "remove": "http://two"},
        links={"self": "http://two"},
        launchConfig={"imageUuid": "IMG:web:1", "version": "5d1c"},
        linkedServices={"db": "1s98"},
        instances=[container(id="1i77", version="5d1c")],
    )

    assert compare(PROGRAM, played(picture()), played(other)).differences == []


def test_of_a_service_not_at_rest_only_standing_containers_count():
    trying = [container(), container(state="error"), container(state="requested")]
    moving = {"state": "updating-active", "transitioning": "yes"}

    compared = compare(
        PROGRAM,
        played(picture(**moving)),
        played(picture(**moving, instances=trying)),
    )

    assert compared.differences == []


def test_a_service_that_failed_is_told_from_one_that_waits():
    moving = {"state": "updating-active", "transitioning": "yes"}

    compared = compare(PROGRAM, played(picture(**moving)), played(picture(failing=True, **moving)))

    assert aspects(compared) == ["failing"]


def test_answers_differ_by_status_code_and_field():
    one = Play([Noted([422, "ActionNotAvailable", "action", True], picture())])
    other = Play([Noted([202, None, "service", None], picture())])

    compared = compare(PROGRAM, one, other)

    assert (compared.answers_equal, aspects(compared)) == (0, ["answer"])


def test_nothing_is_compared_after_the_states_have_parted():
    one, other = played(picture(), picture()), played(picture(state="inactive"), picture(scale=9))

    compared = compare(PROGRAM, one, other)

    assert (compared.parted, compared.calls, compared.settled) == (0, 1, 1)


def test_a_read_has_no_settled_picture():
    program = Program("linked", 0, (Read("services"),))

    compared = compare(program, Play([Noted([200])]), Play([Noted([200])]))

    assert (compared.calls, compared.settled) == (1, 0)


def test_the_report_fails_below_a_threshold_and_names_the_aspect():
    report = Report()
    report.add(compare(PROGRAM, played(picture(), picture()), played(picture(), picture(scale=2))))

    assert report.is_good(answers=100, settled=50, moments=100)
    assert not report.is_good(answers=100, settled=51, moments=100)
    assert any(line.startswith("--- scale: 1") for line in report.lines())


def test_a_program_that_broke_off_is_never_good():
    report = Report(broken=["linked 3: ConnectionError()"])

    assert not report.is_good(answers=0, settled=0, moments=0)


BOTH = Outcome(("202", "202"), "yes", "upgraded")
REFUSED = Outcome(("202", "422 ActionNotAvailable"), "yes", "upgraded")
TORN = Outcome(("202", "202"), "torn", "upgrading …")


def test_outcomes_of_a_moment_are_compared_as_sets():
    plays = [("pair", BOTH, REFUSED), ("pair", REFUSED, BOTH), ("pair", BOTH, BOTH)]

    (pair,) = permitted(plays)

    assert (pair.strange, pair.missing) == ({}, {})


def test_an_outcome_that_the_first_server_never_shows_is_strange():
    report = Report()
    for second in (BOTH, TORN):
        report.add_moment("pair", BOTH, second)

    (pair,) = report.pairs

    assert pair.strange == {TORN: 1}
    assert report.moments_share == 50
    assert not report.is_good(answers=0, settled=0, moments=51)


@pytest.mark.parametrize(
    ("state", "block", "whole"),
    [
        ("upgraded", "new", "yes"),
        ("upgrading", "other", "torn"),
        ("upgrading", None, "no block"),
        ("active", None, "yes"),
        ("active", "other", "yes"),
    ],
)
def test_whether_a_service_is_of_one_post(state, block, whole):
    strategy = {"inServiceStrategy": {"launchConfig": {"version": block}}} if block else None

    assert wholeness({"state": state, "launchConfig": {"version": "new"}, "upgrade": strategy}) == whole
