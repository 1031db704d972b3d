"""A simulated Rancher over HTTP, the real driver, and a company with tickets for it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rancher_client.simulator.server import SimulatorServer
from tests import invariants
from tests.deployments.company import Company


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    """A Rancher whose time stands still unless a test moves it."""
    with SimulatorServer(speed=0) as running:
        yield running


@pytest.fixture
def company(simulator: SimulatorServer, transactional_db: None) -> Iterator[Company]:
    """One environment with a stack `shop`; at the end of the test all invariants are checked."""
    made = Company(simulator)
    yield made
    invariants.check_all(simulator.journal, outsiders=made.outsiders)


@pytest.fixture
def shop(company: Company) -> Callable[..., Any]:
    """Makes a running service of the stack `shop`."""
    return company.make_service
