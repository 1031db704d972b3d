"""The conformance suite itself: the end of a run names the cases that could not be run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.conformance import sections, summary, traps


def report(name, reason=None):
    longrepr = None if reason is None else ("file.py", 1, f"Skipped: {reason}")
    return SimpleNamespace(nodeid=f"tests/{name}", longrepr=longrepr)


def test_cases_that_were_not_run_are_named_under_their_reason():
    outcomes = {
        "passed": [report("conformance/test_a.py::test_one"), report("web/test_b.py::test_other")],
        "skipped": [
            report("conformance/test_a.py::test_two", "no lever"),
            report("web/test_b.py::test_x", "x"),
        ],
    }

    assert summary.lines(outcomes) == [
        "Conformance cases: 1 passed, 1 not run",
        "not run, no lever:",
        "  test_a.py::test_two",
    ]


def test_a_run_of_other_tests_says_nothing():
    assert summary.lines({"passed": [report("web/test_b.py::test_other")]}) == []


CONTRACT = traps.CONTRACT.read_text(encoding="utf-8")
NOTES = traps.CONTRACT.with_name("rancher-1.6.md")


@pytest.mark.parametrize("number", traps.listed(CONTRACT))
def test_every_trap_of_the_contract_has_a_case_or_a_reason_why_not(number):
    assert (number in traps.covered()) != (number in traps.NOT_SHOWN)


def test_no_case_and_no_reason_names_a_trap_that_is_not_there():
    assert {*traps.covered(), *traps.NOT_SHOWN} <= set(traps.listed(CONTRACT))


def test_the_table_of_traps_in_the_notes_is_that_of_the_cases():
    """`python -m tests.conformance.traps` prints it."""
    assert "\n".join(traps.table(CONTRACT)) in NOTES.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", sections.listed(CONTRACT))
def test_every_section_of_the_contract_has_tests_or_a_reason_why_not(number):
    assert (number in sections.held(CONTRACT)) != (number in sections.WITHOUT)


def test_no_test_file_names_a_section_that_is_not_there():
    every = {number for number, _title in sections.HEADING.findall(CONTRACT)}

    assert {number for names in sections.all_named().values() for number in names} <= every


def test_the_table_of_sections_in_the_notes_is_that_of_the_test_files():
    """`python -m tests.conformance.sections` prints it."""
    assert "\n".join(sections.table(CONTRACT)) in NOTES.read_text(encoding="utf-8")
