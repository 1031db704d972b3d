"""What containers and hosts use, in the form of the agent's statistics (rancher-1.6-api.md 6.4)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .lab import OLD, Lab


def used(lab: Lab, kind: str, number: int, *, ago: float = 0.0) -> dict[str, Any]:
    found = lab.engine.usage(kind, number, lab.engine.now - ago)
    assert found is not None
    return found


def counters(entry: dict[str, Any]) -> list[int]:
    """All that only grows while it runs: time, bytes, packets."""
    network = next(iter(entry["network"].get("interfaces", [])), entry["network"])
    cpu = entry["cpu"]["usage"]
    return [
        cpu["total"],
        cpu["user"],
        cpu["system"],
        *cpu["per_cpu_usage"],
        network["rx_bytes"],
        network["tx_bytes"],
    ]


def grows(entries: list[dict[str, Any]]) -> bool:
    return all(
        a < b
        for early, late in pairwise(entries)
        for a, b in zip(counters(early), counters(late), strict=True)
    )


def container(lab: Lab) -> int:
    number = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    lab.wait(100)
    return number


def test_what_a_container_has_used_grows_while_it_runs_and_begins_anew(lab: Lab) -> None:
    number = container(lab)
    assert grows([used(lab, "container", number, ago=ago) for ago in (60, 40, 20, 0)])
    assert used(lab, "container", number) == used(lab, "container", number)

    before = used(lab, "container", number)
    lab.engine.act("container", number, "restart", {})
    assert lab.engine.usage("container", number, lab.engine.now) is None
    lab.wait(2)

    assert grows([used(lab, "container", number), before])


def test_one_that_does_not_run_has_no_entry(lab: Lab) -> None:
    number = container(lab)

    lab.engine.act("container", number, "stop", {})
    lab.wait(1)

    assert lab.engine.usage("container", number, lab.engine.now) is None


def test_a_moment_before_the_start_counts_as_the_start(lab: Lab) -> None:
    number = container(lab)

    assert set(counters(used(lab, "container", number, ago=1000))) == {0}
    assert set(counters(used(lab, "host", lab.hosts[0], ago=1000))) == {0}


def test_a_containers_network_is_told_by_interface_and_a_hosts_beside_it(lab: Lab) -> None:
    of_container, of_host = used(lab, "container", container(lab)), used(lab, "host", lab.hosts[0])

    (interface,) = of_container["network"]["interfaces"]
    assert (interface["name"], of_container["network"]["rx_bytes"]) == ("eth0", 0)
    assert interface["rx_bytes"] > 0
    assert "interfaces" not in of_host["network"]
    assert of_host["network"]["rx_bytes"] > 0


def test_a_hosts_total_is_the_whole_time_of_one_core_and_a_containers_what_it_used(lab: Lab) -> None:
    of_container, of_host = used(lab, "container", container(lab)), used(lab, "host", lab.hosts[0])
    own, host = of_container["cpu"]["usage"], of_host["cpu"]["usage"]

    assert len(own["per_cpu_usage"]) == len(host["per_cpu_usage"]) == 4
    assert abs(own["total"] - sum(own["per_cpu_usage"])) < 4
    assert 0 <= own["total"] - own["user"] - own["system"] < 4
    assert 100e9 < host["total"] < 102e9
    assert sum(host["per_cpu_usage"]) < 4 * host["total"]


def test_rows_differ_and_a_host_that_is_away_tells_nothing(lab: Lab) -> None:
    lab.wait(100)
    assert counters(used(lab, "host", lab.hosts[0])) != counters(used(lab, "host", lab.hosts[1]))

    lab.engine.levers.lose_host(lab.hosts[0])

    assert lab.engine.usage("host", lab.hosts[0], lab.engine.now) is None


def test_nothing_else_uses_anything(lab: Lab) -> None:
    assert lab.engine.usage("stack", lab.stack, lab.engine.now) is None
    assert lab.engine.usage("container", 4711, lab.engine.now) is None
