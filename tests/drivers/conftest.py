"""A simulated Rancher for the driver."""

from collections.abc import Iterator

import pytest

from tests.workshop import Workshop, workshop


@pytest.fixture
def rancher() -> Iterator[Workshop]:
    with workshop() as made:
        yield made
