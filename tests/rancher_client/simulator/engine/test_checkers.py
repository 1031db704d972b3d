"""The hosts that check a container, `healthcheckInstanceHostMap` (6.1): three, its own among them."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref, Refused, Site

from .container_lab import CHECK
from .lab import Lab

KIND = "healthcheckInstanceHostMap"
SKIP = {"io.rancher.host.healthcheck.deploy_strategy": "skip"}


@pytest.fixture
def silent() -> Lab:
    """Five hosts, and nobody who reports but a lever."""
    return Lab(hosts=5, site=Site.simulated_hosts())


def checked(lab: Lab, **config: Any) -> int:
    """A container with a check, up and running."""
    web = lab.service(settle=10, **{"healthCheck": CHECK, **config})
    return int(lab.ids(web)[0])


def own_host(lab: Lab, container: int) -> int:
    return int(lab.container(container)["hostId"].number)


def rows(lab: Lab, container: int) -> list[tuple[int, dict[str, Any]]]:
    """What stands of the rows of a container, by number."""
    found = []
    for kind, number in lab.engine.related("container", container, "healthcheckInstanceHostMaps"):
        shown = lab.engine.view(kind, number)
        assert shown is not None
        if shown["removed"] is None:
            found.append((number, shown))
    return found


def checking(lab: Lab, container: int) -> list[int]:
    return [shown["hostId"].number for _, shown in rows(lab, container)]


def told(lab: Lab, container: int) -> list[str]:
    return [shown["healthState"] for _, shown in rows(lab, container)]


def other_checker(lab: Lab, container: int) -> int:
    return next(host for host in checking(lab, container) if host != own_host(lab, container))


def lose_first(lab: Lab, container: int) -> tuple[int, dict[str, Any]]:
    """Remove the first of a container's rows by a call; its number, and what it showed before."""
    number, shown = rows(lab, container)[0]
    lab.engine.act(KIND, number, "remove", {})
    lab.wait(5)
    return number, shown


def test_three_hosts_check_a_container_its_own_among_them(silent: Lab) -> None:
    container = checked(silent)

    found = checking(silent, container)

    assert len(found) == len(set(found)) == 3
    assert found[-1] == own_host(silent, container)


def test_which_others_check_is_left_to_chance() -> None:
    labs = [Lab(seed=seed, hosts=5, site=Site.simulated_hosts()) for seed in range(6)]

    assert len({frozenset(checking(lab, checked(lab))) for lab in labs}) > 2


def test_fewer_hosts_check_where_there_are_fewer() -> None:
    lab = Lab(hosts=2, site=Site.simulated_hosts())

    assert sorted(checking(lab, checked(lab))) == lab.hosts


def test_a_container_without_a_check_is_checked_by_nobody(silent: Lab) -> None:
    web = silent.service()
    (container,) = silent.ids(web)

    assert rows(silent, container) == []
    assert silent.container(container)["healthcheckStates"] is None


def test_a_row_tells_what_its_host_was_told_last(silent: Lab) -> None:
    container = checked(silent)
    number, shown = rows(silent, container)[-1]

    assert (shown["state"], shown["kind"], shown["healthState"]) == ("active", KIND, "initializing")
    assert shown["instanceId"] == Ref("container", container)
    assert shown["accountId"] == Ref("project", silent.project)
    assert silent.engine.offered(KIND, number) == {"remove"}
    assert number in silent.engine.ids(KIND, project=silent.project)


def test_the_container_shows_them_too(silent: Lab) -> None:
    container = checked(silent)

    assert silent.container(container)["healthcheckStates"] == [
        {"hostId": Ref("host", host), "healthState": "initializing"} for host in checking(silent, container)
    ]


def test_a_host_leads_to_what_it_checks(silent: Lab) -> None:
    container = checked(silent)

    for host in silent.hosts:
        found = silent.engine.related("host", host, "healthcheckInstanceHostMaps")
        assert [number for _, number in found] == [
            number for number, shown in rows(silent, container) if shown["hostId"].number == host
        ]


def test_reports_are_noted_a_bad_one_only_of_what_was_well_once(silent: Lab) -> None:
    container = checked(silent)
    history = []
    for healthy in (False, True, False, True):
        silent.engine.levers.health_reported(container, healthy)
        history.append(told(silent, container))

    assert history == [["initializing"] * 3, ["healthy"] * 3, ["unhealthy"] * 3, ["healthy"] * 3]


