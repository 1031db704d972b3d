"""How requests are sent: connections, the last look at the clock, addresses, headers."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from rancher_client.cattle import Session, services, stacks
from rancher_client.errors import NotSent

from .conftest import SERVICE
from .scripted import answer


def test_a_changing_call_has_a_connection_of_its_own(serve, on):
    server = serve(answer(SERVICE))
    session = on(server)

    services.get(session, "1s12")
    services.finish_upgrade(session, "1s12")
    services.get(session, "1s12")
    services.finish_upgrade(session, "1s12")

    assert [request.connection for request in server.requests] == [1, 2, 1, 3]


def test_send_by_is_asked_after_the_connection_stands_and_nothing_is_sent_when_it_is_over(serve, on):
    server = serve(answer(SERVICE))
    asked = []

    def may_send():
        deadline = time.monotonic() + 5
        while server.connections == 0 and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        asked.append(server.connections)
        return False

    with pytest.raises(NotSent) as caught:
        services.finish_upgrade(on(server), "1s12", send_by=may_send)

    assert asked == [1]
    assert server.requests == []
    assert caught.value.surely_not_accepted
    assert caught.value.method == "POST"


def test_a_send_by_that_lies_ahead_lets_the_call_through(serve, on):
    server = serve(answer(SERVICE))

    services.finish_upgrade(on(server), "1s12", send_by=datetime.now(UTC) + timedelta(seconds=30))
    with pytest.raises(NotSent):
        services.finish_upgrade(on(server), "1s12", send_by=datetime.now(UTC) - timedelta(seconds=1))

    assert len(server.requests) == 1


def test_send_by_is_asked_once_for_headers_and_body_together(serve, on):
    server = serve(answer(SERVICE))
    answers = iter([True])

    services.set_scale(on(server), "1s12", 3, send_by=lambda: next(answers))

    assert server.requests[0].json() == {"scale": 3}


def test_addresses_are_built_from_our_own_base_and_ids(serve, on):
    links = {"self": "http://inner:8080/evil", "instances": "http://inner:8080/evil"}
    server = serve(answer(SERVICE | {"links": links}))

    services.get(on(server), "1s12")
    services.roll_back(on(server), "1s12")

    assert [(request.method, request.target) for request in server.requests] == [
        ("GET", "/v2-beta/projects/1a5/services/1s12"),
        ("POST", "/v2-beta/projects/1a5/services/1s12/?action=rollback"),
    ]


@pytest.mark.parametrize("given", ["", "/", "/v1", "/v2-beta/"])
def test_the_base_may_end_as_people_write_it(given):
    session = Session(f"https://rancher.example:8443{given}", "a", "b", project="1a5")

    assert session.url("services") == "https://rancher.example:8443/v2-beta/projects/1a5/services"


@pytest.mark.parametrize(
    "base",
    [
        "ftp://r",
        "r:8080",
        "http://",
        "http://key:secret@r",
        "http://r?x=1",
        "http://r#x",
        "file:///etc/passwd",
    ],
)
def test_a_base_that_is_no_address_or_carries_a_key_is_refused(base):
    with pytest.raises(ValueError, match="address of a Rancher"):
        Session(base, "a", "b")


@pytest.mark.parametrize("part", ["", "..", "a/b", "1s12?x", "1s12#", "1s 12", "%2e", "x" * 200])
def test_an_id_that_would_lead_elsewhere_is_refused(part):
    session = Session("http://r", "a", "b", project="1a5")

    with pytest.raises(ValueError, match="no id"):
        services.get(session, part)
    with pytest.raises(ValueError, match="no id"):
        session.in_project(part)


def test_each_request_asks_for_enforced_authentication_and_none_is_a_browsers(serve, on):
    server = serve(answer(SERVICE, Set_Cookie="CSRF=1; Path=/"))
    session = on(server, user_agent="deploy-tickets/1")

    services.get(session, "1s12")
    services.finish_upgrade(session, "1s12")

    for request in server.requests:
        assert request.headers["x-enforce-authentication"] == "true"
        assert request.headers["authorization"].startswith("Basic ")
        assert request.headers["user-agent"] == "deploy-tickets/1"
        assert "cookie" not in request.headers


def test_a_browsers_user_agent_is_refused():
    with pytest.raises(ValueError, match="mozilla"):
        Session("http://r", "a", "b", user_agent="Mozilla/5.0")


def test_proxies_and_netrc_of_the_environment_are_not_used(serve, on, monkeypatch, tmp_path):
    server = serve(answer(SERVICE))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    services.get(on(server), "1s12")
    services.finish_upgrade(on(server), "1s12")

    assert len({request.headers["authorization"] for request in server.requests}) == 1


def test_a_session_scoped_to_another_project_keeps_the_key(serve, on):
    server = serve(answer(SERVICE))

    services.get(on(server).in_project("1a7"), "1s12")

    assert server.requests[0].target == "/v2-beta/projects/1a7/services/1s12"
    assert server.requests[0].headers["authorization"].startswith("Basic ")


def test_an_upgrade_is_sent_whole(serve, on):
    server = serve(answer(SERVICE, 202))
    config = {"imageUuid": "docker:shop:2", "labels": {"a": "1"}, "version": "0", "type": "launchConfig"}

    services.upgrade(
        on(server),
        "1s12",
        service_name="web",
        sidekicks=["logs"],
        launch_config=config,
        secondary_launch_configs=[{"name": "logs", "imageUuid": "rancher/none"}],
        batch_size=2,
        interval_millis=2000,
        start_first=True,
    )

    assert server.requests[0].json() == {
        "inServiceStrategy": {
            "batchSize": 2,
            "intervalMillis": 2000,
            "startFirst": True,
            "launchConfig": config,
            "secondaryLaunchConfigs": [{"name": "logs", "imageUuid": "rancher/none"}],
        }
    }


def test_a_named_volume_is_announced_with_what_the_compose_file_says(serve, on):
    server = serve(answer({"type": "volumeTemplate", "id": "1vt3", "name": "store"}, 201))

    made = stacks.create_volume_template(
        on(server), "1st7", "store", driver="nfs", driver_options={"share": "/x"}, is_per_container=True
    )

    assert made == "1vt3"
    assert server.requests[0].target == "/v2-beta/projects/1a5/volumetemplates"
    assert server.requests[0].json() == {
        "name": "store",
        "stackId": "1st7",
        "driver": "nfs",
        "driverOpts": {"share": "/x"},
        "external": False,
        "perContainer": True,
    }


def test_the_volume_templates_of_a_stack_are_told_by_name(serve, on):
    rows = [{"type": "volumeTemplate", "id": f"1vt{number}", "name": f"v{number}"} for number in range(2)]
    server = serve(answer({"type": "collection", "data": rows, "pagination": None}))

    assert stacks.volume_templates(on(server), "1st7") == ["v0", "v1"]
    assert server.requests[0].target.startswith("/v2-beta/projects/1a5/volumetemplates?stackId=1st7")
