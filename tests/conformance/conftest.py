"""Which Rancher the suite runs against: one that is given, else a simulator started for the run.

    pytest tests/conformance --rancher-url http://rancher:8080 --rancher-access-key … --rancher-secret-key … \
        --rancher-project 1a5 --rancher-images docker:nginx:1.24,docker:nginx:1.25 \
        --rancher-missing-image docker:nginx:no-such-tag

Each option can be an environment variable instead (RANCHER_URL, RANCHER_ACCESS_KEY …). The project needs at
least two usable hosts; the suite makes stacks of its own and removes them. No case asks which kind of server
it has: what not every server can do is a fixture here that skips and says what is missing.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rancher_client.cattle import Session, hosts, services, stacks
from rancher_client.cattle.resources import ComposeTexts

from . import picture, waiting
from .composed import FIRST_ID, Composed, bare, text, two
from .lever import Lever, UndoneLever
from .simulated import simulated_target
from .simulated_hosts import Keys, simulated_hosts
from .target import Bench, Target, Wire, new_stack, remove_stack
from .waiting import wait_for

OPTIONS = {
    "--rancher-url": "address of the Rancher to test against; without it a simulator is started",
    "--rancher-access-key": "access key of an environment key",
    "--rancher-secret-key": "its secret key",
    "--rancher-project": "id of the project, like 1a5",
    "--rancher-images": "two images that run, separated by a comma",
    "--rancher-missing-image": "an image that cannot be pulled",
    "--rancher-failing-label": "name=value of a label with which no container starts",
    "--rancher-agent-keys": "a file with the agents' keys of simulated hosts: a lever on them",
    "--rancher-admin-key": "access:secret of a super administrator's key, which that lever needs too",
    "--rancher-patience": "seconds that anything may take; more than the usual 90 for a busy machine",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("a Rancher to hold to the contract")
    for option, what in OPTIONS.items():
        group.addoption(option, default=None, help=what)


def pytest_configure(config: pytest.Config) -> None:
    """A case waits several times."""
    patience = given(config, "--rancher-patience")
    if patience:
        waiting.patience = timedelta(seconds=float(patience))
        config.option.timeout = 5 * float(patience)


def given(config: pytest.Config, option: str) -> str | None:
    """An option, else its environment variable; pytest knows the option only when this folder is named."""
    from_line = config.getoption(option, default=None)
    return from_line or os.environ.get(option.removeprefix("--").replace("-", "_").upper())


def given_target(config: pytest.Config) -> Target | None:
    url = given(config, "--rancher-url")
    if url is None:
        return None
    wanted = {
        name: given(config, f"--rancher-{name}") for name in ("access-key", "secret-key", "project", "images")
    }
    missing = [name for name, value in wanted.items() if not value]
    if missing:
        raise pytest.UsageError(
            f"--rancher-url needs also {', '.join('--rancher-' + name for name in missing)}"
        )
    old, _, new = str(wanted["images"]).partition(",")
    return Target(
        url=url.rstrip("/"),
        access_key=str(wanted["access-key"]),
        secret_key=str(wanted["secret-key"]),
        project=str(wanted["project"]),
        old=old,
        new=new,
        unstartable=unstartable(config),
        lever=None,
    )


def given_lever(config: pytest.Config, target: Target) -> AbstractContextManager[Lever | None]:
    """What can be moved outside the API of a Rancher that is given."""
    agent_keys, administrator = given(config, "--rancher-agent-keys"), given(config, "--rancher-admin-key")
    if agent_keys is None:
        return nullcontext()
    if administrator is None:
        raise pytest.UsageError("--rancher-agent-keys needs also --rancher-admin-key")
    return simulated_hosts(target.session(), Keys.read(Path(agent_keys), administrator), image=target.old)


def unstartable(config: pytest.Config) -> dict[str, Any] | None:
    image = given(config, "--rancher-missing-image")
    if image:
        return {"imageUuid": image}
    name, _, value = (given(config, "--rancher-failing-label") or "").partition("=")
    return {"labels": {name: value}} if name else None


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The Rancher under test; found as it was left."""
    found = given_target(request.config)
    if found is None:
        with simulated_target() as simulated, left_as_found(simulated):
            yield simulated
    else:
        with left_as_found(found), given_lever(request.config, found) as lever:
            yield replace(found, lever=lever)


