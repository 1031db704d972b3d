"""Containers of their own, what they say of themselves and what is recorded of them."""

from __future__ import annotations

from typing import Any

from rancher_client.simulator.engine import Ref

from .lab import OLD, Lab

BARE = OLD.removeprefix("sim:")
"""The image of containers of their own, as the levers name it."""
CHECK: dict[str, Any] = {"port": 80, "interval": 2000, "healthyThreshold": 2, "unhealthyThreshold": 3}


def alone(lab: Lab, *, settle: float = 5, **fields: Any) -> int:
    """A container of its own, which nobody reconciles."""
    number = lab.engine.create("container", {"imageUuid": OLD, **fields}, project=lab.project)
    lab.wait(settle)
    return number


def said(lab: Lab, number: int) -> tuple[str, str, str | None, int | None]:
    """State, transitioning, and what is told of the way."""
    view = lab.container(number)
    return (
        view["state"],
        view["transitioning"],
        view["transitioningMessage"],
        view["transitioningProgress"],
    )


def state(lab: Lab, number: int) -> str:
    return str(lab.container(number)["state"])


def act(lab: Lab, number: int, action: str) -> None:
    lab.engine.act("container", number, action, {})


def processes(lab: Lab, number: int) -> list[tuple[str, str | None, str | None, Any]]:
    """Name, exit reason, result and data of a container's processes, the oldest first."""
    views = [lab.engine.view("processInstance", each) or {} for each in lab.engine.ids("processInstance")]
    return [
        (view["processName"], view["exitReason"], view["result"], view["data"])
        for view in views
        if view["resourceId"] == Ref("container", number)
    ]


def until_starting(lab: Lab, number: int, message: str) -> None:
    """Let time pass until the start says so."""
    for _ in range(1000):
        if lab.container(number)["transitioningMessage"] == message:
            return
        lab.wait(0.01)
    raise AssertionError(f"{said(lab, number)} instead of {message}")


def ways(lab: Lab, number: int, seconds: float = 1.0) -> list[str]:
    """The states that a container goes through in that time, each once."""
    seen = [state(lab, number)]
    for _ in range(round(seconds * 200)):
        lab.wait(0.005)
        if state(lab, number) != seen[-1]:
            seen.append(state(lab, number))
    return seen


def stop_and_wait(lab: Lab, number: int) -> None:
    act(lab, number, "stop")
    lab.wait(5)
