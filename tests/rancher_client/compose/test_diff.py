"""What is shown as a change between the config that runs and the one wanted (rancher-1.6-api.md 10.2)."""

from __future__ import annotations

import pytest

from rancher_client.compose import Change, ChangeKind, changes

STORED = {
    "type": "launchConfig",
    "imageUuid": "docker:shop:1",
    "version": "f1c0",
    "kind": "container",
    "networkMode": "managed",
    "instanceTriggeredStop": "stop",
    "privileged": False,
    "vcpu": 1,
    "startOnCreate": True,
    "logConfig": {"type": "logConfig"},
    "environment": {"LOG": "info", "OLD": "1"},
    "labels": {"team": "shop", "io.rancher.service.hash": "abc", "deploy/attempt": "DEPLOY-1"},
    "ports": ["8080:80/tcp", "52159:81/tcp"],
}
WANTED = {
    "imageUuid": "docker:shop:1",
    "environment": {"LOG": "info", "OLD": "1"},
    "labels": {"team": "shop"},
    "ports": ["81/tcp", "8080:80"],
}


def difference(**wanted):
    return changes(STORED, WANTED | wanted, ignored_labels=["deploy/attempt"])


def test_what_rancher_adds_by_itself_is_no_change():
    assert difference() == ()


def test_an_image_is_one_value():
    assert difference(imageUuid="docker:shop:2") == (
        Change(ChangeKind.CHANGED, "imageUuid", None, "docker:shop:1", "docker:shop:2"),
    )


def test_variables_change_one_by_one():
    assert difference(environment={"LOG": "debug", "NEW": "2"}) == (
        Change(ChangeKind.CHANGED, "environment", "LOG", "info", "debug"),
        Change(ChangeKind.ADDED, "environment", "NEW", None, "2"),
        Change(ChangeKind.REMOVED, "environment", "OLD", "1", None),
    )


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        (["8080:80", "81"], []),
        (["8081:80", "81"], [("added", "8081:80/tcp"), ("removed", "8080:80/tcp")]),
        (["8080:80"], [("removed", "52159:81/tcp")]),
        (["8080:80", "52159:81"], []),
    ],
)
def test_a_random_port_that_was_filled_in_is_no_change_but_another_port_is(ports, expected):
    found = sorted((change.kind.value, change.entry) for change in difference(ports=ports))

    assert found == expected


def test_a_health_check_is_compared_without_ranchers_type_and_nulls():
    stored = {"healthCheck": {"type": "instanceHealthCheck", "port": 80, "requestLine": None}}

    assert changes(stored, {"healthCheck": {"port": 80}}) == ()
    assert [change.name for change in changes(stored, {"healthCheck": {"port": 81}})] == ["healthCheck"]
    assert [change.kind for change in changes(stored, {})] == [ChangeKind.REMOVED]


def test_values_are_not_shown_by_the_repr():
    [change] = changes({}, {"environment": {"PASSWORD": "s3cret"}})

    assert change.after == "s3cret"
    assert "s3cret" not in repr(change)