@contextmanager
def left_as_found(target: Target) -> Iterator[None]:
    """The lever counts too: what it needs comes and goes in between."""
    wire = Wire(target)
    before = picture.taken(wire)
    yield
    picture.left_as_found(wire, before)


@pytest.fixture(scope="session")
def rancher(target: Target) -> Session:
    """A session on the target's project."""
    return target.session()


@pytest.fixture(scope="session")
def wire(target: Target) -> Wire:
    """Requests that the client never makes."""
    return Wire(target)


@pytest.fixture(scope="session")
def host_ids(rancher: Session) -> list[str]:
    """The hosts that can be used."""
    found = [host.id for host in hosts.read_all(rancher) if host.state == "active"]
    assert len(found) >= 2, "the project needs at least two active hosts"
    return found


@pytest.fixture
def bench(target: Target, rancher: Session) -> Iterator[Bench]:
    """An empty stack of the test's own, removed afterwards with all that is in it."""
    stack_id = new_stack(rancher)
    yield Bench(rancher, stack_id, target)
    remove_stack(rancher, stack_id)


@pytest.fixture
def lever(target: Target, rancher: Session) -> Iterator[UndoneLever]:
    """What moves the world outside the API, undone afterwards; cases that need it are not run without."""
    if target.lever is None:
        pytest.skip("needs a lever outside the API, which this Rancher does not have")
    lever = UndoneLever(target.lever)
    yield lever
    for host_id in lever.undo():
        wait_for(lambda found=host_id: hosts.get(rancher, found).state, lambda state: state == "active")


@pytest.fixture
def unstartable_config(target: Target) -> dict[str, Any]:
    """Fields of a launch config whose containers cannot start."""
    if target.unstartable is None:
        pytest.skip("needs --rancher-missing-image or --rancher-failing-label")
    return dict(target.unstartable)


@pytest.fixture(scope="session")
def makes_stacks_from_text(target: Target, rancher: Session) -> bool:
    """Whether a compose executor is at work: without one a stack from text stays empty (3.1)."""
    text = f"version: '2'\nservices:\n  probe:\n    image: {target.old.partition(':')[2]}\n"
    made = stacks.create(
        rancher, f"conformance-{secrets.token_hex(4)}", texts=ComposeTexts(text), start=False
    )
    wait_for(lambda: stacks.get(rancher, made.id), lambda seen: seen.state == "active")
    has_services = bool(services.read_all(rancher, stack_id=made.id))
    remove_stack(rancher, made.id)
    return has_services


@pytest.fixture
def compose_executor(makes_stacks_from_text: bool) -> None:
    """For cases about stacks from text."""
    if not makes_stacks_from_text:
        pytest.skip("needs a compose executor, which this Rancher does not have")


@pytest.fixture
def no_compose_executor(makes_stacks_from_text: bool) -> None:
    """For what is different where there is none."""
    if makes_stacks_from_text:
        pytest.skip("shows itself only where no compose executor is registered")


@pytest.fixture
def unstartable_keys(target: Target, unstartable_config: dict[str, Any]) -> dict[str, Any]:
    """Keys of a service in a compose text whose containers cannot start."""
    image = str(unstartable_config.get("imageUuid", target.new)).partition(":")[2]
    labels = unstartable_config.get("labels")
    return {"image": image} | ({"labels": labels} if labels else {})


FromText = Callable[..., Composed]
"""Makes a stack from a docker-compose and a rancher-compose text, with `start` and the answers by name."""


@pytest.fixture
def from_text(rancher: Session, compose_executor: None) -> Iterator[FromText]:
    """Makes stacks from text; all are removed afterwards."""
    made = []

    def make(text: str, rancher_compose: str = "", *, start: bool = True, **answers: str) -> Composed:
        stack = stacks.create(
            rancher,
            f"conformance-{secrets.token_hex(4)}",
            texts=ComposeTexts(text, rancher_compose),
            answers=answers,
            external_id=FIRST_ID,
            start=start,
        )
        made.append(stack.id)
        return Composed(rancher, stack.id)

    yield make
    for stack_id in made:
        remove_stack(rancher, stack_id)


@pytest.fixture
def pair(from_text: FromText, target: Target) -> Composed:
    """A started stack of `web` and two of `db`, linked."""
    old, _new = bare(target)
    made = from_text(two(old, old), text({"db": {"scale": 2}}))
    made.settled("active")
    return made
