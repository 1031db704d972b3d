"""The measured world of the engine's benchmarks: services of ten containers, upgraded side by side."""

import time

from rancher_client.simulator.engine import Engine, Site, Timing

SCALE = 10
VIRTUAL_S = 600.0
CHECK = {"port": 80}


def upgrade_side_by_side(services: int) -> float:
    """CPU seconds that the engine needs for `VIRTUAL_S` in which all of them are upgraded, batch by batch.

    Raises AssertionError when the upgrades do not all end in that time.
    """
    engine = Engine(seed=1, start=1_500_000_000.0, timing=Timing.ordinary(), site=Site())
    numbers = _running(engine, services)
    for service in numbers:
        strategy = {
            "batchSize": 1,
            "intervalMillis": 10_000,
            "startFirst": False,
            "launchConfig": {"imageUuid": "docker:registry/shop:2", "healthCheck": CHECK},
        }
        engine.act("service", service, "upgrade", {"inServiceStrategy": strategy})
    spent = time.process_time()
    engine.advance(engine.now + VIRTUAL_S)
    spent = time.process_time() - spent
    states = {(engine.view("service", service) or {}).get("state") for service in numbers}
    if states != {"upgraded"}:
        raise AssertionError(f"The services are {states}, not all upgraded.")
    return spent


def _running(engine: Engine, services: int) -> list[int]:
    """One host and one stack for ten services; all of them run."""
    project = engine.create("project", {"name": "Default", "state": "active"}, project=None)
    numbers = []
    for group in range(max(1, services // 10)):
        engine.create("host", {"hostname": f"host-{group}"}, project=project)
        engine.create("host", {"hostname": f"spare-{group}"}, project=project)
        stack = engine.create("stack", {"name": f"shop{group}"}, project=project)
        engine.advance(engine.now + 1)
        numbers += [
            engine.create(
                "service",
                {
                    "name": f"web{number}",
                    "stackId": stack,
                    "scale": SCALE,
                    "startOnCreate": True,
                    "launchConfig": {"imageUuid": "docker:registry/shop:1", "healthCheck": CHECK},
                },
                project=project,
            )
            for number in range(10)
        ]
    engine.advance(engine.now + 120)
    return numbers
