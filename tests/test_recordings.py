"""No recording of a live Rancher 1.6 is passed over in silence."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests import followed

DOCUMENT = Path(__file__).parent.parent / "docs" / "rancher-1.6.md"


def told() -> dict[str, str]:
    """The table of what is not followed: recording and what of it."""
    section = DOCUMENT.read_text(encoding="utf-8").partition("## Recordings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z]+/[a-z0-9-]+)` \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)
    assert all(reason.strip() for _, _, reason in rows)
    return {recording: what.strip() for recording, what, _ in rows}


def test_every_recording_is_followed_or_listed_with_a_reason(capsys) -> None:
    files, by_tests = set(followed.files()), set(followed.followed())

    assert by_tests <= files, "tests name recordings that are not there"
    assert set(followed.NOT_FOLLOWED).isdisjoint(by_tests), (
        "these are followed by now: take them off the list"
    )
    assert files == by_tests | set(followed.NOT_FOLLOWED)
    with capsys.disabled():
        sys.stdout.write(f"\nfollowed {len(by_tests)} of {len(files)} recordings\n")


def test_the_document_lists_what_is_not_followed() -> None:
    assert told() == followed.differing_steps() | dict.fromkeys(followed.NOT_FOLLOWED, "all")


def test_the_document_tells_the_count() -> None:
    files, by_tests = followed.files(), followed.followed()

    assert f"{len(by_tests)} of the {len(files)} recordings" in DOCUMENT.read_text(encoding="utf-8")
