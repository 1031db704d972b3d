"""The virtual clock and what is due on it: order, common beats, where it stands (13.3)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rancher_client.simulator.engine import Site, Timing
from rancher_client.simulator.engine.agenda import Agenda
from rancher_client.simulator.engine.world import World

from .lab import START, Lab


def test_events_of_one_moment_are_played_in_the_order_in_which_they_were_planned() -> None:
    agenda = Agenda()
    for at, name in ((2.0, "b"), (1.0, "z"), (2.0, "a"), (1.0, "c")):
        agenda.put(at, name, ())

    played = [event.name for event in iter(lambda: agenda.pop_due(5.0), None)]

    assert played == ["z", "c", "b", "a"]


def test_what_is_due_later_stays_planned() -> None:
    agenda = Agenda()
    agenda.put(2.0, "b", ())

    assert agenda.pop_due(1.9) is None
    assert (agenda.due_at(), len(agenda)) == (2.0, 1)


def test_the_clock_stands_where_it_was_moved_to_whether_something_happened_or_not(lab: Lab) -> None:
    lab.engine.advance(START + 1000.5)

    assert lab.engine.now == START + 1000.5


@pytest.mark.parametrize("beat", [1.0, 15.0, 0.3, 0.7])
def test_the_next_common_beat_is_always_a_later_one(beat: float) -> None:
    """Also at a beat itself, where sums of fractions may have fallen a little short of it."""
    world = World(seed=0, start=START, timing=Timing(), site=Site())
    moments = [START]
    for _ in range(2000):
        moments.append(world.next_beat(beat, after=moments[-1]))

    assert moments[-1] == pytest.approx(START + 2000 * beat, abs=1e-3)
    assert all(later > earlier for earlier, later in pairwise(moments))
    assert world.next_beat(beat) == START + beat
