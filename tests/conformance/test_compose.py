"""Compose files through the client: what is made of them is as wanted (rancher-1.6-api.md 10.4, 10.6)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.cattle import services
from rancher_client.compose import ComposedService, compose, service_diff

DOCKER_COMPOSE = """\
version: '2'
services:
  front:
    image: rancher/lb-service-haproxy:v0.9.14
    ports: ['18997']
    labels: {team: shop}
  web:
    image: registry.test/shop:${VERSION}
    command: serve --name "a b"
    environment: {LOG: info, PRICE: $$5}
    ports: ['80', '18996:81/udp']
    volumes: ['/host:/here', '/there']
    labels: {io.rancher.sidekicks: logs}
    links: ['db:database']
    mem_limit: 512m
    ulimits: {nofile: {soft: 10, hard: 20}}
    blkio_weight_device: ['/dev/sda:10']
    tmpfs: ['/run:size=64k']
    stop_grace_period: 1m30s
    logging: {driver: syslog, options: {tag: shop}}
  logs:
    image: registry.test/logs:1
    volumes_from: [web]
  db: {image: rancher/external-service}
  alias:
    image: rancher/dns-service
    links: [web]
"""
RANCHER_COMPOSE = """\
version: '2'
services:
  front:
    lb_config:
      config: "defaults\\n  timeout client 60000"
      port_rules:
      - {source_port: 18997, target_port: 80, service: web, hostname: shop.test, path: /api, priority: 1}
      - {source_port: 18995, target_port: 81, protocol: tcp, service: web}
      stickiness_policy: {name: sticky, cookie: SRV, mode: insert}
  web:
    scale: 2
    metadata: {owner: shop, hosts: [a, b]}
    health_check: {port: 80, interval: 2000, response_timeout: 1000, request_line: GET / HTTP/1.0}
  db: {external_ips: [192.0.2.1], health_check: {port: 5432}}
"""


@pytest.fixture
def wanted() -> tuple[ComposedService, ...]:
    return compose(DOCKER_COMPOSE, RANCHER_COMPOSE, {"VERSION": "1.0.1"}).services


@pytest.fixture
def ids(bench, wanted) -> dict[str, str]:
    """The services made in their order, not started, and linked."""
    found: dict[str, str] = {}
    for service in wanted:
        fields = service.create_fields(service_ids=found) | {"startOnCreate": False}
        found[service.name] = services.create(bench.rancher, fields, stack_id=bench.stack_id).id
        bench.settled(found[service.name], "inactive")
        if service.links:
            links = {alias: found[name] for alias, name in service.links.items()}
            services.set_links(bench.rancher, found[service.name], links)
    return found


def shown(wire, service_id: str) -> dict[str, Any]:
    return wire("GET", f"services/{service_id}").json()


def test_what_is_made_of_compose_files_is_as_the_files_want_it(wire, wanted, ids):
    for service in wanted:
        difference = service_diff(shown(wire, ids[service.name]), service, service_ids=ids)

        assert difference.is_empty, difference


def test_each_service_is_of_the_kind_that_the_files_say(wire, wanted, ids):
    assert {name: shown(wire, made)["type"] for name, made in ids.items()} == {
        "alias": "dnsService",
        "db": "externalService",
        "front": "loadBalancerService",
        "web": "service",
    }


def test_another_version_differs_in_the_image_alone(wire, ids):
    for service in compose(DOCKER_COMPOSE, RANCHER_COMPOSE, {"VERSION": "1.0.2"}).services:
        difference = service_diff(shown(wire, ids[service.name]), service, service_ids=ids)

        changed = [change.name for found in difference.configs.values() for change in found]
        assert changed == (["imageUuid"] if service.name == "web" else [])
        assert difference.settings == ()
