"""Findings: made with what their sentence needs, named so that they can be accepted one by one."""

from string import Formatter

import pytest

from deploytickets.tickets.findings import (
    KINDS,
    Level,
    finding,
    names_of,
    open_warnings,
    problem,
    render,
)


def test_a_finding_in_words_says_what_is_wrong_and_what_to_do():
    shown = render(finding("port-taken", service="app", port=8080, holders="legacy on prod-01"))

    assert (shown.level, shown.word) == (Level.BLOCKER, "Blocker")
    assert "port 8080" in shown.sentence
    assert "legacy on prod-01" in shown.sentence
    assert shown.remedy


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_can_be_made_and_read(code):
    kind = KINDS[code]
    names = {
        field for text in (kind.sentence, kind.remedy) for _, field, _, _ in Formatter().parse(str(text))
    }
    params = {name: f"<{name}>" for name in names - {None}}

    shown = render(finding(code, **params))

    assert shown.name == code
    for value in params.values():
        assert value in shown.sentence + shown.remedy
    assert "{" not in shown.sentence + shown.remedy


def test_a_finding_without_what_its_sentence_needs_cannot_be_made():
    with pytest.raises(ValueError, match="holders"):
        finding("port-taken", service="app", port=8080)
    with pytest.raises(ValueError, match="nonsense"):
        finding("nonsense")


def test_two_of_one_code_are_accepted_one_by_one():
    facts = [finding("no-health-check", about=name, service=name) for name in ("app", "shipper")]

    assert names_of(facts, Level.WARNING) == ["no-health-check:app", "no-health-check:shipper"]
    assert open_warnings(facts, ["no-health-check:app"]) == ["no-health-check:shipper"]


def test_a_name_said_twice_is_one_warning():
    facts = [finding("host-away", host=host, state="inactive") for host in ("prod-01", "prod-02")]

    assert open_warnings(facts, []) == ["host-away"]


def test_a_finding_of_another_release_is_shown_by_its_code():
    shown = render({"code": "moon-phase", "name": "moon-phase", "level": "note", "phase": "full"})

    assert (shown.level, shown.sentence) == (Level.NOTE, "Preflight found “moon-phase”.")


def test_braces_in_what_people_wrote_are_text():
    shown = render(finding("image-missing", image="{image.__class__}"))

    assert "{image.__class__}" in shown.sentence


def test_a_plan_problem_uses_the_same_table():
    fact = problem("stack-missing", stack="pay", environment="prod")

    assert fact == {"code": "stack-missing", "stack": "pay", "environment": "prod"}
    assert render(fact).level is Level.BLOCKER
