"""How much faster than real time the simulator's engine plays 50 services of 10 containers."""

import time

from benchmarks.measured import Benchmark, Round
from rancher_client.simulator.engine import Engine, Site, Timing

SERVICES = 50
SCALE = 10
VIRTUAL_S = 600.0
CHECK = {"port": 80}


def measure() -> Round:
    """Virtual seconds of the upgrade per second of CPU; the yardstick is the CPU spent."""
    engine = Engine(seed=1, start=1_500_000_000.0, timing=Timing.ordinary(), site=Site())
    project = engine.create("project", {"name": "Default"}, project=None)
    for number in range(10):
        engine.create("host", {"hostname": f"host-{number}"}, project=project)
    stack = engine.create("stack", {"name": "shop"}, project=project)
    engine.advance(engine.now + 1)
    services = [
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
        for number in range(SERVICES)
    ]
    engine.advance(engine.now + 120)
    for service in services:
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
    states = {(engine.view("service", service) or {}).get("state") for service in services}
    if states != {"upgraded"}:
        raise AssertionError(f"The services are {states}, not all upgraded.")
    return Round(ratio=VIRTUAL_S / spent, yardstick=spent)


BENCHMARK = Benchmark(
    "virtual seconds per CPU second, upgrade of 50 services x 10 containers", 1000.0, measure
)
