"""Reading volumes, for the tests."""

from __future__ import annotations

from typing import Any

from .lab import Lab


def view(lab: Lab, number: int) -> dict[str, Any]:
    found = lab.engine.view("volume", number)
    assert found is not None
    return found


def state(lab: Lab, number: int) -> str:
    return str(view(lab, number)["state"])
