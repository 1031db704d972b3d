"""The copy of a live Rancher's project, as a state that the simulator starts from."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rancher_client.cattle import Session
from rancher_client.simulator.engine import Engine, Ref, Site, Timing
from rancher_client.simulator.server.ids import format_id, number_of
from rancher_client.simulator.server.simulator import Simulator
from rancher_client.simulator.server.state_file import state_of

from . import reading
from .parsing import view_of

HIDDEN = "hidden"
"""What stands in a copy where the value of a variable stood."""

_VARIABLES = frozenset({"environment"})
_TEXTS = frozenset({"dockerCompose", "rancherCompose"})


@dataclass(frozen=True, slots=True)
class Captured:
    """A state, and the environment key that the copy takes; the live server's keys stay where they are."""

    state: dict[str, Any] = field(repr=False)
    project: str
    access_key: str
    secret_key: str = field(repr=False)


def capture(
    session: Session, *, with_variables: bool = False, timing: Timing | None = None, site: Site | None = None
) -> Captured:
    """Copy the session's project: hosts, stacks, services and containers as they stand.

    The values of variables stay out, and so do compose texts, which may hold some, unless `with_variables`
    asks for them. Nothing is changed on the live server. `site` says what stands around the copy; left out,
    an ordinary installation of Docker's hosts, or of simulated ones where the original has those.

    Raises what a session's reads raise.
    """
    rows = reading.resources(session)
    views = {
        kind: {_number(body): _view(body, with_variables) for body in bodies} for kind, bodies in rows.items()
    }
    around = site or _site_of(rows["host"])
    engine = Engine.adopt(views, start=time.time(), timing=timing or Timing.ordinary(), site=around)
    simulator = Simulator(engine, access_control=True)
    number = next(iter(views["project"]))
    _, access_key, secret_key = simulator.directory.add_key(Ref("project", number), name="captured")
    state = state_of(
        simulator.loop, simulator.directory, simulator.certificates, simulator.audit_log, simulator.journal
    )
    return Captured(state, format_id(Ref("project", number)), access_key, secret_key)


def _site_of(hosts: Sequence[Mapping[str, Any]]) -> Site:
    """Docker's hosts, unless one says of itself that it tells no figures, as simulated ones do (6.4)."""
    return Site(docker_hosts=all("hostStats" in host["links"] for host in hosts))


def _number(body: Mapping[str, Any]) -> int:
    number = number_of(body["id"])
    if number is None:
        raise ValueError(f"{body['id']!r} is no id of Rancher 1.6.")
    return number


def _view(body: Mapping[str, Any], with_variables: bool) -> dict[str, Any]:
    view = view_of(body)
    return view if with_variables else {name: _masked(name, value) for name, value in view.items()}


def _masked(name: str, value: Any) -> Any:
    if name in _TEXTS:
        return None
    if name in _VARIABLES and isinstance(value, Mapping):
        return dict.fromkeys(value, HIDDEN)
    if isinstance(value, Ref):
        return value
    if isinstance(value, Mapping):
        return {key: _masked(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked("", item) for item in value]
    return value
