"""What every test can ask for: builders as fixtures, and a database that can be emptied."""

from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.utils import translation

from deploytickets.access.models import User
from deploytickets.access.roles import Role
from deploytickets.audit import append_only
from tests import builders
from tests.conformance import summary


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run what takes long")


def pytest_configure(config: pytest.Config) -> None:
    """Chance is the same in every run, so that a red run means a change; `--long` looks further."""
    hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
    hypothesis.settings.register_profile("long", deadline=None, max_examples=1000)
    hypothesis.settings.load_profile("long" if config.getoption("--long") else "steady")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        skipped = pytest.mark.skip(reason="takes long: bin/test --long")
        for item in items:
            if "long" in item.keywords:
                item.add_marker(skipped)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many conformance cases ran, and which could not on the Rancher they were given."""
    for line in summary.lines(terminalreporter.stats):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def _log_can_be_emptied() -> Iterator[None]:
    """The triggers of the log step aside for the emptying after a transactional test, and only for that."""
    original = BaseDatabaseOperations.execute_sql_flush

    def flush(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        vendor = connection.vendor
        around = [*append_only.dropping(vendor), *sql_list, *append_only.creating(vendor)]
        original(self, around)

    BaseDatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]
    yield
    BaseDatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _language_ends_with_the_test() -> Iterator[None]:
    """A request made in a test leaves its language to the thread, as the next request would replace it."""
    yield
    translation.deactivate()


def _as_fixture(builder: Callable[..., Any]) -> Any:
    @pytest.fixture(name=builder.__name__)
    def fixture(db: None) -> Callable[..., Any]:
        return builder

    return fixture


a_server = _as_fixture(builders.a_server)
an_environment = _as_fixture(builders.an_environment)
an_application = _as_fixture(builders.an_application)
a_placement = _as_fixture(builders.a_placement)
a_person = _as_fixture(builders.a_person)
file_ticket = _as_fixture(builders.file_ticket)


@pytest.fixture
def anna(db: None) -> User:
    """A developer everywhere."""
    return builders.a_person(Role.DEVELOPER, name="anna")


@pytest.fixture
def olga(db: None) -> User:
    """Ops everywhere."""
    return builders.a_person(Role.OPS, name="olga")


@pytest.fixture
def otto(db: None) -> User:
    """Another one of ops everywhere."""
    return builders.a_person(Role.OPS, name="otto")
