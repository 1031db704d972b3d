"""`bin/demo`: the whole product on this machine, with demo data and a simulated Rancher."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from deploytickets.supervise import demo, ports, story
from deploytickets.supervise.folder import DataFolder, FolderRefused
from deploytickets.supervise.supervisor import NotReady, Supervisor


def main() -> int:
    """Run it; 0 after a clean stop or a story that ended well, 1 when something did not, 2 on wrong use."""
    options = _options()
    if options.story:
        with tempfile.TemporaryDirectory(prefix="deploytickets-story-") as folder:
            return _run(DataFolder(Path(folder)), options)
    return _run(DataFolder(options.data), options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/demo", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="start over with new demo data")
    parser.add_argument(
        "--story",
        action="store_true",
        help="play DEPLOY-111 from filing to finished, then a ticket that is rolled back, and end; "
        "uses a data folder and ports of its own",
    )
    parser.add_argument("--port", type=int, help="where the pages are (default: 8000 or the next free port)")
    parser.add_argument("--data", type=Path, default=demo.ROOT / ".demo", help="data folder (default: .demo)")
    return parser.parse_args()


def _run(folder: DataFolder, options: argparse.Namespace) -> int:
    supervisor = Supervisor()
    supervisor.stop_on_signals()
    begun = time.monotonic()
    try:
        folder.take(fresh=options.fresh)
        at = demo.choose_ports(options.port)
        return _serve(supervisor, folder, at, story_only=options.story, begun=begun)
    except (FolderRefused, ports.PortTaken) as refused:
        print(refused, file=sys.stderr)  # noqa: T201
        return 2
    except NotReady as error:
        if supervisor.is_stopping:
            return 0
        print(f"The demo could not start. {error} Its lines above say why.", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        supervisor.stop()
        folder.release()


def _serve(
    supervisor: Supervisor, folder: DataFolder, at: demo.Ports, *, story_only: bool, begun: float
) -> int:
    env = demo.environment(folder, at)
    supervisor.start(demo.redis_program(folder, at))
    if not folder.seeded.exists():
        supervisor.write("demo", "Making the demo company: its Rancher, people, applications and tickets …")
    prepared = supervisor.run_to_end(demo.seed_program(folder, env, at))
    if prepared is None:
        return 0
    if prepared != 0:
        raise NotReady("The demo data could not be made.")
    for program in (demo.simulator_program(folder, at), *demo.product_programs(env, at)):
        supervisor.start(program)
    seeded = json.loads(folder.seeded.read_text())
    if story_only:
        return story.play(env["BASE_URL"], seeded["tokens"], supervisor)
    _announce(supervisor, env["BASE_URL"], seeded["people"], seconds=time.monotonic() - begun)
    supervisor.run_until_stopped()
    supervisor.write("demo", "Stopping …")
    return 0


def _announce(supervisor: Supervisor, url: str, people: list[dict[str, str]], *, seconds: float) -> None:
    lines = [f"Ready after {seconds:.0f} s:  {url}", "", "Sign in as"]
    width = max(len(person["username"]) for person in people)
    lines += [
        f"  {person['username']:<{width}}   {person['password']:<{width + 5}}   {person['about']}"
        for person in people
    ]
    lines += ["", "Ctrl-C stops everything; bin/demo starts it again as it was, bin/demo --fresh anew."]
    for line in lines:
        supervisor.write("demo", line)


if __name__ == "__main__":
    sys.exit(main())
