"""`python -m rancher_client.capture`: copy a project of a live Rancher into a state file.

The keys come from RANCHER_ACCESS_KEY and RANCHER_SECRET_KEY: an environment key of that project.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rancher_client.cattle import Session
from rancher_client.errors import RancherError
from rancher_client.simulator.server.state_file import write

from .captured import capture


def main(arguments: list[str] | None = None) -> int:
    """Write the state file and print the copy's project and key as JSON; returns the exit code."""
    options = _parser().parse_args(arguments)
    keys = [os.environ.get(name, "") for name in ("RANCHER_ACCESS_KEY", "RANCHER_SECRET_KEY")]
    if not all(keys):
        sys.stderr.write("RANCHER_ACCESS_KEY and RANCHER_SECRET_KEY have to be set.\n")
        return 2
    session = Session(options.url, *keys, project=options.project, ca_bundle=options.ca_bundle)
    try:
        captured = capture(session, with_variables=options.with_variables)
    except RancherError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        session.close()
    os.umask(0o077)
    write(options.state_file, captured.state)
    key = {
        "project": captured.project,
        "access_key": captured.access_key,
        "secret_key": captured.secret_key,
    }
    sys.stdout.write(json.dumps(key) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rancher_client.capture", description=__doc__)
    parser.add_argument("url", help="address of the Rancher server")
    parser.add_argument("project", help="id of the environment, 1a5")
    parser.add_argument("state_file", type=Path, help="written for the simulator's --state-file")
    parser.add_argument("--ca-bundle", help="certificates to trust instead of the usual ones")
    parser.add_argument("--with-variables", action="store_true", help="copy values of variables too: secrets")
    return parser


if __name__ == "__main__":
    sys.exit(main())
