"""What the end of a run says of this suite: how many cases ran, and which could not, with the reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

FOLDER = "tests/conformance/"


def lines(outcomes: Mapping[str, Iterable[Any]]) -> list[str]:
    """The lines to print for the reports of a run by outcome; none where no case of this suite was asked for.

    A report is pytest's: `nodeid`, and where it was skipped `longrepr` with the reason as its last part.
    """
    of_ours = {
        outcome: [report for report in outcomes.get(outcome, ()) if _is_ours(report)]
        for outcome in ("passed", "failed", "error", "skipped")
    }
    if not any(of_ours.values()):
        return []
    counts = [f"{len(of_ours['passed'])} passed"]
    counts += [f"{len(of_ours[name])} {name}" for name in ("failed", "error") if of_ours[name]]
    counts.append(f"{len(of_ours['skipped'])} not run")
    return ["Conformance cases: " + ", ".join(counts), *_not_run(of_ours["skipped"])]


def _is_ours(report: Any) -> bool:
    return str(getattr(report, "nodeid", "")).startswith(FOLDER)


def _not_run(reports: Sequence[Any]) -> list[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for report in reports:
        reason = str(report.longrepr[-1]) if isinstance(report.longrepr, tuple) else "skipped"
        by_reason[reason.removeprefix("Skipped: ")].append(report.nodeid.removeprefix(FOLDER))
    return [
        line
        for reason, names in sorted(by_reason.items())
        for line in (f"not run, {reason}:", *(f"  {name}" for name in sorted(names)))
    ]
