"""Logs and statistics over websockets, told by the hosts of the simulator (rancher-1.6-api.md 6.3, 6.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedOK, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from rancher_client.simulator.engine import Engine, Site, Timing
from rancher_client.simulator.server import SimulatorServer

from .conftest import Environment

START = 1_795_404_000.0


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """A server with Docker hosts and the proxy to them; its time stands still unless a test moves it."""
    with SimulatorServer(speed=0, start=START, site=Site(), timing=Timing.simulated_hosts()) as running:
        yield running


@pytest.fixture
def container(prod: Environment) -> dict[str, Any]:
    """A running container of a service of scale 1."""
    [found] = prod.get(f"/services/{prod.make_service()}/instances")["data"]
    assert found["state"] == "running"
    return dict(found)


def ask(prod: Environment, container: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    answer = prod.call("POST", f"/containers/{container['id']}/?action=logs", wanted)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def opened(access: dict[str, Any], token: str | None = None) -> ClientConnection:
    return connect(f"{access['url']}?token={token or access['token']}", proxy=None, open_timeout=5)


def rest_of(stream: ClientConnection) -> list[str]:
    """All frames until the server closes."""
    frames: list[str] = []
    with suppress(ConnectionClosedOK):
        while True:
            frames.append(str(stream.recv(timeout=5)))
    return frames


def logs_of(prod: Environment, container: dict[str, Any], **wanted: Any) -> list[str]:
    with opened(ask(prod, container, follow=False, **wanted)) as stream:
        return rest_of(stream)


def test_the_action_gives_an_address_and_a_token_of_three_parts(prod, server, container):
    access = ask(prod, container)

    assert access["type"] == "hostAccess"
    assert access["url"] == f"{server.url.replace('http', 'ws')}/v1/logs/"
    assert [part[:2] for part in access["token"].split(".")[:2]] == ["ey", "ey"]


def test_each_line_is_a_frame_with_digits_time_text_and_its_end(prod, container):
    first, second, *_ = logs_of(prod, container)

    assert first.startswith("01 2026-")
    assert first.partition("Z ")[0][-9:].isdecimal()
    assert first.endswith("Z Starting shop:1\n")
    assert second.endswith("Z Ready to take requests\n")


def test_lines_come_without_times_where_none_are_wanted(prod, container):
    assert logs_of(prod, container, timestamps=False)[0] == "01 Starting shop:1\n"


def test_what_goes_to_stderr_has_another_prefix(prod, server, container):
    with server.engine_lock:
        server.levers.container_says(int(container["id"][2:]), "something is wrong", "stderr")

    assert logs_of(prod, container, timestamps=False)[-1] == "02 something is wrong\n"


def test_of_a_container_with_a_terminal_both_are_one(prod):
    service = prod.make_service(launchConfig={"imageUuid": "sim:shop:1", "tty": True})
    [container] = prod.get(f"/services/{service}/instances")["data"]

    assert {line[:3] for line in logs_of(prod, container)} == {"00 "}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_only_the_last_lines_come(prod, server, container, count):
    server.advance(60)

    assert logs_of(prod, container, lines=count) == logs_of(prod, container, lines=1000)[-count or 10**6 :]


@pytest.mark.parametrize("since", [f"{START + 40:.0f}", "50s", "2026-11-23T03:20:40Z"])
def test_since_leaves_out_what_is_older(prod, server, container, since):
    server.advance(START + 90 - server.now)
    everything = logs_of(prod, container)

    recent = logs_of(prod, container, since=since)

    assert recent == [line for line in everything if line[3:] >= "2026-11-23T03:20:40"]
    assert 0 < len(recent) < len(everything)


def test_the_same_seed_writes_the_same_lines():
    histories = []
    for _ in range(2):
        with SimulatorServer(speed=0, start=START, site=Site(), random_seed=7) as server:
            prod = Environment(server, *server.add_project("prod", hosts=1))
            server.advance(1)
            [container] = prod.get(f"/services/{prod.make_service()}/instances")["data"]
            server.advance(300)
            histories.append(logs_of(prod, container))

    assert histories[0] == histories[1]
    assert len(histories[0]) > 40


def test_who_follows_hears_every_line_once_as_time_goes_on(prod, server, container):
    with opened(ask(prod, container, timestamps=False)) as stream:
        before = [str(stream.recv(timeout=5)) for _ in logs_of(prod, container)]
        for step in range(5):
            with server.engine_lock:
                server.levers.container_says(int(container["id"][2:]), f"step {step}")
            server.advance(20)
        after = logs_of(prod, container, timestamps=False)[len(before) :]
        heard = [str(stream.recv(timeout=5)) for _ in after]

    assert heard == after
    assert [line for line in heard if "step" in line] == [f"01 step {step}\n" for step in range(5)]


def test_following_goes_on_over_an_update_by_hand(prod, server, container):
    number = int(container["id"][2:])
    with opened(ask(prod, container, timestamps=False)) as stream:
        for _ in logs_of(prod, container):
            stream.recv(timeout=5)
        for text in ("during", "after"):
            if text == "during":
                prod.call("POST", f"/containers/{container['id']}/?action=update")
            with server.engine_lock:
                server.levers.container_says(number, text)
            server.advance(0.01)
            assert stream.recv(timeout=5) == f"01 {text}\n"


def test_following_ends_with_the_process_and_the_logs_stay(prod, server, container):
    with opened(ask(prod, container)) as stream:
        prod.call("POST", f"/services/{container['serviceIds'][0]}/?action=deactivate")
        server.advance(10)
        heard = rest_of(stream)

    assert heard[-1].endswith("Received signal 15, shutting down\n")
    assert logs_of(prod, container)[-1] == heard[-1]


def test_a_process_that_ends_by_itself_says_so(prod, server, container):
    with server.engine_lock:
        server.levers.container_exits(int(container["id"][2:]))
    server.advance(20)

    lines = logs_of(prod, container, timestamps=False)

    assert "02 The process has ended by itself\n" in lines
    assert lines.count("01 Starting shop:1\n") == 2


def test_a_wrong_token_is_refused(prod, container):
    access = ask(prod, container)

    for token in ("nonsense", access["token"][:-2] + "xx", access["token"].replace("ey", "xx", 1)):
        with pytest.raises(InvalidStatus) as refused, opened(access, token):
            pass
        assert refused.value.response.status_code == 401
        assert refused.value.response.body == b"Failed authentication\n"


def test_a_token_lets_in_for_300_seconds_and_to_its_own_path_only(prod, server, container):
    access = ask(prod, container, follow=False)
    server.advance(299)
    with opened(access):
        pass
    elsewhere = access | {"url": access["url"].replace("logs", "hoststats")}
    with pytest.raises(InvalidStatus), opened(elsewhere):
        pass
    server.advance(2)
    with pytest.raises(InvalidStatus), opened(access):
        pass


def test_a_host_that_is_not_connected_lets_nobody_in(prod, server, container):
    access = ask(prod, container)
    with server.engine_lock:
        server.levers.lose_host(int(container["hostId"][2:]))

    with pytest.raises(InvalidStatus) as refused, opened(access):
        pass

    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("link", ["hoststats", "containerstats"])
def test_statistics_of_a_host_that_is_not_connected_are_let_in_and_stay_silent(prod, server, link):
    access = prod.get(f"/hosts/1h1/{link}")
    with server.engine_lock:
        server.levers.lose_host(1)

    with opened(access) as stream:
        server.advance(5)
        with pytest.raises(TimeoutError):
            stream.recv(timeout=0.5)


def test_one_host_of_a_project_that_is_not_connected_silences_them_all(prod, server):
    access = prod.get(f"/projects/{prod.project}/hoststats")
    with server.engine_lock:
        server.levers.lose_host(2)

    with opened(access) as stream:
        server.advance(5)
        with pytest.raises(TimeoutError):
            stream.recv(timeout=0.5)


def test_without_the_proxy_logs_and_statistics_are_501():
    with SimulatorServer(speed=0, start=START, site=Site(websocket_proxy=False)) as server:
        prod = Environment(server, *server.add_project("prod", hosts=1))
        server.advance(1)
        service = prod.make_service()
        [container] = prod.get(f"/services/{service}/instances")["data"]
        answers = [
            prod.call("POST", f"/containers/{container['id']}/?action=logs", {}),
            prod.call("GET", f"/containers/{container['id']}/containerstats"),
            prod.call("GET", f"/services/{service}/containerstats"),
            prod.call("GET", f"/hosts/{container['hostId']}/hoststats"),
            prod.call("GET", f"/projects/{prod.project}/hoststats"),
        ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (501, "HostApiProxyDisabled")
    }


def test_on_simulated_hosts_containers_have_no_statistics_and_services_no_address():
    """As a live server with hosts of another kind than Docker answers [run]."""
    with SimulatorServer(speed=0, start=START, site=Site.simulated_hosts()) as server:
        prod = Environment(server, *server.add_project("prod", hosts=1))
        server.advance(1)
        service = prod.make_service()
        [container] = prod.get(f"/services/{service}/instances")["data"]

        assert prod.call("GET", f"/containers/{container['id']}/containerstats").status_code == 500
        assert prod.call("GET", f"/containers/{container['id']}/stats").status_code == 404
        assert prod.get(f"/services/{service}/containerstats")["url"] is None


def statistics(prod: Environment, server: SimulatorServer, path: str, seconds: int = 3) -> list[Any]:
    """The frames of some seconds."""
    access = prod.get(path)
    assert access["type"] == "statsAccess"
    with opened(access) as stream:
        frames = [json.loads(stream.recv(timeout=5))]
        for _ in range(seconds - 1):
            server.advance(1)
            frames.append(json.loads(stream.recv(timeout=5)))
    return frames


def test_a_container_is_told_of_once_a_second_by_its_docker_id(prod, server, container):
    frames = statistics(prod, server, f"/containers/{container['id']}/containerstats")

    entries = [entry for [entry] in frames]
    assert {entry["id"] for entry in entries} == {container["externalId"]}
    assert {entry["resourceType"] for entry in entries} == {"container"}
    used = [entry["cpu"]["usage"]["total"] for entry in entries]
    assert used == sorted(set(used))
    assert entries[0]["timestamp"] < entries[1]["timestamp"]
    assert entries[0]["network"]["interfaces"][0]["name"] == "eth0"


def test_all_containers_of_a_host_come_in_one_frame_by_ranchers_ids(prod, server):
    service = prod.make_service(scale=6)
    on_first = [
        one["id"] for one in prod.get(f"/services/{service}/instances")["data"] if one["hostId"] == "1h1"
    ]

    [frame] = statistics(prod, server, "/hosts/1h1/containerstats", seconds=1)

    assert len(on_first) == 2
    assert sorted(entry["id"] for entry in frame) == sorted(on_first)


def test_a_service_is_told_of_by_a_frame_for_each_container(prod, server):
    service = prod.make_service(scale=3)
    access = prod.get(f"/services/{service}/containerstats")

    with opened(access) as stream:
        told = [json.loads(stream.recv(timeout=5)) for _ in range(3)]

    assert access["url"].endswith("/v1/containerstats/service/")
    ids = {one["externalId"] for one in prod.get(f"/services/{service}/instances")["data"]}
    assert {entry["id"] for [entry] in told} == ids


def test_a_service_without_containers_has_a_token_and_no_address(prod):
    access = prod.get(f"/services/{prod.make_service(scale=0)}/containerstats")

    assert access["url"] is None
    assert access["token"]


def test_the_hosts_of_a_project_are_told_of_behind_its_link(prod, server):
    """`/projects/1a5/hoststats` is none: the link repeats the project [run]."""
    access = prod.get(f"/projects/{prod.project}/hoststats")

    with opened(access) as stream:
        told = [json.loads(stream.recv(timeout=5)) for _ in range(3)]

    assert {(entry["id"], entry["resourceType"]) for [entry] in told} == {
        ("1h1", "host"),
        ("1h2", "host"),
        ("1h3", "host"),
    }
    assert prod.call("GET", "/hoststats").status_code == 404


def test_links_to_statistics_are_shown_where_there_are_any(prod, server):
    host = prod.get("/hosts/1h1")["links"]
    project = prod.get("")["links"]

    assert {name: url.rpartition("/")[2] for name, url in host.items() if "tats" in name} == {
        "stats": "stats",
        "hostStats": "hoststats",
        "containerStats": "containerstats",
    }
    assert project["hostStats"] == prod.url(f"/projects/{prod.project}/hoststats")


def test_the_total_of_a_host_is_the_whole_time_of_a_core(prod, server):
    first, last = statistics(prod, server, "/hosts/1h1/hoststats", seconds=2)

    early, late = (frame[0]["cpu"]["usage"] for frame in (first, last))
    assert late["total"] - early["total"] == pytest.approx(1e9)
    assert 0 < sum(late["per_cpu_usage"]) - sum(early["per_cpu_usage"]) < 4e9


def test_of_a_host_whose_agent_is_not_active_containers_are_503_and_itself_nothing(prod, server, container):
    host = container["hostId"]
    with server.engine_lock:
        server.levers.lose_host(int(host[2:]))
    server.advance(600)

    assert prod.call("GET", f"/containers/{container['id']}/containerstats").status_code == 503
    assert prod.call("GET", f"/hosts/{host}/containerstats").status_code == 503
    assert prod.get(f"/hosts/{host}/hoststats")["url"] is None


def test_statistics_end_when_the_container_is_gone(prod, server, container):
    with opened(prod.get(f"/containers/{container['id']}/containerstats")) as stream:
        stream.recv(timeout=5)
        prod.call("DELETE", f"/services/{container['serviceIds'][0]}")
        server.advance(30)
        rest_of(stream)


@pytest.mark.parametrize(
    "path", ["/containers/{c}/hoststats", "/services/{s}/hoststats", "/services/{s}/stats"]
)
def test_links_that_a_type_does_not_have_are_404(prod, container, path):
    path = path.format(c=container["id"], s=container["serviceIds"][0])

    assert prod.call("GET", path).status_code == 404


def test_an_alias_has_none_by_its_own_name_and_is_an_empty_service_by_the_common_one(prod):
    """Seen on a live server."""
    alias = prod.call("POST", "/dnsservices", {"name": "alias", "stackId": prod.make_stack()}).json()["id"]

    assert prod.call("GET", f"/dnsservices/{alias}/containerstats").status_code == 404
    assert prod.get(f"/services/{alias}/containerstats")["url"] is None


def test_a_negative_number_of_lines_is_refused(prod, container):
    answer = prod.call("POST", f"/containers/{container['id']}/?action=logs", {"lines": -5})

    assert (answer.status_code, answer.json()["code"]) == (422, "MinLimitExceeded")


def test_what_containers_wrote_survives_a_snapshot(prod, server, container):
    server.advance(100)
    before = logs_of(prod, container)

    with server.engine_lock:
        server.simulator.loop.replace(Engine.restore(json.loads(json.dumps(server.engine.snapshot()))))

    assert logs_of(prod, container) == before
