"""The websocket of a project (rancher-1.6-api.md 8)."""

from __future__ import annotations

import json
import time

import pytest
from websockets.sync.client import connect

from rancher_client.cattle import services, stacks, subscription
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


@pytest.mark.trap("57")
def test_a_change_before_the_connect_is_not_replayed(bench, rancher):
    service = bench.service(active=False)
    with subscription.subscribe(rancher) as stream:
        first(stream, lambda seen: seen.name == "ping")

    with subscription.subscribe(rancher) as stream:
        seen = []
        first(stream, lambda wake_up: seen.append(wake_up) or wake_up.name == "ping")

    assert service.id not in {wake_up.resource_id for wake_up in seen}


def frames_until(rancher, wanted, *, act, url=None):
    """All frames from a fresh connection on, `act` being done once it is open, up to the first that is
    wanted.
    """
    url = url or rancher.websocket_url("subscribe", params={"eventNames": "resource.change"})
    frames = []
    with connect(url, additional_headers=rancher.websocket_headers(), proxy=None) as socket:
        act()
        while not frames or not wanted(frames[-1]):
            frames.append(json.loads(socket.recv(timeout=30)))
    return frames


@pytest.mark.trap("35")
def test_a_frame_has_six_keys_and_the_whole_resource_as_rest_shows_it(bench, rancher):
    service = bench.service(active=False)

    frame = frames_until(
        rancher,
        lambda seen: seen["resourceId"] == service.id,
        act=lambda: services.update(rancher, service.id, {"description": "changed"}),
    )[-1]

    resource = frame["data"]["resource"]
    assert list(frame) == FRAME_KEYS
    assert resource["description"] == "changed"
    assert resource["created"].endswith("Z")
    assert "upgrade" in resource["actions"]


@pytest.mark.trap("57")
def test_nobody_is_greeted(rancher):
    begun = time.monotonic()

    with subscription.subscribe(rancher) as stream:
        first(stream, lambda seen: seen.name == "ping")

    assert time.monotonic() - begun > 0.5


@pytest.mark.trap("34")
def test_changes_between_two_ticks_come_as_one_frame_with_the_latest_state(bench, rancher):
    service = bench.service(active=False)

    def change_often():
        for number in range(10):
            services.update(rancher, service.id, {"description": str(number)})

    frames = frames_until(rancher, lambda seen: seen["name"] == "ping", act=change_often)

    told = [frame["data"]["resource"] for frame in frames if frame["resourceId"] == service.id]
    assert 1 <= len(told) < 10
    assert told[-1]["description"] == "9"


@pytest.mark.trap("34")
def test_below_v1_a_service_is_told_of_and_a_stack_is_not(bench, target, rancher):
    service = bench.service(active=False)
    url = rancher.websocket_url("subscribe", params={"eventNames": "resource.change"})
    url = url.replace("/v2-beta/", "/v1/")

    def change():
        stacks.update(rancher, bench.stack_id, description="changed")
        services.update(rancher, service.id, {"description": "changed"})

    frames = frames_until(rancher, lambda seen: seen["name"] == "ping", act=change, url=url)

    told = {frame["resourceType"] for frame in frames}
    assert "service" in told
    assert not told & {"stack", "environment"}


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
