"""Everything the simulator remembers, in one JSON file: as a database survives a server that is killed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from rancher_client.simulator.engine import Engine

from .audit_log import AuditLog
from .certificates import Certificates
from .directory import Directory
from .journal import Journal
from .run_loop import RunLoop

FORMAT = 1


def state_of(
    loop: RunLoop, directory: Directory, certificates: Certificates, audit_log: AuditLog, journal: Journal
) -> dict[str, Any]:
    """All of it as JSON."""
    return {
        "format": FORMAT,
        "engine": loop.engine.snapshot(),
        "directory": directory.saved(),
        "certificates": certificates.saved(),
        "audit_log": audit_log.saved(),
        "journal": journal.saved(),
    }


def restore(
    state: dict[str, Any],
    loop: RunLoop,
    directory: Directory,
    certificates: Certificates,
    audit_log: AuditLog,
    journal: Journal,
) -> None:
    """Take over a state. Time goes on from where it is now; what fell due meanwhile is played at once.

    Raises ValueError for a state of another format.
    """
    if state.get("format") != FORMAT:
        raise ValueError(f"state of format {state.get('format')}, this simulator reads {FORMAT}")
    loop.replace(Engine.restore(state["engine"]))
    directory.restore(state["directory"])
    certificates.restore(state.get("certificates", ()))
    audit_log.restore(state["audit_log"])
    journal.restore(state["journal"])


def write(path: Path, state: dict[str, Any]) -> None:
    """Replace the file in one step, so that a kill leaves the former or the new one, never a half."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(state, separators=(",", ":")), encoding="utf-8")
    os.replace(beside, path)


def read(path: Path) -> dict[str, Any] | None:
    """The state in the file, None when there is no file."""
    if not path.exists():
        return None
    state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return state
