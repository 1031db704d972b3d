"""No sequence of calls and mishaps breaks the engine (rancher-1.6-api.md chapters 4 to 7)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rancher_client.simulator.engine import Engine, Refused, Site, Timing
from rancher_client.simulator.engine.containers import GONE
from rancher_client.simulator.engine.state_machines import SERVICE

from .announcements import Announcements
from .lab import NEW, OLD, Lab, upgrade_body

HEALTH = {"port": 80, "interval": 2000, "healthyThreshold": 2, "initializingTimeout": 20_000}
LOGS = {"name": "logs", "imageUuid": "sim:registry/logs:2"}

PLAIN_ACTIONS = ["activate", "deactivate", "finishupgrade", "rollback", "cancelupgrade", "continueupgrade"]

Step = tuple[str, Any]


def steps() -> st.SearchStrategy[list[Step]]:
    """Calls of the API, mishaps of the world, and time passing."""
    upgrades = st.builds(
        upgrade_body,
        st.sampled_from([OLD, NEW, "sim:registry/shop:3"]),
        batch=st.integers(1, 3),
        interval=st.sampled_from([100, 2000]),
        start_first=st.booleans(),
        ports=st.sampled_from([[], ["80:80"], ["81"]]),
        healthCheck=st.sampled_from([None, HEALTH]),
        sidekicks=st.sampled_from([None, [LOGS]]),
    )
    step = st.one_of(
        st.tuples(st.just("wait"), st.sampled_from([0.05, 0.5, 1.0, 3.0, 20.0, 60.0])),
        st.tuples(st.just("upgrade"), upgrades),
        st.tuples(st.just("act"), st.sampled_from(PLAIN_ACTIONS)),
        st.tuples(st.just("scale"), st.integers(0, 3)),
        st.tuples(st.just("metadata"), st.integers(0, 9)),
        st.tuples(st.just("exit"), st.integers(0, 5)),
        st.tuples(st.just("stop"), st.integers(0, 5)),
        st.tuples(st.just("remove container"), st.integers(0, 5)),
        st.tuples(st.just("start fails"), st.sampled_from([None, "boom"])),
        st.tuples(st.just("answers"), st.booleans()),
        st.tuples(st.just("lose host"), st.integers(0, 2)),
        st.tuples(st.just("regain host"), st.integers(0, 2)),
        st.tuples(st.just("host"), st.sampled_from(["deactivate", "activate", "evacuate"])),
        st.tuples(st.just("thief"), st.booleans()),
    )
    return st.lists(step, max_size=14)


class Play:
    """Plays steps against one service and checks after each event what must always hold."""

    def __init__(self, seed: int, site: Site) -> None:
        self.lab = Lab(seed=seed, site=site)
        self.site = site
        self.web = self.lab.service(scale=2, sidekicks=[{"name": "logs", "imageUuid": "sim:registry/logs:1"}])
        self.thief: int | None = None
        self.announcements = Announcements(self.lab.engine)

    def take(self, step: Step) -> None:
        what, how = step
        status = 200
        try:
            self._take(what, how)
        except Refused as refused:
            status = refused.status
        assert status in (200, 405, 409, 422)
        self.check()

    def _take(self, what: str, how: Any) -> None:
        engine, levers = self.lab.engine, self.lab.engine.levers
        if what == "wait":
            self.wait(how)
        elif what == "upgrade":
            engine.act("service", self.web, "upgrade", how)
        elif what == "act":
            engine.act("service", self.web, how, {})
        elif what in ("scale", "metadata"):
            engine.update("service", self.web, {what: how if what == "scale" else {"n": how}})
        elif what in ("exit", "stop", "remove container"):
            self._touch_container(what, how)
        elif what == "start fails":
            levers.start_fails(NEW, how)
        elif what == "answers":
            levers.image_health(NEW, how)
        elif what == "lose host":
            levers.lose_host(self.lab.hosts[how])
        elif what == "regain host":
            levers.regain_host(self.lab.hosts[how])
        elif what == "host":
            engine.act("host", self.lab.hosts[0], how, {})
        elif how and self.thief is None:
            self.thief = self.lab.service("thief", scale=3, ports=["80:80"], settle=0)
        elif not how and self.thief is not None:
            engine.delete("service", self.thief)

    def _touch_container(self, what: str, how: int) -> None:
        ids = self.lab.ids(self.web)
        if not ids:
            return
        number = ids[how % len(ids)]
        if what == "exit":
            self.lab.engine.levers.container_exits(number)
        elif what == "stop":
            self.lab.engine.act("container", number, "stop", {})
        else:
            self.lab.engine.delete("container", number)

    def wait(self, seconds: float) -> None:
        ends = self.lab.engine.now + seconds
        while (due := self.lab.engine.due_at()) is not None and due <= ends:
            self.lab.engine.advance(due)
            self.check()
        self.lab.engine.advance(ends)

    def check(self) -> None:
        self.announcements.check()
        self._containers_are_conserved()
        if self.site.hosts_bind_ports:
            self._a_host_port_is_bound_once()
        self._states_are_known()

    def _containers_are_conserved(self) -> None:
        """Every container is either listed by its service or removed for good."""
        number = 1
        while (view := self.lab.engine.view("container", number)) is not None:
            owners = [owner.number for owner in view["serviceIds"] or ()]
            assert bool(owners) != (view["state"] in GONE)
            assert all(number in self.lab.ids(owner) for owner in owners)
            number += 1

    def _a_host_port_is_bound_once(self) -> None:
        bound: Counter[tuple[int, str]] = Counter()
        for number in self.lab.engine.ids("container"):
            view = self.lab.container(number)
            if view["state"] == "running" and view["hostId"] is not None:
                for spec in view["ports"] or []:
                    if ":" in spec:
                        bound[view["hostId"].number, spec.split(":")[0]] += 1
        assert all(count == 1 for count in bound.values())

    def _states_are_known(self) -> None:
        known = {state for process in SERVICE.processes.values() for state in process.start}
        assert self.lab.state(self.web) in known | {"removing", "removed"}

    def heal(self) -> None:
        """Everything that was wrong outside Rancher is put right."""
        levers = self.lab.engine.levers
        levers.start_fails(NEW, None)
        levers.image_health(NEW, answers=True)
        for host in self.lab.hosts:
            levers.regain_host(host)
        if self.thief is not None:
            self.lab.engine.delete("service", self.thief)
        self.wait(5)
        if "activate" in self.lab.engine.offered("host", self.lab.hosts[0]):
            self.lab.engine.act("host", self.lab.hosts[0], "activate", {})


SITES = st.sampled_from([Site(), Site.simulated_hosts(checks_health=True)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1000), site=SITES, plan=steps())
def test_whatever_is_called_containers_are_conserved_and_a_host_port_is_bound_once(
    seed: int, site: Site, plan: list[Step]
) -> None:
    play = Play(seed, site)

    for step in plan:
        play.take(step)
    play.wait(30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1000), plan=steps())
def test_when_all_is_well_again_a_service_comes_to_rest_with_its_whole_scale(
    seed: int, plan: list[Step]
) -> None:
    play = Play(seed, Site.simulated_hosts(checks_health=True))
    for step in plan:
        play.take(step)
    play.heal()

    ways = {"upgraded": "finishupgrade", "canceled-upgrade": "rollback", "inactive": "activate"}
    for _ in range(4):
        play.wait(400)
        state = play.lab.state(play.web)
        if state in ways:
            play.lab.act(play.web, ways[state])
    play.wait(400)

    view = play.lab.view(play.web)
    running = play.lab.containers(play.web, state="running")
    units = Counter(each["deploymentUnitUuid"] for each in running)
    configs = 1 + len(view["secondaryLaunchConfigs"])
    assert (view["state"], view["transitioning"], view["healthState"]) == ("active", "no", "healthy")
    assert len(play.lab.ids(play.web)) == len(running) == view["scale"] * configs
    assert set(units.values()) <= {configs}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1000), plan=steps())
def test_the_same_seed_and_steps_give_the_same_history(seed: int, plan: list[Step]) -> None:
    first, second = Play(seed, Site()), Play(seed, Site())
    for step in plan:
        first.take(step)
        second.take(step)

    assert first.lab.engine.snapshot() == second.lab.engine.snapshot()
    restored = Engine.restore(first.lab.engine.snapshot())
    restored.advance(restored.now + 60)
    second.lab.engine.advance(second.lab.engine.now + 60)
    assert restored.snapshot() == second.lab.engine.snapshot()


def test_the_ordinary_pace_plays_a_whole_life() -> None:
    lab = Lab(timing=Timing.ordinary(), site=Site())
    web = lab.service(scale=2, settle=60, healthCheck=HEALTH)
    lab.upgrade(web, upgrade_body(healthCheck=HEALTH))

    assert 20 < lab.until(web, "upgraded") < 60
    lab.act(web, "finishupgrade")
    assert lab.until(web, "active") < 5