def test_a_restart_forgets_nothing_and_finds_nobody_new(silent: Lab) -> None:
    container = checked(silent)
    silent.engine.levers.health_reported(container, True)
    before = [number for number, _ in rows(silent, container)]

    silent.engine.act("container", container, "restart", {})
    silent.wait(10)

    assert silent.container(container)["healthState"] == "reinitializing"
    assert told(silent, container) == ["healthy"] * 3
    assert [number for number, _ in rows(silent, container)] == before


def test_they_go_with_their_container(silent: Lab) -> None:
    web = silent.service(settle=10, healthCheck=CHECK)
    (container,) = silent.ids(web)
    number, _ = rows(silent, container)[0]

    silent.engine.delete("service", web)
    silent.wait(20)

    row = silent.engine.view(KIND, number)
    assert row is not None
    assert (row["state"], row["removed"]) == ("removed", silent.container(container)["removed"])
    assert silent.engine.ids(KIND, project=silent.project) == []
    assert silent.container(container)["healthcheckStates"] is None


@pytest.mark.parametrize("labels", [SKIP, {}])
def test_a_host_may_be_left_out_by_its_label(labels: dict[str, str]) -> None:
    lab = Lab(hosts=1, site=Site.simulated_hosts())
    lab.hosts.append(lab.engine.create("host", {"labels": labels}, project=lab.project))
    container = checked(lab, requestedHostId=Ref("host", lab.hosts[0]))

    assert sorted(checking(lab, container)) == lab.hosts[: 1 if labels else 2]


def test_the_own_host_checks_whatever_its_label_says() -> None:
    lab = Lab(hosts=0, site=Site.simulated_hosts())
    lab.hosts.append(lab.engine.create("host", {"labels": SKIP}, project=lab.project))

    assert checking(lab, checked(lab)) == lab.hosts


def test_hosts_of_other_projects_do_not_check() -> None:
    lab = Lab(hosts=1, site=Site.simulated_hosts())
    other = lab.engine.create("project", {"name": "Other", "state": "active"}, project=None)
    lab.engine.create("host", {}, project=other)

    assert checking(lab, checked(lab)) == lab.hosts


def test_a_deactivated_host_goes_on_but_counts_no_more(silent: Lab) -> None:
    container = checked(silent)
    asleep = other_checker(silent, container)
    before = checking(silent, container)

    silent.engine.act("host", asleep, "deactivate", {})
    silent.wait(5)
    assert checking(silent, container) == before

    silent.engine.create("host", {}, project=silent.project)
    now = checking(silent, container)
    assert now[:3] == before
    assert len(now) == 4


def test_an_own_host_that_slept_is_not_found_twice() -> None:
    lab = Lab(hosts=1, site=Site.simulated_hosts())
    container = checked(lab)

    lab.engine.act("host", lab.hosts[0], "deactivate", {})
    lab.wait(5)
    new = lab.engine.create("host", {}, project=lab.project)

    assert checking(lab, container) == [lab.hosts[0], new]


@pytest.mark.parametrize("rests", [False, True])
def test_a_new_host_takes_up_what_lacks_some_and_does_not_rest(rests: bool) -> None:
    lab = Lab(hosts=2, site=Site.simulated_hosts())
    number = lab.engine.create("container", {"imageUuid": "sim:a", "healthCheck": CHECK}, project=lab.project)
    lab.wait(5)
    if rests:
        lab.engine.act("container", number, "stop", {})
        lab.wait(5)

    new = lab.engine.create("host", {}, project=lab.project)

    assert sorted(checking(lab, number)) == (lab.hosts if rests else [*lab.hosts, new])


def test_a_new_host_of_another_project_takes_up_nothing(silent: Lab) -> None:
    container = checked(silent)
    lose_first(silent, container)
    other = silent.engine.create("project", {"name": "Other", "state": "active"}, project=None)

    silent.engine.create("host", {}, project=other)

    assert len(checking(silent, container)) == 2


def test_one_that_goes_by_a_call_is_not_replaced_at_once(silent: Lab) -> None:
    container = checked(silent)
    number, shown = lose_first(silent, container)

    gone = silent.engine.view(KIND, number)
    assert gone is not None
    assert gone["state"] == "removed"
    assert shown["hostId"].number not in checking(silent, container)
    assert len(checking(silent, container)) == 2

    silent.engine.create("host", {}, project=silent.project)
    assert len(checking(silent, container)) == 3


