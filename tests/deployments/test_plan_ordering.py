"""The order in which services are started and rolled back."""

from deploytickets.deployments.ordering import in_order, needs_of, waves
from deploytickets.tickets.plans import PlannedAction, PlannedService


def _service(name: str, *depends_on: str) -> PlannedService:
    return PlannedService(
        name, PlannedAction.UPGRADED, None, {}, {}, 1, 2000, False, 1, depends_on=depends_on
    )


def test_what_is_needed_comes_first_and_independent_ones_go_at_once() -> None:
    needs = {"web": ["api"], "api": ["db", "cache"], "db": [], "cache": [], "job": []}

    assert waves(needs) == (("cache", "db", "job"), ("api",), ("web",))


def test_what_is_not_in_the_plan_is_not_waited_for() -> None:
    assert needs_of([_service("web", "db", "web")]) == {"web": ()}


def test_a_circle_is_cut_in_the_same_place_every_time() -> None:
    needs = {"b": ["a"], "a": ["b"], "web": ["a"], "first": ["web"]}

    assert waves(needs) == (("a",), ("b", "web"), ("first",))


def test_services_are_put_after_those_they_depend_on() -> None:
    services = [_service("web", "api"), _service("api", "db"), _service("db")]

    assert [service.name for service in in_order(services)] == ["db", "api", "web"]
