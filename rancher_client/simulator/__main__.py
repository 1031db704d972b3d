"""`python -m rancher_client.simulator`: a simulated Rancher 1.6 on a loopback port."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from rancher_client.simulator.engine import Site, Timing

from .server.server import NotLoopback, SimulatorServer, seed_from

_TIMINGS = {
    "ordinary": (Timing.ordinary, Site),
    "simulated-hosts": (Timing.simulated_hosts, Site.simulated_hosts),
}


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    options = _parser().parse_args(arguments)
    timing, site = _TIMINGS[options.timing]
    try:
        server = SimulatorServer(
            host=options.host,
            port=options.port,
            seed=seed_from(options.seed_file) if options.seed_file else None,
            state_file=options.state_file,
            speed=options.speed,
            timing=timing(),
            site=site(),
            access_control=False,
        )
    except NotLoopback as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    with server:
        sys.stdout.write(f"Rancher 1.6 simulator ready at {server.url}\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rancher_client.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=8080, help="0 = any free port")
    parser.add_argument("--seed-file", type=Path, help="JSON: projects, keys, stacks to begin with")
    parser.add_argument("--state-file", type=Path, help="JSON: read at start, written while running")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds per real second")
    parser.add_argument("--timing", choices=sorted(_TIMINGS), default="ordinary")
    return parser


if __name__ == "__main__":
    sys.exit(main())
