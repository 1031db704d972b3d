"""Pulling an image on all hosts beforehand (rancher-1.6-api.md 9.1)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import hosts, pulls

from .waiting import wait_for


@pytest.mark.trap("74")
def test_a_pull_task_tells_of_each_named_host_how_it_went(rancher, target):
    named = {host.name for host in hosts.read_all(rancher) if host.state == "active" and host.name}
    image = target.old.partition(":")[2]

    made = pulls.create(rancher, image)
    task = wait_for(lambda: pulls.get(rancher, made.id), lambda seen: seen.state == "active")

    assert set(task.status) == named


def test_a_pull_task_is_a_generic_object_and_found_among_them(rancher, target, wire):
    made = pulls.create(rancher, target.old.partition(":")[2])

    found = wire("GET", "genericobjects?kind=pullTask").json()
    wait_for(lambda: pulls.get(rancher, made.id), lambda seen: seen.state == "active")

    assert (made.id, "pullTask") in [(row["id"], row["type"]) for row in found["data"]]
    assert found["resourceType"] == "genericObject"
