"""The conformance suite itself: the end of a run names the cases that could not be run."""

from __future__ import annotations

from types import SimpleNamespace

from tests.conformance import summary


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
