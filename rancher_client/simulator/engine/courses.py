"""The courses of rows that follow from others: what their own processes make of their states.

What else a process does is told in `derived_processes`.
"""

from __future__ import annotations

from . import derived
from .derived_machines import MACHINES
from .model import Course
from .world import World


def begin(world: World, kind: str, number: int, name: str) -> None:
    """Begin a process of a row, which its state must allow."""
    course = of(world, kind, number)
    shown = derived.view(world, kind, number) or {}
    course.state = MACHINES[kind].processes[name].begin(str(shown["state"]))
    course.since = derived.since(world, kind, number)
    course.process += 1
    world.touch(kind, number)
    world.later(world.timing.project_step, "derived.step", kind, number, course.process, name)


def of(world: World, kind: str, number: int) -> Course:
    """The row's course, begun with the state that it has; a pairing keeps whose it was."""
    found = derived.course_of(world, kind, number)
    if found is None:
        shown = derived.view(world, kind, number) or {}
        kept = {"serviceId": shown["serviceId"].number} if kind == "serviceExposeMap" else {}
        found = Course(str(shown["state"]), derived.since(world, kind, number), fields=kept)
        world.courses[kind, number] = found
    return found
