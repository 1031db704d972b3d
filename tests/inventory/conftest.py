"""A simulated Rancher, and an environment that is a project of it."""

from collections.abc import Iterator

import pytest

from deploytickets.catalog.models import Environment, Placement
from tests import builders
from tests.workshop import Workshop, workshop


@pytest.fixture
def rancher() -> Iterator[Workshop]:
    with workshop() as made:
        yield made


@pytest.fixture
def environment(db: None, rancher: Workshop) -> Environment:
    """`prod`, on the simulated Rancher."""
    server = builders.a_server(
        base_url=rancher.server.url, access_key=rancher.access_key, secret_key=rancher.secret_key
    )
    return builders.an_environment("prod", server=server, rancher_id=rancher.project, position=2)


@pytest.fixture
def shop(environment: Environment) -> Placement:
    """The application Shop in `prod`: the service `web` of the stack `shop`."""
    application = builders.an_application("Shop", image_repository="registry.abc.net/shop")
    return builders.a_placement(application, environment, stack_name="shop", service_names=["web"])
