"""exportconfig: services as they are now, as compose texts (rancher-1.6-api.md 3.2)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from .stack_lab import StackLab

RECORDINGS = Path(__file__).parents[3] / "recordings" / "stacks"


@pytest.fixture
def lab() -> StackLab:
    return StackLab()


def exported(lab: StackLab, stack: int, **body: Any) -> tuple[str, str]:
    found = lab.engine.act("stack", stack, "exportconfig", body)
    assert found is not None
    return found["dockerComposeConfig"], found["rancherComposeConfig"]


def recorded() -> list[dict[str, Any]]:
    steps = json.loads((RECORDINGS / "export-outputs-activate-remove.json").read_text())["steps"]
    return [step for step in steps if "request" in step][:3]


def read(text: str) -> Any:
    """The text's values, with random ports as one word."""
    return yaml.safe_load(re.sub(r"(49|[56]\d)\d{3}:", "random:", text))


@pytest.mark.parametrize("whole", [True, False])
def test_the_recorded_stack_is_exported_as_the_server_did(lab: StackLab, whole: bool) -> None:
    made, *answers = recorded()
    body = made["request"]["body"]
    stack = lab.stack_of(body["dockerCompose"], body["rancherCompose"], environment=body["environment"])
    chosen = {} if whole else {"serviceIds": [lab.named(stack, "db")]}
    theirs = answers[0 if whole else 1]["response"]["body"]

    ours = exported(lab, stack, **chosen)

    assert read(ours[0]) == read(theirs["dockerComposeConfig"])
    assert read(ours[1]) == read(theirs["rancherComposeConfig"])
    assert ours[0].startswith("version: '2'\r\nservices:\r\n")


FULL = """
version: '2'
services:
  web:
    image: r/web:1
    labels: {io.rancher.sidekicks: log, team: shop}
    logging: {driver: syslog, options: {tag: web}}
    tmpfs: ['/run:size=1m', /tmp]
    ulimits: {nofile: {soft: 1, hard: 2}}
    external_links: ['shop/far:away']
    volumes_from: [log]
    mem_limit: 64m
    privileged: true
    environment: {COST: '5$$'}
  log: {image: 'r/log:1', network_mode: 'container:web'}
  every: {image: 'r/every:1', network_mode: host, labels: {io.rancher.scheduler.global: 'true'}}
  out: {image: rancher/external-service}
  name: {image: rancher/dns-service, links: [web]}
  lb: {image: 'rancher/lb-service-haproxy:v0.9.14', ports: ['8070:8070']}
"""
FULL_MORE = """
version: '2'
services:
  web:
    retain_ip: true
    scale_policy: {min: 1, max: 2, increment: 1}
    health_check: {port: 80, response_timeout: 2000}
    drain_timeout_ms: 500
    upgrade_strategy: {start_first: false}
  out: {external_ips: [10.0.0.1]}
  lb:
    lb_config:
      port_rules: [{source_port: 8070, target_port: 80, service: web, protocol: http}]
"""


def test_what_is_exported_makes_the_same_services(lab: StackLab) -> None:
    lab.service("far")
    stack = lab.stack_of(FULL, FULL_MORE)
    assert lab.stack_state(stack) == ("active", "no", None)

    docker, rancher = exported(lab, stack)
    again = lab.stack_of(docker, rancher, name="again", environment={})

    assert lab.stack_state(again) == ("active", "no", None)
    before, after = (
        [yaml.safe_load(text)["services"] for text in texts]
        for texts in ((docker, rancher), exported(lab, again))
    )
    # The server's own health check of a balancer has no strategy; one that a text names has.
    assert after[1]["lb"]["health_check"] == before[1]["lb"].pop("health_check") | {"strategy": "recreate"}
    assert after[1]["lb"].pop("health_check")
    assert after == before


def test_hashes_defaults_and_strategies_are_not_exported(lab: StackLab) -> None:
    docker, rancher = exported(lab, lab.stack_of(FULL, FULL_MORE))

    assert not re.search("hash|vcpu|tty|upgrade_strategy", docker + rancher)
    assert "scale" not in yaml.safe_load(rancher)["services"]["every"]


def test_a_stack_without_services_is_a_version_only(lab: StackLab) -> None:
    assert exported(lab, lab.stack) == ("version: '2'\r\n", "version: '2'\r\n")
