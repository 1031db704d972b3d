"""How much faster than real time the simulator's engine plays 50 services of 10 containers."""

from benchmarks.measured import Benchmark, Round
from benchmarks.simulated import VIRTUAL_S, upgrade_side_by_side


def measure() -> Round:
    """Virtual seconds of the upgrade per second of CPU; the yardstick is the CPU spent."""
    spent = upgrade_side_by_side(50)
    return Round(ratio=VIRTUAL_S / spent, yardstick=spent)


BENCHMARK = Benchmark(
    "virtual seconds per CPU second, upgrade of 50 services x 10 containers", 1000.0, measure
)
