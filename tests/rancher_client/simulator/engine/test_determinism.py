"""The same seed and calls give the same history, also over a snapshot."""

from __future__ import annotations

import json

import pytest

from rancher_client.simulator.engine import Engine, Site, Timing

from .lab import NEW, START, Lab, upgrade_body

KINDS = ("project", "host", "stack", "service", "container", "serviceLog", "pullTask")
CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2}


def history(engine: Engine, until: float) -> list[object]:
    """Everything that anybody could see change until a moment."""
    seen: list[object] = []
    engine.take_changes()
    while (due := engine.due_at()) is not None and due <= until:
        engine.advance(due)
        seen += [(due, kind, number, engine.view(kind, number)) for kind, number in engine.take_changes()]
    return seen


def busy(seed: int) -> Lab:
    lab = Lab(seed=seed, timing=Timing.ordinary(), site=Site())
    web = lab.service(scale=3, settle=60, ports=["80"], healthCheck=CHECK)
    lab.service("jobs", scale=2)
    lab.engine.levers.start_fails("registry/jobs:2", "boom")
    lab.upgrade(web, upgrade_body(ports=["80"], healthCheck=CHECK))
    lab.upgrade(2, upgrade_body("sim:registry/jobs:2"))
    return lab


def test_the_same_seed_gives_the_same_history_and_another_one_another() -> None:
    end = START + 300

    assert history(busy(3).engine, end) == history(busy(3).engine, end)
    assert history(busy(3).engine, end) != history(busy(4).engine, end)


@pytest.mark.parametrize("after", [0.0, 1.3, 7.77, 40.0])
def test_a_restored_engine_goes_on_as_the_saved_one(after: float) -> None:
    lab = busy(5)
    lab.wait(after)

    saved = json.loads(json.dumps(lab.engine.snapshot()))
    restored = Engine.restore(saved)

    assert restored.now == lab.engine.now
    for kind in KINDS:
        assert [restored.view(kind, number) for number in restored.ids(kind)] == [
            lab.engine.view(kind, number) for number in lab.engine.ids(kind)
        ]
    assert history(restored, restored.now + 200) == history(lab.engine, lab.engine.now + 200)


def test_a_snapshot_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        Engine.restore({"format": 0})


def test_the_clock_does_not_go_back(lab: Lab) -> None:
    lab.engine.advance(START)

    assert lab.engine.now == START + 1


def test_changes_are_told_once() -> None:
    lab = Lab()
    web = lab.service(settle=0)

    assert ("service", web) in lab.engine.take_changes()
    assert lab.engine.take_changes() == []


def test_fifty_services_of_ten_containers_are_upgraded_side_by_side() -> None:
    lab = Lab(hosts=10, timing=Timing.ordinary(), site=Site())
    services = [lab.service(f"web{n}", scale=10, settle=0, healthCheck={"port": 80}) for n in range(50)]
    lab.wait(120)
    for service in services:
        lab.upgrade(service, upgrade_body(NEW, interval=10_000, healthCheck={"port": 80}))

    lab.wait(600)

    assert {lab.state(service) for service in services} == {"upgraded"}