def test_nobody_deletes_a_row_that_is_gone(silent: Lab) -> None:
    container = checked(silent)
    number, _ = lose_first(silent, container)

    with pytest.raises(Refused):
        silent.engine.act(KIND, number, "remove", {})


def test_others_take_over_when_rancher_looks_for_a_hosts_agent(silent: Lab) -> None:
    container = checked(silent)
    silent.engine.levers.health_reported(container, True)
    lost = other_checker(silent, container)

    silent.engine.levers.lose_host(lost)
    assert lost in checking(silent, container)
    silent.wait(120)

    assert lost not in checking(silent, container)
    assert sorted(told(silent, container)) == ["healthy", "healthy", "initializing"]


def test_a_host_given_up_by_hand_keeps_its_checks_until_it_is_back(silent: Lab) -> None:
    container = checked(silent)
    lost = other_checker(silent, container)
    before = checking(silent, container)

    silent.engine.levers.give_up_host(lost)
    silent.wait(60)
    assert checking(silent, container) == before

    silent.engine.levers.regain_host(lost)
    assert lost not in checking(silent, container)
    assert len(checking(silent, container)) == 3


def test_the_own_host_checks_again_when_it_is_back() -> None:
    lab = Lab(hosts=1, site=Site.simulated_hosts())
    container = checked(lab)

    lab.engine.levers.lose_host(lab.hosts[0])
    lab.wait(60)
    assert checking(lab, container) == []

    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(10)
    assert checking(lab, container) == lab.hosts


def test_the_checks_of_a_removed_host_go_to_others(silent: Lab) -> None:
    container = checked(silent)
    gone = other_checker(silent, container)

    silent.engine.act("host", gone, "deactivate", {})
    silent.wait(5)
    silent.engine.act("host", gone, "remove", {})
    silent.wait(5)

    assert gone not in checking(silent, container)
    assert len(checking(silent, container)) == 3


def test_a_host_that_is_awake_again_takes_up_what_lacks_some(silent: Lab) -> None:
    lab = Lab(hosts=2, site=Site.simulated_hosts())
    asleep = lab.hosts[1]
    lab.engine.act("host", asleep, "deactivate", {})
    lab.wait(5)
    container = checked(lab)
    assert checking(lab, container) == lab.hosts[:1]

    lab.engine.act("host", asleep, "activate", {})
    lab.wait(5)

    assert sorted(checking(lab, container)) == lab.hosts


@pytest.mark.parametrize(("answers", "health"), [(True, "healthy"), (False, "unhealthy")])
def test_where_somebody_checks_those_who_take_over_soon_know(lab: Lab, answers: bool, health: str) -> None:
    lab.hosts.append(lab.engine.create("host", {}, project=lab.project))
    container = checked(lab, healthCheck=CHECK | {"strategy": "none"})
    lab.wait(60)
    lab.engine.levers.health(container, answers)
    lab.wait(60)
    lost = other_checker(lab, container)

    lab.engine.act("host", lost, "deactivate", {})
    lab.wait(5)
    lab.engine.act("host", lost, "remove", {})
    lab.wait(60)

    assert lost not in checking(lab, container)
    assert told(lab, container) == [health] * 3


def test_they_are_saved_and_loaded(silent: Lab) -> None:
    container = checked(silent)

    again = Engine.restore(silent.engine.snapshot())

    for number, shown in rows(silent, container):
        assert again.view(KIND, number) == shown


def test_a_new_host_takes_up_nothing_that_has_no_check(silent: Lab) -> None:
    plain = int(silent.ids(silent.service("plain", settle=10))[0])

    silent.engine.create("host", {}, project=silent.project)
    silent.wait(10)

    assert checking(silent, plain) == []


@pytest.mark.parametrize("gone", ["row", "container"])
def test_what_is_gone_already_keeps_its_moment_when_the_host_goes_too(silent: Lab, gone: str) -> None:
    container = checked(silent)
    host = other_checker(silent, container)
    number = next(n for n, shown in rows(silent, container) if shown["hostId"].number == host)
    if gone == "row":
        silent.engine.act(KIND, number, "remove", {})
    else:
        silent.engine.delete("container", container)
    silent.wait(10)
    before = (silent.engine.view(KIND, number) or {})["removed"]
    assert before is not None

    silent.engine.act("host", host, "deactivate", {})
    silent.wait(5)
    silent.engine.delete("host", host)
    silent.wait(10)

    assert (silent.engine.view(KIND, number) or {})["removed"] == before
    assert gone == "row" or checking(silent, container) == []
