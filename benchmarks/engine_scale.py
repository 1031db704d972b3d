"""Whether a large installation costs the simulator more per container than a small one."""

from benchmarks.measured import Benchmark, Round
from benchmarks.simulated import upgrade_side_by_side

SMALL, LARGE = 50, 500


def measure() -> Round:
    """CPU per container, small upgrade by large one; the yardstick is the CPU of the small one."""
    small = upgrade_side_by_side(SMALL)
    large = upgrade_side_by_side(LARGE)
    return Round(ratio=(small / SMALL) / (large / LARGE), yardstick=small)


BENCHMARK = Benchmark("CPU per container: 500 containers against 5,000", 0.5, measure)
