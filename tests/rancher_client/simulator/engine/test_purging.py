"""What was removed is purged by the server a while later (rancher-1.6-api.md 1.6).

cattle:…/process/generic/SetRemovedFields.java, …/object/purge/impl/PurgeMonitorImpl.java
"""

from __future__ import annotations

import pytest

from .container_lab import act, alone, state
from .lab import Lab
from .stack_lab import StackLab


def purged_at(lab: Lab, numbers: list[int]) -> dict[int, float]:
    """When each of the containers was first seen purged."""
    seen: dict[int, float] = {}
    began = lab.engine.now
    while len(seen) < len(numbers) and lab.engine.now < began + 700:
        lab.wait(5)
        seen |= {n: lab.engine.now for n in numbers if n not in seen and state(lab, n) == "purged"}
    return seen


def test_each_row_is_purged_at_a_moment_of_its_own_within_ten_minutes(lab: Lab) -> None:
    numbers = [alone(lab, settle=1) for _ in range(12)]
    for number in numbers:
        lab.engine.delete("container", number)
    lab.wait(2)
    assert {state(lab, number) for number in numbers} == {"removed"}
    began = lab.engine.now

    seen = purged_at(lab, numbers)

    waited = [moment - began for moment in seen.values()]
    assert len(waited) == 12
    assert max(waited) <= 665
    assert len({round(moment / 60) for moment in waited}) > 5


def test_the_task_looks_once_a_minute(lab: Lab) -> None:
    numbers = [alone(lab, settle=1) for _ in range(8)]
    for number in numbers:
        lab.engine.delete("container", number)

    moments = sorted(purged_at(lab, numbers).values())

    assert all((later - moments[0]) % 60 == pytest.approx(0, abs=1e-3) for later in moments)


def test_a_purged_container_is_readable_and_offers_nothing(lab: Lab) -> None:
    number = alone(lab)
    lab.engine.delete("container", number)
    lab.wait(700)

    assert state(lab, number) == "purged"
    assert lab.engine.offered("container", number) == frozenset()
    assert number not in lab.engine.ids("container")


def test_what_was_purged_by_hand_is_not_purged_again(lab: Lab) -> None:
    number = alone(lab)
    lab.engine.delete("container", number)
    lab.wait(1)
    act(lab, number, "purge")
    lab.wait(1)
    assert state(lab, number) == "purged"

    lab.wait(700)

    assert state(lab, number) == "purged"


def test_hosts_volume_templates_and_projects_are_purged_too() -> None:
    lab = StackLab()
    host = lab.hosts[0]
    template = lab.engine.create(
        "volumeTemplate", {"name": "data", "stackId": lab.stack}, project=lab.project
    )
    project = lab.engine.create("project", {"name": "other"}, project=None)
    lab.wait(1)
    lab.engine.act("host", host, "deactivate", {})
    lab.wait(1)
    lab.engine.delete("host", host)
    lab.engine.delete("project", project)
    lab.engine.act("volumeTemplate", template, "remove", {})

    lab.wait(700)

    assert [
        (lab.engine.view(kind, number) or {})["state"]
        for kind, number in (("host", host), ("volumeTemplate", template), ("project", project))
    ] == ["purged"] * 3


def shown(lab: Lab, kind: str, number: int) -> tuple[str, str]:
    """State and uuid of a row that follows from another one."""
    view = lab.engine.view(kind, number)
    assert view is not None
    return view["state"], view["uuid"]


def test_what_follows_from_a_container_is_purged_where_its_kind_can_be(lab: Lab) -> None:
    """Ports and volumes can, at moments of their own; pairings with services and checkers cannot."""
    web = lab.service(ports=["80:80"], healthCheck={"port": 80})
    number = lab.ids(web)[0]
    rows = [
        (kind, row)
        for kind, link in [
            ("port", "ports"),
            ("volume", "volumes"),
            ("serviceExposeMap", "serviceExposeMaps"),
            ("healthcheckInstanceHostMap", "healthcheckInstanceHostMaps"),
        ]
        for _, row in lab.engine.related("container", number, link)[:1]
    ]
    assert len(rows) == 4

    lab.engine.delete("service", web)
    lab.wait(5)
    before = {kind: shown(lab, kind, row)[0] for kind, row in rows}
    lab.wait(665)

    assert before == dict.fromkeys(before, "removed")
    assert {kind: shown(lab, kind, row)[0] for kind, row in rows} == {
        "port": "purged",
        "volume": "purged",
        "serviceExposeMap": "removed",
        "healthcheckInstanceHostMap": "removed",
    }
    assert lab.engine.offered("port", rows[0][1]) == frozenset()


def test_a_row_that_was_removed_by_itself_is_purged_too(lab: Lab) -> None:
    number = alone(lab, ports=["81:81"])
    [(_, port)] = lab.engine.related("container", number, "ports")
    for action in ("deactivate", "remove"):
        lab.engine.act("port", port, action, {})
        lab.wait(1)
    before = shown(lab, "port", port)[0]

    lab.wait(665)

    assert (before, shown(lab, "port", port)[0]) == ("removed", "purged")
