"""`benchmarks/run [name …]`: results as ratios against a yardstick measured in the same run."""

import json
import statistics
import sys
from pathlib import Path

from benchmarks import engine_scale, engine_speed
from benchmarks.measured import Benchmark

ROUNDS = 3
ALL: dict[str, Benchmark] = {
    "engine-speed": engine_speed.BENCHMARK,
    "engine-scale": engine_scale.BENCHMARK,
}
RESULTS = Path(__file__).with_name("results.json")


def main(names: list[str]) -> int:
    """Run them; 1 when one misses its goal, 2 for an unknown name."""
    unknown = sorted(set(names) - set(ALL))
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(ALL)}.", file=sys.stderr)
        return 2
    results = {}
    for name in names or list(ALL):
        benchmark = ALL[name]
        rounds = [benchmark.measure() for _ in range(ROUNDS)]
        ratio = statistics.median(round_.ratio for round_ in rounds)
        results[name] = {
            "ratio": round(ratio, 3),
            "goal": benchmark.goal,
            "yardstick": round(statistics.median(round_.yardstick for round_ in rounds), 4),
            "is_met": ratio >= benchmark.goal,
        }
        print(f"{name:<16} {ratio:>12.1f}   goal >= {benchmark.goal:g}   {benchmark.what}")
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    return 0 if all(result["is_met"] for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
