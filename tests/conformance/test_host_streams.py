"""Logs and statistics, on a Rancher with the proxy to its hosts (rancher-1.6-api.md 6.3, 6.4)."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from rancher_client.cattle import Session, containers, kinds, logs, services, stats
from rancher_client.cattle.host_streams import End
from rancher_client.cattle.resources import Container, Service
from rancher_client.errors import NotOffered, NotServed, StreamEnded

from .target import Bench, Wire

PATIENCE = timedelta(seconds=30)
SILENCE = timedelta(seconds=10)


@pytest.fixture(scope="module")
def leads_to_hosts(rancher: Session, host_ids: list[str]) -> bool:
    """Whether this Rancher has the proxy to its hosts, and a host is connected to it.

    Hosts that Rancher itself simulates are not: the proxy lets in, nothing comes, and it ends somehow (6.4).
    """
    try:
        with stats.of_host(rancher, host_ids[0], silence=SILENCE) as samples:
            return next(samples, None) is not None
    except (NotServed, StreamEnded):
        return False


@pytest.fixture
def web(leads_to_hosts: bool, bench: Bench) -> Service:
    """A running service of two containers, on a Rancher that leads to its hosts."""
    if not leads_to_hosts:
        pytest.skip("needs hosts that are connected to the proxy, which this Rancher does not have")
    return bench.service(scale=2)


@pytest.fixture
def container(bench: Bench, web: Service) -> Container:
    return bench.running(web.id)[0]


def test_reading_a_log_ends_by_itself(rancher: Session, container: Container):
    part = logs.read(rancher, container.id, lines=5)

    assert part.end is End.CLOSED
    assert len(part.lines) <= 5
    assert all(line.at is not None for line in part.lines)


def test_no_lines_are_asked_for_and_none_come(rancher: Session, container: Container):
    assert logs.read(rancher, container.id, lines=0).lines == ()


def test_a_stopped_container_keeps_its_log(rancher: Session, bench: Bench, web: Service):
    services.deactivate(rancher, web.id)
    bench.settled(web.id, "inactive")
    [stopped, _] = containers.of_service(rancher, web.id)

    assert logs.read(rancher, stopped.id).end is End.CLOSED


def test_a_removed_container_has_no_log(rancher: Session, bench: Bench, web: Service, container: Container):
    services.set_scale(rancher, web.id, 0)
    bench.settled(web.id, "active")

    with pytest.raises(NotOffered):
        logs.read(rancher, container.id)


@pytest.mark.trap("80")
def test_a_container_is_told_of_every_second_and_by_its_docker_id(rancher: Session, container: Container):
    with stats.of_container(rancher, container.id, total=PATIENCE) as samples:
        early, late = itertools.islice(samples, 2)

    assert {early.id, late.id} == {container.external_id}
    assert stats.rates(early, late) is not None


def test_the_containers_of_a_host_go_by_ranchers_ids(rancher: Session, container: Container):
    on_host = {one.id for one in containers.of_host(rancher, str(container.host_id))}

    with stats.of_containers_on(rancher, str(container.host_id), total=PATIENCE) as samples:
        sample = next(samples)

    assert sample.id in on_host


def test_a_service_is_told_of_by_all_its_containers(rancher: Session, bench: Bench, web: Service):
    wanted = {one.external_id for one in bench.running(web.id)}

    with stats.of_service(rancher, web.id, total=PATIENCE) as samples:
        seen = {sample.id for sample in itertools.islice(samples, 6)}

    assert seen == wanted


def test_all_hosts_of_a_project_tell_of_themselves(rancher: Session, host_ids: list[str], web: Service):
    with stats.of_all_hosts(rancher, total=PATIENCE) as samples:
        seen = {sample.id for sample in itertools.islice(samples, 3 * len(host_ids))}

    assert set(host_ids) <= seen


def test_a_service_without_containers_tells_nothing(rancher: Session, bench: Bench):
    """On any Rancher: no address is built, so that none is refused [run]."""
    empty = bench.service(scale=0)

    with stats.of_service(rancher, empty.id) as samples:
        assert list(samples) == []


def test_an_alias_tells_nothing_either(rancher: Session, bench: Bench):
    alias = services.create(rancher, kinds.dns_service("alias"), stack_id=bench.stack_id)

    with stats.of_service(rancher, alias.id) as samples:
        assert list(samples) == []


@pytest.mark.trap("79")
def test_the_hosts_of_a_project_tell_behind_its_link_that_repeats_it(rancher: Session, wire: Wire):
    assert wire("GET", f"projects/{rancher.project}/hoststats").status_code in (200, 501)
    assert wire("GET", "hoststats").status_code == 404
