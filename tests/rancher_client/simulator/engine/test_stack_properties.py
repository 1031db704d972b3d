"""No sequence of calls about a stack breaks the engine, and from everywhere there is a way out (3.2, 3.4)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rancher_client.simulator.engine import Refused
from rancher_client.simulator.engine.state_machines import STACK

from .announcements import Announcements
from .stack_lab import StackLab

TEXTS = [
    "a: {image: 'r/a:${VERSION}', links: [b]}\nb: {image: 'r/b:1'}\n",
    "a: {image: 'r/a:${VERSION}'}\nc: {image: 'r/c:1', links: [a]}\n",
    "a: {image: 'r/a:1', labels: {io.rancher.sidekicks: log}}\nlog: {image: 'r/log:${VERSION}'}\n",
    "a: {image: r/bad}\nd: {}\n",
    "a: [",
    "a: {image: x, labels: {n: 1}}\n",
]
MORE = ["", "version: '2'\nservices:\n  a: {scale: 3, metadata: {v: '${VERSION}'}}\n"]
SERVICE_ACTIONS = [
    "upgrade",
    "finishupgrade",
    "rollback",
    "cancelupgrade",
    "deactivate",
    "activate",
    "remove",
]

Step = tuple[str, Any]


def steps() -> st.SearchStrategy[list[Step]]:
    """Calls about the stack and its services, the executor coming and going, and time passing."""
    upgrade = st.fixed_dictionaries(
        {
            "dockerCompose": st.sampled_from(TEXTS),
            "rancherCompose": st.sampled_from(MORE),
            "environment": st.fixed_dictionaries({"VERSION": st.sampled_from("123")}),
        }
    )
    step = st.one_of(
        st.tuples(st.just("wait"), st.sampled_from([0.05, 0.3, 1.0, 4.0, 20.0, 100.0])),
        st.tuples(st.just("upgrade"), upgrade),
        st.tuples(st.just("stack"), st.sampled_from(["finishupgrade", "rollback", "cancelupgrade"])),
        st.tuples(st.just("stack"), st.sampled_from(["activateservices", "deactivateservices"])),
        st.tuples(st.just("service"), st.sampled_from(SERVICE_ACTIONS)),
        st.tuples(st.just("executor"), st.sampled_from(["running", "away", "unregistered"])),
        st.tuples(st.just("start fails"), st.sampled_from([None, "boom"])),
        st.tuples(st.just("rename"), st.sampled_from(["made", "other"])),
    )
    return st.lists(step, max_size=12)


class Play:
    """Plays steps against one stack of two services."""

    def __init__(self, seed: int) -> None:
        self.lab = StackLab(seed=seed)
        self.stack = self.lab.stack_of(TEXTS[0], MORE[0])
        self.announcements = Announcements(self.lab.engine)

    def take(self, step: Step) -> None:
        status = 200
        try:
            self._take(*step)
        except Refused as refused:
            status = refused.status
        assert status in (200, 409, 422)
        self.check()

    def _take(self, what: str, how: Any) -> None:
        engine = self.lab.engine
        if what == "wait":
            self.wait(how)
        elif what == "upgrade":
            engine.act("stack", self.stack, "upgrade", how)
        elif what == "stack":
            engine.act("stack", self.stack, how, {})
        elif what == "executor":
            engine.levers.compose_executor(how)
        elif what == "start fails":
            engine.levers.start_fails("r/a:2", how)
        elif what == "rename":
            engine.update("stack", self.stack, {"name": how})
        else:
            for _, number in engine.related("stack", self.stack, "services")[:1]:
                body = {"inServiceStrategy": {"launchConfig": {"imageUuid": "docker:r/hand:1"}}}
                engine.act("service", number, how, body if how == "upgrade" else {})

    def wait(self, seconds: float) -> None:
        ends = self.lab.engine.now + seconds
        while (due := self.lab.engine.due_at()) is not None and due <= ends:
            self.lab.engine.advance(due)
            self.check()
        self.lab.engine.advance(ends)

    def check(self) -> None:
        self.announcements.check()
        engine = self.lab.engine
        view = self.lab.stack_view(self.stack)
        moves = view["state"] in STACK.transitional_states
        assert view["transitioning"] == ("yes" if moves else "no")
        assert (view["transitioningMessage"] is not None) == moves
        assert engine.offered("stack", self.stack) == STACK.offered(view["state"])
        services = [self.lab.view(n) for _, n in engine.related("stack", self.stack, "services")]
        staying = [service["name"] for service in services if service["state"] != "removing"]
        assert len(staying) == len(set(staying))

    def way_out(self) -> None:
        """With an executor that runs and images that start, cancel and remove end within minutes."""
        self.lab.engine.levers.compose_executor("running")
        self.lab.engine.levers.start_fails("r/a:2", None)
        if "cancelupgrade" in self.lab.engine.offered("stack", self.stack):
            self.lab.engine.act("stack", self.stack, "cancelupgrade", {})
            self.lab.until_stack(self.stack, "canceled-upgrade")
        self.lab.engine.delete("stack", self.stack)
        self.lab.until_stack(self.stack, "removed")
        self.lab.until_true(lambda: not self.lab.names(self.stack))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 5), steps=steps())
def test_nothing_that_is_done_to_a_stack_breaks_it_and_there_is_a_way_out(
    seed: int, steps: list[Step]
) -> None:
    play = Play(seed)
    for step in steps:
        play.take(step)

    play.way_out()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 5), steps=steps())
def test_the_same_seed_and_calls_give_the_same_history(seed: int, steps: list[Step]) -> None:
    histories = []
    for _ in range(2):
        play = Play(seed)
        for step in steps:
            play.take(step)
        histories.append(json.dumps(play.lab.engine.snapshot()))

    assert histories[0] == histories[1]
