"""The calls of a deployment against a whole server, over real HTTP and websockets (a verified fake)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from rancher_client.cattle import (
    Session,
    access,
    containers,
    history,
    hosts,
    keys,
    kinds,
    logs,
    projects,
    pulls,
    services,
    stacks,
    stats,
)
from rancher_client.cattle.exits import Exit, exit_reason
from rancher_client.cattle.host_streams import End
from rancher_client.cattle.logs import Written
from rancher_client.cattle.resources import ComposeTexts, LbConfig, PortRule, Service
from rancher_client.errors import (
    KeyRefused,
    NotAllowed,
    NotFound,
    NotOffered,
    NotServed,
    OutcomeUnknown,
    StreamEnded,
)
from rancher_client.simulator.engine import Site
from rancher_client.simulator.server import SimulatorServer

T = TypeVar("T")
ADMIN = {"access": "A" * 20, "secret": "a" * 40}
SEED = {
    "access_control": True,
    "accounts": [{"name": "Boss", "kind": "admin", "login": "boss", "password": "b", "keys": [ADMIN]}],
}
SHOP = {"imageUuid": "docker:registry.example/shop:1.0.1"}
TEXTS = ComposeTexts(
    "version: '2'\nservices:\n  web:\n    image: registry.example/shop:${VERSION}\n",
    "version: '2'\nservices:\n  web:\n    scale: 2\n",
)


class Bench:
    """A server, a project on it, and the time that its tests move."""

    def __init__(self, server: SimulatorServer) -> None:
        self.server = server
        self.project, key, secret = server.add_project("prod", hosts=2)
        self.session = Session(server.url, key, secret, project=self.project)
        self.admin = Session(server.url, ADMIN["access"], ADMIN["secret"], project=self.project)
        self.pass_time(2)

    def pass_time(self, seconds: float) -> None:
        self.server.advance(seconds)

    def later(self, read: Callable[[], T], holds: Callable[[T], bool], *, within: int = 120) -> T:
        for _ in range(within):
            seen = read()
            if holds(seen):
                return seen
            self.pass_time(1)
        raise AssertionError(f"after {within} virtual seconds still {seen!r}")

    def service(self, **fields: Any) -> Service:
        stack = stacks.create(self.session, f"stack-{fields.get('name', 'web')}")
        wanted = {"name": "web", "scale": 2, "startOnCreate": True, "launchConfig": SHOP} | fields
        made = services.create(self.session, wanted, stack_id=stack.id)
        return self.settled(made.id)

    def settled(self, service_id: str, state: str = "active") -> Service:
        return self.later(lambda: services.get(self.session, service_id), lambda seen: seen.state == state)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with SimulatorServer(speed=0, seed=SEED, site=Site()) as server:
        found = Bench(server)
        yield found
        found.session.close()
        found.admin.close()


def test_projects_are_made_with_members_and_shut_by_their_owner_only(bench):
    made = projects.create(bench.admin, "stage")
    bench.later(lambda: projects.get(bench.admin, made.id), lambda seen: seen.state == "active")
    owner = projects.members(bench.admin, made.id)
    assert [member.role for member in owner] == ["owner"]

    stays = projects.set_members(bench.admin, made.id, owner)

    assert stays == owner
    assert made.id in {project.id for project in projects.read_all(bench.admin)}
    with pytest.raises(NotAllowed):
        projects.create(bench.session, "mine")
    projects.deactivate(bench.admin, made.id)
    bench.later(lambda: projects.get(bench.admin, made.id), lambda seen: seen.state == "inactive")


def test_a_host_is_emptied_and_removed(bench):
    web = bench.service()
    [first, second] = hosts.read_all(bench.session)
    with pytest.raises(NotOffered):
        hosts.remove(bench.session, first.id)

    hosts.evacuate(bench.session, first.id)
    bench.later(lambda: hosts.get(bench.session, first.id), lambda seen: seen.state == "inactive")
    bench.later(lambda: containers.of_host(bench.session, first.id), lambda seen: not seen)
    on_second = bench.later(
        lambda: containers.of_service(bench.session, web.id),
        lambda seen: [one.state for one in seen] == ["running", "running"],
    )
    hosts.remove(bench.session, first.id)

    assert {one.host_id for one in on_second} == {second.id}
    bench.later(lambda: hosts.read_all(bench.session), lambda seen: [one.id for one in seen] == [second.id])


def test_a_host_is_labelled_and_takes_containers_again(bench):
    [first, *_] = hosts.read_all(bench.session)

    hosts.set_labels(bench.session, first.id, {**first.labels, "zone": "a"})
    hosts.deactivate(bench.session, first.id)
    bench.later(lambda: hosts.get(bench.session, first.id), lambda seen: seen.state == "inactive")
    hosts.activate(bench.session, first.id)

    again = bench.later(lambda: hosts.get(bench.session, first.id), lambda seen: seen.state == "active")
    assert again.labels["zone"] == "a"


def test_a_registration_token_leads_below_v1(bench):
    made = hosts.create_registration_token(bench.session)
    token = bench.later(
        lambda: hosts.registration_token(bench.session, made.id), lambda seen: seen.state == "active"
    )

    assert token.registration_url is not None
    assert f"/v1/projects/{bench.project}/scripts/" in token.registration_url
    hosts.deactivate_registration_token(bench.session, made.id)


def test_services_of_every_kind_are_made_and_changed(bench):
    web = bench.service()
    stack = str(web.stack_id)
    balancer = services.create(
        bench.session,
        kinds.load_balancer("lb", LbConfig((PortRule(80, 8080, service_id=web.id),)), image="docker:lb:1"),
        stack_id=stack,
    )
    outside = services.create(
        bench.session, kinds.external_service("db", ip_addresses=["10.0.0.9"]), stack_id=stack
    )
    alias = services.create(bench.session, kinds.dns_service("alias"), stack_id=stack)
    chosen = services.create(bench.session, kinds.selector_service("all", "app=web"), stack_id=stack)
    bench.pass_time(5)

    moved = services.set_balancing(
        bench.session, balancer.id, LbConfig((PortRule(81, 8081, "tcp", service_id=web.id),))
    )
    services.set_external(bench.session, outside.id, ip_addresses=["10.0.0.10"])
    services.set_links(bench.session, alias.id, {"web": web.id})

    assert moved.lb_config is not None
    assert moved.lb_config.port_rules == (PortRule(81, 8081, "tcp", service_id=web.id),)
    seen = {one.name: one for one in services.read_all(bench.session, stack_id=stack)}
    assert {name: one.kind for name, one in seen.items()} == {
        "web": "service",
        "lb": "loadBalancerService",
        "db": "externalService",
        "alias": "dnsService",
        "all": "service",
    }
    assert seen["db"].external_ips == ("10.0.0.10",)
    assert seen["alias"].linked_services == {"web": web.id}
    assert seen["all"].selector_container == chosen.selector_container == "app=web"


def test_a_service_is_restarted_in_place_with_its_sidekick(bench):
    logs_config = {"name": "logs", "imageUuid": "docker:registry.example/logs:3"}
    web = bench.service(scale=1, secondaryLaunchConfigs=[logs_config])
    before = {one.id for one in containers.of_service(bench.session, web.id)}

    services.restart(bench.session, web.id, interval_millis=100)
    bench.settled(web.id)

    after = containers.of_service(bench.session, web.id)
    assert {one.id for one in after} == before
    assert {one.sidekick for one in after} == {None, "logs"}
    assert {one.start_count for one in after} == {2}


def test_a_stack_of_texts_is_made_upgraded_rolled_back_exported_and_finished(bench):
    made = stacks.create(
        bench.session, "shop", texts=TEXTS, answers={"VERSION": "1.0.1"}, external_id="mark:1"
    )

    def state(wanted: str) -> Any:
        return bench.later(lambda: stacks.get(bench.session, made.id), lambda seen: seen.state == wanted)

    def image() -> str:
        [web] = services.read_all(bench.session, stack_id=made.id)
        return str((web.launch_config or {})["imageUuid"])

    state("active")
    stacks.upgrade(bench.session, made.id, TEXTS, answers={"VERSION": "1.0.2"}, external_id="mark:2")
    upgraded = state("upgraded")
    assert (upgraded.external_id, upgraded.previous_external_id) == ("mark:2", "mark:1")
    assert image().endswith("shop:1.0.2")

    stacks.roll_back(bench.session, made.id)
    assert state("active").answers == {"VERSION": "1.0.1"}
    assert image().endswith("shop:1.0.1")

    stacks.upgrade(bench.session, made.id, TEXTS, answers={"VERSION": "1.0.3"}, external_id="mark:3")
    state("upgraded")
    stacks.finish_upgrade(bench.session, made.id)
    state("active")
    assert "registry.example/shop:1.0.3" in stacks.export(bench.session, made.id).docker_compose
    with pytest.raises(NotOffered):
        stacks.cancel_upgrade(bench.session, made.id)


def test_the_services_of_a_stack_are_stopped_and_started(bench):
    web = bench.service()
    stack = str(web.stack_id)

    stacks.deactivate_services(bench.session, stack)
    bench.settled(web.id, "inactive")
    stacks.activate_services(bench.session, stack)

    bench.settled(web.id)


def test_v1_calls_the_same_stack_an_environment(bench):
    v1 = bench.session.in_version("v1")
    made = stacks.create(v1, "old-style")
    bench.pass_time(2)

    web = services.create(v1, {"name": "web", "launchConfig": SHOP}, stack_id=made.id)

    assert made.id.startswith("1e")
    assert [one.id for one in services.read_all(v1, stack_id=made.id)] == [web.id]
    assert web.stack_id == made.id
    same = {stack.name for stack in stacks.read_all(bench.session)}
    assert "old-style" in same


def test_a_container_is_stopped_and_told_why_it_does_not_run(bench):
    web = bench.service(scale=1)
    services.deactivate(bench.session, web.id)
    bench.settled(web.id, "inactive")
    [container] = containers.of_service(bench.session, web.id)

    reason = exit_reason(container)

    assert reason is not None
    assert (reason.kind, reason.starts) == (Exit.STOPPED, 1)
    containers.start(bench.session, container.id)
    bench.later(lambda: containers.get(bench.session, container.id), lambda seen: seen.state == "running")
    containers.restart(bench.session, container.id)
    bench.later(lambda: containers.get(bench.session, container.id), lambda seen: seen.start_count == 3)
    containers.remove(bench.session, container.id)
    gone = bench.later(
        lambda: containers.get(bench.session, container.id), lambda seen: seen.state == "removed"
    )
    assert exit_reason(gone) is not None


def test_a_container_that_no_host_takes_says_so(bench):
    label = {"io.rancher.scheduler.affinity:host_label": "zone=nowhere"}
    stack = stacks.create(bench.session, "lost")
    made = services.create(
        bench.session,
        {"name": "web", "startOnCreate": True, "launchConfig": {**SHOP, "labels": label}},
        stack_id=stack.id,
    )

    found = bench.later(
        lambda: [one for one in containers.of_service(bench.session, made.id) if one.state == "error"], bool
    )

    reason = exit_reason(found[0])
    assert reason is not None
    assert reason.kind is Exit.NOT_PLACED
    assert reason.message == "Allocation failed: needs host with label zone: nowhere"
    assert history.service_logs(bench.session, made.id)


def test_the_logs_of_a_container_are_read_and_followed(bench):
    [container, _] = containers.of_service(bench.session, bench.service().id)
    number = int(container.id[2:])
    with bench.server.engine_lock:
        bench.server.levers.container_says(number, "out of memory", "stderr")
    bench.pass_time(30)

    part = logs.read(bench.session, container.id)
    with logs.follow(bench.session, container.id, lines=1, total=timedelta(seconds=20)) as written:
        before = next(written)
        with bench.server.engine_lock:
            bench.server.levers.container_says(number, "the end")
        last = next(written)

    assert part.end is End.CLOSED
    assert part.lines[0].text == "Starting registry.example/shop:1.0.1"
    assert ("out of memory", Written.STDERR) in {(line.text, line.written_to) for line in part.lines}
    assert [line.at for line in part.lines] == sorted(line.at for line in part.lines if line.at)
    assert before == part.lines[-1]
    assert last.text == "the end"


def test_samples_of_a_service_give_rates(bench):
    web = bench.service()
    ids = {one.external_id for one in containers.of_service(bench.session, web.id)}

    with stats.of_service(bench.session, web.id, silence=timedelta(seconds=5)) as samples:
        seen = list(itertools.islice(samples, 2))
        bench.pass_time(1)
        seen += itertools.islice(samples, 2)

    assert {one.id for one in seen} == ids
    for before, after in ((seen[0], seen[2]), (seen[1], seen[3])):
        used = stats.rates(before, after)
        assert used is not None
        assert 0 < used.cores < 1


def test_samples_of_hosts_tell_what_their_cores_did(bench):
    with stats.of_all_hosts(bench.session) as samples:
        early = {one.id: one for one in itertools.islice(samples, 2)}
        bench.pass_time(1)
        late = {one.id: one for one in itertools.islice(samples, 2)}

    assert set(early) == set(late) == {host.id for host in hosts.read_all(bench.session)}
    for host_id, before in early.items():
        used = stats.rates(before, late[host_id])
        assert used is not None
        assert 0 < used.cores < 4
    with stats.of_host(bench.session, "1h1") as samples:
        assert next(samples).id == "1h1"
    bench.service()
    with stats.of_containers_on(bench.session, "1h1") as samples:
        assert next(samples).id in {one.id for one in containers.of_host(bench.session, "1h1")}


def test_a_lost_host_tells_nothing(bench):
    [container, _] = containers.of_service(bench.session, bench.service().id)
    with bench.server.engine_lock:
        bench.server.levers.lose_host(int(str(container.host_id)[2:]))

    with pytest.raises(StreamEnded, match="not connected"):
        logs.read(bench.session, container.id)

    bench.pass_time(600)
    with pytest.raises(OutcomeUnknown), stats.of_container(bench.session, container.id):
        pass


def test_a_server_without_the_proxy_serves_neither():
    with SimulatorServer(speed=0, seed=SEED, site=Site(websocket_proxy=False)) as server:
        bench = Bench(server)
        [container, _] = containers.of_service(bench.session, bench.service().id)

        with pytest.raises(NotServed):
            logs.read(bench.session, container.id)
        with pytest.raises(NotServed), stats.of_host(bench.session, "1h1"):
            pass


def test_a_pull_task_ends_with_what_each_host_said(bench):
    made = pulls.create(bench.session, "registry.example/shop:1.0.2")

    ended = bench.later(lambda: pulls.get(bench.session, made.id), lambda seen: seen.state == "active")

    assert set(ended.status.values()) == {"Done"}
    assert ended.failures == {}


def test_a_key_is_exchanged(bench):
    made = keys.create_environment_key(bench.session, "next")
    bench.pass_time(1)
    other = Session(bench.server.url, str(made.access), str(made.secret), project=bench.project)

    assert access.check_key(other).kind == "project"
    with pytest.raises(NotOffered):
        keys.remove(bench.session, made.id)
    keys.deactivate(bench.session, made.id)
    bench.pass_time(1)
    with pytest.raises(KeyRefused):
        access.check_key(other)
    keys.remove(bench.session, made.id)
    with pytest.raises(NotFound):
        keys.setting(bench.session, "no.such.setting")
