"""The websocket of a project (rancher-1.6-api.md 8)."""

from __future__ import annotations

import json

import pytest
from websockets.sync.client import connect

from rancher_client.cattle import services, subscription
from rancher_client.errors import KeyRefused, NotAllowed, StreamEnded

FRAME_KEYS = ["id", "name", "resourceId", "resourceType", "data", "time"]


def first(stream, wanted):
    """The first wake-up that is wanted; the stream ends by itself when nothing comes."""
    return next(wake_up for wake_up in stream if wanted(wake_up))


def test_a_change_wakes_with_kind_and_id(bench, rancher):
    service = bench.service(active=False)

    with subscription.subscribe(rancher) as stream:
        services.update(rancher, service.id, {"description": "changed"})
        wake_up = first(stream, lambda seen: seen.resource_id == service.id)

    assert (wake_up.name, wake_up.resource_type) == ("resource.change", "service")


def test_pings_come_without_any_change(rancher):
    with subscription.subscribe(rancher) as stream:
        assert first(stream, lambda seen: seen.name == "ping").resource_id is None


def test_a_change_before_the_connect_is_not_replayed(bench, rancher):
    service = bench.service(active=False)
    with subscription.subscribe(rancher) as stream:
        first(stream, lambda seen: seen.name == "ping")

    with subscription.subscribe(rancher) as stream:
        seen = []
        first(stream, lambda wake_up: seen.append(wake_up) or wake_up.name == "ping")

    assert service.id not in {wake_up.resource_id for wake_up in seen}


def test_a_frame_has_six_keys_and_the_whole_resource_as_rest_shows_it(bench, rancher):
    service = bench.service(active=False)
    url = rancher.websocket_url("subscribe", params={"eventNames": "resource.change"})

    with connect(url, additional_headers=rancher.websocket_headers(), proxy=None) as socket:
        services.update(rancher, service.id, {"description": "changed"})
        frame = json.loads(socket.recv(timeout=30))
        while frame["resourceId"] != service.id:
            frame = json.loads(socket.recv(timeout=30))

    resource = frame["data"]["resource"]
    assert list(frame) == FRAME_KEYS
    assert resource["description"] == "changed"
    assert resource["created"].endswith("Z")
    assert "upgrade" in resource["actions"]


def test_a_removed_service_is_told(bench, rancher):
    service = bench.service(active=False)

    with subscription.subscribe(rancher) as stream:
        services.remove(rancher, service.id)
        assert first(stream, lambda seen: seen.resource_id == service.id).resource_type == "service"


def test_a_wrong_key_gets_no_socket(target):
    with pytest.raises(KeyRefused), subscription.subscribe(target.session(secret_key="wrong" * 8)):
        pass


def test_a_foreign_project_gets_no_socket(target):
    with pytest.raises(NotAllowed), subscription.subscribe(target.session(project="1a999999")):
        pass


def test_a_closed_stream_ends(rancher):
    with subscription.subscribe(rancher) as stream:
        stream.close()
        with pytest.raises(StreamEnded):
            first(stream, lambda seen: False)
